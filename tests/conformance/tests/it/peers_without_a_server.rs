//! The tools of these tests themselves: two SIPp calling each other, so that a failure elsewhere is not theirs.

use std::net::IpAddr;

use conformance::baresip::Baresip;
use conformance::sipp::{Scenario, Transport};

const LEFT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 9, 9, 1));

fn right(host: u8) -> IpAddr {
    IpAddr::from([127, 9, 9, host])
}

#[tokio::test]
async fn two_sipp_talk_until_the_caller_hangs_up() {
    let callee = Scenario::callee(right(2)).start_listening().await;
    let caller = Scenario::caller(LEFT, "127.9.9.2:5060", "+1").start();
    callee.sees("ACK ").await;
    // SIPp names its own address, and our ends live there.
    caller.media.send_to((right(2), callee.media.port()).into());
    caller.media.sing(400.0);
    callee.media.hears_tone(400.0).await;
    caller.media.press("42#");
    callee.media.hears_keys("42#").await;
    caller.nudge();
    caller.ends_well().await;
    callee.ends_well().await;
}

#[tokio::test]
async fn two_sipp_talk_until_the_callee_hangs_up() {
    let callee = Scenario::callee(right(3)).start_listening().await;
    let caller = Scenario::caller(LEFT, "127.9.9.3:5060", "+1").header("X-Test: yes").start();
    callee.sees("X-Test: yes").await;
    callee.sees("ACK ").await;
    callee.nudge();
    callee.ends_well().await;
    caller.ends_well().await;
}

#[tokio::test]
async fn a_sipp_refuses_another() {
    let callee = Scenario::refusing_callee(right(4), 486, "Busy Here").start_listening().await;
    let caller = Scenario::refused(LEFT, "127.9.9.4:5060", "+1", 486).start();
    caller.ends_well().await;
    callee.ends_well().await;
}

#[tokio::test]
async fn a_sipp_gives_up_on_another() {
    let callee = Scenario::unanswering_callee(right(5)).start_listening().await;
    let caller = Scenario::gives_up(LEFT, "127.9.9.5:5060", "+1").start();
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;
    callee.ends_well().await;
}

#[tokio::test]
async fn a_sipp_over_tcp_finds_another() {
    let callee = Scenario::callee(right(6)).over(Transport::Tcp).start();
    callee.is_listening_on_tcp().await;
    let caller = Scenario::caller(LEFT, "127.9.9.6:5060", "+1").over(Transport::Tcp).start();
    caller.sees("SIP/2.0 200").await;
    drop((caller, callee));
}

#[tokio::test]
async fn a_baresip_talks_with_a_sipp() {
    let callee = Scenario::callee(right(7)).start_listening().await;
    let mut baresip = Baresip::start("127.9.9.7:5060", "alice", "secret", 500, ";regint=0");
    baresip.shows("baresip is ready").await;
    baresip.types("/dial sip:bob@127.9.9.7:5060").await;
    callee.sees("ACK ").await;
    callee.media.hears_tone(500.0).await;
    callee.media.sing(1000.0);
    baresip.hears_tone(1000.0).await;
    baresip.types("/hangup").await;
    callee.ends_well().await;
}
