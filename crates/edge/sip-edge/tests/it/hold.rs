//! Hold and resume, by re-INVITE and by UPDATE.

use call_engine::LegReport;
use media_edge::Direction;

use crate::calls_in::answered;
use crate::peer::Peer;
use crate::world::World;

const NUMBER: &str = "+14255550100";

#[tokio::test]
async fn a_caller_holds_and_comes_back() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;

    let hold = carrier.offer("sendonly");
    carrier.ask("INVITE", NUMBER, "", &hold).await;
    let held = carrier.expect_answer_to("INVITE").await;
    assert!(held.body().contains("a=recvonly"), "{}", held.body());
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Held);
    assert_eq!(world.media.connected(leg).unwrap().direction, Direction::RecvOnly);

    let resume = carrier.offer("sendrecv").replace("m=audio 4000", "m=audio 4010");
    carrier.ask("UPDATE", NUMBER, "", &resume).await;
    let resumed = carrier.expect_answer_to("UPDATE").await;
    assert!(resumed.body().contains("a=sendrecv"), "{}", resumed.body());
    assert_eq!(world.report(leg).await, LegReport::Resumed);
    assert_eq!(world.media.connected(leg).unwrap().remote.port(), 4010, "media has moved");
}

#[tokio::test]
async fn a_reinvite_without_an_offer_is_answered_with_ours() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    carrier.ask("INVITE", NUMBER, "", "").await;
    let offered = carrier.expect_answer_to("INVITE").await;
    assert!(offered.body().contains("m=audio"), "{}", offered.body());
    let answer = carrier.offer("inactive");
    carrier.ask("ACK", NUMBER, "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Held);
}

#[tokio::test]
async fn an_impossible_change_leaves_the_call_as_it_was() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    let impossible = carrier.offer("sendrecv").replace("RTP/AVP 0 101", "RTP/AVP 18");
    carrier.ask("INVITE", NUMBER, "", &impossible).await;
    carrier.expect("SIP/2.0 488").await;
    carrier.ack().await;
    carrier.ask("BYE", NUMBER, "", "").await;
    carrier.expect_answer_to("BYE").await;
    world.ended(leg).await;
}
