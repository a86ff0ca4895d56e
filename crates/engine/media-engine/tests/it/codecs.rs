//! Any codec to any codec.

use std::time::Duration;

use codec::{Codec, Voice, goertzel, tone};
use identifier::PlaybackId;
use media_engine::{Graph, Sound, WIDE_FRAME_SAMPLES as FRAME, WIDE_RATE_HZ as RATE_HZ};
use media_plan::{MediaPlan, Playback};

use crate::call::{leg, playback};
use crate::end::End;

/// So loud is every tone here.
const AMPLITUDE: f64 = 0.2;
const LOUDNESS: f64 = AMPLITUDE * 32_767.0 / std::f64::consts::SQRT_2;

/// Legs of these codecs who all hear each other.
fn call(codecs: &[Codec]) -> (Graph, Vec<End>) {
    let mut graph = Graph::new();
    let end = |(index, codec): (usize, &Codec)| End::new(graph.join(leg(index), *codec), *codec);
    let ends: Vec<End> = codecs.iter().enumerate().map(end).collect();
    graph.connect(MediaPlan::everyone((0..codecs.len()).map(leg)));
    (graph, ends)
}

fn sine(frequency_hz: f64) -> Vec<i16> {
    tone::sine(RATE_HZ, frequency_hz, Duration::from_secs(2), AMPLITUDE).samples
}

fn frame(sound: &[i16], number: usize) -> &[i16] {
    &sound[number * FRAME..][..FRAME]
}

/// How much of what is heard is this tone, and how loud it is beside how it was said.
fn found(heard: &[i16], frequency_hz: f64) -> (f64, f64) {
    (goertzel::share(heard, RATE_HZ, frequency_hz), goertzel::rms(heard) / LOUDNESS)
}

#[test]
fn a_tone_that_one_says_the_other_hears_as_loud_whatever_they_speak() {
    for one in Codec::ALL {
        for other in Codec::ALL {
            let (mut graph, mut ends) = call(&[one, other]);
            let sound = sine(1_000.0);
            for number in 0..60 {
                ends[0].say(&mut graph, frame(&sound, number));
                graph.advance();
                ends.iter_mut().for_each(|end| end.hear(&graph));
            }
            let (share, loudness) = found(&ends[1].heard[20 * FRAME..], 1_000.0);
            assert!(share > 0.9, "{one:?} to {other:?}: {share}");
            assert!((0.85..1.15).contains(&loudness), "{one:?} to {other:?}: {loudness}");
            assert!(goertzel::rms(&ends[0].heard) < 20.0, "{one:?} hears {}", goertzel::rms(&ends[0].heard));
        }
    }
}

#[test]
fn a_high_tone_is_heard_where_both_speak_wideband_and_nowhere_else() {
    for one in Codec::ALL {
        for other in Codec::ALL {
            let (mut graph, mut ends) = call(&[one, other]);
            let sound = sine(5_000.0);
            for number in 0..60 {
                // A phone of the telephone band does not even send it.
                let said = if one.is_wideband() { frame(&sound, number) } else { &[0; FRAME] };
                ends[0].say(&mut graph, said);
                graph.advance();
                ends.iter_mut().for_each(|end| end.hear(&graph));
            }
            let (share, loudness) = found(&ends[1].heard[20 * FRAME..], 5_000.0);
            if one.is_wideband() && other.is_wideband() {
                assert!(
                    share > 0.85 && (0.8..1.2).contains(&loudness),
                    "{one:?} to {other:?}: {share} {loudness}"
                );
            } else {
                assert!(loudness < 0.02, "{one:?} to {other:?}: {loudness}");
            }
        }
    }
}

