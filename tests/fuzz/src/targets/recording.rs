//! What strangers say about recordings: ranges, paths of downloads, addresses of containers.

pub(super) fn run(bytes: &[u8]) {
    recording_edge::fuzzing::text(bytes);
}
