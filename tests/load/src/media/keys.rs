//! The keys of everybody whose sound is encrypted here.

use media_edge::{MasterKey, Mki, Suite};
use srtp::{Protection, Receiver, Sender};

const SUITE: Suite = Suite::AeadAes128Gcm;

/// What a phone sends under, and what it is sent under.
pub(crate) fn of_phone_and_platform() -> (MasterKey, MasterKey) {
    let key = |seed| MasterKey::new(SUITE, &vec![seed; 16 + SUITE.salt_bytes()]);
    (key(1).expect("it has the suite's length"), key(2).expect("it has the suite's length"))
}

/// As a phone protects its sound.
pub(crate) fn of_phone() -> Box<Protection> {
    let (phone, platform) = of_phone_and_platform();
    Box::new(Protection::new(Sender::new(phone), Receiver::new(platform, Mki::NONE, None)))
}

/// As whoever answers a phone protects it.
pub(crate) fn of_platform() -> Box<Protection> {
    let (phone, platform) = of_phone_and_platform();
    Box::new(Protection::new(Sender::new(platform), Receiver::new(phone, Mki::NONE, None)))
}