#[test]
fn a_voice_passes_as_it_came_to_those_who_speak_its_codec() {
    for codec in Codec::ALL {
        let (mut graph, mut ends) = call(&[codec, codec]);
        let sound = sine(440.0);
        for number in 0..50 {
            let payload = ends[0].code(frame(&sound, number));
            graph.handle_voice(ends[0].seat, Voice::Coded(codec, &payload));
            graph.advance();
            assert_eq!(graph.heard_by(ends[1].seat), Some(&payload[..]), "{codec:?} {number}");
        }
    }
}

#[test]
fn what_was_lost_is_lost_for_those_who_speak_its_codec_and_concealed_for_all_others() {
    for one in [Codec::G722, Codec::Opus] {
        for other in Codec::ALL {
            let (mut graph, mut ends) = call(&[one, other]);
            // More like a voice than a single tone is.
            let tones = [220.0, 440.0, 660.0, 880.0];
            let sound = tone::chord(RATE_HZ, &tones, Duration::from_secs(2), 0.4).samples;
            for number in 0..80 {
                let payload = ends[0].code(frame(&sound, number));
                // Every twentieth is lost.
                let voice = match number % 20 {
                    19 => Voice::Lost(one, None),
                    _ => Voice::Coded(one, &payload),
                };
                graph.handle_voice(ends[0].seat, voice);
                graph.advance();
                ends[1].hear(&graph);
                if one == other {
                    assert_eq!(ends[1].packets[number].is_none(), number % 20 == 19);
                }
            }
            if one != other {
                let heard = &ends[1].heard[10 * FRAME..];
                assert!(ends[1].packets.iter().all(Option::is_some));
                let share: f64 = tones.iter().map(|tone| goertzel::share(heard, RATE_HZ, *tone)).sum();
                assert!(share > 0.85, "{one:?} to {other:?}: {share}");
                let gap = heard.chunks(FRAME).map(goertzel::rms).fold(f64::MAX, f64::min);
                assert!(gap > goertzel::rms(heard) * 0.35, "{one:?} to {other:?}: a gap of {gap}");
            }
        }
    }
}

#[test]
fn opus_repairs_what_was_lost_from_the_packet_after_it() {
    let (mut graph, mut ends) = call(&[Codec::Opus, Codec::Pcmu]);
    // A voice that changes all the time cannot be guessed.
    let sound: Vec<i16> = (0..50)
        .flat_map(|step| {
            tone::sine(RATE_HZ, 300.0 + 20.0 * f64::from(step), Duration::from_millis(20), 0.3).samples
        })
        .collect();
    let packets: Vec<Vec<u8>> = (0..50).map(|number| ends[0].code(frame(&sound, number))).collect();
    for number in 0..50 {
        let voice = match number {
            30 => Voice::Lost(Codec::Opus, Some(&packets[31])),
            _ => Voice::Coded(Codec::Opus, &packets[number]),
        };
        graph.handle_voice(ends[0].seat, voice);
        graph.advance();
        ends[1].hear(&graph);
    }
    let lost = goertzel::rms(&ends[1].heard[30 * FRAME..31 * FRAME]);
    assert!(lost > 3_000.0, "{lost}");
}

#[test]
fn in_conferences_of_all_codecs_each_hears_all_but_themselves() {
    let tones = [400.0, 600.0, 850.0, 1_050.0, 1_250.0, 1_450.0, 1_650.0, 1_850.0];
    for size in 3..=8 {
        let codecs: Vec<Codec> = (0..size).map(|index| Codec::ALL[index % 4]).collect();
        let (mut graph, mut ends) = call(&codecs);
        let sounds = tones.map(|tone| tone::sine(RATE_HZ, tone, Duration::from_secs(1), 0.08).samples);
        for number in 0..50 {
            for (end, sound) in ends.iter_mut().zip(&sounds) {
                end.say(&mut graph, frame(sound, number));
            }
            graph.advance();
            ends.iter_mut().for_each(|end| end.hear(&graph));
        }
        for (listener, end) in ends.iter().enumerate() {
            let heard = &end.heard[15 * FRAME..];
            for (speaker, tone) in tones[..size].iter().enumerate() {
                let share = goertzel::share(heard, RATE_HZ, *tone);
                let is_heard = share > 0.4 / (size - 1) as f64;
                assert!(
                    is_heard == (speaker != listener) && (is_heard || share < 0.01),
                    "{listener} hears {share} of {speaker} of {size}"
                );
            }
        }
    }
}

