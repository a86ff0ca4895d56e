//! CANCEL and what it can cross (RFC 3261 §9), with `sipp`.

use call_engine::{EndCause, LegReport, LegRequest};

use crate::sipp::{AS_CARRIER, AS_PATIENT_CARRIER, Scenario, Sipp, free_port};
use crate::world::{CARRIER, Setting, World, to_carrier};

#[tokio::test]
async fn sipp_gives_up_while_it_rings() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Allow: INVITE")
        .may_hear_trying()
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
        .may_hear_trying()
        .receive("response=\"200\"")
        .cancel(3)
        .receive_about("CANCEL")
        .in_dialog("ACK", 1)
        .in_dialog("BYE", 2)
        .receive_about("BYE");
    // Our answer may come again before it is acknowledged.
    let sipp = Sipp::start(scenario, world.udp(), &AS_PATIENT_CARRIER);
    let (leg, _) = world.invitation().await;
    world.answers_and_is_left(leg, sipp).await;
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
        .take_leave();
    let text = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &text]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    world.ask(leg, LegRequest::Hangup);
    assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
    sipp.succeeds().await;
    assert_eq!(world.unread_reports(), []);
}
