//! Somebody dials 112 while nobody else gets through.

use conformance::app::App;
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::psap::Psap;
use conformance::scene::subscribed;
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::company::does;
use crate::shared_configuration::{NUMBER, carrier, configuration};

#[tokio::test]
async fn a_call_for_help_goes_out_when_every_limit_is_used_up() {
    let carrier = carrier(1);
    let limits = "calls = 1\nwaiting-calls = 1\nwaiting-calls-per-source = 1\ncalls-per-second = 1\n\
                  calls-per-second-per-source = 1";
    let more = format!(
        "[[tenants.phones]]\nname = \"carol\"\nnumber = \"+14255560003\"\npassword = \"secret-of-carol\"\n\
         [[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\nemergency = true\n\
         prefixes = [\"+1999\"]\ncalls = 1\n"
    );
    let platform = Platform::configured("help", &configuration(limits, &more)).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let helper = Scenario::callee(carrier.into()).start_listening().await;

    // Alice's call is the one that may be, and the one that may wait; bob is one too many.
    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", NUMBER).start();
    app.event("IncomingCall").await;
    let bob = SoftPhone::dialing(&platform, "bob", "secret-of-bob", NUMBER).start();
    bob.shows("503").await;

    let carol = SoftPhone::dialing(&platform, "carol", "secret-of-carol", "112")
        .saying(Sound::tone(500.0, 30.0))
        .start();
    helper.talks().await;
    helper.media.sing(1000.0);
    helper.media.hears_tone(500.0).await;
    let counted = Metrics::of(&platform).await;
    for outcome in ["begun", "answered"] {
        let labels = [&*format!("outcome=\"{outcome}\"")];
        assert_eq!(counted.sum("ringdown_emergency_calls_total", &labels), 1.0, "{outcome}");
    }
    // It is not only let in: it is a call like any other.
    until_async("both calls to be counted", || async {
        (Metrics::of(&platform).await.sum("ringdown_legs", &[]) >= 3.0).then_some(())
    })
    .await;
    let memory = carol.hangs_up().await;
    assert!(memory.heard.seconds_of_tone(1000.0) > 0.2, "carol hears who helps: {}", memory.report);
    helper.ends_well().await;
    assert_eq!(
        Metrics::of(&platform).await.sum("ringdown_emergency_calls_total", &["outcome=\"failed\""]),
        0.0
    );
    drop((alice, bob));
}

/// Rupert works in a shop: he has no number of his own, an agent's phone and a desk phone, and forwards everything.
fn with_rupert() -> String {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/contoso.yaml");
    let text = std::fs::read_to_string(document).expect("the example is there");
    let rupert = "    displayName: Rupert Example\n";
    let phones = "    phones:\n      - { name: carol, persona: contactCenter }\n      - { name: dave, persona: teams }\n\
                  \x20   callingSettings:\n      isForwardingEnabled: true\n      forwardingType: Immediate\n\
                  \x20     forwardingTargetType: SingleTarget\n      forwardingTarget: \"+491711234567\"\n";
    assert!(text.contains(rupert));
    text.replace(rupert, &format!("{rupert}{phones}"))
}

#[tokio::test]
async fn help_is_told_where_to_come_and_calls_back_past_everything_also_after_a_crash() {
    let help = carrier(2);
    let phone =
        |name: &str| format!("[[tenants.phones]]\nname = \"{name}\"\npassword = \"secret-of-{name}\"\n");
    let phones: String = ["demo-1", "demo-2", "carol", "dave"].map(phone).concat();
    let more = format!(
        "{phones}[[tenants.trunks]]\nname = \"help\"\nhost = \"{help}\"\nport = 5060\nemergency = true\n\
         takes-location = true\n"
    );
    let mut platform = Platform::configured("psap", &configuration("", &more)).await;
    let document = platform.data().join("contoso.yaml");
    std::fs::write(&document, with_rupert()).expect("there is room");
    does(&platform, &["apply", "-f", &document.display().to_string()]).await;

    let psap = Psap::at(help.into(), &Sound::tone(1000.0, 30.0)).await;
    let agent = SoftPhone::dialing(&platform, "carol", "secret-of-carol", "911")
        .saying(Sound::tone(500.0, 30.0))
        .for_seconds(2)
        .start();
    let told = psap.tells("begins").await["told"].take();
    assert_eq!(told["called"], "112", "911 is a mask of it");
    assert_eq!(told["callBack"], "+493012345690", "the first number of the pool");
    assert_eq!(told["priority"], "emergency");
    assert_eq!(told["geolocationRouting"], "yes");
    assert_eq!(
        told["place"]["address"], "Contoso, ground floor, reception, 1 Alexanderplatz, Berlin, 10178, DE",
        "that of the shared number: {told}"
    );
    let memory = agent.ends().await;
    assert!(memory.heard.seconds_of_tone(1000.0) > 0.2, "the caller hears who helps: {}", memory.report);
    psap.tells("ended").await;
    assert!(psap.heard().seconds_of_tone(500.0) > 0.2, "who helps hears the caller");
    drop(psap);

    platform.kill();
    platform.restart().await;
    let desk = SoftPhone::answering(&platform, "dave", "secret-of-dave").for_seconds(2);
    let desk = desk.start_registered().await;
    let agent = SoftPhone::answering(&platform, "carol", "secret-of-carol")
        .option("--ring-for", "30s")
        .start_registered()
        .await;
    let back = Scenario::caller(help.into(), &platform.ready.sip.udp, "+493012345690").start();
    back.talks().await;
    agent.shows("INVITE").await;
    let memory = desk.ends().await;
    assert_eq!(memory.report["answered"], true, "{}", memory.report);
    back.ends_well().await;
}
