//! The keys under which the sound of a leg is encrypted (RFC 4568).

use media_edge::{MasterKey, MediaKeys, Mki};
use redact::Secret;
use sdp::{CryptoSuite, Encryption, Keys, OwnKey};
use tenant::{MediaEncryption, SipTransport};

/// What is offered and taken, with fresh keys. They leave over TLS only: whoever can read them can read
/// the sound.
pub(super) fn with_new_keys(
    wanted: MediaEncryption,
    transport: SipTransport,
    suites: &[CryptoSuite],
) -> Encryption {
    let keys = match transport {
        SipTransport::Udp | SipTransport::Tcp => Vec::new(),
        SipTransport::Tls => suites.iter().copied().map(new_key).collect(),
    };
    match wanted {
        MediaEncryption::Required => Encryption::Required(keys),
        MediaEncryption::Preferred if !keys.is_empty() => Encryption::Optional(keys),
        MediaEncryption::Preferred | MediaEncryption::None => Encryption::None,
    }
}

fn new_key(suite: CryptoSuite) -> OwnKey {
    let mut bytes = vec![0; suite.key_bytes()];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    OwnKey { suite, bytes: Secret::new(bytes) }
}

/// The same keys in the words of the media edge.
pub(super) fn to_media(keys: &Keys) -> MediaKeys {
    let mki = keys.remote.mki.and_then(|(name, bytes)| Mki::new(name, bytes));
    MediaKeys {
        own: master_key(keys.own.suite, &keys.own.bytes),
        remote: master_key(keys.remote.suite, &keys.remote.bytes),
        mki: mki.unwrap_or(Mki::NONE),
        lifetime: keys.remote.lifetime,
    }
}

fn master_key(suite: CryptoSuite, bytes: &Secret<Vec<u8>>) -> MasterKey {
    let key = MasterKey::new(suite.into(), bytes.expose());
    key.expect("a description's keys are as long as their suite wants")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(wanted: MediaEncryption, transport: SipTransport) -> Encryption {
        with_new_keys(wanted, transport, &CryptoSuite::ALL)
    }

    #[test]
    fn keys_leave_over_tls_only() {
        use MediaEncryption::{None, Preferred, Required};
        for transport in [SipTransport::Udp, SipTransport::Tcp] {
            assert_eq!(keys(Required, transport), Encryption::Required(Vec::new()));
            assert_eq!(keys(Preferred, transport), Encryption::None);
        }
        assert!(matches!(keys(Required, SipTransport::Tls), Encryption::Required(keys) if keys.len() == 3));
        assert!(matches!(keys(Preferred, SipTransport::Tls), Encryption::Optional(keys) if keys.len() == 3));
        assert_eq!(keys(None, SipTransport::Tls), Encryption::None);
    }

    #[test]
    fn no_two_legs_have_the_same_keys() {
        let new = || keys(MediaEncryption::Preferred, SipTransport::Tls);
        assert_ne!(new(), new());
    }
}
