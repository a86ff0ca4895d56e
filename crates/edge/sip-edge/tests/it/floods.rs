//! More than we take: who is refused, who is passed over, and who gets through all the same.

use std::time::Duration;

use call_engine::{EndCause, LegReport, LegRequest, Origin};
use identifier::LegId;
use switchboard::Station;
use tenant::TrunkLimits;

use crate::calls_in::answered;
use crate::peer::{Message, Peer};
use crate::registration::{answer_to, register};
use crate::world::{DEMO_1, Setting, World, to_carrier};

const NUMBER: &str = "+14255550100";

#[tokio::test]
async fn a_stranger_who_floods_is_passed_over_and_a_call_comes_through() {
    const FLOOD: usize = 3_000;
    let mut setting = Setting::default();
    setting.config.limits.unknown_per_second = 10;
    let mut world = World::with(setting).await;
    let mut stranger = Peer::at("127.0.0.66", world.udp()).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    for round in 0..FLOOD {
        let kind = ["INVITE", "REGISTER", "OPTIONS", "BYE"][round % 4];
        let offer = stranger.offer("sendrecv");
        stranger.ask(kind, "demo-1", "", &offer).await;
        stranger.send("OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n\r\n").await;
    }
    answered(&mut world, &mut carrier).await;
    assert!(world.has_no_invitation());
    let answers = stranger.unread();
    assert!((1..FLOOD / 10).contains(&answers), "{answers} answers");
}

#[tokio::test]
async fn memory_stays_flat_in_a_flood() {
    const FLOOD: usize = 50_000;
    /// Other tests run in this process; what is kept of so many calls would be ten times as much.
    const BOUND: usize = 96 << 20;
    let mut world = World::start().await;
    let mut stranger = Peer::at("127.0.0.66", world.udp()).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = stranger.offer("sendrecv");
    let before = resident_bytes();
    for round in 0..FLOOD {
        let kind = if round % 5 == 0 { "REGISTER" } else { "INVITE" };
        stranger.ask(kind, "demo-1", "", &offer).await;
        if round % 100 == 0 {
            // Whoever is known is answered in its turn: everything before it has been read.
            carrier.ask("OPTIONS", NUMBER, "", "").await;
            assert_eq!(carrier.receive().await.status(), 200);
            stranger.unread();
        }
    }
    let mut caller = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut caller).await;
    let grown = resident_bytes().saturating_sub(before);
    println!("{FLOOD} requests of a stranger: {} KB more", grown / 1024);
    assert!(grown < BOUND, "{} MB more after {FLOOD} requests", grown >> 20);
}

fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[tokio::test]
async fn a_call_that_was_not_let_in_leaves_nothing_behind() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    let offer = phone.offer("sendrecv");
    let invite = phone.request("INVITE", NUMBER, "", &offer);
    phone.send(&invite).await;
    let first = phone.expect("SIP/2.0 401").await;
    phone.send(&invite).await;
    let second = phone.expect("SIP/2.0 401").await;
    assert_eq!(first.header("To"), second.header("To"), "the same question has the same answer");
    // Its ACK is absorbed, and a CANCEL finds nothing.
    phone.ask("ACK", NUMBER, "", "").await;
    phone.ask("CANCEL", NUMBER, "", "").await;
    phone.expect("SIP/2.0 481").await;
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn a_trunk_has_a_limit_on_calls() {
    let limits = TrunkLimits { calls: Some(1), calls_per_second: None };
    let mut world = World::with(Setting { trunk_limits: limits, ..Setting::default() }).await;
    let mut first = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut first).await;

    let mut second = Peer::carrier(world.udp()).await;
    refused_for_now(&mut world, &mut second).await;
    let out = world.dial(to_carrier("+15550100"));
    assert_eq!(world.ended(out).await.cause, EndCause::Overloaded, "it counts in both directions");

    first.ask("BYE", NUMBER, "", "").await;
    first.expect_answer_to("BYE").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    answered(&mut world, &mut second).await;
}

#[tokio::test]
async fn a_trunk_has_a_limit_on_speed() {
    let limits = TrunkLimits { calls: None, calls_per_second: Some(1) };
    let mut world = World::with(Setting { trunk_limits: limits, ..Setting::default() }).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut carrier).await;
    let mut refused = 0;
    // The allowance of the next second may come while these are sent, that of the second after it not.
    for _ in 0..4 {
        let mut another = Peer::carrier(world.udp()).await;
        let offer = another.offer("sendrecv");
        another.ask("INVITE", NUMBER, "", &offer).await;
        refused += usize::from(another.receive().await.status() == 503);
    }
    assert!(refused >= 2, "{refused} refused");
}

