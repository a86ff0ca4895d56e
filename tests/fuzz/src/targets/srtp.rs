//! SRTP and SRTCP under a key that strangers do not know (RFC 3711, RFC 7714).

use srtp::{MasterKey, Mki, Protection, Receiver, Sender, Suite};

/// The first byte chooses the suite, and whether packets name their key.
pub(super) fn run(bytes: &[u8]) {
    let Some((choice, packet)) = bytes.split_first() else { return };
    let suites = [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];
    let suite = suites[usize::from(choice & 0x7f) % suites.len()];
    let mki = if choice & 0x80 == 0 { Mki::NONE } else { Mki::new(7, 4).expect("four bytes hold a seven") };
    let key =
        || MasterKey::new(suite, &[0x5a; 30][..16 + suite.salt_bytes()]).expect("as long as the suite wants");
    let mut receiver = Receiver::new(key(), mki, None);

    // Nobody made these bytes with the key.
    assert!(receiver.unprotect(&mut packet.to_vec()).is_err(), "a stranger's packet is taken");
    assert!(receiver.unprotect_control(&mut packet.to_vec()).is_err(), "a stranger's report is taken");

    // What a peer protects is what we read, once; changed on its way, it is not taken at all.
    let mut sender = Protection::new(Sender::new(key()), Receiver::new(key(), Mki::NONE, None));
    let mut receiver = Receiver::new(key(), Mki::NONE, None);
    let mut buffer = packet.to_vec();
    buffer.resize(packet.len() + srtp::LONGEST_TRAILER, 0);
    let Some(length) = sender.protect(&mut buffer, packet.len()) else { return };
    let mut changed = buffer[..length].to_vec();
    let at = usize::from(*choice) % length;
    changed[at] ^= 0x10;
    assert!(receiver.unprotect(&mut changed).is_err(), "a packet that was changed at {at} is taken");
    let mut once = buffer[..length].to_vec();
    let read = receiver.unprotect(&mut once).expect("the peer's packet is taken");
    assert_eq!(&once[..read], packet);
    assert!(receiver.unprotect(&mut buffer[..length]).is_err(), "it is taken twice");
}
