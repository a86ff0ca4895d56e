//! A carrier that we call over TLS, and whose sound is encrypted (SDES, SRTP).

use conformance::authority::Authority;
use conformance::baresip::Baresip;
use conformance::platform::Platform;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::shared_configuration::configuration;

const CALLED: &str = "+19995550123";

/// A server, its carrier whose sound must be encrypted, and what the carrier is given.
struct Scene {
    platform: Platform,
    carrier: Baresip,
}

impl Scene {
    /// `parameters` are of the carrier's account.
    async fn new(parameters: &str) -> Self {
        // It is known by name, because phones live at its address, too.
        let at = Baresip::free_place();
        let authority = Authority::new("Carriers");
        let identity = authority.issue("carrier", &["localhost"]);
        let more = format!(
            "[[tenants.trunks]]\nname = \"carrier\"\nhost = \"localhost\"\nport = {}\ntransport = \"tls\"\n\
             media-encryption = \"required\"\nprefixes = [\"+1999\"]\n",
            at.port() + 1
        );
        let configuration = configuration("", &more)
            .replace("[outgoing]\n", &format!("[outgoing]\nextra-ca = \"{}\"\n", authority.pem().display()))
            .replace(
                "password = \"secret-of-alice\"\n",
                "password = \"secret-of-alice\"\nmay-call-out = true\n",
            );
        let platform = Platform::configured("encrypted-carrier", &configuration).await;
        let carrier = Baresip::far_end(at, &identity.both, CALLED, 1000, parameters);
        carrier.shows("baresip is ready").await;
        Self { platform, carrier }
    }

    /// Alice, registered over UDP without encryption, who says a tone of 500 Hz.
    async fn alice(&self) -> Baresip {
        let server = &self.platform.ready.sip.udp;
        let alice = Baresip::start(server, "alice", "secret-of-alice", 500, ";regint=60");
        alice.shows("200 OK").await;
        alice
    }

    async fn dials(&self, alice: &mut Baresip) {
        alice.types(&format!("/dial sip:{CALLED}@{}", self.platform.ready.sip.udp)).await;
    }
}

#[tokio::test]
async fn sound_goes_both_ways_through_hold_resume_and_a_transfer_by_the_carrier() {
    let mut scene = Scene::new(";mediaenc=srtp-mand;answermode=auto").await;
    let bob = SoftPhone::answering(&scene.platform, "bob", "secret-of-bob").saying(Sound::tone(1500.0, 60.0));
    let bob = bob.start_registered().await;
    let mut alice = scene.alice().await;
    scene.dials(&mut alice).await;
    alice.hears_tone(1000.0).await;
    scene.carrier.hears_tone(500.0).await;

    scene.carrier.types("/hold").await;
    alice.hears_no_tone(1000.0).await;
    scene.carrier.types("/resume").await;
    alice.hears_tone(1000.0).await;

    // The carrier brings alice together with bob, and is out of it.
    scene.carrier.types(&format!("/transfer sip:+14255560002@{}", scene.platform.ready.sip.udp)).await;
    alice.hears_tone(1500.0).await;
    let memory = bob.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.2, "bob hears alice: {}", memory.report);
}

#[tokio::test]
async fn a_carrier_that_cannot_encrypt_gets_no_call_where_encryption_is_required() {
    let scene = Scene::new(";answermode=auto").await;
    let mut alice = scene.alice().await;
    scene.dials(&mut alice).await;
    alice.shows("session closed").await;
    assert!(alice.heard().is_none_or(|sound| sound.seconds_with_tone(1000.0) < 0.1), "nothing in the clear");
    assert!(scene.carrier.heard().is_none(), "nothing in the clear");
}
