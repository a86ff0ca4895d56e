//! Somebody dials 112 while nobody else gets through.

use conformance::app::App;
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

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
