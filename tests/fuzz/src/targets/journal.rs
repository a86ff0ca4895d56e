//! Journals of calls: whole files, and frames whose checksums are right whatever they hold.

use journal::{Excerpt, Ladder, Picture, Reveal};

pub(super) fn run(bytes: &[u8]) {
    if let Some(excerpt) = Excerpt::of_file(bytes) {
        look_at(&excerpt);
    }
    let frames = framed(bytes);
    look_at(&Excerpt::whole(&frames));
    for excerpt in Excerpt::all(&frames) {
        look_at(&excerpt);
    }
}

/// It can be drawn, with and without what people said.
fn look_at(excerpt: &Excerpt) {
    for reveal in [Reveal::Nothing, Reveal::Numbers] {
        let lines = Ladder::new(reveal).lines(excerpt);
        let picture = Picture::text(&lines);
        assert!(lines.is_empty() || !picture.is_empty());
    }
}

/// Pieces, each behind its length in two bytes, as frames of a journal.
fn framed(mut bytes: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (content, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        frames.extend_from_slice(&(content.len() as u32).to_le_bytes());
        frames.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
        frames.extend_from_slice(content);
        bytes = rest;
    }
    frames
}
