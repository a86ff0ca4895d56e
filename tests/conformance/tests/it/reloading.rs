//! What is taken over while the server runs: the directory and certificates.

use std::net::SocketAddr;

use conformance::authority::Authority;
use conformance::baresip::Baresip;
use conformance::cli::{Said, ringdown};
use conformance::patience::{until, until_async};
use conformance::platform::Platform;
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::shared_configuration::{carrier, configuration};

const CAROL: &str =
    "[[tenants.phones]]\nname = \"carol\"\nnumber = \"+14255560003\"\npassword = \"secret-of-carol\"\n";

async fn reload(platform: &Platform) -> Said {
    ringdown(&["reload", "--data", &platform.data().display().to_string()]).await
}

/// Registers once, which is answered with `status`.
async fn registers(platform: &Platform, name: &str, status: u16) {
    let here = "127.0.0.1".parse().expect("an address");
    let password = format!("secret-of-{name}");
    Scenario::register(here, &platform.ready.sip.udp, name, &password, status).start().ends_well().await;
}

#[tokio::test]
async fn phones_trunks_and_numbers_come_and_go_while_a_call_goes_on() {
    let platform = Platform::configured("reload", &configuration("", "")).await;
    let bob = SoftPhone::answering(&platform, "bob", "secret-of-bob").saying(Sound::tone(1000.0, 60.0));
    let bob = bob.start_registered().await;
    let mut alice = Baresip::start(&platform.ready.sip.udp, "alice", "secret-of-alice", 500, ";regint=60");
    alice.shows("200 OK").await;
    alice.types(&format!("/dial sip:+14255560002@{}", platform.ready.sip.udp)).await;
    alice.hears_tone(1000.0).await;
    registers(&platform, "carol", 403).await;

    // Bob goes, carol comes, and so do a number and a carrier.
    let carrier = carrier(5);
    let trunk =
        format!("[[tenants.trunks]]\nname = \"new-carrier\"\nhost = \"{carrier}\"\nprefixes = [\"+1999\"]\n");
    let text = configuration("", &format!("{CAROL}{trunk}"))
        .replace("name = \"bob\"", "name = \"robert\"")
        .replace("password = \"secret-of-bob\"", "password = \"secret-of-robert\"")
        .replace("numbers = [\"+14255550100\"]", "numbers = [\"+14255550100\", \"+14255550101\"]");
    platform.configure(&text);
    let said = reload(&platform).await;
    assert_eq!(said.status, 0, "{}", said.error);
    assert!(said.output.contains("1 tenants, 1 resources, 3 phones, 1 trunks"), "{}", said.output);
    registers(&platform, "carol", 200).await;
    registers(&platform, "robert", 200).await;
    registers(&platform, "bob", 403).await;
    let ready = std::fs::read_to_string(platform.data().join("ready.json")).expect("it is ready");
    assert!(ready.contains("+14255550101"), "{ready}");

    // Who talked with bob still does, and hangs up as if nothing had been.
    alice.hears_tone(1000.0).await;
    let memory = bob.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.5, "bob hears alice: {}", memory.report);

    // SIGHUP does the same.
    platform
        .configure(&text.replace("name = \"carol\"", "name = \"carola\"").replace("of-carol", "of-carola"));
    platform.signal("-HUP");
    until("the log to tell", || platform.log().matches("reloaded: 1 tenants").count() >= 2).await;
    registers(&platform, "carola", 200).await;
    registers(&platform, "carol", 403).await;
}

#[tokio::test]
async fn a_file_with_an_error_changes_nothing_and_says_where_it_is() {
    let mut platform = Platform::configured("reload-error", &configuration("", "")).await;
    let cases = [
        (configuration("", &format!("{CAROL}color = \"red\"\n")), "line 23: unknown field `color`"),
        (
            configuration("", &CAROL.replace("0003", "0002")),
            "line 19): number +14255560002 is assigned twice",
        ),
        (configuration("call = 3", CAROL), "line 5: unknown key limits.call (did you mean limits.calls?)"),
        (configuration("calls = \"few\"", CAROL), "line 5): expected a number above 0"),
        (
            configuration("", "[[tenants.trunks]]\nname = \"t\"\nhost = \"192.0.2.1\"\nprefixes = [\"1\"]\n"),
            "line 19): a prefix begins with +",
        ),
    ];
    for (text, wrong) in cases {
        platform.configure(&text);
        let said = reload(&platform).await;
        assert_eq!(said.status, 1, "{}", said.output);
        assert!(said.error.contains("nothing was reloaded"), "{}", said.error);
        assert!(
            said.error.contains("ringdown.toml") && said.error.contains(wrong),
            "{wrong}: {}",
            said.error
        );
        registers(&platform, "carol", 403).await;
        registers(&platform, "bob", 200).await;
    }
    platform.signal("-HUP");
    until("the log to tell", || platform.log().contains("nothing was reloaded, all is as before")).await;
    assert!(platform.is_alive());

    // What only a restart can change is said to be such.
    platform.configure(&configuration("calls = 5", CAROL));
    let said = reload(&platform).await;
    assert!(said.output.contains("restart the server for limits.calls"), "{}{}", said.output, said.error);
    registers(&platform, "carol", 200).await;
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_while_calls_are_up() {
    let authority = Authority::new("Contoso");
    let hosts = ["localhost", "127.0.0.1"];
    let first = authority.issue("server", &hosts);
    let first_shown = first.der();
    let api = format!("[api]\n{}", first.as_settings("certificate", "key"));
    let platform = Platform::configured("renewal", &configuration("", &api)).await;
    let https: SocketAddr = {
        let endpoint = url::Url::parse(&platform.ready.endpoint).expect("a URL");
        SocketAddr::new([127, 0, 0, 1].into(), endpoint.port().expect("a port"))
    };
    let sips: SocketAddr =
        platform.ready.sip.tls.as_ref().expect("SIP over TLS").parse().expect("an address");
    assert_eq!(authority.shown_at(https).await, first_shown);
    assert_eq!(authority.shown_at(sips).await, first_shown);
    let bob = SoftPhone::answering(&platform, "bob", "secret-of-bob").saying(Sound::tone(1000.0, 60.0));
    let bob = bob.start_registered().await;
    let server = platform.ready.sip.tls.as_ref().expect("SIP over TLS is on");
    let mut alice = Baresip::trusting(
        &authority.pem(),
        server,
        "alice",
        "secret-of-alice",
        500,
        ";regint=60;transport=tls",
    );
    alice.shows("200 OK").await;
    alice.types(&format!("/dial sip:+14255560002@{server};transport=tls")).await;
    alice.hears_tone(1000.0).await;

    // Nobody says a word: the files are seen to have changed.
    let second = authority.issue("server", &hosts).der();
    until_async("the second certificate to be shown", || async {
        let shown = [authority.shown_at(https).await, authority.shown_at(sips).await];
        shown.iter().all(|one| *one == second).then_some(())
    })
    .await;

    // Half a renewal is none; and who asks is told.
    std::fs::write(&first.key, "half a key").expect("it can be written");
    let said = reload(&platform).await;
    assert_eq!(said.status, 1, "{}", said.output);
    assert!(said.error.contains("server-key.pem"), "{}", said.error);
    assert_eq!(authority.shown_at(https).await, second);

    let third = authority.issue("server", &hosts).der();
    assert_eq!(reload(&platform).await.status, 0);
    assert_eq!(authority.shown_at(https).await, third);
    assert_eq!(authority.shown_at(sips).await, third);

    alice.hears_tone(1000.0).await;
    let memory = bob.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(500.0) > 0.5, "bob hears alice: {}", memory.report);
}
