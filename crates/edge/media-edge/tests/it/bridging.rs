//! Phones that talk to each other through us.

use codec::Law::{A, Mu};
use media_edge::Direction;
use media_plan::{MediaPlan, MediaRequest};

use crate::phone::{Phone, talk_for};
use crate::stage::{CALL, Stage, agreed};

#[test]
fn two_phones_hear_each_other_and_not_themselves() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 1_500);
    assert!(one.share(900.0) > 0.8 && one.share(400.0) < 0.01, "{} {}", one.share(900.0), one.share(400.0));
    assert!(two.share(400.0) > 0.8 && two.share(900.0) < 0.01, "{} {}", two.share(400.0), two.share(900.0));
}

#[test]
fn three_phones_hear_the_two_others() {
    let stage = Stage::new();
    let tones = [400.0, 900.0, 1_300.0];
    let mut phones = tones.map(|tone| Phone::new(Mu, Some(tone)));
    let legs: Vec<_> =
        phones.iter_mut().enumerate().map(|(index, phone)| stage.answer(index as u128, phone)).collect();
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    let [one, two, three] = &mut phones;
    talk_for(&mut [one, two, three], 1_500);
    for (listener, phone) in phones.iter().enumerate() {
        for (speaker, tone) in tones.iter().enumerate() {
            let share = phone.share(*tone);
            let heard = if speaker == listener { share < 0.01 } else { share > 0.35 };
            assert!(heard, "{listener} hears {share} of {speaker}");
        }
    }
}

#[test]
fn a_stranger_who_sends_to_our_port_is_not_heard() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(Mu, None));
    let mut stranger = Phone::new(Mu, Some(2_000.0));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 200);
    stranger.talk_to(stage.media.open(CALL, legs[0]).unwrap().address);
    two.heard.clear();
    talk_for(&mut [&mut one, &mut two, &mut stranger], 1_000);
    assert!(two.share(400.0) > 0.8 && two.share(2_000.0) < 0.001, "{}", two.share(400.0));
    assert!(stranger.heard.is_empty());
}

#[test]
fn a_phone_on_hold_hears_nothing_and_is_not_heard() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(Mu, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 200);
    stage.media.connect(legs[0], agreed(&one, Direction::Inactive));
    talk_for(&mut [&mut one, &mut two], 200);
    one.heard.clear();
    two.heard.clear();
    talk_for(&mut [&mut one, &mut two], 500);
    assert!(one.heard.is_empty(), "{}", one.heard.len());
    assert!(two.heard.len() > 2_000 && two.share(400.0) < 0.01);

    stage.media.connect(legs[0], agreed(&one, Direction::SendRecv));
    one.heard.clear();
    two.heard.clear();
    talk_for(&mut [&mut one, &mut two], 1_000);
    assert!(one.share(900.0) > 0.8 && two.share(400.0) > 0.8);
}

#[test]
fn a_phone_that_moves_by_negotiation_is_heard_from_its_new_address_in_its_new_codec() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 300);
    let mut moved = Phone::new(A, Some(1_300.0));
    moved.talk_to(stage.media.open(CALL, legs[0]).unwrap().address);
    stage.media.connect(legs[0], agreed(&moved, Direction::SendRecv));
    one.hang_up();
    talk_for(&mut [&mut moved, &mut two], 200);
    two.heard.clear();
    talk_for(&mut [&mut moved, &mut two], 1_000);
    assert!(two.share(1_300.0) > 0.8, "{}", two.share(1_300.0));
    assert!(moved.heard.len() > 6_000);
}

#[test]
fn a_phone_hears_a_frame_every_20_ms_without_drift() {
    let stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 2_000);
    let steps: Vec<u32> = phone.timestamps.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    assert!(steps.iter().all(|step| *step == 160), "{steps:?}");
    let frames = phone.arrivals.len() as i128 - 1;
    let lasted = (*phone.arrivals.last().unwrap() - phone.arrivals[0]).as_millis() as i128;
    assert!((lasted - frames * 20).abs() < 60, "{frames} frames in {lasted} ms");
}
