//! Calls that are sent on, by `sipp` and by us: Diversion, History-Info, 302, REFER.

use call_engine::{
    CustomHeaders, Destination, Diversion, DiversionReason, Divert, EndCause, LegOutcome, LegReport,
    LegRequest, Refer, ReferOutcome,
};
use identifier::TrunkName;
use redact::Pii;
use tenant::{DiversionHeader, TrunkAccount, TrunkDialect};

use crate::sipp::{AS_CARRIER, Scenario, Sipp, free_port, register};
use crate::world::{CARRIER, DEMO_1, Setting, World, to_carrier, to_phone};

const ANSWERED: &str = "Allow: INVITE, ACK, BYE, CANCEL, NOTIFY, REFER";

#[tokio::test]
async fn sipp_tells_for_whom_its_call_was_meant() {
    let lines = [
        "Diversion: <sip:+4930200@gw;user=phone>;reason=no-answer\nDiversion: <sip:+4930100@gw>;reason=user-busy;privacy=full",
        "History-Info: <sip:+4930100@gw?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1,<sip:+4930200@gw;cause=486>;index=1.1\nHistory-Info: <sip:+14255550100@gw;cause=408>;index=1.1.1;mp=1.1",
    ];
    for line in lines {
        let mut world = World::start().await;
        let scenario = Scenario::new()
            .invite_with(line)
            .may_hear_trying()
            .receive("response=\"486\"")
            .in_dialog("ACK", 1);
        let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
        let (leg, invitation) = world.invitation().await;
        let called = Some(Pii::new("+4930200".into()));
        assert_eq!(
            invitation.diversions,
            [
                Diversion { called: None, reason: DiversionReason::Busy },
                Diversion { called, reason: DiversionReason::NoAnswer },
            ],
            "{line}"
        );
        world.ask(leg, LegRequest::Reject(call_engine::RejectReason::Busy));
        sipp.succeeds().await;
    }
}

#[tokio::test]
async fn sipp_learns_for_whom_our_call_was_meant() {
    let history = "History-Info: &lt;sip:\\+14255550100@.*;user=phone\\?Reason=SIP%3Bcause%3D480&gt;;index=1";
    let diversion = "Diversion: &lt;sip:\\+14255550100@.*;user=phone&gt;;reason=deflection;counter=1";
    for (header, seen) in [(DiversionHeader::HistoryInfo, history), (DiversionHeader::Diversion, diversion)] {
        let port = free_port(CARRIER);
        let dialect = TrunkDialect { diversion: header, ..TrunkDialect::default() };
        let setting = Setting { carrier_port: port, dialect, ..Setting::default() };
        let mut world = World::with(setting).await;
        let scenario = Scenario::new()
            .receive_containing("request=\"INVITE\"", seen)
            .respond("486 Busy Here", false)
            .receive("request=\"ACK\"");
        let port = port.to_string();
        let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &port]);
        let mut dial = to_carrier("+498912345");
        dial.diversions = vec![Diversion::deflected("+14255550100")];
        let leg = world.dial(dial);
        assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
        sipp.succeeds().await;
    }
}

#[tokio::test]
async fn sipp_sends_its_calls_elsewhere() {
    let carrier_port = free_port(CARRIER);
    let mut world = World::with(Setting { carrier_port, ..Setting::default() }).await;
    let phone_port = free_port("127.0.0.1").to_string();
    let at = ["-i", "127.0.0.1", "-p", &phone_port];
    Sipp::start(register("secret", "200"), world.udp(), &at).succeeds().await;

    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond_with("302 Moved Temporarily", "Contact: <sip:+498912345@elsewhere>")
        .receive("request=\"ACK\"");
    let phone = Sipp::start(scenario, world.udp(), &at);
    let seen = "INVITE sip:\\+498912345@.*History-Info: &lt;sip:\\+14255550101@";
    let scenario = Scenario::new()
        .receive_containing("request=\"INVITE\"", seen)
        .respond("200 OK", true)
        .receive("request=\"ACK\"")
        .take_leave();
    let carrier_port = carrier_port.to_string();
    let carrier = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &carrier_port]);

    let leg = world.dial(to_phone(DEMO_1));
    assert_eq!(world.report(leg).await, LegReport::Moved { target: Pii::new("+498912345".into()) });
    phone.succeeds().await;
    let number = "+498912345".parse().unwrap();
    let called = Some(Pii::new("+14255550101".into()));
    world.ask(
        leg,
        LegRequest::Divert(Box::new(Divert {
            destination: Destination::Trunk { trunk: TrunkName::new("carrier"), number },
            diversion: Diversion { called, reason: DiversionReason::Unconditional },
        })),
    );
    assert_eq!(world.report(leg).await, LegReport::Answered);
    world.hangs_up(leg, carrier).await;
}

