//! Calls that arrive.

use call_engine::{EndCause, LegReport, LegRequest, Origin, RejectReason};
use identifier::TrunkName;
use media_plan::Tone;

use crate::peer::Peer;
use crate::registration::answer_to;
use crate::world::{DEMO_1, Setting, World};

const NUMBER: &str = "+14255550100";

#[tokio::test]
async fn a_trunk_call_rings_is_answered_and_hung_up() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    let headers = "User-to-User: 616d;encoding=hex\r\nX-MS-Custom-Key: value\r\n";
    carrier.ask("INVITE", NUMBER, headers, &offer).await;

    let (leg, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Trunk(TrunkName::new("carrier")));
    assert_eq!(invitation.from.raw_id(), "4:+14255550123");
    assert_eq!(&**invitation.dialled.expose(), NUMBER);
    assert_eq!(invitation.display_name.map(|name| name.expose().to_string()).as_deref(), Some("Ada"));
    assert_eq!(invitation.headers.user_to_user.as_deref(), Some("616d;encoding=hex"));
    assert_eq!(invitation.headers.custom, [("X-MS-Custom-Key".into(), "value".into())]);

    world.ask(leg, LegRequest::Ring);
    carrier.expect("SIP/2.0 180").await;
    world.ask(leg, LegRequest::Answer);
    let answered = carrier.expect("SIP/2.0 200").await;
    assert!(answered.body().contains("RTP/AVP 0 101"), "{}", answered.body());
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    let connected = world.media.connected(leg).unwrap();
    assert_eq!(connected.remote.to_string(), "127.0.0.2:4000");

    carrier
        .ask("INFO", NUMBER, "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=100\r\n")
        .await;
    carrier.expect("SIP/2.0 200").await;
    assert_eq!(world.report(leg).await, LegReport::Tone(Tone::Five));

    carrier.ask("BYE", NUMBER, "Reason: Q.850;cause=16\r\n", "").await;
    carrier.expect("SIP/2.0 200").await;
    let outcome = world.ended(leg).await;
    assert_eq!((outcome.cause, outcome.q850), (EndCause::HungUp, Some(16)));
    assert_eq!(world.media.open_sockets(), 0);
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hangs_up_right_behind_the_ack_was_connected() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    for _ in 0..100 {
        carrier.forget();
        let leg = calling(&mut world, &mut carrier).await;
        world.ask(leg, LegRequest::Answer);
        carrier.expect("SIP/2.0 200").await;
        carrier.ack().await;
        carrier.ask("BYE", NUMBER, "Reason: Q.850;cause=16\r\n", "").await;
        assert_eq!(world.report(leg).await, LegReport::Answered);
        let outcome = world.ended(leg).await;
        assert_eq!((outcome.cause, outcome.q850), (EndCause::HungUp, Some(16)));
        carrier.expect_answer_to("BYE").await;
    }
    assert_eq!(world.unread_reports(), []);
}

/// Its answer is in the ACK, and nobody would hear of it after the BYE.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_without_an_offer_was_connected_with_what_the_ack_says() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    for _ in 0..50 {
        carrier.forget();
        carrier.ask("INVITE", NUMBER, "", "").await;
        let (leg, _) = world.invitation().await;
        world.ask(leg, LegRequest::Answer);
        carrier.expect("SIP/2.0 200").await;
        let answer = carrier.offer("sendrecv");
        carrier.ask("ACK", NUMBER, "", &answer).await;
        carrier.ask("BYE", NUMBER, "", "").await;
        assert_eq!(world.report(leg).await, LegReport::Answered);
        assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
        carrier.expect_answer_to("BYE").await;
        assert_eq!(world.media.connected(leg).unwrap().remote.to_string(), "127.0.0.2:4000");
    }
    assert_eq!(world.unread_reports(), []);
}

