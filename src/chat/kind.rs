//! What a file is, by its first bytes and never by what anybody says of it (S43). Nothing is decoded: sizes are read from
//! headers, within bounds (S47).
mod boxes;
mod exif;
mod matroska;

use super::picture;
use crate::limits;

/// What nothing is opened as.
pub const OCTETS: &str = "application/octet-stream";
/// What is words, and is only downloaded all the same.
pub const TEXT: &str = "text/plain";

/// What browsers may show where they are: pictures, sound and films whose first bytes are what they should be (S43).
const INLINE: [&str; 12] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "audio/mpeg",
    "audio/ogg",
    "audio/mp4",
    "audio/webm",
    "audio/wav",
    "video/mp4",
    "video/webm",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub media_type: &'static str,
    pub width: Option<u32>,
    pub height: Option<u32>,
}

impl Kind {
    const UNKNOWN: Kind = Kind { media_type: OCTETS, width: None, height: None };

    fn of(media_type: &'static str) -> Kind {
        Kind { media_type, width: None, height: None }
    }

    fn sized(media_type: &'static str, size: Option<(u32, u32)>) -> Kind {
        let size = size.filter(|(width, height)| *width > 0 && *height > 0);
        Kind { media_type, width: size.map(|size| size.0), height: size.map(|size| size.1) }
    }
}

/// Whether a browser may show this where it is.
pub fn is_inline(media_type: &str) -> bool {
    INLINE.contains(&media_type)
}

/// A kind that was found once; what is not known any more is not shown any more.
pub fn known(media_type: &str) -> &'static str {
    INLINE.into_iter().chain([TEXT]).find(|known| *known == media_type).unwrap_or(OCTETS)
}

/// What a file of `size` bytes is that begins with `head`: its whole, or at least its first 64 KiB.
pub fn of(head: &[u8], size: u64) -> Kind {
    if is_markup(head) {
        return Kind::UNKNOWN;
    }
    let kind = image(head).or_else(|| sound_or_film(head)).unwrap_or_else(|| match is_text(head, size) {
        true => Kind::of(TEXT),
        false => Kind::UNKNOWN,
    });
    // A picture that would stall a phone is a file like any other: it is opened only by who wants to (R19).
    let pixels = u64::from(kind.width.unwrap_or(0)) * u64::from(kind.height.unwrap_or(0));
    let side = kind.width.max(kind.height).unwrap_or(0);
    if side > limits::INLINE_SIDE_MAX || pixels > limits::INLINE_PIXELS_MAX {
        return Kind::UNKNOWN;
    }
    kind
}

/// Pictures; one without a size in its header is none.
fn image(head: &[u8]) -> Option<Kind> {
    let (media_type, size) = if head.starts_with(b"\x89PNG") {
        ("image/png", picture::png(head))
    } else if head.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", picture::jpeg(head).map(|size| exif::turned(head, size)))
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        ("image/gif", gif(head))
    } else if head.starts_with(b"RIFF") {
        ("image/webp", picture::webp(head))
    } else {
        return boxes::avif(head).map(|size| Kind::sized("image/avif", Some(size)));
    };
    size.map(|size| Kind::sized(media_type, Some(size)))
}

fn gif(head: &[u8]) -> Option<(u32, u32)> {
    let side = |at| Some(u32::from(u16::from_le_bytes(picture::part(head, at)?)));
    Some((side(6)?, side(8)?))
}

fn sound_or_film(head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"OggS") {
        return ogg(head);
    }
    if head.starts_with(b"RIFF") && picture::part(head, 8)? == *b"WAVE" && picture::part(head, 12)? == *b"fmt " {
        return Some(Kind::of("audio/wav"));
    }
    if head.starts_with(b"\x1a\x45\xdf\xa3") {
        return matroska::webm(head).map(|film| match film {
            Some(size) => Kind::sized("video/webm", size),
            None => Kind::of("audio/webm"),
        });
    }
    if is_mpeg_audio(head) {
        return Some(Kind::of("audio/mpeg"));
    }
    boxes::mp4(head).map(|film| match film {
        Some(size) => Kind::sized("video/mp4", size),
        None => Kind::of("audio/mp4"),
    })
}

