//! Whether bytes are the picture that they are said to be, and not too large a one, by their first bytes alone: nothing is
//! decoded here.
use crate::error::{self, Result};
use crate::limits;
use crate::row::ImageKind;

/// Refuses what is no picture of this kind, or has too many pixels; `field` is where it was to go.
pub fn check(field: &'static str, kind: ImageKind, bytes: &[u8]) -> Result<()> {
    let size = match kind {
        ImageKind::Png => png(bytes),
        ImageKind::Jpeg => jpeg(bytes),
        ImageKind::Webp => webp(bytes),
    };
    let Some((width, height)) = size else {
        return Err(error::invalid(field, "This is no picture of the kind that its Content-Type names.").into());
    };
    let fits = 1..=limits::AVATAR_PIXELS_MAX;
    if !fits.contains(&width) || !fits.contains(&height) {
        return Err(error::invalid(field, "A picture is at most 1,024 pixels wide and high.").into());
    }
    Ok(())
}

/// Signature, then the chunk IHDR, which begins with width and height.
pub(super) fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    Some((u32::from_be_bytes(part(rest, 0)?), u32::from_be_bytes(part(rest, 4)?)))
}

/// Segments up to the start of the frame, which holds height and width.
pub(super) fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let [0xff, marker] = part(rest, 0)? else { return None };
        match marker {
            // Fill bytes before a marker.
            0xff => rest = &rest[1..],
            // All frames but the tables that lie between their numbers.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let height = u16::from_be_bytes(part(rest, 5)?);
                let width = u16::from_be_bytes(part(rest, 7)?);
                return Some((width.into(), height.into()));
            }
            // The picture's data began without a frame, or it ends.
            0xd9 | 0xda => return None,
            _ => {
                let length = u16::from_be_bytes(part(rest, 2)?);
                rest = rest.get(2 + usize::from(length.max(2))..)?;
            }
        }
    }
}

/// RIFF with a first chunk that is lossy, lossless or extended.
pub(super) fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    if part(bytes, 0)? != *b"RIFF" || part(bytes, 8)? != *b"WEBP" {
        return None;
    }
    let body = bytes.get(20..)?;
    match &part::<4>(bytes, 12)? {
        b"VP8 " if part(body, 3)? == [0x9d, 0x01, 0x2a] => {
            let side = |at| Some(u32::from(u16::from_le_bytes(part(body, at)?) & 0x3fff));
            Some((side(6)?, side(8)?))
        }
        b"VP8L" if body.first() == Some(&0x2f) => {
            let bits = u32::from_le_bytes(part(body, 1)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at| {
                let [low, middle, high] = part(body, at)?;
                Some(u32::from_le_bytes([low, middle, high, 0]) + 1)
            };
            Some((side(4)?, side(7)?))
        }
        _ => None,
    }
}

/// `N` bytes from `at` on.
pub(super) fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_the_first_bytes() {
        assert_eq!(png(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\0\0\0\x02\0"), Some((256, 512)));
        assert_eq!(jpeg(b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\0\x02\0"), Some((512, 256)));
        assert_eq!(webp(b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0abc\x9d\x01\x2a\0\x01\0\x02"), Some((256, 512)));
        assert_eq!(webp(b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\xff\x40\0\0"), Some((256, 2)));
        assert_eq!(webp(b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xff\0\0\xff\x01\0"), Some((256, 512)));
    }

    #[test]
    fn s47_no_bytes_make_it_panic() {
        let starts: [&[u8]; 4] =
            [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8X", b"RIFF\0\0\0\0WEBPVP8L"];
        let mut dice = 1_u64;
        for round in 0..20_000 {
            let mut bytes = starts[round % starts.len()].to_vec();
            for _ in 0..round % 60 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                bytes.push((dice >> 56) as u8);
            }
            for kind in [ImageKind::Png, ImageKind::Jpeg, ImageKind::Webp] {
                let _ = check("avatar", kind, &bytes);
            }
        }
    }

    #[test]
    fn what_is_none_or_broken_off_is_refused() {
        let whole: [(ImageKind, &[u8]); 3] = [
            (ImageKind::Png, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\0\0\0\x02\0"),
            (ImageKind::Jpeg, b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x01\0\x02\0"),
            (ImageKind::Webp, b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0abc\x9d\x01\x2a\0\x01\0\x02"),
        ];
        for (kind, bytes) in whole {
            check("avatar", kind, bytes).unwrap();
            for end in 0..bytes.len() {
                check("avatar", kind, &bytes[..end]).unwrap_err();
            }
            for (other, _) in whole.iter().filter(|(other, _)| *other != kind) {
                check("avatar", *other, bytes).unwrap_err();
            }
        }
        check("avatar", ImageKind::Png, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\x01\0\0\x02\0").unwrap_err();
        check("avatar", ImageKind::Png, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\x02\0").unwrap_err();
        check("avatar", ImageKind::Jpeg, b"<svg onload=alert(1)>").unwrap_err();
    }
}
