//! What `sipp` is told, and asks, before a call is answered (RFC 3262, RFC 3311).

use call_engine::{EndCause, LegReport, LegRequest};

use crate::sipp::{AS_CARRIER, AS_PATIENT_CARRIER, Scenario, Sipp, free_port};
use crate::world::{CARRIER, Setting, World, to_carrier};

#[tokio::test]
async fn sipp_hears_us_for_certain_and_moves_before_the_answer() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Supported: 100rel")
        .may_hear_trying()
        .receive_described("response=\"183\"", "RSeq")
        .in_dialog_with("PRACK", 2, "RAck: [$1] 1 INVITE\n")
        .receive("response=\"200\"")
        .offer_in_dialog("UPDATE", 3, "", 4100)
        .receive_described("response=\"200\"", "CSeq")
        .receive_undescribed("response=\"200\"")
        .acknowledge_and_leave(4);
    let sipp = Sipp::start(scenario, world.udp(), &AS_PATIENT_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    world.ask(leg, LegRequest::Progress);
    world.media.flows_to(leg, 4100).await;
    world.ask(leg, LegRequest::Answer);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    assert_eq!(world.media.connected(leg).unwrap().remote.port(), 4100, "the answer says nothing else");
    sipp.succeeds().await;
}

#[tokio::test]
async fn the_answer_waits_until_sipp_has_our_description() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Require: 100rel")
        .may_hear_trying()
        .receive_described("response=\"183\"", "RSeq")
        // Whatever comes now is not expected.
        .pause(300)
        .in_dialog_with("PRACK", 2, "RAck: [$1] 1 INVITE\n")
        .receive_about("PRACK")
        .receive_undescribed("response=\"200\"")
        .acknowledge_and_leave(3);
    let sipp = Sipp::start(scenario, world.udp(), &AS_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Progress);
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_without_an_offer_answers_ours_before_the_call_is_answered() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_without_offer("Require: 100rel")
        .may_hear_trying()
        .receive_described("response=\"183\"", "RSeq")
        .offer_in_dialog("PRACK", 2, "RAck: [$1] 1 INVITE\n", 4200)
        .receive("response=\"200\"")
        .receive_and_keep("response=\"180\"", "RSeq")
        .in_dialog_with("PRACK", 3, "RAck: [$1] 1 INVITE\n")
        .receive("response=\"200\"")
        .receive_undescribed("response=\"200\"")
        .acknowledge_and_leave(4);
    let sipp = Sipp::start(scenario, world.udp(), &AS_PATIENT_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    world.media.flows_to(leg, 4200).await;
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn an_update_before_anything_is_agreed_has_to_wait() {
    let mut world = World::start().await;
    let scenario = Scenario::new()
        .invite_with("Require: 100rel")
        .may_hear_trying()
        .receive_and_keep("response=\"180\"", "RSeq")
        .in_dialog_with("PRACK", 2, "RAck: [$1] 1 INVITE\n")
        .receive("response=\"200\"")
        .offer_in_dialog("UPDATE", 3, "", 4100)
        .receive("response=\"500\"")
        .in_dialog_with("UPDATE", 4, "")
        .receive("response=\"200\"")
        .receive_described("response=\"200\"", "CSeq")
        .acknowledge_and_leave(5);
    let sipp = Sipp::start(scenario, world.udp(), &AS_PATIENT_CARRIER);
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    // The exchange has nothing to see of it: sipp tells by hanging up, once it was answered.
    sipp.has_sent("UPDATE", 2).await;
    world.answers_and_is_left(leg, sipp).await;
}

#[tokio::test]
async fn sipp_is_heard_for_certain_and_moves_before_it_answers() {
    let port = free_port(CARRIER);
    let mut world = World::with(Setting { carrier_port: port, ..Setting::default() }).await;
    let scenario = Scenario::new()
        .receive_invite()
        .respond_to_invite("183 Session Progress", "Require: 100rel\nRSeq: 7\n", Some(4300))
        .receive("request=\"PRACK\"")
        .respond_in_dialog("200 OK")
        .offer_from_callee("UPDATE", 1, 4400)
        .receive_described("response=\"200\"", "CSeq")
        .respond_to_invite("200 OK", "", None)
        .receive("request=\"ACK\"")
        .take_leave();
    let port = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &port]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::EarlyMedia);
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(world.media.connected(leg).unwrap().remote.port(), 4400);
    world.hangs_up(leg, sipp).await;
}