#[test]
fn prompts_keep_their_highs_for_those_who_can_hear_them() {
    for codec in Codec::ALL {
        for prepared in [false, true] {
            let (mut graph, mut ends) = call(&[codec]);
            let sound = Sound::new(&tone::chord(22_050, &[1_000.0, 5_000.0], Duration::from_secs(1), 0.4));
            if prepared {
                sound.prepare(codec);
            }
            graph.play(playback(1, &[0], 1));
            graph.handle_sound(PlaybackId::from_u128(1), 0, Ok(std::sync::Arc::new(sound)));
            for _ in 0..50 {
                graph.advance();
                ends[0].hear(&graph);
            }
            let heard = &ends[0].heard[10 * FRAME..];
            let [low, high] = [1_000.0, 5_000.0].map(|tone| goertzel::share(heard, RATE_HZ, tone));
            if codec.is_wideband() {
                assert!(low > 0.3 && high > 0.3, "{codec:?} {prepared}: {low} {high}");
            } else {
                assert!(low > 0.9 && high < 0.001, "{codec:?}: {low} {high}");
            }
        }
    }
}

#[test]
fn a_prepared_sound_is_encoded_once_for_all_who_hear_it() {
    for codec in [Codec::G722, Codec::Opus] {
        let (mut graph, mut ends) = call(&[codec, codec, codec]);
        let sound =
            std::sync::Arc::new(Sound::new(&tone::sine(16_000, 440.0, Duration::from_millis(500), 0.3)));
        sound.prepare(codec);
        graph.play(Playback { repeat: true, ..playback(1, &[0, 1, 2], 1) });
        graph.handle_sound(PlaybackId::from_u128(1), 0, Ok(sound.clone()));
        for number in 0..60 {
            graph.advance();
            for end in &mut ends {
                assert_eq!(
                    graph.heard_by(end.seat),
                    sound.coded(codec, number % 25 * 160),
                    "{codec:?} {number}"
                );
            }
        }
    }
}

#[test]
fn those_who_hear_the_same_share_one_encoding() {
    for codec in [Codec::G722, Codec::Opus] {
        let mut codecs = [codec; 8];
        codecs[0] = Codec::Pcmu;
        let (mut graph, mut ends) = call(&codecs);
        let sound = sine(700.0);
        for number in 0..40 {
            ends[0].say(&mut graph, frame(&sound, number));
            graph.advance();
            ends.iter_mut().for_each(|end| end.hear(&graph));
        }
        for end in &ends[1..] {
            assert_eq!(end.packets, ends[1].packets, "{codec:?}");
            let (share, loudness) = found(&end.heard[10 * FRAME..], 700.0);
            assert!(share > 0.9 && (0.85..1.15).contains(&loudness), "{codec:?}: {share} {loudness}");
        }
        // One of them speaks: the others hear both, and that one only the first.
        ends.iter_mut().for_each(|end| end.heard.clear());
        let other = sine(1_300.0);
        for number in 40..80 {
            ends[0].say(&mut graph, frame(&sound, number));
            ends[3].say(&mut graph, frame(&other, number));
            graph.advance();
            ends.iter_mut().for_each(|end| end.hear(&graph));
        }
        for (listener, end) in ends.iter().enumerate().skip(1) {
            let heard = &end.heard[10 * FRAME..];
            let [first, second] = [700.0, 1_300.0].map(|tone| goertzel::share(heard, RATE_HZ, tone));
            assert!(
                first > 0.35 && (second > 0.35) == (listener != 3),
                "{codec:?} {listener}: {first} {second}"
            );
        }
    }
}

