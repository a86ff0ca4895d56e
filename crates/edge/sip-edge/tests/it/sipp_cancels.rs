//! CANCEL and what it can cross (RFC 3261 §9), with `sipp`.

use call_engine::{EndCause, LegReport, LegRequest};

use crate::sipp::{Scenario, Sipp, free_port};
use crate::world::{CARRIER, Setting, World, to_carrier};

const AS_CARRIER: [&str; 4] = ["-i", CARRIER, "-s", "+14255550100"];

#[tokio::test]
async fn sipp_gives_up_while_it_rings() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Allow: INVITE")
        .receive("response=\"100\" optional=\"true\"")
        .receive("response=\"180\"")
        .cancel(3)
        .receive_about("CANCEL")
        .receive("response=\"487\"")
        .in_dialog("ACK", 1);
    let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    let outcome = world.ended(leg).await;
    assert_eq!((outcome.cause, outcome.sip.unwrap().code), (EndCause::Canceled, 487));
    assert_eq!(world.media.open_sockets(), 0);
    sipp.succeeds().await;
}

#[tokio::test]
async fn sipp_gives_up_too_late() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Allow: INVITE")
        .receive("response=\"100\" optional=\"true\"")
        .receive("response=\"200\"")
        .cancel(3)
        .receive_about("CANCEL")
        .in_dialog("ACK", 1)
        .in_dialog("BYE", 2)
        .receive_about("BYE");
    let mut arguments = AS_CARRIER.to_vec();
    // Our answer may come again before it is acknowledged.
    arguments.extend(["-default_behaviors", "-abortunexp"]);
    let sipp = Sipp::start(scenario, world.udp(), &arguments);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    sipp.succeeds().await;
}

#[tokio::test]
async fn an_answer_of_sipp_that_crosses_our_cancel_is_hung_up() {
    let port = free_port(CARRIER);
    let mut world = World::with(Setting { carrier_port: port, ..Setting::default() }).await;
    let scenario = Scenario::new()
        .receive_invite()
        .respond_to_invite("180 Ringing", "", None)
        .receive("request=\"CANCEL\"")
        .respond_in_dialog("200 OK")
        .respond_to_invite("200 OK", "", Some(4000))
        .receive("request=\"ACK\"")
        .receive("request=\"BYE\"")
        .respond_in_dialog("200 OK");
    let text = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &text]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    world.ask(leg, LegRequest::Hangup);
    assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
    sipp.succeeds().await;
    assert_eq!(world.unread_reports(), []);
}
