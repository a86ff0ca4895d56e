//! Keys that phones press, and keys that we press.

use codec::Law::{A, Mu};
use codec::goertzel;
use identifier::{LegId, OperationId};
use media_edge::{Direction, Negotiated};
use media_plan::MediaReport::{ToneEnded, ToneStarted, TonesRefused, TonesSent};
use media_plan::{MediaPlan, MediaReport, MediaRequest, Tone, ToneSequence};

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
    stage.media.connect(leg, without_events(&phone));
    stage.media.request(CALL, ask());
    assert_eq!(stage.next_report().0, TonesRefused(OPERATION), "not negotiated");
}

#[test]
fn keys_reach_those_who_hear_who_presses_them_and_nobody_else() {
    let mut stage = Stage::new();
    let (mut one, mut two, mut muted) = (Phone::new(Mu, None), Phone::new(Mu, None), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two), stage.answer(3, &mut muted)];
    let mut plan = MediaPlan::everyone(legs);
    plan.speaking.remove(&legs[2]);
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
    stage.media.connect(legs[1], without_events(&two));
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

#[test]
fn a_phone_that_agreed_to_no_keys_is_understood_by_their_sound() {
    let mut stage = Stage::new();
    let (mut mu, mut a) = (Phone::new(Mu, None), Phone::new(A, None));
    let legs = [stage.answer(1, &mut mu), stage.answer(2, &mut a)];
    stage.media.connect(legs[0], without_events(&mu));
    stage.media.connect(legs[1], without_events(&a));
    talk_for(&mut [&mut mu, &mut a], 100);
    for event in 0..16 {
        mu.sound(event);
        a.sound(15 - event);
    }
    talk(&mut [&mut mu, &mut a], PATIENCE, |phones| phones.iter().all(|phone| phone.is_quiet()));
    talk_for(&mut [&mut mu, &mut a], 200);
    let reports = stage.reports();
    let of =
        |leg| reports.iter().filter(move |report| leg_of(report) == Some(leg)).cloned().collect::<Vec<_>>();
    let pressed = |leg, tone| [ToneStarted(leg, tone), ToneEnded(leg, tone)];
    assert_eq!(of(legs[0]), Tone::ALL.map(|tone| pressed(legs[0], tone)).concat());
    assert_eq!(
        of(legs[1]),
        Tone::ALL.into_iter().rev().flat_map(|tone| pressed(legs[1], tone)).collect::<Vec<_>>()
    );
}

#[test]
fn a_phone_that_sends_keys_both_ways_presses_them_once() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 100);
    phone.sound(5);
    phone.press(5);
    phone.sound(6);
    talk(&mut [&mut phone], PATIENCE, |phones| phones[0].is_quiet());
    talk_for(&mut [&mut phone], 200);
    assert_eq!(stage.reports(), [ToneStarted(leg, Tone::Five), ToneEnded(leg, Tone::Five)]);
}

#[test]
fn a_key_in_the_sound_of_one_is_pressed_for_the_others_and_its_echo_is_not() {
    let mut stage = Stage::new();
    let (mut one, mut two, mut three) = (Phone::new(Mu, None), Phone::new(Mu, None), Phone::new(A, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two), stage.answer(3, &mut three)];
    stage.media.connect(legs[0], without_events(&one));
    stage.media.connect(legs[2], without_events(&three));
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs)));
    talk_for(&mut [&mut one, &mut two, &mut three], 100);
    one.sound(9);
    talk(&mut [&mut one, &mut two, &mut three], PATIENCE, |_| {
        stage.has_reported(&ToneEnded(legs[0], Tone::Nine))
    });
    three.sound(9);
    talk(&mut [&mut one, &mut two, &mut three], PATIENCE, |phones| phones[1].keys.len() == 1);
    talk_for(&mut [&mut one, &mut two, &mut three], 300);
    assert_eq!(two.keys, [9]);
    assert_eq!(stage.reports(), [ToneStarted(legs[0], Tone::Nine), ToneEnded(legs[0], Tone::Nine)]);
}

fn without_events(phone: &Phone) -> Negotiated {
    Negotiated { telephone_event: None, own_telephone_event: None, ..agreed(phone, Direction::SendRecv) }
}

fn leg_of(report: &MediaReport) -> Option<LegId> {
    match report {
        ToneStarted(leg, _) | ToneEnded(leg, _) => Some(*leg),
        _ => None,
    }
}