/// The first page of a stream says what it holds.
fn ogg(head: &[u8]) -> Option<Kind> {
    let segments = usize::from(*head.get(26)?);
    let packet = head.get(27 + segments..)?;
    let begins = |signature: &[u8]| packet.starts_with(signature);
    if begins(b"OpusHead") || begins(b"\x01vorbis") || begins(b"\x7fFLAC") || begins(b"Speex   ") {
        Some(Kind::of("audio/ogg"))
    } else {
        None
    }
}

/// A tag and what follows it, or two frames, one where the other says it ends.
fn is_mpeg_audio(head: &[u8]) -> bool {
    if let Some([b'I', b'D', b'3', 2..=4, revision, flags, a, b, c, d]) = picture::part::<10>(head, 0) {
        return revision < 0xff && flags & 0x0f == 0 && [a, b, c, d].iter().all(|byte| *byte < 0x80);
    }
    let second = mpeg_frame(head).and_then(|length| head.get(length..));
    second.is_some_and(|second| mpeg_frame(second).is_some())
}

/// The length of a frame of layer III (ISO 11172-3, 2.4.2.3).
fn mpeg_frame(head: &[u8]) -> Option<usize> {
    const MPEG_1: [usize; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    const MPEG_2: [usize; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    let [first, second, third] = picture::part(head, 0)?;
    if first != 0xff || second & 0xe6 != 0xe2 {
        return None;
    }
    let (rates, kbits, samples) = match (second >> 3) & 3 {
        3 => ([44_100, 48_000, 32_000], MPEG_1, 144_000),
        2 => ([22_050, 24_000, 16_000], MPEG_2, 72_000),
        0 => ([11_025, 12_000, 8_000], MPEG_2, 72_000),
        _ => return None,
    };
    let rate: usize = *rates.get(usize::from((third >> 2) & 3))?;
    match kbits[usize::from(third >> 4)] {
        0 => None,
        kbits => Some(samples * kbits / rate + usize::from((third >> 1) & 1)),
    }
}

/// Whether something that reads markup or PDF would find some here, however it begins: such a file is never shown, since
/// it may be made to be two things at once.
fn is_markup(head: &[u8]) -> bool {
    const SIGNS: [&[u8]; 11] = [
        b"<!doctype",
        b"<html",
        b"<head",
        b"<body",
        b"<script",
        b"<iframe",
        b"<svg",
        b"<?xml",
        b"<!entity",
        b"%pdf-",
        b"%!ps-",
    ];
    let head = &head[..head.len().min(limits::MARKUP_LOOK_BYTES)];
    // UTF-16 hides nothing.
    let narrow: Vec<u8> = head.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let starts = narrow.iter().enumerate().filter(|(_, byte)| matches!(byte, b'<' | b'%')).map(|(at, _)| &narrow[at..]);
    starts.into_iter().any(|rest| SIGNS.iter().any(|sign| rest.starts_with(sign)))
}

/// UTF-8 without control characters. `head` may end within a character, if the file goes on.
fn is_text(head: &[u8], size: u64) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && (head.len() as u64) < size => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|sign| !sign.is_control() || matches!(sign, '\t' | '\n' | '\r' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn found(head: &[u8]) -> (&'static str, Option<u32>, Option<u32>) {
        let Kind { media_type, width, height } = of(head, head.len() as u64);
        (media_type, width, height)
    }

    #[test]
    fn s43_a_file_is_what_its_first_bytes_are() {
        let table: &[(&[u8], &str)] = &[
            (b"", OCTETS),
            (b"hello", TEXT),
            ("gr\u{fc}n \u{1f600}\n".as_bytes(), TEXT),
            (b"\xff\xfeh\0i\0", OCTETS),
            (b"a\0b", OCTETS),
            (b"\x1b[31mred", OCTETS),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", OCTETS),
            (b"  <?xml version='1.0'?><a/>", OCTETS),
            (b"\xef\xbb\xbf<!DOCTYPE html><script>alert(1)</script>", OCTETS),
            (b"<\0s\0c\0r\0i\0p\0t\0>\0", OCTETS),
            (b"%PDF-1.7\n", OCTETS),
            (b"some words, then <ScRiPt>alert(1)</script>", OCTETS),
            (b"GIF89a/*<script>*/=1;", OCTETS),
            (b"GIF89a\x10\0\x20\0", "image/gif"),
            (b"GIF89a", TEXT),
            (b"\x89PNG\r\n\x1a\n", OCTETS),
            (b"PK\x03\x04", OCTETS),
            (b"MZ\x90\0", OCTETS),
            (b"\x7fELF", OCTETS),
            (b"RIFF\0\0\0\0WAVEfmt \0", "audio/wav"),
            (b"RIFF\0\0\0\0AVI LIST", OCTETS),
            (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
            (b"ID3 is a tag", TEXT),
        ];
        for (head, expected) in table {
            assert_eq!(found(head).0, *expected, "{:?}", String::from_utf8_lossy(head));
        }
        let mut both = png(1, 1);
        both.extend(b"....tEXt<html><body onload=alert(1)>");
        assert_eq!(found(&both).0, OCTETS);
        // A character that the head cuts is no reason, one that the file breaks off in is.
        assert_eq!(of(b"gr\xc3", 10).media_type, TEXT);
        assert_eq!(of(b"gr\xc3", 3).media_type, OCTETS);
    }

    #[test]
    fn s47_sizes_are_read_from_headers() {
        assert_eq!(found(&png(640, 480)), ("image/png", Some(640), Some(480)));
        assert_eq!(found(b"GIF87a\x10\0\x20\0").1, Some(16));
        // R19: what would stall a phone is no picture.
        assert_eq!(found(&png(100_000, 100_000)), (OCTETS, None, None));
        assert_eq!(found(&png(100_000, 1)), (OCTETS, None, None));
        assert_eq!(found(&png(16_000, 16_000)), (OCTETS, None, None));
        assert_eq!(found(&png(12_000, 9_000)).0, "image/png");
    }

    #[test]
    fn sound_is_told_by_its_streams() {
        let ogg = |packet: &[u8]| [b"OggS".as_slice(), &[0; 22], &[1, 19], packet].concat();
        assert_eq!(found(&ogg(b"OpusHead")).0, "audio/ogg");
        assert_eq!(found(&ogg(b"\x80theora")).0, OCTETS);
        assert_eq!(found(&ogg(b"nothing")).0, OCTETS);
        // 128 kbit/s at 44.1 kHz: 417 bytes a frame.
        let mut frames = vec![0; 900];
        frames[..3].copy_from_slice(&[0xff, 0xfb, 0x90]);
        assert_eq!(found(&frames).0, OCTETS);
        frames[417..420].copy_from_slice(&[0xff, 0xfb, 0x90]);
        assert_eq!(found(&frames).0, "audio/mpeg");
    }

    #[test]
    fn s47_no_bytes_make_it_panic() {
        let starts: [&[u8]; 12] = [
            b"",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
            b"\xff\xd8\xff\xe1\0\xffExif\0\0MM\0\x2a\0\0\0\x08",
            b"\xff\xd8\xff\xe1\0\xffExif\0\0II\x2a\0\x08\0\0\0",
            b"GIF89a",
            b"RIFF\0\0\0\0WEBPVP8X",
            b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
            b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x40moov\0\0\0\x38trak",
            b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67",
            b"OggS",
            b"ID3",
            b"\xff\xfb\x90",
        ];
        let mut dice = 7_u64;
        for round in 0..60_000 {
            let mut bytes = starts[round % starts.len()].to_vec();
            for _ in 0..round % 90 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Many small numbers, so that lengths and counts are believed.
                bytes.push(if dice >> 62 == 0 { (dice >> 48) as u8 & 7 } else { (dice >> 56) as u8 });
            }
            let _ = of(&bytes, bytes.len() as u64);
        }
    }
}
