//! Sounds that are heard while they still come.

use std::sync::Arc;
use std::time::Duration;

use codec::Law::Mu;
use codec::{Codec, Pcm, Voice, goertzel, tone};
use identifier::PlaybackId;
use media_engine::{FRAME_SAMPLES, Playable, RATE_HZ, Sound, SoundTooLong, SoundWriter};
use media_plan::MediaReport::{Failed, Finished, Started};
use media_plan::{Playback, Unplayable};

use crate::call::{Call, playback, sound};

const ONE: PlaybackId = PlaybackId::from_u128(1);
const LONGEST: Duration = Duration::from_secs(60);

fn tone(rate_hz: u32, ms: u64) -> Pcm {
    tone::sine(rate_hz, 1_000.0, Duration::from_millis(ms), 0.3)
}

/// A call in which one leg hears what is written.
fn listening(rate_hz: u32, repeat: bool) -> (Call, SoundWriter) {
    let mut call = Call::new(&[Mu]);
    let writer = SoundWriter::new(rate_hz, LONGEST);
    call.graph.play(Playback { repeat, ..playback(1, &[0], 1) });
    call.graph.handle_sound(ONE, 0, Ok(writer.sound()));
    (call, writer)
}

/// The largest step between neighbors.
fn step(samples: &[i16]) -> i32 {
    samples.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap_or_default()
}

#[test]
fn the_beginning_is_heard_before_the_end_is_there() {
    let (mut call, mut writer) = listening(24_000, false);
    let spoken = tone(24_000, 2_000);
    assert_eq!(call.run(3, &[]), [], "nothing is there yet");
    writer.write(&spoken.samples[..24_000]).unwrap();
    assert_eq!(call.run(25, &[]), [Started(ONE)]);
    assert!(goertzel::share(&call.heard[0][480..4_400], RATE_HZ, 1_000.0) > 0.98);
    writer.write(&spoken.samples[24_000..]).unwrap();
    writer.finish();
    assert_eq!(call.run(74, &[]), []);
    assert_eq!(call.run(1, &[]), [Finished(ONE)]);
    assert!(goertzel::share(&call.heard[0][480..][..15_900], RATE_HZ, 1_000.0) > 0.98);
    call.run(2, &[]);
    assert!(goertzel::rms(&call.heard[0][16_480 + FRAME_SAMPLES..]) < 10.0);
}

#[test]
fn what_is_late_is_waited_for_in_silence_and_then_goes_on_where_it_stopped() {
    let (mut call, mut writer) = listening(RATE_HZ, false);
    let spoken = tone(RATE_HZ, 1_300);
    // It stops where the wave is high.
    writer.write(&spoken.samples[..4_900]).unwrap();
    assert_eq!(call.run(60, &[]), [Started(ONE)]);
    let heard = &call.heard[0];
    assert!(goertzel::share(&heard[..4_800], RATE_HZ, 1_000.0) > 0.98);
    assert!(heard[4_840..].iter().all(|sample| *sample == 0), "the gap is silent");
    writer.write(&spoken.samples[4_900..]).unwrap();
    let whole = writer.finish();
    assert_eq!(whole.samples(), spoken.samples, "what is kept has no gap");
    assert_eq!(call.run(100, &[]), [Finished(ONE)]);

    let heard = &call.heard[0];
    let natural = step(&spoken.samples);
    assert!(step(heard) <= natural + 200, "a click of {} where {natural} is natural", step(heard));
    let line = |sample: i16| Mu.decode_sample(Mu.encode_sample(sample));
    let before = spoken.samples[..4_800].iter().map(|sample| line(*sample));
    assert!(heard[..4_800].iter().copied().eq(before));
    // The first 5 ms after the gap come up softly, and nothing of them is missing.
    let after = spoken.samples[4_840..].iter().map(|sample| line(*sample));
    assert!(heard[9_640..][..spoken.samples.len() - 4_840].iter().copied().eq(after));
}

#[test]
fn whoever_has_run_dry_waits_until_there_is_more_than_a_moment_of_it() {
    let (mut call, mut writer) = listening(RATE_HZ, false);
    writer.write(&tone(RATE_HZ, 110).samples).unwrap();
    assert_eq!(call.run(10, &[]), [], "a tenth of a second is no lead");
    writer.write(&tone(RATE_HZ, 100).samples).unwrap();
    assert_eq!(call.run(15, &[]), [Started(ONE)]);
    call.heard[0].clear();
    writer.write(&tone(RATE_HZ, 100).samples).unwrap();
    call.run(10, &[]);
    assert_eq!(goertzel::rms(&call.heard[0]), 0.0);
    // Unless that is all of it.
    writer.finish();
    assert_eq!(call.run(10, &[]), [Finished(ONE)]);
    assert!(goertzel::rms(&call.heard[0][1_600..2_400]) > 1_000.0);
}

