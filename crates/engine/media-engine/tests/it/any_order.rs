//! Whatever is asked of a graph, in whatever order, it goes on.

use std::collections::BTreeSet;

use codec::Law::{A, Mu};
use identifier::PlaybackId;
use media_engine::{FRAME_SAMPLES, Graph, Seat};
use media_plan::MediaReport::{Failed, Finished, Started};
use media_plan::{MediaPlan, Playback, Unplayable};
use proptest::prelude::*;

use crate::call::{leg, playback, sound};

#[derive(Clone, Debug)]
enum Step {
    Join(usize, bool),
    Leave(usize),
    SetLaw(usize, bool),
    Connect(Vec<(usize, BTreeSet<usize>)>),
    Play { id: u128, audience: Vec<usize>, sounds: usize, repeat: bool },
    Sound { id: u128, source: usize, ms: u64 },
    Unplayable { id: u128, source: usize },
    Stop(u128),
    Release,
    Frames(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let hears = (0_usize..6, proptest::collection::btree_set(0_usize..6, 0..6));
    prop_oneof![
        (0_usize..6, any::<bool>()).prop_map(|(leg, law)| Step::Join(leg, law)),
        (0_usize..6).prop_map(Step::Leave),
        (0_usize..6, any::<bool>()).prop_map(|(leg, law)| Step::SetLaw(leg, law)),
        proptest::collection::vec(hears, 0..6).prop_map(Step::Connect),
        (0_u128..4, proptest::collection::vec(0_usize..6, 0..4), 0_usize..4, any::<bool>())
            .prop_map(|(id, audience, sounds, repeat)| Step::Play { id, audience, sounds, repeat }),
        (0_u128..4, 0_usize..4, 0_u64..50).prop_map(|(id, source, ms)| Step::Sound { id, source, ms }),
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
        for step in steps {
            match step {
                Step::Join(index, law) => {
                    if seats[index].is_none() {
                        seats[index] = Some(graph.join(leg(index), if law { Mu } else { A }));
                    }
                }
                Step::Leave(index) => seats[index].take().into_iter().for_each(|seat| graph.leave(seat)),
                Step::SetLaw(index, law) => {
                    seats[index].into_iter().for_each(|seat| graph.set_law(seat, if law { Mu } else { A }));
                }
                Step::Connect(hears) => {
                    let hears = hears.into_iter().map(|(listener, of)| {
                        (leg(listener), of.into_iter().map(leg).collect())
                    });
                    graph.connect(MediaPlan { hears: hears.collect() });
                }
                Step::Play { id, audience, sounds, repeat } => {
                    graph.play(Playback { repeat, ..playback(id, &audience, sounds) });
                    lives[id as usize] = 1;
                }
                Step::Sound { id, source, ms } => {
                    graph.handle_sound(PlaybackId::from_u128(id), source, Ok(sound(440.0, ms)));
                }
                Step::Unplayable { id, source } => {
                    graph.handle_sound(PlaybackId::from_u128(id), source, Err(Unplayable::Speech));
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
                        graph.handle_voice(*seat, Some(&[7; FRAME_SAMPLES]));
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
