//! Who hears whom.

use std::collections::BTreeSet;

use codec::Law::{self, A, Mu};
use codec::{Codec, Voice, goertzel};
use media_engine::FRAME_SAMPLES;
use media_plan::MediaPlan;
use proptest::prelude::*;

use crate::call::{Call, leg};

#[test]
fn two_legs_hear_each_other_and_not_themselves() {
    for laws in [[Mu, Mu], [Mu, A], [A, A]] {
        let mut call = Call::new(&laws);
        call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
        call.run(25, &[0, 1]);
        assert_eq!([0, 1].map(|it| call.voices_heard_by(it)), [vec![1], vec![0]], "{laws:?}");
    }
}

#[test]
fn a_voice_between_two_of_the_same_law_passes_unchanged() {
    let mut call = Call::new(&[Mu, Mu]);
    call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
    let codes: [u8; FRAME_SAMPLES] = std::array::from_fn(|index| (index * 7) as u8);
    call.graph.handle_voice(call.seats[0].0, Voice::Coded(Codec::Pcmu, &codes));
    call.graph.advance();
    assert_eq!(call.graph.heard_by(call.seats[1].0).unwrap(), codes);
    assert_eq!(call.graph.heard_by(call.seats[0].0).unwrap(), [Mu.silence(); FRAME_SAMPLES]);
}

#[test]
fn in_conferences_of_any_size_each_hears_all_but_themselves() {
    for size in 3..=8 {
        let laws: Vec<Law> = (0..size).map(|index| if index % 2 == 0 { Mu } else { A }).collect();
        let mut call = Call::new(&laws);
        call.graph.connect(MediaPlan::everyone((0..size).map(leg)));
        call.run(50, &(0..size).collect::<Vec<_>>());
        for listener in 0..size {
            let others: Vec<usize> = (0..size).filter(|speaker| *speaker != listener).collect();
            assert_eq!(call.voices_heard_by(listener), others, "{listener} of {size}");
        }
        call.run(25, &[0]);
        assert_eq!(call.voices_heard_by(size - 1), [0]);
    }
}

#[test]
fn nobody_is_heard_without_a_plan_and_a_plan_can_be_one_sided() {
    let mut call = Call::new(&[Mu, Mu, Mu]);
    call.run(10, &[0, 1, 2]);
    assert!(call.voices_heard_by(0).is_empty());

    // 0 supervises: hears both, is heard by none.
    let hears = |of: &[usize]| of.iter().copied().map(leg).collect::<BTreeSet<_>>();
    let plan = [(leg(0), hears(&[1, 2])), (leg(1), hears(&[2])), (leg(2), hears(&[1]))].into_iter().collect();
    call.graph.connect(MediaPlan { hears: plan, ..MediaPlan::default() });
    assert!(call.graph.hears(call.seats[0].0, leg(1)) && !call.graph.hears(call.seats[1].0, leg(0)));
    call.run(25, &[0, 1, 2]);
    assert_eq!([0, 1, 2].map(|it| call.voices_heard_by(it)), [vec![1, 2], vec![2], vec![1]]);
}

#[test]
fn a_leg_hears_itself_only_if_the_plan_says_so() {
    let mut call = Call::new(&[Mu]);
    let plan = [(leg(0), BTreeSet::from([leg(0)]))].into_iter().collect();
    call.graph.connect(MediaPlan { hears: plan, ..MediaPlan::default() });
    call.run(25, &[0]);
    assert_eq!(call.voices_heard_by(0), [0]);
}

#[test]
fn a_leg_that_is_not_in_the_plan_is_not_heard_by_those_that_name_it() {
    let mut call = Call::new(&[Mu, Mu]);
    let plan = [(leg(0), BTreeSet::from([leg(1)]))].into_iter().collect();
    call.graph.connect(MediaPlan { hears: plan, ..MediaPlan::default() });
    call.run(25, &[0, 1]);
    assert!(call.voices_heard_by(0).is_empty());
}

#[test]
fn a_leg_that_joins_or_leaves_changes_who_is_heard() {
    let mut call = Call::new(&[Mu, Mu, Mu]);
    call.graph.connect(MediaPlan::everyone((0..3).map(leg)));
    let (left, _) = call.seats.pop().unwrap();
    call.graph.leave(left);
    call.run(25, &[0, 1]);
    assert_eq!(call.voices_heard_by(0), [1]);
    call.seats.push((call.graph.join(leg(2), Codec::Pcma), A));
    call.run(25, &[2]);
    assert_eq!(call.voices_heard_by(0), [2], "the plan knew it already");
}

#[test]
fn voices_that_are_too_loud_together_are_cut_and_do_not_wrap() {
    let mut call = Call::new(&[Mu, Mu, Mu]);
    call.graph.connect(MediaPlan::everyone((0..3).map(leg)));
    let loud = [Mu.encode_sample(30_000); FRAME_SAMPLES];
    call.graph.handle_voice(call.seats[0].0, Voice::Coded(Codec::Pcmu, &loud));
    call.graph.handle_voice(call.seats[1].0, Voice::Coded(Codec::Pcmu, &loud));
    call.graph.advance();
    assert_eq!(Mu.decode_sample(call.graph.heard_by(call.seats[2].0).unwrap()[0]), 32_124);
}

proptest! {
    #[test]
    fn a_crowd_sounds_like_the_sum_of_its_voices(
        listening in proptest::collection::btree_set(0_usize..7, 0..8),
        speaking in proptest::collection::btree_set(0_usize..7, 0..8),
        apart in proptest::collection::btree_map(0_usize..7, proptest::collection::btree_set(0_usize..7, 0..7), 0..7),
    ) {
        let mut call = Call::new(&[Mu; 7]);
        let legs = |seats: BTreeSet<usize>| seats.into_iter().map(leg).collect();
        let plan = MediaPlan {
            listening: legs(listening),
            speaking: legs(speaking),
            hears: apart.into_iter().map(|(listener, of)| (leg(listener), legs(of))).collect(),
        };
        call.graph.connect(plan.clone());
        call.run(50, &[0, 1, 2, 3, 4, 5, 6]);
        for listener in 0..7 {
            let heard = plan.heard_by(leg(listener));
            let loudness = goertzel::rms(&call.heard[listener]);
            prop_assert!(heard.is_empty() == (loudness == 0.0));
            let of: Vec<usize> = (0..7).filter(|speaker| heard.contains(&leg(*speaker))).collect();
            for speaker in 0..7 {
                let hears = call.graph.hears(call.seats[listener].0, leg(speaker));
                prop_assert_eq!(hears, heard.contains(&leg(speaker)));
            }
            prop_assert_eq!(call.voices_heard_by(listener), of);
        }
    }
}