#[tokio::test]
async fn a_call_that_may_not_go_where_sipp_sends_it_ends() {
    let mut world = World::start().await;
    let port = free_port("127.0.0.1").to_string();
    let at = ["-i", "127.0.0.1", "-p", &port];
    Sipp::start(register("secret", "200"), world.udp(), &at).succeeds().await;
    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond_with("302 Moved Temporarily", "Contact: <sip:+498912345@elsewhere>")
        .receive("request=\"ACK\"");
    let phone = Sipp::start(scenario, world.udp(), &at);
    let leg = world.dial(to_phone(DEMO_1));
    assert_eq!(world.report(leg).await, LegReport::Moved { target: Pii::new("+498912345".into()) });
    world.ask(leg, LegRequest::Hangup);
    let outcome = world.ended(leg).await;
    assert_eq!((outcome.cause, outcome.sip.unwrap().code), (EndCause::Unavailable, 302));
    phone.succeeds().await;
}

/// A call of sipp that was answered, and what comes then.
async fn answered(
    world: &mut World,
    allow: &str,
    then: impl FnOnce(Scenario) -> Scenario,
) -> (Sipp, identifier::LegId) {
    let scenario =
        Scenario::new().invite_with(allow).may_hear_trying().receive("response=\"200\"").in_dialog("ACK", 1);
    let sipp = Sipp::start(then(scenario), world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    (sipp, leg)
}

/// The same, and what becomes of our wish that sipp takes the call away.
async fn referred(
    world: &mut World,
    then: impl FnOnce(Scenario) -> Scenario,
) -> (Sipp, identifier::LegId, ReferOutcome) {
    let (sipp, leg) = answered(world, ANSWERED, then).await;
    world.ask(leg, refer());
    match world.report(leg).await {
        LegReport::Referred(outcome) => (sipp, leg, outcome),
        other => panic!("{other:?}"),
    }
}

fn refer() -> LegRequest {
    LegRequest::Refer(Box::new(Refer {
        number: "+498912345".parse().unwrap(),
        referred_by: Some("+14255550100".parse().unwrap()),
        headers: CustomHeaders { user_to_user: Some("616d;encoding=hex".into()), ..CustomHeaders::default() },
    }))
}

const REFER: &str = "Referred-By: &lt;sip:\\+14255550100@.*Refer-To: &lt;sip:\\+498912345@.*;user=phone\\?User-to-User=616d%3Bencoding%3Dhex&gt;";

#[tokio::test]
async fn sipp_takes_a_call_away_when_it_is_asked_to() {
    let mut world = World::start().await;
    let (sipp, leg, outcome) = referred(&mut world, |scenario| {
        scenario
            .receive_containing("request=\"REFER\"", REFER)
            .respond_in_dialog("202 Accepted")
            .notify(2, "active;expires=60", "SIP/2.0 100 Trying")
            .receive("response=\"200\"")
            .notify(3, "terminated;reason=noresource", "SIP/2.0 200 OK")
            .receive("response=\"200\"")
            .take_leave()
    })
    .await;
    assert_eq!(outcome, ReferOutcome::Succeeded);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn sipp_cannot_reach_whom_it_was_asked_to_call() {
    let mut world = World::start().await;
    let (sipp, leg, outcome) = referred(&mut world, |scenario| {
        scenario
            .receive("request=\"REFER\"")
            .respond_in_dialog("202 Accepted")
            .notify(2, "terminated;reason=noresource", "SIP/2.0 486 Busy Here")
            .receive("response=\"200\"")
            .in_dialog("BYE", 3)
            .receive("response=\"200\"")
    })
    .await;
    let busy = LegOutcome::sip(EndCause::Busy, 486, "Busy Here");
    assert_eq!(outcome, ReferOutcome::Failed(busy));
    world.is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_leaves_once_it_has_taken_a_call_away() {
    let mut world = World::start().await;
    let (sipp, leg, outcome) = referred(&mut world, |scenario| {
        scenario
            .receive("request=\"REFER\"")
            .respond_in_dialog("202 Accepted")
            .notify(2, "active;expires=60", "SIP/2.0 100 Trying")
            .receive("response=\"200\"")
            .in_dialog("BYE", 3)
            .receive("response=\"200\"")
    })
    .await;
    assert_eq!(outcome, ReferOutcome::Succeeded);
    world.is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_does_not_take_calls_away() {
    let mut world = World::start().await;
    let (sipp, leg, outcome) = referred(&mut world, |scenario| {
        scenario.receive("request=\"REFER\"").respond_in_dialog("603 Decline").take_leave()
    })
    .await;
    assert_eq!(outcome, ReferOutcome::Refused);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn who_says_that_it_takes_no_refer_is_not_asked() {
    let mut world = World::start().await;
    let (sipp, leg) =
        answered(&mut world, "Allow: INVITE, ACK, BYE, CANCEL", |scenario| scenario.take_leave()).await;
    world.ask(leg, refer());
    assert_eq!(world.report(leg).await, LegReport::Referred(ReferOutcome::Refused));
    world.hangs_up(leg, sipp).await;
}

const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"abc\", algorithm=MD5\n";

fn with_account() -> Setting {
    let account = TrunkAccount {
        username: "ringdown".into(),
        password: Box::<str>::from("secret").into(),
        registers: false,
    };
    Setting { account: Some(account), ..Setting::default() }
}

#[tokio::test]
async fn sipp_wants_to_know_who_asks_it_to_take_a_call_away() {
    let mut world = World::with(with_account()).await;
    let proof = "CSeq: [0-9]+ REFER.*Authorization: Digest .*username=.ringdown.*response=";
    let (sipp, leg, outcome) = referred(&mut world, |scenario| {
        scenario
            .receive("request=\"REFER\"")
            .respond_in_dialog_with("401 Unauthorized", CHALLENGE)
            .receive_containing("request=\"REFER\"", proof)
            .respond_in_dialog("202 Accepted")
            .notify(2, "terminated;reason=noresource", "SIP/2.0 200 OK")
            .receive("response=\"200\"")
            .take_leave()
    })
    .await;
    assert_eq!(outcome, ReferOutcome::Succeeded);
    world.hangs_up(leg, sipp).await;
}

/// Without credentials, and with some that are not believed.
#[tokio::test]
async fn a_call_outlives_a_challenge_that_cannot_be_answered() {
    for setting in [Setting::default(), with_account()] {
        let has_account = setting.account.is_some();
        let mut world = World::with(setting).await;
        let (sipp, leg) = answered(&mut world, ANSWERED, |scenario| {
            let challenged =
                scenario.receive("request=\"REFER\"").respond_in_dialog_with("401 Unauthorized", CHALLENGE);
            let challenged = match has_account {
                true => challenged
                    .receive_containing("request=\"REFER\"", "Authorization: Digest")
                    .respond_in_dialog_with("401 Unauthorized", CHALLENGE),
                false => challenged,
            };
            challenged
                .in_dialog_with("INFO", 2, "Content-Type: application/dtmf-relay\n")
                .receive("response=\"200\"")
                .take_leave()
        })
        .await;
        world.ask(leg, refer());
        assert_eq!(world.report(leg).await, LegReport::Referred(ReferOutcome::Refused));
        sipp.has_sent("INFO", 1).await;
        world.ask(leg, LegRequest::Hangup);
        assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
        sipp.succeeds().await;
    }
}
