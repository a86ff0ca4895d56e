//! Sound files of strangers: WAV and MP3.

use std::time::{Duration, Instant};

use codec::{decode_file, resample};

const LIMIT: Duration = Duration::from_secs(5);
/// Far more than eight kilobytes need, in the slowest build on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn run(bytes: &[u8]) {
    let began = Instant::now();
    if let Ok(sound) = decode_file(bytes, LIMIT) {
        assert!((4_000..=192_000).contains(&sound.rate_hz));
        assert!(!sound.samples.is_empty());
        assert!(sound.duration() <= LIMIT);
        let telephone = resample(&sound, 8_000);
        assert!(telephone.samples.len() as u64 <= LIMIT.as_secs() * 8_000 + 1);
    }
    assert!(began.elapsed() < PATIENCE, "a small file takes {:?}", began.elapsed());
}