/// It was told so by nothing but our answer, which it has not seen.
#[tokio::test]
async fn a_caller_who_hangs_up_instead_of_the_ack_was_not_connected() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = calling(&mut world, &mut carrier).await;
    world.ask(leg, LegRequest::Answer);
    carrier.expect("SIP/2.0 200").await;
    carrier.ask("BYE", NUMBER, "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    carrier.expect_answer_to("BYE").await;
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn we_hang_up() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    world.ask(leg, LegRequest::Hangup);
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
}

#[tokio::test]
async fn a_caller_hears_sound_before_the_answer() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = calling(&mut world, &mut carrier).await;
    world.ask(leg, LegRequest::Progress);
    let early = carrier.expect("SIP/2.0 183").await;
    assert!(early.body().contains("m=audio"), "{}", early.0);
    assert_eq!(world.media.connected(leg).unwrap().remote.to_string(), "127.0.0.2:4000");
    world.ask(leg, LegRequest::Answer);
    let answer = carrier.expect("SIP/2.0 200").await;
    assert_eq!(answer.body(), early.body(), "one offer has one answer");
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}

#[tokio::test]
async fn every_refusal_has_its_status() {
    let mut world = World::start().await;
    for (reason, status) in [
        (RejectReason::Declined, "SIP/2.0 603"),
        (RejectReason::Busy, "SIP/2.0 486"),
        (RejectReason::Forbidden, "SIP/2.0 403"),
        (RejectReason::NotFound, "SIP/2.0 404"),
        (RejectReason::NoAnswer, "SIP/2.0 480"),
        (RejectReason::Overloaded, "SIP/2.0 503"),
    ] {
        let mut carrier = Peer::carrier(world.udp()).await;
        let leg = calling(&mut world, &mut carrier).await;
        world.ask(leg, LegRequest::Reject(reason));
        let refused = carrier.expect(status).await;
        assert_eq!(refused.header("Retry-After").is_some(), reason == RejectReason::Overloaded);
        world.ended(leg).await;
    }
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn a_caller_gives_up_while_it_rings() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = calling(&mut world, &mut carrier).await;
    world.ask(leg, LegRequest::Ring);
    let ringing = carrier.receive().await;
    assert!(ringing.0.starts_with("SIP/2.0 1"), "{}", ringing.0);
    carrier.ask("CANCEL", NUMBER, "", "").await;
    carrier.expect("SIP/2.0 487").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
    // The engine answers a call that is gone: nothing happens.
    world.ask(leg, LegRequest::Answer);
    assert_eq!(world.media.open_sockets(), 0);
}

#[tokio::test]
async fn a_cancel_after_the_answer_changes_nothing() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = calling(&mut world, &mut carrier).await;
    world.ask(leg, LegRequest::Answer);
    let cancel = carrier.request("CANCEL", NUMBER, "", "");
    carrier.expect("SIP/2.0 200").await;
    carrier.send(&cancel).await;
    carrier.expect("SIP/2.0 200").await;
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}

#[tokio::test]
async fn an_invite_without_an_offer_gets_ours() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    carrier.ask("INVITE", NUMBER, "", "").await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let answered = carrier.expect("SIP/2.0 200").await;
    assert!(answered.body().contains("m=audio"), "{}", answered.0);
    let answer = carrier.offer("sendrecv");
    carrier.ask("ACK", NUMBER, "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(world.media.connected(leg).unwrap().remote.to_string(), "127.0.0.2:4000");
}

#[tokio::test]
async fn offers_without_a_codec_of_ours_are_refused() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv").replace("RTP/AVP 0 101", "RTP/AVP 18");
    carrier.ask("INVITE", NUMBER, "", &offer).await;
    carrier.expect("SIP/2.0 488").await;
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn a_phone_proves_who_it_is() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    let offer = phone.offer("sendrecv");
    phone.ask("INVITE", NUMBER, "", &offer).await;
    let challenge = phone.expect("SIP/2.0 401").await;
    phone.ask("ACK", NUMBER, "", "").await;
    let credentials = answer_to(&challenge, "demo-1", "INVITE", "secret", "MD5");
    phone.ask("INVITE", NUMBER, &format!("Authorization: {credentials}\r\n"), &offer).await;
    let (leg, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Phone(DEMO_1));
    assert_eq!(invitation.from.raw_id(), "4:+14255550101");
    // Its Contact says where it is itself.
    assert!(invitation.client.seen_from.is_some());
    assert_eq!(invitation.client.address, invitation.client.seen_from);
    world.ask(leg, LegRequest::Reject(RejectReason::Busy));
    phone.expect("SIP/2.0 486").await;
}