#[test]
fn from_a_voice_as_it_came_to_a_mix_and_back_nobody_hears_a_click() {
    for codec in [Codec::G722, Codec::Opus] {
        let (mut graph, mut ends) = call(&[codec, codec, codec]);
        let (sound, hum) = (sine(300.0), sine(200.0));
        for number in 0..100 {
            ends[0].say(&mut graph, frame(&sound, number));
            if (30..50).contains(&number) {
                let soft: Vec<i16> = frame(&hum, number).iter().map(|sample| sample / 20).collect();
                ends[2].say(&mut graph, &soft);
            }
            graph.advance();
            ends.iter_mut().for_each(|end| end.hear(&graph));
        }
        let heard = &ends[1].heard[10 * FRAME..];
        let peak = heard.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        let most = AMPLITUDE * 32_767.0;
        assert!(f64::from(peak) < most * 1.5, "{codec:?}: {peak} of {most}");
        let steepest =
            heard.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs()).max().unwrap();
        // A sine of 300 Hz changes by 0.118 of its height from a sample to the next.
        assert!(f64::from(steepest) < most * 0.118 * 4.0, "{codec:?}: {steepest}");
    }
}

#[test]
fn comfort_noise_is_heard_in_every_codec_as_loud_as_it_was_asked_for() {
    for codec in Codec::ALL {
        let (mut graph, mut ends) = call(&[Codec::Pcmu, codec]);
        for _ in 0..50 {
            graph.handle_voice(ends[0].seat, Voice::Noise(40));
            graph.advance();
            ends[1].hear(&graph);
        }
        let loudness = goertzel::rms(&ends[1].heard[10 * FRAME..]);
        assert!((150.0..500.0).contains(&loudness), "{codec:?}: {loudness}, and 328 was asked for");
    }
}

#[test]
fn a_key_is_heard_in_wideband_over_what_is_said() {
    for codec in [Codec::G722, Codec::Opus] {
        let (mut graph, mut ends) = call(&[codec, codec]);
        let sound = sine(300.0);
        for number in 0..30 {
            ends[0].say(&mut graph, frame(&sound, number));
            graph.sound_key(ends[1].seat, 5, number as u32);
            graph.advance();
            ends[1].hear(&graph);
        }
        let heard = &ends[1].heard[5 * FRAME..];
        for tone in [300.0, 770.0, 1_336.0] {
            let share = goertzel::share(heard, RATE_HZ, tone);
            assert!(share > 0.2, "{codec:?}: {share} of {tone}");
        }
    }
}

#[test]
fn packets_of_opus_of_every_length_are_heard() {
    // 10 and 40 ms, made of what libopus makes of 20: by hand, of SILK frames (RFC 6716 §3.1).
    let (mut graph, mut ends) = call(&[Codec::Opus, Codec::G722]);
    let sound = sine(500.0);
    let mut pairs = 0;
    for number in 0..40 {
        let payload = ends[0].code(frame(&sound, number));
        // Two frames of one configuration in one packet: code 2.
        if number % 2 == 0 {
            ends[0].packets = vec![Some(payload)];
        } else {
            let first = ends[0].packets[0].clone().unwrap();
            if first[0] == payload[0] && first[0] & 3 == 0 && first.len() < 252 {
                let mut double = vec![first[0] | 2, (first.len() - 1) as u8];
                double.extend(&first[1..]);
                double.extend(&payload[1..]);
                graph.handle_voice(ends[0].seat, Voice::Coded(Codec::Opus, &double));
                pairs += 1;
            }
            for _ in 0..2 {
                graph.advance();
                ends[1].hear(&graph);
            }
        }
    }
    assert!(pairs > 15, "{pairs}");
    let (share, loudness) = found(&ends[1].heard[10 * FRAME..], 500.0);
    assert!(share > 0.8 && (0.8..1.2).contains(&loudness), "{share} {loudness}");
}
