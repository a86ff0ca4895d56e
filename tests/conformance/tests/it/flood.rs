//! A stranger floods the server with calls.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use conformance::metrics::Metrics;
use conformance::platform::Platform;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;

use crate::shared_configuration::configuration;

/// What a flood may add to the memory of the whole server, however long it goes on: buffers that were
/// never full before, and what allocators keep in reserve.
const MOST_GROWTH_KB: u64 = 24 * 1024;
/// After the first round everything has been as full as it gets.
const ROUNDS: u32 = 4;
const ROUND: Duration = Duration::from_secs(3);
/// The same after the first round.
const MOST_FURTHER_GROWTH_KB: u64 = 4 * 1024;

#[tokio::test]
async fn a_flood_of_a_stranger_leaves_the_memory_of_the_server_as_it_was_and_calls_go_on() {
    let platform = Platform::configured("flood", &configuration("", "")).await;
    let bob = SoftPhone::answering(&platform, "bob", "secret-of-bob").saying(Sound::tone(1000.0, 60.0));
    let bob = bob.start_registered().await;
    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", "+14255560002").start();
    // The flood begins when they talk: before that it may take the place of what they are told.
    alice.shows("200 OK").await;
    bob.shows("ACK").await;

    let server: SocketAddr = platform.ready.sip.udp.parse().expect("an address");
    let before = platform.kernel_says("VmRSS:");
    let mut after = Vec::new();
    let mut sent = 0;
    for _ in 0..ROUNDS {
        let first = sent;
        sent = tokio::task::spawn_blocking(move || flood(server, first)).await.expect("it floods");
        after.push(platform.kernel_says("VmRSS:"));
    }
    println!("{sent} INVITEs of a stranger; resident before {before} kB, after each round {after:?} kB");
    assert!(sent > 20_000, "{sent} are no flood");
    assert!(after.iter().all(|now| *now < before + MOST_GROWTH_KB), "{before} {after:?}");
    assert!(after[after.len() - 1] < after[0] + MOST_FURTHER_GROWTH_KB, "it grows and grows: {after:?}");

    // Nobody of it became a call, and who talked still talks.
    assert_eq!(Metrics::of(&platform).await.sum("ringdown_calls", &[]), 1.0);
    let memory = alice.hangs_up().await;
    let (heard, long) = (memory.heard.seconds_of_tone(1000.0), (ROUND * ROUNDS).as_secs_f64());
    assert!(heard > long * 0.8, "alice heard bob for {heard} s of {long} s: {}", memory.report);
}

/// As many INVITEs as leave in one round, each of another call; gives the number of the next.
fn flood(server: SocketAddr, first: u32) -> u32 {
    let socket = UdpSocket::bind((Ipv4Addr::new(127, 9, 9, 9), 0)).expect("loopback has free ports");
    socket.set_nonblocking(true).expect("a socket need not wait");
    let here = socket.local_addr().expect("a bound socket has an address");
    let (began, mut number, mut answer) = (Instant::now(), first, [0; 2048]);
    while began.elapsed() < ROUND {
        let invite = format!(
            "INVITE sip:+14255550100@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKflood{number}\r\n\
             From: <sip:+1202555{number:07}@{here}>;tag={number}\r\nTo: <sip:+14255550100@{server}>\r\n\
             Call-ID: flood-{number}@{here}\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
             Contact: <sip:flood@{here}>\r\nContent-Length: 0\r\n\r\n"
        );
        // What the kernel has no room for is lost, as in every flood.
        if socket.send_to(invite.as_bytes(), server).is_ok() {
            number += 1;
        }
        while socket.recv(&mut answer).is_ok() {}
    }
    number
}