#[tokio::test]
async fn strangers_are_refused_unless_they_are_welcome() {
    let mut world = World::start().await;
    let mut stranger = Peer::at("127.0.0.3", world.udp()).await;
    let offer = stranger.offer("sendrecv");
    stranger.ask("INVITE", NUMBER, "", &offer).await;
    stranger.expect("SIP/2.0 403").await;
    assert!(world.has_no_invitation());

    let mut setting = Setting::default();
    setting.config.strangers = true;
    let mut world = World::with(setting).await;
    let mut stranger = Peer::at("127.0.0.3", world.udp()).await;
    stranger.ask("INVITE", NUMBER, "", &offer).await;
    let (_, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Stranger);
}

#[tokio::test]
async fn an_exchange_without_room_means_503() {
    let mut world = World::with(Setting { takes_calls: false, ..Setting::default() }).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", NUMBER, "", &offer).await;
    assert!(carrier.expect("SIP/2.0 503").await.header("Retry-After").is_some());
    let (leg, _) = world.invitation().await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Overloaded);
}

#[tokio::test]
async fn calls_of_a_trunk_that_wait_are_bounded() {
    let mut setting = Setting::default();
    setting.config.limits.half_open_per_trunk = 2;
    let mut world = World::with(setting).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut carrier = Peer::carrier(world.udp()).await;
        let offer = carrier.offer("sendrecv");
        carrier.ask("INVITE", NUMBER, "", &offer).await;
        waiting.push((carrier, world.invitation().await.0));
    }
    let mut third = Peer::carrier(world.udp()).await;
    let offer = third.offer("sendrecv");
    third.ask("INVITE", NUMBER, "", &offer).await;
    third.expect("SIP/2.0 503").await;
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn options_and_unknown_dialogs() {
    let world = World::start().await;
    let mut peer = Peer::at("127.0.0.3", world.udp()).await;
    peer.ask("OPTIONS", NUMBER, "", "").await;
    assert!(peer.expect("SIP/2.0 200").await.header("Allow").unwrap().contains("REFER"));
    peer.ask("BYE", NUMBER, "", "").await;
    peer.expect("SIP/2.0 481").await;
    let mut peer = Peer::at("127.0.0.3", world.udp()).await;
    peer.ask("SUBSCRIBE", NUMBER, "Event: presence\r\n", "").await;
    peer.expect("SIP/2.0 489").await;
    let mut peer = Peer::at("127.0.0.3", world.udp()).await;
    peer.ask("MESSAGE", NUMBER, "Content-Type: text/plain\r\n", "hi").await;
    peer.expect("SIP/2.0 405").await;
}

#[tokio::test]
async fn stopping_says_goodbye_to_everybody() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    let edge = world.edge.clone();
    let stopped = tokio::spawn(async move { edge.stop(std::time::Duration::from_secs(10)).await });
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    stopped.await.unwrap();
}

/// A call from `peer` that switchboard has heard of and has not answered yet.
pub async fn calling(world: &mut World, peer: &mut Peer) -> identifier::LegId {
    let offer = peer.offer("sendrecv");
    peer.ask("INVITE", NUMBER, "", &offer).await;
    world.invitation().await.0
}

/// A call from `peer` that was answered and acknowledged.
pub async fn answered(world: &mut World, peer: &mut Peer) -> identifier::LegId {
    let leg = calling(world, peer).await;
    world.ask(leg, LegRequest::Answer);
    peer.expect("SIP/2.0 200").await;
    peer.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    leg
}
