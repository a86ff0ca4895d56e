//! Legs that move from one call to another, also from one media thread to another.

use codec::Law::{A, Mu};
use identifier::{CallId, LegId, OperationId};
use media_edge::Direction;
use media_plan::MediaReport::{self, ToneEnded, TonesSent};
use media_plan::{MediaPlan, MediaRequest, PlaySource, Tone, ToneSequence};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, HOLD_HZ, PATIENCE, Stage, agreed, file, playback};

/// Calls on the same thread as `CALL`, in the same phase; on the same thread in another; on the other thread.
const OTHERS: [CallId; 3] = [CallId::from_u128(0x7f), CallId::from_u128(0x76), CallId::from_u128(0x7b)];

fn connect(stage: &Stage, call: CallId, legs: &[LegId]) {
    stage.media.request(call, MediaRequest::Connect(MediaPlan::everyone(legs.iter().copied())));
}

#[test]
fn two_of_three_go_on_in_a_call_of_their_own() {
    for other in OTHERS {
        let mut stage = Stage::new();
        let mut one = Phone::new(Mu, Some(400.0));
        let mut two = Phone::new(A, Some(900.0));
        let mut three = Phone::new(Mu, Some(1_300.0));
        let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two), stage.answer(3, &mut three)];
        connect(&stage, CALL, &legs);
        talk_for(&mut [&mut one, &mut two, &mut three], 300);
        connect(&stage, CALL, &legs[..1]);
        connect(&stage, other, &legs[1..]);
        let address = stage.media.open(CALL, legs[1]).unwrap();
        assert_eq!(stage.media.open(other, legs[1]), Ok(address), "the same socket");
        talk_for(&mut [&mut one, &mut two, &mut three], 200);
        for phone in [&mut one, &mut two, &mut three] {
            phone.heard.clear();
        }
        stage.reports();
        talk_for(&mut [&mut one, &mut two, &mut three], 800);
        assert!(two.share(1_300.0) > 0.8 && two.share(400.0) < 0.01, "{}", two.share(1_300.0));
        assert!(three.share(900.0) > 0.8 && three.share(400.0) < 0.01, "{}", three.share(900.0));
        assert!(one.share(900.0) < 0.01 && one.share(1_300.0) < 0.01);
        let is_even =
            |phone: &Phone| phone.sequences.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == 1);
        assert!([&one, &two, &three].into_iter().all(is_even), "no packet is missing or said twice");
        assert_eq!(two.sources.len(), 1, "one stream all along");

        two.press(5);
        talk(&mut [&mut one, &mut two, &mut three], PATIENCE, |_| {
            stage.has_reported(&ToneEnded(legs[1], Tone::Five))
        });
        assert_eq!(stage.last_call, Some(other));
        stage.media.request(CALL, MediaRequest::Release);
        stage.media.connect(legs[1], agreed(&two, Direction::Inactive));
        talk_for(&mut [&mut two, &mut three], 100);
        two.heard.clear();
        talk_for(&mut [&mut two, &mut three], 100);
        assert!(two.heard.is_empty(), "what is negotiated later finds it");
        for leg in legs {
            stage.media.close(leg);
        }
        talk_for(&mut [&mut two, &mut three], 60);
        three.heard.clear();
        talk_for(&mut [&mut three], 100);
        assert!(three.heard.is_empty(), "and so does the end");
    }
}

#[test]
fn the_partner_comes_into_another_call_while_its_own_is_released() {
    for other in OTHERS {
        let stage = Stage::new();
        let mut bob = Phone::new(Mu, Some(400.0));
        let mut alice = [Phone::new(Mu, None), Phone::new(Mu, None)];
        let mut carol = Phone::new(Mu, Some(900.0));
        let [at_bob, at_carol] = &mut alice;
        let here = [stage.answer(1, &mut bob), stage.answer(2, at_bob)];
        let there = [stage.answer_in(other, 3, at_carol), stage.answer_in(other, 4, &mut carol)];
        connect(&stage, CALL, &here);
        connect(&stage, other, &there);
        talk_for(&mut [&mut bob, at_bob, at_carol, &mut carol], 200);
        stage.media.request(CALL, MediaRequest::Release);
        connect(&stage, other, &[here[0], there[1]]);
        stage.media.close(here[1]);
        stage.media.close(there[0]);
        talk_for(&mut [&mut bob, &mut carol], 200);
        bob.heard.clear();
        carol.heard.clear();
        talk_for(&mut [&mut bob, &mut carol], 600);
        assert!(
            bob.share(900.0) > 0.8 && carol.share(400.0) > 0.8,
            "{} {}",
            bob.share(900.0),
            carol.share(400.0)
        );
    }
}

