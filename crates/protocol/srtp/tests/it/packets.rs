use proptest::prelude::*;
use srtp::{LONGEST_TRAILER, MasterKey, Mki, Protection, Receiver, Sender, Suite, UnprotectError};

const SUITES: [Suite; 3] = [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];

fn key(suite: Suite, seed: u8) -> MasterKey {
    MasterKey::new(suite, &vec![seed; 16 + suite.salt_bytes()]).unwrap()
}

fn receiver(key: &MasterKey) -> Receiver {
    Receiver::new(key.clone(), Mki::NONE, None)
}

fn packet(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 1];
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

fn protected(sender: &mut Sender, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + LONGEST_TRAILER, 0);
    let length = sender.protect(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn unprotected(receiver: &mut Receiver, packet: &[u8]) -> Result<Vec<u8>, UnprotectError> {
    let mut buffer = packet.to_vec();
    let length = receiver.unprotect(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

#[test]
fn sound_cannot_be_read_on_the_wire_and_comes_out_once() {
    for suite in SUITES {
        let (mut sender, mut receiver) = (Sender::new(key(suite, 1)), receiver(&key(suite, 1)));
        let plain = packet(7, 100, &[0x55; 160]);
        let wire = protected(&mut sender, &plain);
        assert!(!wire.windows(8).any(|bytes| bytes == [0x55; 8]), "{suite:?}");
        assert_eq!(unprotected(&mut receiver, &wire), Ok(plain));
        assert_eq!(unprotected(&mut receiver, &wire), Err(UnprotectError::Replayed));
    }
}

#[test]
fn a_packet_that_was_changed_anywhere_is_dropped_and_the_true_one_is_still_taken() {
    for suite in SUITES {
        let (mut sender, mut receiver) = (Sender::new(key(suite, 1)), receiver(&key(suite, 1)));
        let plain = packet(7, 100, &[0x55; 20]);
        let wire = protected(&mut sender, &plain);
        for place in 0..wire.len() {
            for bit in 0..8 {
                let mut changed = wire.clone();
                changed[place] ^= 1 << bit;
                assert!(unprotected(&mut receiver, &changed).is_err(), "{suite:?} {place} {bit}");
            }
        }
        assert_eq!(unprotected(&mut receiver, &wire), Ok(plain));
    }
}

#[test]
fn strangers_leave_nothing_behind() {
    let suite = Suite::AeadAes128Gcm;
    let (mut sender, mut receiver) = (Sender::new(key(suite, 1)), receiver(&key(suite, 1)));
    let first = packet(7, 100, b"sound");
    assert_eq!(unprotected(&mut receiver, &protected(&mut sender, &first)), Ok(first));
    let mut stranger = Sender::new(key(suite, 2));
    let forged = protected(&mut stranger, &packet(7, 30_000, b"noise"));
    assert_eq!(unprotected(&mut receiver, &forged), Err(UnprotectError::Forged));
    for ssrc in 1_000..2_000 {
        let forged = protected(&mut Sender::new(key(suite, 2)), &packet(ssrc, 1, b"noise"));
        assert_eq!(unprotected(&mut receiver, &forged), Err(UnprotectError::Forged));
    }
    let second = packet(7, 101, b"sound");
    assert_eq!(unprotected(&mut receiver, &protected(&mut sender, &second)), Ok(second));
}

#[test]
fn sequence_numbers_roll_over_in_order_and_out_of_order() {
    for suite in SUITES {
        let (mut sender, mut receiver) = (Sender::new(key(suite, 1)), receiver(&key(suite, 1)));
        let mut late = Vec::new();
        for number in 32_000..140_000_u32 {
            let plain = packet(7, number as u16, b"sound");
            let wire = protected(&mut sender, &plain);
            if number % 65_536 == 65_535 {
                late.push((plain, wire));
            } else {
                assert_eq!(unprotected(&mut receiver, &wire), Ok(plain), "{number}");
            }
            if number % 65_536 == 20 && number > 65_536 {
                let (plain, wire) = late.pop().unwrap();
                assert_eq!(unprotected(&mut receiver, &wire), Ok(plain), "late");
            }
        }
    }
}

#[test]
fn keystream_is_never_used_twice() {
    let mut sender = Sender::new(key(Suite::AeadAes128Gcm, 1));
    protected(&mut sender, &packet(7, 100, b"sound"));
    let mut buffer = [0; 100];
    for (ssrc, sequence) in [(7, 100), (7, 99), (8, 101)] {
        let again = packet(ssrc, sequence, b"other");
        buffer[..again.len()].copy_from_slice(&again);
        assert_eq!(sender.protect(&mut buffer, again.len()), None, "{ssrc} {sequence}");
    }
    let next = packet(7, 101, b"sound");
    buffer[..next.len()].copy_from_slice(&next);
    assert_eq!(sender.protect(&mut buffer[..next.len() + 3], next.len()), None, "there is no room");
    assert!(sender.protect(&mut buffer, next.len()).is_some());
}

#[test]
fn a_far_end_that_changes_its_source_often_is_still_heard() {
    let key = key(Suite::AesCm128HmacSha1_32, 1);
    let mut receiver = receiver(&key);
    for ssrc in 0..100 {
        let mut sender = Sender::new(key.clone());
        for sequence in 1..4 {
            let plain = packet(ssrc, sequence, b"sound");
            let wire = protected(&mut sender, &plain);
            assert_eq!(unprotected(&mut receiver, &wire), Ok(plain));
            assert_eq!(unprotected(&mut receiver, &wire), Err(UnprotectError::Replayed));
        }
    }
}

#[test]
fn the_name_of_a_key_is_taken_off_and_another_is_refused() {
    // RFC 3711 §3.1 and RFC 7714 §8.2: before the tag, and after it.
    for (suite, tag) in [(SUITES[0], 0), (SUITES[1], 10), (SUITES[2], 4)] {
        let mki = Mki::new(1, 2).unwrap();
        let mut sender = Sender::new(key(suite, 1));
        let mut receiver = Receiver::new(key(suite, 1), mki, None);
        let plain = packet(7, 100, b"sound");
        let mut wire = protected(&mut sender, &plain);
        assert!(unprotected(&mut receiver, &wire).is_err());
        let place = wire.len() - tag;
        wire.splice(place..place, [0, 1]);
        let mut other = wire.clone();
        other[place + 1] = 2;
        assert_eq!(unprotected(&mut receiver, &other), Err(UnprotectError::Malformed));
        assert_eq!(unprotected(&mut receiver, &wire), Ok(plain));
    }
}

#[test]
fn a_key_is_taken_no_longer_than_its_owner_said() {
    let key = key(Suite::AeadAes128Gcm, 1);
    let (mut sender, mut receiver) = (Sender::new(key.clone()), Receiver::new(key, Mki::NONE, Some(3)));
    let taken: Vec<_> = (1..=4)
        .map(|sequence| {
            let wire = protected(&mut sender, &packet(7, sequence, b"sound"));
            unprotected(&mut receiver, &wire).map(drop)
        })
        .collect();
    assert_eq!(taken, [Ok(()), Ok(()), Ok(()), Err(UnprotectError::Expired)]);
}

#[test]
fn reports_are_protected_as_sound_is() {
    for suite in SUITES {
        let (mut sender, mut receiver) = (Sender::new(key(suite, 1)), receiver(&key(suite, 1)));
        let plain = [&[0x80, 201, 0, 1, 0, 0, 0, 7][..], &[0x55; 40]].concat();
        let mut buffer = plain.clone();
        buffer.resize(100, 0);
        let length = sender.protect_control(&mut buffer, plain.len()).unwrap();
        let wire = buffer[..length].to_vec();
        assert!(!wire.windows(8).any(|bytes| bytes == [0x55; 8]));
        for place in 0..wire.len() {
            let mut changed = wire.clone();
            changed[place] ^= 1;
            assert!(receiver.unprotect_control(&mut changed).is_err(), "{suite:?} {place}");
        }
        let mut once = wire.clone();
        assert_eq!(receiver.unprotect_control(&mut once), Ok(plain.len()));
        assert_eq!(once[..plain.len()], plain);
        assert_eq!(receiver.unprotect_control(&mut wire.clone()), Err(UnprotectError::Replayed));
    }
}

/// Two ends: what the one sends, the other hears.
fn ends(suite: Suite, ours: u8, theirs: u8) -> (Protection, Protection) {
    let (ours, theirs) = (key(suite, ours), key(suite, theirs));
    let here = Protection::new(Sender::new(ours.clone()), receiver(&theirs));
    let there = Protection::new(Sender::new(theirs), receiver(&ours));
    (here, there)
}

fn sent(protection: &mut Protection, packet: &[u8]) -> Vec<u8> {
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + LONGEST_TRAILER, 0);
    let length = protection.protect(&mut buffer, packet.len()).unwrap();
    buffer.truncate(length);
    buffer
}

fn hears(protection: &mut Protection, wire: &[u8]) -> Result<Vec<u8>, UnprotectError> {
    let mut buffer = wire.to_vec();
    let length = protection.unprotect(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

#[test]
fn what_is_agreed_again_goes_on_as_it_was() {
    let (mut here, mut there) = ends(SUITES[0], 1, 2);
    let plain = packet(7, 65_535, b"sound");
    let wire = sent(&mut there, &plain);
    assert_eq!(hears(&mut here, &wire), Ok(plain));
    let (again, _) = ends(SUITES[0], 1, 2);
    here.renew(again);
    assert_eq!(hears(&mut here, &wire), Err(UnprotectError::Replayed));
    let rolled_over = packet(7, 0, b"sound");
    let wire = sent(&mut there, &rolled_over);
    assert_eq!(hears(&mut here, &wire), Ok(rolled_over));
}

#[test]
fn the_key_before_is_taken_until_the_first_packet_of_the_new_one() {
    let (mut here, mut there) = ends(SUITES[0], 1, 2);
    let (new_here, new_there) = ends(SUITES[1], 3, 4);
    let on_its_way = packet(7, 1, b"sound");
    let too_late = packet(7, 2, b"sound");
    let (wire, late_wire) = (sent(&mut there, &on_its_way), sent(&mut there, &too_late));
    here.renew(new_here);
    assert_eq!(hears(&mut here, &wire), Ok(on_its_way));
    there.renew(new_there);
    let new = packet(7, 3, b"sound");
    let new_wire = sent(&mut there, &new);
    assert_eq!(hears(&mut here, &new_wire), Ok(new));
    assert_eq!(hears(&mut here, &late_wire), Err(UnprotectError::Forged));
    let back = packet(9, 1, b"sound");
    let back_wire = sent(&mut here, &back);
    assert_eq!(hears(&mut there, &back_wire), Ok(back));
}

#[test]
fn a_key_of_ours_that_is_chosen_again_remembers_what_was_sent_with_it() {
    let (mut here, _) = ends(SUITES[0], 1, 2);
    sent(&mut here, &packet(9, 50, b"sound"));
    here.renew(ends(SUITES[1], 3, 4).0);
    sent(&mut here, &packet(9, 51, b"sound"));
    here.renew(ends(SUITES[0], 1, 5).0);
    let again = packet(9, 50, b"other");
    let mut buffer = [0; 100];
    buffer[..again.len()].copy_from_slice(&again);
    assert_eq!(here.protect(&mut buffer, again.len()), None);
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_dropped(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), first in 0x80..0x9f_u8) {
        for suite in SUITES {
            for mki in [Mki::NONE, Mki::new(1, 4).unwrap()] {
                let mut receiver = Receiver::new(key(suite, 1), mki, None);
                prop_assert!(receiver.unprotect(&mut bytes.clone()).is_err());
                prop_assert!(receiver.unprotect_control(&mut bytes.clone()).is_err());
                if let Some(byte) = bytes.first_mut() {
                    *byte = first;
                }
                prop_assert!(receiver.unprotect(&mut bytes.clone()).is_err());
                prop_assert!(receiver.unprotect_control(&mut bytes.clone()).is_err());
                let mut sender = Sender::new(key(suite, 1));
                let length = bytes.len();
                let _ = sender.protect(&mut bytes.clone(), length);
                let _ = sender.protect_control(&mut bytes.clone(), length + 1);
            }
        }
    }
}
