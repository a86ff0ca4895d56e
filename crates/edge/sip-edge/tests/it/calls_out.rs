//! Calls that we make.

use std::time::Duration;

use call_engine::{Caller, CustomHeaders, Destination, EndCause, Hop, LegReport, LegRequest, Origin};
use identifier::TrunkName;

use tenant::SipTransport;

use crate::peer::{Message, Peer};
use crate::registration::register;
use crate::streams::Line;
use crate::world::{DEMO_1, Setting, World, dial, to_carrier, to_gateways, to_phone, to_platform};

const NUMBER: &str = "+498912345";

/// A world whose carrier is this peer.
async fn world_with_carrier() -> (World, Peer) {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    let world = World::with(Setting { carrier_port: carrier.local.port(), ..Setting::default() }).await;
    carrier.set_server(world.udp());
    (world, carrier)
}

#[tokio::test]
async fn a_carrier_rings_answers_and_is_hung_up() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let mut dial = to_carrier(NUMBER);
    dial.headers = CustomHeaders {
        user_to_user: Some("u".into()),
        custom: vec![("X-MS-Custom-a".into(), "1".into()), ("X-b".into(), "2\r\nVia: evil".into())],
        voip: vec![("c".into(), "3".into())],
    };
    let leg = world.dial(dial);
    let invite = carrier.expect("INVITE sip:+498912345@127.0.0.2").await;
    assert!(
        invite.header("From").unwrap().starts_with("\"Contoso Help\" <sip:+14255550100@"),
        "{}",
        invite.0
    );
    assert!(invite.header("P-Asserted-Identity").unwrap().contains("+14255550100"));
    assert_eq!(invite.header("User-to-User").as_deref(), Some("u"));
    assert_eq!(invite.header("X-MS-Custom-a").as_deref(), Some("1"));
    assert!(!invite.0.contains("evil"));
    assert_eq!(invite.header("X-MS-Custom-c"), None, "the public network sees no VoIP headers");

    carrier.reply(&invite, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    let answer = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    carrier.expect("ACK").await;
    assert_eq!(world.media.connected(leg).unwrap().remote.to_string(), "127.0.0.2:4000");

    world.ask(leg, LegRequest::Hangup);
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    assert_eq!(world.media.open_sockets(), 0);
}

#[tokio::test]
async fn the_callee_hangs_up() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let leg = world.dial(to_carrier(NUMBER));
    let invite = carrier.expect("INVITE").await;
    let answer = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    carrier.expect("ACK").await;
    carrier.join(&invite);
    carrier.ask("BYE", "x", "", "").await;
    carrier.expect("SIP/2.0 200").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
}

