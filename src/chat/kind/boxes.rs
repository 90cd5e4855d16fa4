//! Files made of boxes (ISO 14496-12): AVIF pictures, MP4 sound and films.
use crate::chat::picture::part;
use crate::limits;

/// Width and height of an AVIF picture.
pub(super) fn avif(head: &[u8]) -> Option<(u32, u32)> {
    let brand = brand(head)?;
    if !matches!(&brand, b"avif" | b"avis") {
        return None;
    }
    // A box with a version of four bytes, unlike the others.
    let meta = inner(head, b"meta").next()?.get(4..)?;
    let properties = inner(meta, b"iprp").next()?;
    let list = inner(properties, b"ipco").next()?;
    // Of several, such as those of its alpha or its tiles, the largest is the picture's own.
    inner(list, b"ispe")
        .filter_map(|size| Some((u32::from_be_bytes(part(size, 4)?), u32::from_be_bytes(part(size, 8)?))))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

/// Whether this is an MP4: sound alone (`Some(None)`), or a film, with its size if the head tells it.
#[expect(clippy::option_option, reason = "no MP4, sound, a film; the last with or without a size")]
pub(super) fn mp4(head: &[u8]) -> Option<Option<Option<(u32, u32)>>> {
    const FILMS: [&[u8; 4]; 16] = [
        b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"avc1",
        b"dash", b"MSNV", b"M4V ", b"mp71",
    ];
    let brand = brand(head)?;
    if matches!(&brand, b"M4A " | b"M4B ") {
        return Some(None);
    }
    if !FILMS.contains(&&brand) {
        return None;
    }
    let Some(movie) = inner(head, b"moov").next() else { return Some(Some(None)) };
    let mut film = None;
    let (mut sound, mut whole) = (false, false);
    for track in inner(movie, b"trak") {
        let kind =
            inner(track, b"mdia").next().and_then(|media| inner(media, b"hdlr").next()).and_then(|it| part(it, 8));
        match kind.as_ref() {
            Some(b"vide") => film = Some(film.flatten().or_else(|| inner(track, b"tkhd").next().and_then(shown))),
            Some(b"soun") => sound = true,
            // The head ends within a track: what it is cannot be told.
            None => whole = true,
            Some(_) => {}
        }
    }
    match (film, sound && !whole) {
        (None, true) => Some(None),
        (film, _) => Some(Some(film.flatten())),
    }
}

/// Width and height of a track as it is shown: 16.16 numbers at the end of its header, behind a matrix that may turn it.
fn shown(header: &[u8]) -> Option<(u32, u32)> {
    let matrix = if *header.first()? == 1 { 52 } else { 40 };
    let number = |at: usize| part(header, matrix + at).map(u32::from_be_bytes);
    let size = (number(36)? >> 16, number(40)? >> 16);
    // A turn by 90 or 270 degrees has nothing in the diagonal.
    let on_its_side = number(0)? == 0 && number(16)? == 0 && number(4)? != 0;
    Some(if on_its_side { (size.1, size.0) } else { size })
}

/// What kind of file the first box says this is.
fn brand(head: &[u8]) -> Option<[u8; 4]> {
    let length = u32::from_be_bytes(part(head, 0)?);
    (part(head, 4)? == *b"ftyp" && (16..=4_096).contains(&length)).then_some(())?;
    part(head, 8)
}

/// The contents of the boxes of a name; of one that goes on behind what is there, its beginning.
fn inner<'h>(mut rest: &'h [u8], name: &'static [u8; 4]) -> impl Iterator<Item = &'h [u8]> {
    let boxes = std::iter::from_fn(move || {
        let length = u64::from(u32::from_be_bytes(part(rest, 0)?));
        let found: [u8; 4] = part(rest, 4)?;
        let (begin, length) = match length {
            // To the end of the file.
            0 => (8, u64::MAX),
            1 => (16, u64::from_be_bytes(part(rest, 8)?)),
            length => (8, length),
        };
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let contents = rest.get(begin..end)?;
        rest = &rest[end..];
        Some((found, contents))
    });
    boxes.take(limits::HEADER_BOXES_MAX).filter(move |(found, _)| found == name).map(|(_, contents)| contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &[u8; 4], contents: &[u8]) -> Vec<u8> {
        [&(contents.len() as u32 + 8).to_be_bytes(), name.as_slice(), contents].concat()
    }

    fn track(handler: &[u8; 4], size: (u16, u16), turned: bool) -> Vec<u8> {
        let mut header = vec![0; 84];
        let one = 0x0001_0000_u32.to_be_bytes();
        for at in if turned { [44, 52] } else { [40, 56] } {
            header[at..at + 4].copy_from_slice(&one);
        }
        header[76..78].copy_from_slice(&size.0.to_be_bytes());
        header[80..82].copy_from_slice(&size.1.to_be_bytes());
        let media = made(b"hdlr", &[&[0; 8], handler.as_slice(), &[0; 12]].concat());
        made(b"trak", &[made(b"tkhd", &header), made(b"mdia", &media)].concat())
    }

    fn file(brand: &[u8; 4], rest: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = made(b"ftyp", &[brand.as_slice(), &[0; 4], b"isom"].concat());
        rest.iter().for_each(|part| bytes.extend(part));
        bytes
    }

    #[test]
    fn films_and_sound_are_told_apart_by_their_tracks() {
        let film = made(b"moov", &[track(b"soun", (0, 0), false), track(b"vide", (640, 360), false)].concat());
        assert_eq!(mp4(&file(b"isom", &[film])), Some(Some(Some((640, 360)))));
        let phone = made(b"moov", &track(b"vide", (1920, 1080), true));
        assert_eq!(mp4(&file(b"mp42", &[phone])), Some(Some(Some((1080, 1920)))));
        let sound = made(b"moov", &track(b"soun", (0, 0), false));
        assert_eq!(mp4(&file(b"iso5", &[sound])), Some(None));
        assert_eq!(mp4(&file(b"M4A ", &[])), Some(None));
        // Where the tracks come behind the data, the head does not tell.
        assert_eq!(mp4(&file(b"isom", &[made(b"mdat", &[0; 100])])), Some(Some(None)));
        assert_eq!(mp4(&file(b"qt  ", &[])), None);
        assert_eq!(mp4(b"\0\0\0\x18ftyp"), None);
    }

    #[test]
    fn the_size_of_an_avif_is_that_of_its_largest_item() {
        let size =
            |width: u32, height: u32| made(b"ispe", &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat());
        let list = made(b"ipco", &[size(160, 90), size(1600, 900)].concat());
        let meta = made(b"meta", &[vec![0; 4], made(b"iprp", &list)].concat());
        assert_eq!(avif(&file(b"avif", std::slice::from_ref(&meta))), Some((1600, 900)));
        assert_eq!(avif(&file(b"heic", &[meta])), None);
        assert_eq!(avif(&file(b"avif", &[])), None);
    }
}
