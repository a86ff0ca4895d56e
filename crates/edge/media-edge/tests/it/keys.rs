//! Keys that phones press, and keys that we press.

use codec::Law::Mu;
use identifier::{LegId, OperationId};
use media_edge::{Direction, Negotiated};
use media_plan::MediaReport::{ToneEnded, ToneStarted, TonesRefused, TonesSent};
use media_plan::{MediaRequest, Tone, ToneSequence};

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
    stage.media.connect(leg, Negotiated { telephone_event: None, ..agreed });
    stage.media.request(CALL, ask());
    assert_eq!(stage.next_report().0, TonesRefused(OPERATION), "not negotiated");
}
