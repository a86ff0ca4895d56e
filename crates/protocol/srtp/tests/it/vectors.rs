//! Whole packets as libsrtp, the reference of RFC 3711's authors, makes them.

use srtp::{MasterKey, Mki, Receiver, Sender, Suite};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

const RTP: &str = "800f1234decafbadcafebabe abababababababababababababababab";
const RTCP: &str = "81c8000bcafebabe abababababababababababababababab";

fn counter_mode() -> MasterKey {
    let key = hex("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6");
    MasterKey::new(Suite::AesCm128HmacSha1_80, &key).unwrap()
}

fn gcm() -> MasterKey {
    let key = hex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab");
    MasterKey::new(Suite::AeadAes128Gcm, &key).unwrap()
}

#[track_caller]
fn check_rtp(key: &MasterKey, protected: &str) {
    let (plain, protected) = (hex(RTP), hex(protected));
    let mut buffer = plain.clone();
    buffer.resize(100, 0);
    let length = Sender::new(key.clone()).protect(&mut buffer, plain.len()).unwrap();
    assert_eq!(buffer[..length], protected);
    let length = Receiver::new(key.clone(), Mki::NONE, None).unprotect(&mut buffer[..length]).unwrap();
    assert_eq!(buffer[..length], plain);
}

/// With index 1: libsrtp counts its RTCP packets from there.
#[track_caller]
fn check_rtcp(key: &MasterKey, protected: &str) {
    let (plain, protected) = (hex(RTCP), hex(protected));
    let mut sender = Sender::new(key.clone());
    let mut buffer = [0; 100];
    for _ in 0..2 {
        buffer[..plain.len()].copy_from_slice(&plain);
        assert_eq!(sender.protect_control(&mut buffer, plain.len()), Some(protected.len()));
    }
    assert_eq!(buffer[..protected.len()], protected);
    let mut receiver = Receiver::new(key.clone(), Mki::NONE, None);
    let length = receiver.unprotect_control(&mut buffer[..protected.len()]).unwrap();
    assert_eq!(buffer[..length], plain);
}

#[test]
fn counter_mode_with_hmac() {
    check_rtp(
        &counter_mode(),
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
    );
    check_rtcp(
        &counter_mode(),
        "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    );
}

#[test]
fn galois_counter_mode() {
    check_rtp(
        &gcm(),
        "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
    );
    check_rtcp(
        &gcm(),
        "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
    );
}
