//! SIP over TLS with certificates on both sides.

use conformance::authority::{Authority, Identity};
use conformance::baresip::Baresip;
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::shared_configuration::configuration;

const PARAMETERS: &str = ";regint=60;transport=tls;answermode=auto";

async fn platform(trusted: &Authority) -> Platform {
    let clients =
        format!("[sip]\ntls-client = \"required\"\ntls-client-ca = \"{}\"\n", trusted.pem().display());
    Platform::configured("mutual-tls", &configuration("", &clients)).await
}

fn phone(platform: &Platform, identity: Option<&Identity>) -> Baresip {
    let server = platform.ready.sip.tls.as_ref().expect("SIP over TLS is on");
    let (authority, password) = (&platform.ready.ca_certificate, "secret-of-alice");
    match identity {
        Some(identity) => {
            Baresip::showing(&identity.both, authority, server, ("alice", password), 500, PARAMETERS)
        }
        None => Baresip::trusting(authority, server, "alice", password, 500, PARAMETERS),
    }
}

#[tokio::test]
async fn a_phone_with_the_right_certificate_registers_is_called_and_talks() {
    let authority = Authority::new("Contoso phones");
    let platform = platform(&authority).await;
    let alice = phone(&platform, Some(&authority.issue("alice", &["alice.example"])));
    alice.shows("200 OK").await;

    let bob = SoftPhone::dialing(&platform, "bob", "secret-of-bob", "+14255560001")
        .saying(Sound::tone(1000.0, 30.0))
        .start();
    alice.hears_tone(1000.0).await;
    let memory = bob.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.2, "bob hears alice: {}", memory.report);
}

#[tokio::test]
async fn without_the_right_certificate_no_phone_gets_a_word_in() {
    let (authority, other) = (Authority::new("Contoso phones"), Authority::new("Somebody else"));
    let platform = platform(&authority).await;
    for (number, identity) in [None, Some(other.issue("alice", &["alice.example"]))].iter().enumerate() {
        let alice = phone(&platform, identity.as_ref());
        until_async("a handshake to fail", || async {
            let failed = Metrics::of(&platform).await;
            let failed = failed.sum("ringdown_tls_handshake_failures_total", &["where=\"sip\""]);
            (failed > number as f64).then_some(())
        })
        .await;
        assert!(!alice.terminal().contains("200 OK"), "{}", alice.terminal());
    }
    let heard = Metrics::of(&platform).await;
    let heard = heard.sum("ringdown_sip_messages_total", &["direction=\"received\"", "method=\"REGISTER\""]);
    assert_eq!(heard, 0.0, "whoever shows no certificate, or another, is not listened to");
}