#[test]
fn what_breaks_off_is_heard_as_far_as_it_came_and_then_fails() {
    for is_dropped in [false, true] {
        let (mut call, mut writer) = listening(16_000, false);
        writer.write(&tone(16_000, 510).samples).unwrap();
        if is_dropped {
            drop(writer)
        } else {
            writer.fail(Unplayable::Speech)
        }
        let reports = call.run(40, &[]);
        assert_eq!(reports, [Started(ONE), Failed { playback: ONE, source: 0, why: Unplayable::Speech }]);
        assert!(goertzel::share(&call.heard[0][..3_900], RATE_HZ, 1_000.0) > 0.98);
        // The tone itself steps by its amplitude times 2 sin(π 1,000 / 8,000), wherever it is looked at.
        assert!(step(&call.heard[0]) <= 7_530 + 300, "a click of {}", step(&call.heard[0]));
        assert!(goertzel::rms(&call.heard[0][4_200..]) < 10.0);
    }
}

#[test]
fn sounds_follow_one_that_still_came() {
    let mut call = Call::new(&[Mu]);
    let mut writer = SoundWriter::new(RATE_HZ, LONGEST);
    call.graph.play(playback(1, &[0], 2));
    call.graph.handle_sound(ONE, 0, Ok(writer.sound()));
    call.graph.handle_sound(ONE, 1, Ok(sound(600.0, 100)));
    writer.write(&tone(RATE_HZ, 333).samples).unwrap();
    writer.finish();
    assert_eq!(call.run(22, &[]), [Started(ONE), Finished(ONE)]);
    let at = RATE_HZ as usize * 333 / 1_000;
    assert!(goertzel::share(&call.heard[0][..at], RATE_HZ, 1_000.0) > 0.95);
    assert!(goertzel::share(&call.heard[0][at..at + 800], RATE_HZ, 600.0) > 0.95);
}

#[test]
fn a_repeated_sound_that_still_came_begins_anew_at_its_end() {
    let (mut call, mut writer) = listening(RATE_HZ, true);
    writer.write(&tone(RATE_HZ, 240).samples).unwrap();
    writer.finish();
    assert_eq!(call.run(100, &[]), [Started(ONE)]);
    assert!(goertzel::share(&call.heard[0], RATE_HZ, 1_000.0) > 0.95);
}

#[test]
fn a_sound_without_a_sample_fails() {
    let (mut call, writer) = listening(RATE_HZ, true);
    writer.finish();
    assert_eq!(call.run(3, &[]), [Failed { playback: ONE, source: 0, why: Unplayable::Empty }]);
}

#[test]
fn whoever_hears_wideband_hears_it_too() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut graph = media_engine::Graph::new();
        let seat = graph.join(crate::call::leg(0), codec);
        let mut writer = SoundWriter::new(22_050, LONGEST);
        graph.play(playback(1, &[0], 1));
        graph.handle_sound(ONE, 0, Ok(writer.sound()));
        let mut end = crate::end::End::new(seat, codec);
        for part in tone::sine(22_050, 5_000.0, Duration::from_secs(1), 0.3).samples.chunks(999) {
            writer.write(part).unwrap();
        }
        writer.finish();
        for _ in 0..50 {
            graph.handle_voice(seat, Voice::Noise(127));
            graph.advance();
            end.hear(&graph);
        }
        assert!(goertzel::share(&end.heard[3_200..14_000], 16_000, 5_000.0) > 0.9, "{codec:?}");
    }
}

#[test]
fn what_is_made_in_pieces_is_what_would_be_made_at_once() {
    for rate_hz in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000] {
        let spoken = tone(rate_hz, 730);
        let mut writer = SoundWriter::new(rate_hz, LONGEST);
        for piece in spoken.samples.chunks(777) {
            writer.write(piece).unwrap();
        }
        let (pieces, whole) = (writer.finish(), Sound::new(&spoken));
        assert_eq!(pieces.samples().len(), whole.samples().len(), "{rate_hz}");
        assert_eq!(pieces.wide_samples().len(), whole.wide_samples().len(), "{rate_hz}");
        // Half a sample apart at most, which is a fifth of a tone of 1 kHz.
        let apart = |one: &[i16], other: &[i16]| {
            let apart: Vec<i16> = one.iter().zip(other).map(|(one, other)| one - other).collect();
            goertzel::rms(&apart) / goertzel::rms(other)
        };
        let [narrow, wide] =
            [apart(pieces.samples(), whole.samples()), apart(pieces.wide_samples(), whole.wide_samples())];
        assert!(narrow < 0.45 && wide < 0.25, "{rate_hz}: {narrow}, {wide}");
    }
}

#[test]
fn no_sound_grows_beyond_its_bound() {
    let mut writer = SoundWriter::new(RATE_HZ, Duration::from_secs(2));
    writer.write(&[1; 16_000]).unwrap();
    assert_eq!(writer.write(&[1]), Err(SoundTooLong));
    let sound: Playable = writer.sound().into();
    assert!(matches!(sound, Playable::Growing(_)));
    let long = SoundWriter::new(RATE_HZ, Duration::from_secs(2));
    assert_eq!(long.finish().duration(), Duration::ZERO);
    let _: Playable = Arc::new(Sound::default()).into();
}
