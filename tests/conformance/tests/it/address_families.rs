//! IPv4 and IPv6 in one call.

use conformance::baresip::Baresip;
use conformance::cli::ringdown;
use conformance::platform::Platform;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::shared_configuration::configuration;

async fn platform() -> Platform {
    let both = "[media]\naddress = \"127.0.0.1,::1\"\n";
    Platform::listening("both-families", &configuration("", both), "127.0.0.1:0,[::1]:0").await
}

/// The first UDP address of IPv6.
fn over_ipv6(platform: &Platform) -> String {
    let all = &platform.ready.sip.all;
    let found =
        all.iter().find_map(|one| one.strip_prefix("udp ").filter(|address| address.starts_with('[')));
    found.unwrap_or_else(|| panic!("ready.json names an address of IPv6: {all:?}")).to_owned()
}

#[tokio::test]
async fn a_phone_on_ipv4_and_a_phone_on_ipv6_hear_each_other_whoever_calls() {
    let platform = platform().await;
    let ipv6 = over_ipv6(&platform);
    let mut bob = Baresip::start(&ipv6, "bob", "secret-of-bob", 500, ";regint=60;answermode=auto");
    bob.shows("200 OK").await;
    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", "+14255560002")
        .saying(Sound::tone(1000.0, 60.0))
        .start();
    bob.hears_tone(1000.0).await;
    let memory = alice.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.2, "alice hears bob: {}", memory.report);

    let alice = SoftPhone::answering(&platform, "alice", "secret-of-alice").saying(Sound::tone(1500.0, 60.0));
    let alice = alice.start_registered().await;
    bob.types(&format!("/dial sip:+14255560001@{ipv6}")).await;
    bob.hears_tone(1500.0).await;
    let memory = alice.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.2, "alice hears bob: {}", memory.report);
}

#[tokio::test]
async fn both_families_are_announced() {
    let platform = platform().await;
    let all = &platform.ready.sip.all;
    for (transport, address) in ["udp", "tcp", "tls"]
        .into_iter()
        .flat_map(|transport| [(transport, "127.0.0.1:"), (transport, "[::1]:")])
    {
        let begin = format!("{transport} {address}");
        assert!(all.iter().any(|one| one.starts_with(&begin)), "{begin} is not in {all:?}");
    }
    let said = ringdown(&["status", "--data", &platform.data().display().to_string()]).await;
    for address in all {
        assert!(said.output.contains(address), "{address} is not in {}", said.output);
        let address = address.split(' ').nth(1).expect("a transport and an address");
        assert!(platform.log().contains(address), "{address} is not in the banner");
    }
}