#[tokio::test]
async fn whoever_is_sent_out_has_hung_up_when_they_say_so_and_not_when_they_say_nothing() {
    for hangs_up in [true, false] {
        let (mut world, mut carrier) = hurried().await;
        let leg = world.dial(to_carrier(NUMBER));
        let invite = carrier.expect("INVITE").await;
        carrier.reply(&invite, "200 OK", "", &carrier.offer("sendrecv")).await;
        assert_eq!(world.report(leg).await, LegReport::Answered);
        carrier.expect("ACK").await;

        world.ask(leg, LegRequest::Dismiss);
        let bye = carrier.expect("BYE").await;
        assert_eq!(world.unread_reports(), [], "nobody knows yet");
        assert_eq!(world.media.open_sockets(), 0, "they are heard no more");
        if hangs_up {
            carrier.reply(&bye, "200 OK", "", "").await;
        }
        let outcome = world.ended(leg).await;
        let expected = if hangs_up { (EndCause::HungUp, None) } else { (EndCause::Unreachable, Some(408)) };
        assert_eq!((outcome.cause, outcome.sip.map(|status| status.code)), expected);
        forgotten(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callee_who_hangs_up_right_behind_our_ack_was_connected() {
    let (mut world, mut carrier) = world_with_carrier().await;
    for _ in 0..100 {
        let leg = world.dial(to_carrier(NUMBER));
        let invite = carrier.expect("INVITE").await;
        let answer = carrier.offer("sendrecv");
        carrier.join(&invite);
        let bye = carrier.request("BYE", "x", "Reason: Q.850;cause=16\r\n", "");
        carrier.reply(&invite, "200 OK", "", &answer).await;
        carrier.expect_request("ACK").await;
        carrier.send(&bye).await;
        carrier.expect_answer_to("BYE").await;
        assert_eq!(world.report(leg).await, LegReport::Answered);
        let outcome = world.ended(leg).await;
        assert_eq!((outcome.cause, outcome.q850), (EndCause::HungUp, Some(16)));
    }
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn sound_before_the_answer_is_heard() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let leg = world.dial(to_carrier(NUMBER));
    let invite = carrier.expect("INVITE").await;
    let answer = carrier.offer("sendrecv");
    carrier.reply(&invite, "183 Session Progress", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::EarlyMedia);
    assert!(world.media.connected(leg).is_some());
    carrier.reply(&invite, "200 OK", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}

#[tokio::test]
async fn refusals_become_causes() {
    for (status, cause) in [
        ("404 Not Found", EndCause::NotFound),
        ("407 Proxy Authentication Required", EndCause::Forbidden),
        ("480 Temporarily Unavailable", EndCause::Unavailable),
        ("486 Busy Here", EndCause::Busy),
        ("488 Not Acceptable Here", EndCause::NotAcceptable),
        ("503 Service Unavailable", EndCause::Unreachable),
        ("603 Decline", EndCause::Declined),
    ] {
        let (mut world, mut carrier) = world_with_carrier().await;
        let leg = world.dial(to_carrier(NUMBER));
        let invite = carrier.expect("INVITE").await;
        carrier.reply(&invite, status, "", "").await;
        let outcome = world.ended(leg).await;
        assert_eq!(outcome.cause, cause, "{status}");
        assert_eq!(outcome.sip.unwrap().code.to_string(), status[..3]);
        carrier.expect("ACK").await;
    }
}

/// A world whose gateways are these peers.
async fn world_with_gateways() -> (World, Peer, Peer) {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    let mut spare = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    let setting = Setting {
        carrier_port: carrier.local.port(),
        spare_port: Some(spare.local.port()),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    carrier.set_server(world.udp());
    spare.set_server(world.udp());
    (world, carrier, spare)
}

#[tokio::test]
async fn a_gateway_that_cannot_take_a_call_leaves_it_to_the_next_one() {
    let (mut world, mut carrier, mut spare) = world_with_gateways().await;
    let leg = world.dial(to_gateways(NUMBER));
    let invite = carrier.expect("INVITE").await;
    carrier.reply(&invite, "503 Service Unavailable", "", "").await;
    carrier.expect("ACK").await;
    let invite = spare.expect("INVITE").await;
    let answer = spare.offer("sendrecv");
    spare.reply(&invite, "200 OK", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    spare.expect("ACK").await;
}

#[tokio::test]
async fn each_gateway_gets_both_numbers_as_it_wants_them_and_none_of_a_caller_who_is_anonymous() {
    let (mut world, mut carrier, mut spare) = world_with_gateways().await;
    let hop = |name: &str, called: &str, calling: &str| Hop {
        calling: Some(calling.into()),
        ..Hop::new(TrunkName::new(name), called)
    };
    let hops = vec![hop("carrier", "00498912345", "5550100"), hop("spare", "*31#@1", "0 1")];
    let mut asked = dial(Destination::Gateways(hops));
    world.dial(asked.clone());
    let invite = carrier.expect("INVITE").await;
    assert!(invite.0.starts_with("INVITE sip:00498912345@"), "{}", invite.0);
    for header in ["From", "P-Asserted-Identity"] {
        let value = invite.header(header).unwrap();
        assert!(value.contains("sip:5550100@"), "{header}: {value}");
    }
    carrier.reply(&invite, "503 Service Unavailable", "", "").await;
    carrier.expect("ACK").await;
    // What cannot stand in an address is escaped.
    let invite = spare.expect("INVITE").await;
    assert!(invite.0.starts_with("INVITE sip:*31%23%401@"), "{}", invite.0);
    assert!(invite.header("From").unwrap().contains("sip:0%201@"));

    asked.caller = Caller::default();
    world.dial(asked);
    let invite = carrier.expect("INVITE").await;
    assert!(invite.header("From").unwrap().contains("<sip:anonymous@anonymous.invalid"));
    assert_eq!(invite.header("Privacy").as_deref(), Some("id"));
    assert!(!invite.0.contains("5550100"), "{}", invite.0);
}

#[tokio::test]
async fn when_no_gateway_takes_a_call_the_last_one_says_why_and_a_busy_callee_is_asked_once() {
    let (mut world, mut carrier, mut spare) = world_with_gateways().await;
    let leg = world.dial(to_gateways(NUMBER));
    let invite = carrier.expect("INVITE").await;
    carrier.reply(&invite, "500 Server Internal Error", "", "").await;
    carrier.expect("ACK").await;
    let invite = spare.expect("INVITE").await;
    spare.reply(&invite, "504 Server Time-out", "", "").await;
    spare.expect("ACK").await;
    assert_eq!(world.ended(leg).await.sip.unwrap().code, 504);

    let leg = world.dial(to_gateways(NUMBER));
    let invite = carrier.expect("INVITE").await;
    carrier.reply(&invite, "486 Busy Here", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn nobody_answers_in_time() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let mut dial = to_carrier(NUMBER);
    dial.ring_for = Duration::from_millis(300);
    let leg = world.dial(dial);
    let invite = carrier.expect("INVITE").await;
    carrier.reply(&invite, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    assert_eq!(world.ended(leg).await.cause, EndCause::NoAnswer);
    let cancel = carrier.expect("CANCEL").await;
    carrier.reply(&cancel, "200 OK", "", "").await;
    carrier.reply(&invite, "487 Request Terminated", "", "").await;
    carrier.expect("ACK").await;
    assert_eq!(world.unread_reports(), []);
}

/// A call with as much beside it as an application may say.
fn large_call() -> call_engine::Dial {
    let mut dial = to_carrier(NUMBER);
    dial.headers.custom =
        (1..=5).map(|number| (format!("X-MS-Custom-{number}").into(), "x".repeat(256).into())).collect();
    dial
}

#[tokio::test]
async fn a_call_too_large_for_a_datagram_goes_over_tcp_where_the_carrier_takes_it() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let listener = tokio::net::TcpListener::bind(carrier.local).await.unwrap();
    let leg = world.dial(large_call());
    let mut line = Line::new(listener.accept().await.unwrap().0);
    let invite = Message(line.message().await);
    assert!(invite.0.starts_with(&format!("INVITE sip:{NUMBER}@")), "{}", invite.0);
    assert!(invite.0.contains("Via: SIP/2.0/TCP ") && invite.0.len() > 1_300, "{}", invite.0);
    line.write(carrier.answer(&invite, "200 OK", "", &carrier.offer("sendrecv")).as_bytes()).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert!(line.message().await.starts_with("ACK "));
    world.ask(leg, LegRequest::Hangup);
    let bye = Message(line.message().await);
    assert!(bye.0.starts_with("BYE ") && bye.0.contains("SIP/2.0/TCP"), "{}", bye.0);
    line.write(carrier.answer(&bye, "200 OK", "", "").as_bytes()).await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    assert_eq!(carrier.unread(), 0);

    // What fits stays a datagram.
    world.dial(to_carrier(NUMBER));
    assert!(carrier.expect("INVITE").await.0.contains("Via: SIP/2.0/UDP "));
}

#[tokio::test]
async fn a_call_too_large_for_a_datagram_is_one_all_the_same_where_the_carrier_takes_no_connection() {
    let (mut world, mut carrier) = world_with_carrier().await;
    for _ in 0..2 {
        world.dial(large_call());
        let invite = carrier.expect("INVITE").await;
        assert!(invite.0.contains("Via: SIP/2.0/UDP ") && invite.0.len() > 1_300, "{}", invite.0);
        carrier.reply(&invite, "486 Busy Here", "", "").await;
    }
}

/// Waits until nothing is remembered of any call.
async fn forgotten(world: &World) {
    let is_forgotten = async {
        while world.edge.remembered() != sip_edge::Remembered::default() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let all = tokio::time::timeout(crate::world::PATIENCE, is_forgotten).await;
    all.unwrap_or_else(|_| panic!("{:?} is kept", world.edge.remembered()));
}

/// It may say that it takes the CANCEL, or say nothing at all.
#[tokio::test]
async fn a_callee_who_takes_a_cancel_and_never_ends_hears_of_us_no_more_and_is_forgotten() {
    for takes_it in [true, false] {
        let (mut world, mut carrier) = hurried().await;
        let leg = world.dial(to_carrier(NUMBER));
        let invite = carrier.expect("INVITE").await;
        carrier.reply(&invite, "180 Ringing", "", "").await;
        assert_eq!(world.report(leg).await, LegReport::Ringing);
        world.ask(leg, LegRequest::Hangup);
        assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
        let cancel = carrier.expect("CANCEL").await;
        if takes_it {
            carrier.reply(&cancel, "200 OK", "", "").await;
        }
        forgotten(&world).await;
        // RFC 3261 §17.1.2.2: T1, twice that and so on up to T2, until 64 * T1 have passed.
        let most = if takes_it { 0 } else { 10 };
        let unread = carrier.unread();
        assert!(unread <= most, "{unread} more messages");
        assert_eq!(world.media.open_sockets(), 0);
    }
}

#[tokio::test]
async fn an_answer_that_crosses_our_cancel_is_hung_up() {
    let (mut world, mut carrier) = world_with_carrier().await;
    let leg = world.dial(to_carrier(NUMBER));
    let invite = carrier.expect("INVITE").await;
    carrier.reply(&invite, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    world.ask(leg, LegRequest::Hangup);
    assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
    let cancel = carrier.expect("CANCEL").await;
    let answer = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "", &answer).await;
    carrier.reply(&cancel, "200 OK", "", "").await;
    carrier.expect("ACK").await;
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn a_carrier_that_takes_no_connection_is_unreachable_at_once() {
    let carrier_port = crate::sipp::free_port(crate::world::CARRIER);
    let setting = Setting { carrier_port, carrier_transport: SipTransport::Tcp, ..Setting::default() };
    let mut world = World::with(setting).await;
    let leg = world.dial(to_carrier(NUMBER));
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);
}

#[tokio::test]
async fn all_phones_of_a_user_ring_and_the_first_answer_wins() {
    let mut world = World::start().await;
    let mut desk = Peer::phone(world.udp()).await;
    let mut mobile = Peer::phone(world.udp()).await;
    register(&mut desk, "secret", "", "MD5").await;
    register(&mut mobile, "secret", "", "MD5").await;

    let leg = world.dial(to_phone(DEMO_1));
    let at_desk = desk.expect("INVITE").await;
    let at_mobile = mobile.expect("INVITE").await;
    desk.reply(&at_desk, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    mobile.reply(&at_mobile, "180 Ringing", "", "").await;
    let answer = mobile.offer("sendrecv");
    mobile.reply(&at_mobile, "200 OK", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    mobile.expect("ACK").await;
    let cancel = desk.expect("CANCEL").await;
    desk.reply(&cancel, "200 OK", "", "").await;
    desk.reply(&at_desk, "487 Request Terminated", "", "").await;
    desk.expect("ACK").await;
    assert_eq!(world.unread_reports(), []);
}

#[tokio::test]
async fn a_platform_number_comes_back_in_as_ourselves() {
    let mut world = World::start().await;
    let out = world.dial(to_platform("+14255550100"));
    let (leg, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Platform);
    assert_eq!(invitation.from.raw_id(), "4:+14255550100");
    assert_eq!(invitation.headers, CustomHeaders::default(), "the proof is shown to nobody");
    world.ask(leg, LegRequest::Ring);
    assert_eq!(world.report(out).await, LegReport::Ringing);
    world.ask(leg, LegRequest::Answer);
    let mut answered = vec![world.next_report().await, world.next_report().await];
    answered.sort_by_key(|(leg, _)| *leg);
    assert_eq!(answered, [(leg, LegReport::Answered), (out, LegReport::Answered)]);
    world.ask(out, LegRequest::Hangup);
    for _ in 0..2 {
        let (_, report) = world.next_report().await;
        assert!(matches!(report, LegReport::Ended(outcome) if outcome.cause == EndCause::HungUp));
    }
}

/// A world that gives up on answers 50 times as soon as others do, and the carrier that it calls.
async fn hurried() -> (World, Peer) {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    let mut setting = Setting { carrier_port: carrier.local.port(), ..Setting::default() };
    setting.config.t1 = Duration::from_millis(10);
    let world = World::with(setting).await;
    carrier.set_server(world.udp());
    (world, carrier)
}
