//! Phones whose sound is encrypted.

use codec::Law;
use identifier::LegId;
use media_edge::{Direction, MasterKey, MediaKeys, Mki, Suite};
use media_plan::{MediaPlan, MediaRequest};
use srtp::{Protection, Receiver, Sender};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, PATIENCE, Stage, agreed};

/// What one tone must have of all that is heard, to be heard.
const HEARD: f64 = 0.8;

fn key(suite: Suite, seed: u8) -> MasterKey {
    MasterKey::new(suite, &vec![seed; 16 + suite.salt_bytes()]).unwrap()
}

/// The phone encrypts under `seed`, the platform under the next one.
fn encrypt(stage: &Stage, leg: LegId, phone: &mut Phone, suite: Suite, seed: u8) {
    let (theirs, ours) = (key(suite, seed), key(suite, seed + 1));
    let receiver = Receiver::new(ours.clone(), Mki::NONE, None);
    let protection = Protection::new(Sender::new(theirs.clone()), receiver);
    match &mut phone.protection {
        Some(known) => known.renew(protection),
        unknown => *unknown = Some(protection),
    }
    let keys = Some(MediaKeys { own: ours, remote: theirs, mki: Mki::NONE, lifetime: None });
    let agreed = media_edge::Negotiated { keys, ..agreed(phone, Direction::SendRecv) };
    stage.media.connect(leg, agreed);
}

/// A phone with encrypted sound that says 700 Hz, and one without that says 500 Hz, who hear each other.
fn bridge(stage: &Stage, suite: Suite) -> (Phone, LegId, Phone) {
    let (mut ada, mut bob) = (Phone::new(Law::Mu, Some(700.0)), Phone::new(Law::Mu, Some(500.0)));
    let leg = LegId::from_u128(1);
    let local = stage.media.open(CALL, leg).unwrap();
    ada.talk_to(local.address);
    encrypt(stage, leg, &mut ada, suite, 1);
    let other = stage.answer(2, &mut bob);
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone([leg, other])));
    (ada, leg, bob)
}

fn both_hear(phones: &[&mut Phone]) -> bool {
    phones.iter().all(|phone| phone.heard.len() > 8_000)
}

#[test]
fn they_hear_each_other_and_nobody_on_the_way_does() {
    for suite in [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32] {
        let stage = Stage::new();
        let (mut ada, _, mut bob) = bridge(&stage, suite);
        talk(&mut [&mut ada, &mut bob], PATIENCE, both_hear);
        assert!(ada.share(500.0) > HEARD, "{suite:?} {}", ada.share(500.0));
        assert!(bob.share(700.0) > HEARD, "{suite:?} {}", bob.share(700.0));

        // What a stranger hears who takes the payload for G.711.
        let mut overheard = Vec::new();
        for packet in &ada.wire {
            let mut samples = [0; 160];
            Law::Mu.decode(&packet[12..172], &mut samples);
            overheard.extend(samples);
        }
        assert!(overheard.len() > 8_000);
        let share = codec::goertzel::share(&overheard, 8_000, 500.0);
        assert!(share < 0.05, "{suite:?} {share}");
    }
}

#[test]
fn what_was_changed_on_its_way_is_not_heard() {
    let stage = Stage::new();
    let (mut ada, _, mut bob) = bridge(&stage, Suite::AesCm128HmacSha1_80);
    ada.tampers = true;
    talk(&mut [&mut ada, &mut bob], PATIENCE, |phones| phones[0].heard.len() > 8_000);
    assert!(bob.share(700.0) < 0.05, "{}", bob.share(700.0));
    ada.tampers = false;
    talk_for(&mut [&mut ada, &mut bob], 300);
    bob.heard.clear();
    talk(&mut [&mut ada, &mut bob], PATIENCE, |phones| phones[1].heard.len() > 8_000);
    assert!(bob.share(700.0) > HEARD, "{}", bob.share(700.0));
}

#[test]
fn a_stranger_without_the_key_is_neither_heard_nor_sent_anything() {
    let stage = Stage::new();
    let (mut ada, leg, mut bob) = bridge(&stage, Suite::AeadAes128Gcm);
    let port = stage.media.open(CALL, leg).unwrap().address;
    // Even before the phone itself has said a word.
    let mut stranger = Phone::new(Law::Mu, Some(900.0));
    stranger.talk_to(port);
    talk(&mut [&mut stranger, &mut bob], PATIENCE, |phones| phones[1].heard.len() > 4_000);
    assert!(bob.share(900.0) < 0.05, "{}", bob.share(900.0));
    talk(&mut [&mut ada, &mut bob, &mut stranger], PATIENCE, |phones| both_hear(&phones[..2]));
    assert!(bob.share(900.0) < 0.05 && bob.share(700.0) > 0.5);
    assert!(stranger.heard.is_empty());
}

#[test]
fn keys_change_in_the_middle_of_a_call_and_sound_goes_on() {
    let stage = Stage::new();
    let (mut ada, leg, mut bob) = bridge(&stage, Suite::AeadAes128Gcm);
    talk(&mut [&mut ada, &mut bob], PATIENCE, both_hear);
    // The same keys again, as on hold and resume; then others, and another suite.
    for (suite, seed) in
        [(Suite::AeadAes128Gcm, 1), (Suite::AeadAes128Gcm, 5), (Suite::AesCm128HmacSha1_80, 7)]
    {
        encrypt(&stage, leg, &mut ada, suite, seed);
        talk_for(&mut [&mut ada, &mut bob], 200);
        ada.heard.clear();
        bob.heard.clear();
        talk(&mut [&mut ada, &mut bob], PATIENCE, both_hear);
        assert!(ada.share(500.0) > HEARD && bob.share(700.0) > HEARD, "{suite:?} {seed}");
    }
}

#[test]
fn encrypted_sound_moves_to_another_call_with_its_leg() {
    let stage = Stage::new();
    let (mut ada, leg, mut bob) = bridge(&stage, Suite::AeadAes128Gcm);
    talk(&mut [&mut ada, &mut bob], PATIENCE, both_hear);
    let elsewhere = identifier::CallId::from_u128(0x78);
    let mut eve = Phone::new(Law::A, Some(600.0));
    let other = stage.answer_in(elsewhere, 3, &mut eve);
    stage.media.request(elsewhere, MediaRequest::Connect(MediaPlan::everyone([leg, other])));
    talk_for(&mut [&mut ada, &mut eve], 200);
    ada.heard.clear();
    eve.heard.clear();
    talk(&mut [&mut ada, &mut eve], PATIENCE, both_hear);
    assert!(ada.share(600.0) > HEARD && eve.share(700.0) > HEARD);
}