#[tokio::test]
async fn calls_are_refused_when_the_exchange_is_behind() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    register(&mut phone, "secret", "", "MD5").await;
    world.fall_behind(Duration::from_secs(1));
    let mut carrier = Peer::carrier(world.udp()).await;
    refused_for_now(&mut world, &mut carrier).await;
    calls_for_help(&mut world, &mut phone, "112").await;
    world.fall_behind(Duration::ZERO);
    let mut carrier = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut carrier).await;
}

#[tokio::test]
async fn while_work_is_late_new_calls_are_refused_and_no_call_in_progress_and_none_for_help() {
    let mut setting = Setting::default();
    let overload = setting.config.limits.overload.as_mut().unwrap();
    overload.least_calls_per_second = 1;
    let mut world = World::with(setting).await;
    let mut phone = Peer::phone(world.udp()).await;
    register(&mut phone, "secret", "", "MD5").await;
    let mut talking = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut talking).await;

    // Something is on its way to the disk and does not arrive.
    world.exchange().lateness().begin(Station::Ledger);
    let refusal = until(&mut world, |answer| answer.status() == 503).await;
    assert_eq!(refusal.header("Retry-After").unwrap(), "1");
    calls_for_help(&mut world, &mut phone, "112").await;
    talking.ask("OPTIONS", NUMBER, "", "").await;
    assert_eq!(talking.receive().await.status(), 200);
    talking.ask("BYE", NUMBER, "", "").await;
    talking.expect_answer_to("BYE").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
    until(&mut world, |answer| answer.status() == 503).await;

    world.exchange().lateness().end(Station::Ledger, Duration::ZERO);
    let mut taken = 0;
    until(&mut world, |answer| {
        taken = if answer.status() == 503 { 0 } else { taken + 1 };
        taken == 20
    })
    .await;
}

/// Calls come, one every few milliseconds, until one of them is answered so.
async fn until(world: &mut World, mut is_so: impl FnMut(&Message) -> bool) -> Message {
    let calls = async {
        loop {
            let mut caller = Peer::carrier(world.udp()).await;
            let offer = caller.offer("sendrecv");
            caller.ask("INVITE", NUMBER, "", &offer).await;
            let answer = caller.receive().await;
            if answer.status() == 100 {
                let (leg, _) = world.invitation().await;
                world.ask(leg, LegRequest::Hangup);
                world.ended(leg).await;
            }
            if is_so(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), calls).await.expect("calls are answered so in time")
}

#[tokio::test]
async fn who_needs_help_gets_through_when_nobody_else_does() {
    let mut setting = Setting::default();
    let limits = &mut setting.config.limits;
    (limits.half_open, limits.half_open_per_source, limits.legs) = (6, 3, 7);
    (limits.calls_per_second, limits.unknown_per_second) = (Some(1_000), 5);
    let mut world = World::with(setting).await;
    let mut phone = Peer::phone(world.udp()).await;
    register(&mut phone, "secret", "", "MD5").await;

    // Half-open calls of a stranger, of somebody at the address of the phone, of the phone itself, and
    // of the carrier, until there is no room.
    let mut stranger = Peer::at("127.0.0.66", world.udp()).await;
    let mut neighbor = Peer::phone(world.udp()).await;
    for _ in 0..500 {
        let offer = stranger.offer("sendrecv");
        stranger.ask("INVITE", "112", "", &offer).await;
        neighbor.ask("INVITE", "112", "", &offer).await;
    }
    let mut callers = Vec::new();
    for place in 0..8 {
        let mut caller =
            if place < 4 { Peer::phone(world.udp()).await } else { Peer::carrier(world.udp()).await };
        let refused = if place < 4 {
            invite(&mut caller, NUMBER).await.status()
        } else {
            let offer = caller.offer("sendrecv");
            caller.ask("INVITE", NUMBER, "", &offer).await;
            caller.receive().await.status()
        };
        let is_taken = refused != 503;
        assert_eq!(is_taken, ![3, 7].contains(&place), "call {place}: {refused}");
        if is_taken {
            world.invitation().await;
        }
        callers.push(caller);
    }
    for number in ["112", "+911", "urn:service:sos.fire"] {
        calls_for_help(&mut world, &mut phone, number).await;
    }
}

#[tokio::test]
async fn a_number_for_help_of_a_company_gets_through_while_calls_are_shed() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    phone.user = "demo-2".into();
    world.fall_behind(Duration::from_secs(2));
    assert_eq!(invite(&mut phone, NUMBER).await.status(), 503, "work is late");
    // The emergency call routing policy of its owner says so.
    phone.forget();
    assert_eq!(invite(&mut phone, "110").await.status(), 100);
    let (_, invitation) = world.invitation().await;
    assert_eq!(&**invitation.dialled.expose(), "110");

    // So is who calls back because of it.
    let mut help = Peer::carrier(world.udp()).await;
    let offer = help.offer("sendrecv");
    help.ask("INVITE", NUMBER, "", &offer).await;
    assert_eq!(help.receive().await.status(), 503);
    world.expect_call_back(NUMBER);
    help.forget();
    help.ask("INVITE", NUMBER, "", &offer).await;
    let (_, invitation) = world.invitation().await;
    assert_eq!(&**invitation.dialled.expose(), NUMBER);
}

