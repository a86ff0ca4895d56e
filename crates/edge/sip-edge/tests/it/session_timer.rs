//! Session timers (RFC 4028): sessions that are refreshed go on, others end.

use call_engine::{EndCause, LegReport, LegRequest};
use sip_edge::SessionTimers;

use crate::calls_in::answered;
use crate::peer::{Message, Peer};
use crate::world::{Setting, World, to_carrier};

const NUMBER: &str = "+14255550100";
const TIMER: &str = "Supported: timer\r\n";

/// Seconds instead of half hours.
pub fn short(interval_s: u32) -> Setting {
    let mut setting = Setting::default();
    setting.config.session_timers = SessionTimers { interval_s, least_s: 1 };
    setting
}

async fn world_with_carrier(mut setting: Setting) -> (World, Peer) {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    setting.carrier_port = carrier.local.port();
    let world = World::with(setting).await;
    carrier.set_server(world.udp());
    (world, carrier)
}

/// A call from `carrier` with these headers; our answer to it.
async fn answered_with(world: &mut World, carrier: &mut Peer, headers: &str) -> (identifier::LegId, Message) {
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", NUMBER, headers, &offer).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let answer = carrier.expect("SIP/2.0 200").await;
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    (leg, answer)
}

#[tokio::test]
async fn a_caller_that_asks_too_often_learns_our_least_interval() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", NUMBER, &format!("{TIMER}Session-Expires: 60\r\n"), &offer).await;
    let refused = carrier.expect("SIP/2.0 422").await;
    assert_eq!(refused.header("Min-SE").as_deref(), Some("90"));
    assert!(world.has_no_invitation());

    let mut carrier = Peer::carrier(world.udp()).await;
    let wish = format!("{TIMER}Session-Expires: 3600;refresher=uac\r\n");
    let (_, answer) = answered_with(&mut world, &mut carrier, &wish).await;
    assert_eq!(answer.header("Session-Expires").as_deref(), Some("1800;refresher=uac"));
    assert_eq!(answer.header("Require").as_deref(), Some("timer"));
}

#[tokio::test]
async fn a_caller_without_timers_gets_none() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let (_, answer) = answered_with(&mut world, &mut carrier, "").await;
    assert_eq!(answer.header("Session-Expires"), None);
}

#[tokio::test]
async fn a_caller_that_should_refresh_and_does_not_is_hung_up() {
    let mut world = World::with(short(3)).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let wish = format!("{TIMER}Session-Expires: 3;refresher=uac\r\n");
    let (leg, _) = answered_with(&mut world, &mut carrier, &wish).await;
    // It refreshes once, and then no more.
    carrier.ask("UPDATE", NUMBER, &wish, "").await;
    let refreshed = carrier.expect_answer_to("UPDATE").await;
    assert_eq!(refreshed.header("Session-Expires").as_deref(), Some("3;refresher=uac"));
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);
}

#[tokio::test]
async fn we_refresh_by_update_where_it_is_allowed() {
    let mut world = World::with(short(2)).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let wish =
        format!("{TIMER}Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\nSession-Expires: 2;refresher=uas\r\n");
    let (leg, _) = answered_with(&mut world, &mut carrier, &wish).await;
    for _ in 0..2 {
        let update = carrier.expect("UPDATE").await;
        assert_eq!(update.header("Session-Expires").as_deref(), Some("2;refresher=uac"));
        carrier.reply(&update, "200 OK", "Session-Expires: 2;refresher=uac\r\n", "").await;
    }
    let update = carrier.expect("UPDATE").await;
    carrier.reply(&update, "481 Call/Transaction Does Not Exist", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable, "the carrier has lost the call");
}

#[tokio::test]
async fn we_refresh_by_reinvite_where_update_is_not_allowed() {
    let mut world = World::with(short(2)).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let wish = format!("{TIMER}Allow: INVITE, ACK, BYE, CANCEL\r\nSession-Expires: 2;refresher=uas\r\n");
    let (leg, answer) = answered_with(&mut world, &mut carrier, &wish).await;
    let invite = carrier.expect("INVITE").await;
    assert_eq!(invite.body(), answer.body(), "the session does not change");
    let body = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "Session-Expires: 2;refresher=uac\r\n", &body).await;
    carrier.expect("ACK").await;
    carrier.ask("BYE", NUMBER, "", "").await;
    carrier.expect_answer_to("BYE").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
}

#[tokio::test]
async fn a_carrier_that_insists_on_longer_sessions_is_asked_again() {
    let (mut world, mut carrier) = world_with_carrier(short(2)).await;
    let leg = world.dial(to_carrier("+498912345"));
    let invite = carrier.expect("INVITE").await;
    assert_eq!(invite.header("Session-Expires").as_deref(), Some("2"));
    assert!(invite.header("Supported").unwrap().contains("timer"), "{}", invite.0);
    carrier.reply(&invite, "422 Session Interval Too Small", "Min-SE: 4\r\n", "").await;
    carrier.expect("ACK").await;
    let again = carrier.expect("INVITE").await;
    assert_eq!(again.header("Session-Expires").as_deref(), Some("4"));
    assert_eq!(again.header("Min-SE").as_deref(), Some("4"));
    assert_eq!(again.header("Call-ID"), invite.header("Call-ID"));
    let answer = carrier.offer("sendrecv");
    carrier.reply(&again, "200 OK", "Session-Expires: 4;refresher=uas\r\n", &answer).await;
    carrier.expect("ACK").await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    // It does not refresh, though it said so.
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);
}

#[tokio::test]
async fn requests_out_of_order_are_refused() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut carrier).await;
    let late = carrier.request("INFO", NUMBER, "", "");
    carrier.ask("OPTIONS", NUMBER, "", "").await;
    carrier.expect_answer_to("OPTIONS").await;
    carrier.send(&late).await;
    carrier.expect("SIP/2.0 500").await;
}

#[tokio::test]
async fn a_far_end_that_moves_is_followed() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    let mut elsewhere = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    let reinvite = carrier.request("INVITE", NUMBER, "", &offer);
    let (contact, moved) =
        (format!("+14255550123@{}>", carrier.local), format!("+14255550123@{}>", elsewhere.local));
    let place = reinvite.find("Contact:").unwrap();
    let (head, tail) = reinvite.split_at(place);
    carrier.send(&format!("{head}{}", tail.replace(&contact, &moved))).await;
    carrier.expect_answer_to("INVITE").await;
    carrier.ack().await;
    world.ask(leg, LegRequest::Hangup);
    let bye = elsewhere.expect("BYE").await;
    elsewhere.reply(&bye, "200 OK", "", "").await;
}
