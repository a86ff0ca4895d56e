//! Keys that phones press, and keys that we press.

use codec::Law::Mu;
use codec::goertzel;
use identifier::{LegId, OperationId};
use media_edge::{Direction, Negotiated};
use media_plan::MediaReport::{ToneEnded, ToneStarted, TonesRefused, TonesSent};
use media_plan::{MediaPlan, MediaRequest, Tone, ToneSequence};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, PATIENCE, Stage, agreed};

const OPERATION: OperationId = OperationId::from_u128(5);

#[test]
fn a_key_that_the_phone_presses_is_reported_once_and_soon() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 100);
    for tone in [Tone::One, Tone::Pound] {
        phone.press(tone.event());
        talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&ToneEnded(leg, tone)));
        talk_for(&mut [&mut phone], 60);
        assert_eq!(stage.reports(), [ToneStarted(leg, tone), ToneEnded(leg, tone)]);
    }
}

#[test]
fn keys_that_we_press_reach_the_phone_in_order() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    let tones = vec![Tone::One, Tone::One, Tone::Asterisk, Tone::D];
    stage.media.request(CALL, MediaRequest::SendTones(ToneSequence { operation: OPERATION, leg, tones }));
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&TonesSent(OPERATION)));
    talk_for(&mut [&mut phone], 50);
    assert_eq!(phone.keys, [1, 1, 10, 15]);
}

#[test]
fn a_leg_that_takes_no_keys_refuses_them() {
    let mut stage = Stage::new();
    let phone = Phone::new(Mu, None);
    let leg = LegId::from_u128(1);
    let ask = || MediaRequest::SendTones(ToneSequence { operation: OPERATION, leg, tones: vec![Tone::One] });
    stage.media.request(CALL, ask());
    assert_eq!(stage.next_report().0, TonesRefused(OPERATION), "no such leg");
    stage.media.open(CALL, leg).unwrap();
    stage.media.request(CALL, ask());
    assert_eq!(stage.next_report().0, TonesRefused(OPERATION), "not connected");
    let agreed = agreed(&phone, Direction::SendRecv);
    stage.media.connect(leg, Negotiated { telephone_event: None, own_telephone_event: None, ..agreed });
    stage.media.request(CALL, ask());
    assert_eq!(stage.next_report().0, TonesRefused(OPERATION), "not negotiated");
}

#[test]
fn keys_reach_those_who_hear_who_presses_them_and_nobody_else() {
    let mut stage = Stage::new();
    let (mut one, mut two, mut muted) = (Phone::new(Mu, None), Phone::new(Mu, None), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two), stage.answer(3, &mut muted)];
    let mut plan = MediaPlan::everyone(legs);
    plan.hears.values_mut().for_each(|speakers| speakers.retain(|speaker| *speaker != legs[2]));
    stage.media.request(CALL, MediaRequest::Connect(plan));
    talk_for(&mut [&mut one, &mut two, &mut muted], 100);
    for tone in [Tone::One, Tone::Pound, Tone::Pound] {
        one.press(tone.event());
        muted.press(Tone::Nine.event());
    }
    talk(&mut [&mut one, &mut two, &mut muted], PATIENCE, |phones| phones[1].keys.len() > 2);
    talk_for(&mut [&mut one, &mut two, &mut muted], 300);
    assert_eq!([one.keys, two.keys, muted.keys], [vec![], vec![1, 11, 11], vec![1, 11, 11]]);
    let of = |leg, tone| move |report: &&_| **report == ToneEnded(leg, tone);
    let reports = stage.reports();
    assert_eq!(reports.iter().filter(of(legs[0], Tone::Pound)).count(), 2);
    assert_eq!(reports.iter().filter(of(legs[2], Tone::Nine)).count(), 3, "reported, though not passed on");
}

#[test]
fn a_phone_that_takes_no_keys_hears_those_of_others() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, None), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    let agreed = agreed(&two, Direction::SendRecv);
    let none = Negotiated { telephone_event: None, own_telephone_event: None, ..agreed };
    stage.media.connect(legs[1], none);
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 100);
    two.heard.clear();
    one.press(Tone::Five.event());
    let loud = |phone: &Phone| phone.heard.iter().copied().filter(|it| it.abs() > 500).collect::<Vec<_>>();
    talk(&mut [&mut one, &mut two], PATIENCE, |phones| loud(phones[1]).len() > 200);
    talk_for(&mut [&mut one, &mut two], 200);
    let begin = two.heard.iter().position(|sample| sample.abs() > 500).unwrap();
    let heard = &two.heard[begin..][..320];
    for frequency in [770.0, 1_336.0] {
        let share = goertzel::share(heard, 8_000, frequency);
        assert!((0.4..0.6).contains(&share), "{share}");
    }
    assert!(two.heard[begin + 1_000..].iter().all(|sample| sample.abs() < 100), "it comes up again");
    assert!(two.keys.is_empty());
}

#[test]
fn keys_of_others_are_not_mixed_into_a_sequence_of_ours() {
    let mut stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, None), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two], 100);
    let tones = vec![Tone::One, Tone::Two];
    let sequence = ToneSequence { operation: OPERATION, leg: legs[1], tones };
    stage.media.request(CALL, MediaRequest::SendTones(sequence));
    talk_for(&mut [&mut one, &mut two], 60);
    one.press(Tone::Nine.event());
    talk(&mut [&mut one, &mut two], PATIENCE, |_| stage.has_reported(&TonesSent(OPERATION)));
    talk_for(&mut [&mut one, &mut two], 200);
    assert_eq!(two.keys, [1, 2]);
    one.press(Tone::Three.event());
    talk(&mut [&mut one, &mut two], PATIENCE, |phones| phones[1].keys.len() > 2);
    assert_eq!(two.keys, [1, 2, 3]);
}