#[test]
fn what_is_asked_of_a_leg_that_moves_waits_until_it_is_there() {
    for other in OTHERS {
        let mut stage = Stage::new();
        let mut phone = Phone::new(Mu, None);
        let leg = stage.answer(1, &mut phone);
        talk_for(&mut [&mut phone], 100);
        let operation = OperationId::from_u128(1);
        let tones = vec![Tone::One, Tone::Two];
        // There and back, and there again, before anybody has had the time to move.
        for call in [other, CALL, other, CALL] {
            connect(&stage, call, &[leg]);
        }
        stage.media.request(other, MediaRequest::SendTones(ToneSequence { operation, leg, tones }));
        stage.media.request(other, MediaRequest::Play(playback(7, &[leg], vec![PlaySource::HoldMusic])));
        talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&TonesSent(operation)));
        assert_eq!(phone.keys, [1, 2]);
        phone.heard.clear();
        talk_for(&mut [&mut phone], 300);
        assert!(phone.share(HOLD_HZ) > 0.5);
        assert_eq!(stage.last_call, Some(other));
        assert!(!stage.reports().contains(&MediaReport::TonesRefused(operation)));
    }
}

#[test]
fn tones_of_the_call_that_is_over_are_not_taken_for_those_of_the_next() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 100);
    let send = |call, operation, tone| {
        let operation = OperationId::from_u128(operation);
        let sequence = ToneSequence { operation, leg, tones: vec![tone] };
        stage.media.request(call, MediaRequest::SendTones(sequence));
        operation
    };
    send(CALL, 1, Tone::One);
    stage.media.request(CALL, MediaRequest::Release);
    let second = send(OTHERS[2], 2, Tone::Two);
    let mut keys_then = Vec::new();
    talk(&mut [&mut phone], PATIENCE, |phones| {
        keys_then.clone_from(&phones[0].keys);
        stage.has_reported(&TonesSent(second))
    });
    talk_for(&mut [&mut phone], 40);
    assert_eq!(phone.keys, [1, 2]);
    assert_eq!(stage.reports(), [TonesSent(second)]);
    assert_eq!(keys_then, [1, 2], "not before they were sent");
}

#[test]
fn a_playback_fetches_its_audience() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 100);
    let sound = playback(7, &[leg], vec![file("tone:700:300")]);
    stage.media.request(OTHERS[2], MediaRequest::Play(sound.clone()));
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&MediaReport::Finished(sound.id)));
    talk_for(&mut [&mut phone], 40);
    assert!(goertzel_ms(&phone, 700.0) >= 240, "{}", goertzel_ms(&phone, 700.0));
}

#[test]
fn legs_that_move_and_are_closed_meanwhile_leave_nothing_behind() {
    let range = crate::lifecycle::free_range(20);
    let stage = Stage::with(range, std::time::Duration::ZERO);
    let phone = Phone::new(Mu, None);
    for round in 0..30_u128 {
        let calls: Vec<CallId> = (0..4).map(|call| CallId::from_u128(round * 16 + call * 5)).collect();
        let legs: Vec<LegId> = (0..9).map(|leg| LegId::from_u128(round * 9 + leg)).collect();
        for leg in &legs {
            crate::lifecycle::open_patiently(&stage, calls[0], *leg);
            stage.media.connect(*leg, agreed(&phone, Direction::SendRecv));
        }
        for (index, call) in calls.iter().enumerate() {
            connect(&stage, *call, &legs);
            stage.media.close(legs[index]);
            stage.media.request(*call, MediaRequest::Release);
        }
        legs.iter().for_each(|leg| stage.media.close(*leg));
    }
}

/// How long a phone has heard a tone.
fn goertzel_ms(phone: &Phone, tone_hz: f64) -> usize {
    let is_tone = |frame: &&[i16]| codec::goertzel::share(frame, 8_000, tone_hz) > 0.5;
    phone.heard.chunks(160).filter(is_tone).count() * 20
}
