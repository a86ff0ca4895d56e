//! Whatever is asked of a graph, in whatever order, it goes on.

use std::collections::BTreeSet;

use codec::{Codec, Voice};
use identifier::PlaybackId;
use media_engine::{Graph, Playable, Seat, SoundWriter};
use media_plan::MediaReport::{Failed, Finished, Started};
use media_plan::{MediaPlan, Playback, Unplayable};
use proptest::prelude::*;

use crate::call::{leg, playback, sound};

#[derive(Clone, Debug)]
enum Step {
    Join(usize, Codec),
    Leave(usize),
    SetCodec(usize, Codec),
    Voice { from: usize, voice: Said },
    Key(usize, u8),
    Connect { listening: BTreeSet<usize>, speaking: BTreeSet<usize>, hears: Vec<(usize, BTreeSet<usize>)> },
    Play { id: u128, audience: Vec<usize>, sounds: usize, repeat: bool },
    Sound { id: u128, source: usize, ms: u64 },
    Growing { id: u128, source: usize },
    Write { samples: usize, then: Then },
    Unplayable { id: u128, source: usize },
    Stop(u128),
    Release,
    Frames(usize),
}

/// What becomes of a sound that is being written.
#[derive(Clone, Copy, Debug)]
enum Then {
    GoesOn,
    Finishes,
    BreaksOff,
}

/// Anything that may come of a leg, fitting or not.
#[derive(Clone, Debug)]
enum Said {
    Coded(Codec, Vec<u8>),
    Lost(Codec, Option<Vec<u8>>),
    Noise(u8),
}

fn codec() -> impl Strategy<Value = Codec> {
    (0_usize..4).prop_map(|number| Codec::ALL[number])
}

fn said() -> impl Strategy<Value = Said> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..170);
    prop_oneof![
        (codec(), bytes()).prop_map(|(codec, bytes)| Said::Coded(codec, bytes)),
        (codec(), proptest::option::of(bytes())).prop_map(|(codec, next)| Said::Lost(codec, next)),
        any::<u8>().prop_map(Said::Noise),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let group = || proptest::collection::btree_set(0_usize..6, 0..6);
    let hears = (0_usize..6, group());
    prop_oneof![
        (0_usize..6, codec()).prop_map(|(leg, codec)| Step::Join(leg, codec)),
        (0_usize..6).prop_map(Step::Leave),
        (0_usize..6, codec()).prop_map(|(leg, codec)| Step::SetCodec(leg, codec)),
        (0_usize..6, said()).prop_map(|(from, voice)| Step::Voice { from, voice }),
        (0_usize..6, any::<u8>()).prop_map(|(leg, event)| Step::Key(leg, event)),
        (group(), group(), proptest::collection::vec(hears, 0..4))
            .prop_map(|(listening, speaking, hears)| Step::Connect { listening, speaking, hears }),
        (0_u128..4, proptest::collection::vec(0_usize..6, 0..4), 0_usize..4, any::<bool>())
            .prop_map(|(id, audience, sounds, repeat)| Step::Play { id, audience, sounds, repeat }),
        (0_u128..4, 0_usize..4, 0_u64..50).prop_map(|(id, source, ms)| Step::Sound { id, source, ms }),
        (0_u128..4, 0_usize..4).prop_map(|(id, source)| Step::Growing { id, source }),
        (0_usize..3_000, prop_oneof![Just(Then::GoesOn), Just(Then::Finishes), Just(Then::BreaksOff)])
            .prop_map(|(samples, then)| Step::Write { samples, then }),
        (0_u128..4, 0_usize..4).prop_map(|(id, source)| Step::Unplayable { id, source }),
        (0_u128..4).prop_map(Step::Stop),
        Just(Step::Release),
        (1_usize..5).prop_map(Step::Frames),
    ]
}

