//! What phones send as G.722 and Opus: any bytes are some sound, or none.

use codec::{g722, opus};

/// The longest packet of Opus sounds for 120 ms.
const MOST_SAMPLES: usize = 1_920;

/// Packets one after another, each behind its length in a byte.
pub(super) fn run(bytes: &[u8]) {
    let (mut wide, mut narrow) = (g722::Decoder::default(), g722::Decoder::default());
    let mut decoder = opus::Decoder::new(opus::RATE_HZ);
    let mut samples = [0; MOST_SAMPLES];
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first() {
        let (packet, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        wide.decode(packet, &mut samples);
        narrow.decode_narrow(packet, &mut samples);
        let ticks = opus::ticks(packet);
        if let Some(count) = decoder.decode(packet, &mut samples) {
            assert!(count <= MOST_SAMPLES);
            // A packet sounds for as long as it says: 48 ticks in a millisecond, 16 samples.
            assert_eq!(ticks, Some(count as u32 * 3));
        }
        opus::is_pause(packet);
        decoder.conceal(Some(packet), &mut samples[..opus::FRAME_SAMPLES]);
        decoder.conceal(None, &mut samples[..opus::FRAME_SAMPLES]);
    }
    // Silence after anything becomes silence: no decoder is left shaking.
    let mut encoder = g722::Encoder::default();
    encoder.follow(&wide);
    let mut codes = [0; 160];
    for _ in 0..50 {
        encoder.encode(&[0; 320], &mut codes);
        wide.decode(&codes, &mut samples);
    }
    assert!(samples[..320].iter().all(|sample| sample.unsigned_abs() < 2_000), "silence is loud");
}