#[tokio::test]
async fn passwords_cannot_be_guessed_fast() {
    let mut setting = Setting::default();
    setting.config.limits.guesses_per_minute = 3;
    let world = World::with(setting).await;
    let mut guesser = Peer::at("127.0.0.66", world.udp()).await;
    guesser.user = "demo-1".into();
    for _ in 0..4 {
        assert_eq!(register(&mut guesser, "guess", "", "MD5").await.status(), 403);
    }
    assert_eq!(register(&mut guesser, "secret", "", "MD5").await.status(), 403, "not even the right one");
    let mut phone = Peer::phone(world.udp()).await;
    assert_eq!(register(&mut phone, "secret", "", "MD5").await.status(), 200, "the phone is elsewhere");
    guesser.user = "demo-2".into();
    assert_eq!(register(&mut guesser, "secret", "", "MD5").await.status(), 200, "another phone there");
}

#[tokio::test]
async fn a_number_for_help_of_a_company_is_challenged_while_strangers_flood() {
    let mut setting = Setting::default();
    setting.config.limits.unknown_per_second = 1;
    let mut world = World::with(setting).await;
    let mut stranger = Peer::at("127.0.0.77", world.udp()).await;
    let mut phone = Peer::at("127.0.0.77", world.udp()).await;
    phone.user = "demo-2".into();
    for _ in 0..500 {
        let offer = stranger.offer("sendrecv");
        stranger.ask("INVITE", "demo-1", "", &offer).await;
    }
    assert_eq!(invite(&mut phone, "110").await.status(), 100);
    let (_, invitation) = world.invitation().await;
    assert_eq!(&**invitation.dialled.expose(), "110");
}

#[tokio::test]
async fn who_uses_up_the_guesses_for_a_phone_does_not_keep_it_from_help() {
    let mut setting = Setting::default();
    setting.config.limits.guesses_per_minute = 2;
    let mut world = World::with(setting).await;
    let mut guesser = Peer::phone(world.udp()).await;
    for _ in 0..3 {
        assert_eq!(register(&mut guesser, "guess", "", "MD5").await.status(), 403);
    }
    let mut phone = Peer::phone(world.udp()).await;
    assert_eq!(invite(&mut phone, NUMBER).await.status(), 403, "it may be another guess");
    calls_for_help(&mut world, &mut phone, "112").await;
}

async fn refused_for_now(world: &mut World, caller: &mut Peer) {
    let offer = caller.offer("sendrecv");
    caller.ask("INVITE", NUMBER, "", &offer).await;
    let refusal = caller.expect("SIP/2.0 503").await;
    assert!(refusal.header("Retry-After").unwrap().parse::<u32>().unwrap() > 0);
    caller.ask("ACK", NUMBER, "", "").await;
    caller.forget();
    assert!(world.has_no_invitation());
}

/// An INVITE with the answer to its challenge; what comes then.
async fn invite(phone: &mut Peer, number: &str) -> Message {
    let offer = phone.offer("sendrecv");
    // RFC 5031: a service has a URN of its own.
    let named = format!("INVITE sip:{number}@{} ", phone.server());
    let uri = if number.starts_with("urn:") { number } else { named[7..].trim_end() };
    let dial = |text: String| text.replace(&named, &format!("INVITE {uri} "));
    let first = dial(phone.request("INVITE", number, "", &offer));
    phone.send(&first).await;
    let challenge = phone.expect("SIP/2.0 401").await;
    phone.ask("ACK", number, "", "").await;
    let credentials = answer_to(&challenge, &phone.user, "INVITE", "secret", "MD5");
    let second = phone.request("INVITE", number, &format!("Authorization: {credentials}\r\n"), &offer);
    phone.send(&dial(second)).await;
    phone.receive().await
}

pub async fn calls_for_help(world: &mut World, phone: &mut Peer, number: &str) -> LegId {
    phone.forget();
    let first = invite(phone, number).await;
    assert_eq!(first.status(), 100, "{}", first.0);
    let (leg, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Phone(DEMO_1));
    assert_eq!(&**invitation.dialled.expose(), number);
    world.ask(leg, LegRequest::Answer);
    phone.expect("SIP/2.0 200").await;
    phone.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    leg
}