proptest! {
    #[test]
    fn playbacks_report_a_beginning_before_an_end_and_one_end_at_most(
        steps in proptest::collection::vec(step(), 0..80),
    ) {
        let mut graph = Graph::new();
        let mut seats: [Option<Seat>; 6] = [None; 6];
        // For each playback: 1 while it was asked for, 2 once it was heard.
        let mut lives = [0; 4];
        let mut writers = Vec::new();
        for step in steps {
            match step {
                Step::Join(index, codec) => {
                    if seats[index].is_none() {
                        seats[index] = Some(graph.join(leg(index), codec));
                    }
                }
                Step::Leave(index) => seats[index].take().into_iter().for_each(|seat| graph.leave(seat)),
                Step::SetCodec(index, codec) => {
                    seats[index].into_iter().for_each(|seat| graph.set_codec(seat, codec));
                }
                Step::Voice { from, voice } => if let Some(seat) = seats[from] {
                    graph.handle_voice(seat, match &voice {
                        Said::Coded(codec, bytes) => Voice::Coded(*codec, bytes),
                        Said::Lost(codec, next) => Voice::Lost(*codec, next.as_deref()),
                        Said::Noise(level) => Voice::Noise(*level),
                    });
                },
                Step::Key(index, event) => {
                    seats[index].into_iter().for_each(|seat| graph.sound_key(seat, event, 1));
                }
                Step::Connect { listening, speaking, hears } => {
                    let legs = |group: BTreeSet<usize>| group.into_iter().map(leg).collect();
                    graph.connect(MediaPlan {
                        listening: legs(listening),
                        speaking: legs(speaking),
                        hears: hears.into_iter().map(|(listener, of)| (leg(listener), legs(of))).collect(),
                    });
                }
                Step::Play { id, audience, sounds, repeat } => {
                    graph.play(Playback { repeat, ..playback(id, &audience, sounds) });
                    lives[id as usize] = 1;
                }
                Step::Sound { id, source, ms } => {
                    graph.handle_sound(PlaybackId::from_u128(id), source, Ok({
                        let sound = sound(440.0, ms);
                        Codec::ALL.into_iter().filter(|_| ms % 2 == 0).for_each(|codec| sound.prepare(codec));
                        sound
                    }));
                }
                Step::Growing { id, source } => {
                    let writer = SoundWriter::new(8_000, std::time::Duration::from_secs(10));
                    graph.handle_sound(PlaybackId::from_u128(id), source, Ok(writer.sound()));
                    writers.push(writer);
                }
                Step::Write { samples, then } => if let Some(mut writer) = writers.pop() {
                    let _ = writer.write(&vec![1; samples]);
                    match then {
                        Then::GoesOn => writers.push(writer),
                        Then::Finishes => drop(writer.finish()),
                        Then::BreaksOff => writer.fail(Unplayable::Speech),
                    }
                },
                Step::Unplayable { id, source } => {
                    graph.handle_sound(PlaybackId::from_u128(id), source, Err::<Playable, _>(Unplayable::Speech));
                }
                Step::Stop(id) => {
                    graph.stop(PlaybackId::from_u128(id));
                    lives[id as usize] = 0;
                }
                Step::Release => {
                    graph.release();
                    lives = [0; 4];
                    prop_assert!(graph.is_idle());
                }
                Step::Frames(frames) => for _ in 0..frames {
                    for seat in seats.iter().flatten() {
                        graph.handle_voice(*seat, Voice::Coded(Codec::Pcmu, &[7; 160]));
                    }
                    graph.advance();
                    for seat in seats.iter().flatten() {
                        graph.heard_by(*seat);
                    }
                    while let Some(report) = graph.poll_report() {
                        let (id, before, after) = match report {
                            Started(id) => (id, vec![1], 2),
                            Finished(id) => (id, vec![2], 0),
                            Failed { playback, .. } => (playback, vec![1, 2], 0),
                            other => panic!("{other:?} is no report of a graph"),
                        };
                        let life = &mut lives[id.as_u128() as usize];
                        prop_assert!(before.contains(life), "{:?} in life {}", report, life);
                        *life = after;
                    }
                },
            }
        }
    }
}
