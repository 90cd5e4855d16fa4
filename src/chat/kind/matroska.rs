//! WebM: sound or a film, and its size, by the list of tracks at its beginning (RFC 8794, RFC 9559).
use crate::limits;

const HEADER: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const TRACK_TYPE: u32 = 0x83;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;

/// Whether this is a WebM: sound alone (`Some(None)`), or a film, with its size if the head tells it.
#[expect(clippy::option_option, reason = "no WebM, sound, a film; the last with or without a size")]
pub(super) fn webm(head: &[u8]) -> Option<Option<Option<(u32, u32)>>> {
    let header = inner(head, HEADER).next()?;
    if inner(header, DOC_TYPE).next()? != b"webm" {
        return None;
    }
    let tracks = inner(head, SEGMENT).next().and_then(|segment| inner(segment, TRACKS).next());
    let Some(tracks) = tracks else { return Some(Some(None)) };
    let mut kinds = inner(tracks, TRACK).map(|track| (inner(track, TRACK_TYPE).next(), inner(track, VIDEO).next()));
    // Sound is what has tracks, and no pictures in any of them.
    match kinds.clone().count() > 0 && kinds.clone().all(|(kind, video)| kind == Some(&[2]) && video.is_none()) {
        true => Some(None),
        false => Some(Some(kinds.find_map(|(_, video)| {
            let video = video?;
            Some((number(inner(video, PIXEL_WIDTH).next()?)?, number(inner(video, PIXEL_HEIGHT).next()?)?))
        }))),
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    (bytes.len() <= 4).then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// The contents of the elements with an id; of one that goes on behind what is there, its beginning.
fn inner(mut rest: &[u8], asked: u32) -> impl Iterator<Item = &[u8]> + Clone {
    let elements = std::iter::from_fn(move || {
        let first = *rest.first()?;
        let id_bytes = first.leading_zeros() as usize + 1;
        let id = number(rest.get(..id_bytes).filter(|_| id_bytes <= 4)?)?;
        let after = rest.get(id_bytes..)?;
        let size_bytes = after.first()?.leading_zeros() as usize + 1;
        let size = after.get(..size_bytes).filter(|_| size_bytes <= 8)?;
        let size = size.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)) & !(1 << (7 * size_bytes));
        // All ones: as long as what holds it, as live recordings have it.
        let endless = size == (1 << (7 * size_bytes)) - 1;
        let contents = after.get(size_bytes..)?;
        let length = usize::try_from(size).ok().filter(|_| !endless).unwrap_or(usize::MAX).min(contents.len());
        let (contents, next) = contents.split_at(length);
        rest = next;
        Some((id, contents))
    });
    elements.take(limits::HEADER_BOXES_MAX).filter(move |(id, _)| *id == asked).map(|(_, contents)| contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &[u8], contents: &[u8]) -> Vec<u8> {
        [id, &[0x40 | (contents.len() >> 8) as u8, contents.len() as u8], contents].concat()
    }

    fn file(doc_type: &[u8], tracks: &[Vec<u8>]) -> Vec<u8> {
        let header = made(b"\x1a\x45\xdf\xa3", &made(b"\x42\x82", doc_type));
        // A segment of unknown length, as a browser records it.
        let segment = [
            b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff".as_slice(),
            &made(b"\x16\x54\xae\x6b", &tracks.concat()),
        ];
        [header, segment.concat()].concat()
    }

    #[test]
    fn films_and_sound_are_told_apart_by_their_tracks() {
        let sound = made(b"\xae", &made(b"\x83", &[2]));
        let video = [made(b"\xb0", &[2, 128]), made(b"\xba", &[1, 104])].concat();
        let film = made(b"\xae", &[made(b"\x83", &[1]), made(b"\xe0", &video)].concat());
        assert_eq!(webm(&file(b"webm", std::slice::from_ref(&sound))), Some(None));
        assert_eq!(webm(&file(b"webm", &[sound.clone(), film])), Some(Some(Some((640, 360)))));
        assert_eq!(webm(&file(b"webm", &[])), Some(Some(None)));
        assert_eq!(webm(&file(b"matroska", &[sound])), None);
    }
}
