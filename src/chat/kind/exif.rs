//! How a photograph is turned (EXIF, orientation), as far as width and height depend on it.
use crate::chat::picture::part;

/// Width and height as they are shown.
pub(super) fn turned(jpeg: &[u8], (width, height): (u32, u32)) -> (u32, u32) {
    match orientation(jpeg) {
        // These four stand on their side.
        Some(5..=8) => (height, width),
        _ => (width, height),
    }
}

/// Looks through the segments before the picture for the one with EXIF in it.
fn orientation(jpeg: &[u8]) -> Option<u16> {
    let mut rest = jpeg.get(2..)?;
    loop {
        let [0xff, marker] = part(rest, 0)? else { return None };
        let length = usize::from(u16::from_be_bytes(part(rest, 2)?)).max(2);
        match marker {
            0xff => rest = &rest[1..],
            0xda | 0xd9 => return None,
            0xe1 if rest.get(4..10)? == b"Exif\0\0" => return in_tiff(rest.get(10..)?),
            _ => rest = rest.get(2 + length..)?,
        }
    }
}

/// The tag 0x0112 of the first directory.
fn in_tiff(tiff: &[u8]) -> Option<u16> {
    let little = match &part::<4>(tiff, 0)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let short = |at| part(tiff, at).map(|two| if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) });
    let long = |at| part(tiff, at).map(|four| if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) });
    let directory = usize::try_from(long(4)?).ok().filter(|at| *at < tiff.len())?;
    let entries = usize::from(short(directory)?);
    let tag = (0..entries).map(|entry| directory + 2 + entry * 12).find(|at| short(*at) == Some(0x0112))?;
    short(tag + 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photograph_on_its_side_is_high() {
        let photo = |tiff: &[u8]| {
            let mut bytes = b"\xff\xd8\xff\xe1".to_vec();
            bytes.extend((tiff.len() as u16 + 8).to_be_bytes());
            bytes.extend(b"Exif\0\0");
            bytes.extend(tiff);
            bytes.extend(b"\xff\xc0");
            bytes
        };
        let little = |value: u8| {
            let mut tiff = b"II\x2a\0\x08\0\0\0\x02\0".to_vec();
            tiff.extend(b"\x0f\x01\x02\0\0\0\0\0\0\0\0\0");
            tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0]);
            tiff
        };
        let big = |value: u8| {
            let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01".to_vec();
            tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0]);
            tiff
        };
        for (value, expected) in [(1, (40, 30)), (3, (40, 30)), (6, (30, 40)), (8, (30, 40)), (9, (40, 30))] {
            assert_eq!(turned(&photo(&little(value)), (40, 30)), expected, "{value}");
            assert_eq!(turned(&photo(&big(value)), (40, 30)), expected, "{value}");
        }
        assert_eq!(turned(b"\xff\xd8\xff\xe0\0\x04ab", (40, 30)), (40, 30));
        assert_eq!(turned(&photo(b"II\x2a\0\xff\xff\xff\xff"), (40, 30)), (40, 30));
    }
}
