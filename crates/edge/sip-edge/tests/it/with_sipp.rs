//! The same with a SIP implementation that is not ours.

use call_engine::{EndCause, LegReport, LegRequest, RejectReason};

use tenant::SipTransport;

use crate::sipp::{AS_CARRIER, AS_PATIENT_CARRIER, Scenario, Sipp, free_port, register};
use crate::world::{CARRIER, DEMO_1, Setting, World, to_carrier, to_phone};

#[tokio::test]
async fn sipp_calls_in_and_hangs_up() {
    let mut world = World::start().await;
    let scenario = Scenario::new().invite().receive("response=\"200\"").acknowledge_and_leave(2);
    let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_wants_to_be_sure_that_it_rings() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Require: 100rel")
        .may_hear_trying()
        .receive_and_keep("response=\"180\"", "RSeq")
        .in_dialog_with("PRACK", 2, "RAck: [$1] 1 INVITE\n")
        .receive("response=\"200\"")
        .receive("response=\"200\"")
        .acknowledge_and_leave(3);
    // A repeated 180 is as good as the first.
    let sipp = Sipp::start(scenario, world.udp(), &AS_PATIENT_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_refreshes_its_session() {
    let mut world = World::start().await;
    let timer = "Supported: timer\nSession-Expires: 90;refresher=uac";
    let scenario = Scenario::new()
        .invite_with(timer)
        .may_hear_trying()
        .receive("response=\"180\" optional=\"true\"")
        .receive_and_keep("response=\"200\"", "Session-Expires")
        .in_dialog("ACK", 1)
        .in_dialog_with("UPDATE", 2, &format!("{timer}\n"))
        .receive_and_keep("response=\"200\"", "Session-Expires")
        .in_dialog("BYE", 3)
        .receive("response=\"200\"");
    let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn every_one_of_many_calls_ends_exactly_once() {
    const CALLS: usize = 150;
    let mut world = World::start().await;
    let scenario = Scenario::new().invite().receive("response=\"200\"").acknowledge_and_leave(2);
    let calls = CALLS.to_string();
    let mut arguments = AS_CARRIER.to_vec();
    arguments.extend(["-m", &calls, "-r", "100"]);
    let sipp = Sipp::start(scenario, world.udp(), &arguments);
    for _ in 0..CALLS {
        let (leg, _) = world.invitation().await;
        world.ask(leg, LegRequest::Ring);
        world.ask(leg, LegRequest::Answer);
    }
    sipp.succeeds().await;
    let mut ended = std::collections::HashSet::new();
    while ended.len() < CALLS {
        match world.next_report().await {
            (leg, LegReport::Answered) => assert!(!ended.contains(&leg)),
            (leg, LegReport::Ended(outcome)) => {
                assert_eq!(outcome.cause, EndCause::HungUp);
                assert!(ended.insert(leg), "a leg ended twice");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.unread_reports(), []);
    assert_eq!(world.media.open_sockets(), 0);
}

#[tokio::test]
async fn sipp_calls_in_over_tcp() {
    let mut world = World::start().await;
    let scenario = Scenario::new().invite().receive("response=\"200\"").in_dialog("ACK", 1).take_leave();
    let mut arguments = AS_CARRIER.to_vec();
    arguments.extend(["-t", "t1"]);
    let sipp = Sipp::start(scenario, world.udp(), &arguments);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn sipp_is_refused() {
    let mut world = World::start().await;
    let scenario = Scenario::new().invite().receive("response=\"603\"").in_dialog("ACK", 1);
    let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Reject(RejectReason::Declined));
    assert_eq!(world.ended(leg).await.cause, EndCause::Declined);
    sipp.succeeds().await;
}

#[tokio::test]
async fn sipp_answers_and_hangs_up() {
    let port = free_port(CARRIER);
    let mut world = World::with(Setting { carrier_port: port, ..Setting::default() }).await;
    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond("180 Ringing", false)
        .respond("200 OK", true)
        .receive("request=\"ACK\"")
        .take_leave();
    let port = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &port]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn sipp_answers_over_tcp_and_hangs_up() {
    let port = free_port(CARRIER);
    let setting = Setting { carrier_port: port, carrier_transport: SipTransport::Tcp, ..Setting::default() };
    let mut world = World::with(setting).await;
    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond("200 OK", true)
        .receive("request=\"ACK\"")
        .take_leave();
    let text = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &text, "-t", "t1"]);
    sipp.listens_on(port).await;
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::Answered);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn sipp_registers_and_is_called() {
    let mut world = World::start().await;
    let port = free_port("127.0.0.1").to_string();
    let sipp = Sipp::start(register("secret", "200"), world.udp(), &["-i", "127.0.0.1", "-p", &port]);
    sipp.succeeds().await;

    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond("486 Busy Here", false)
        .receive("request=\"ACK\"");
    let sipp = Sipp::start(scenario, world.udp(), &["-i", "127.0.0.1", "-p", &port]);
    let leg = world.dial(to_phone(DEMO_1));
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
    sipp.succeeds().await;
}

#[tokio::test]
async fn sipp_with_a_wrong_password_does_not_register() {
    let world = World::start().await;
    Sipp::start(register("guess", "403"), world.udp(), &["-i", "127.0.0.1"]).succeeds().await;
}
