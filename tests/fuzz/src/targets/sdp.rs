//! Session descriptions: offers, answers, and our answers to them (RFC 8866, RFC 3264).

use std::net::SocketAddr;

use sdp::{Capabilities, Origin, accept, answer, offer};

/// A description of 16 KiB can name 16 streams of 64 formats; each is repeated once.
const MOST_GROWTH: usize = 1_024;

pub(super) fn run(bytes: &[u8]) {
    let here = Capabilities::all(SocketAddr::from(([192, 0, 2, 9], 6_000)));
    if let Ok(negotiated) = accept(&here, bytes) {
        assert!(here.codecs.contains(&negotiated.codec), "only what was offered is agreed on");
        assert_ne!(negotiated.remote.port(), 0, "a stream that was rejected is not agreed on");
    }
    let Ok(answered) = answer(bytes, &here, Origin::new(7)) else { return };
    assert!(answered.text.len() <= 3 * bytes.len() + MOST_GROWTH, "{}", answered.text);
    assert!(answered.text.ends_with("\r\n"));
    let streams = |text: &str| text.lines().filter(|line| line.starts_with("m=")).count();
    let theirs = String::from_utf8_lossy(bytes);
    assert_eq!(streams(&answered.text), streams(&theirs), "RFC 3264 §6: as many streams as the offer");
    assert_eq!(answered.text.matches("\r\n").count(), answered.text.lines().count(), "no line is broken");
    assert_ne!(answered.negotiated.remote.port(), 0);

    // Whoever offers what we have answered can read our answer, if its first stream is the one we took.
    let first_is_taken = answered
        .text
        .lines()
        .find(|line| line.starts_with("m="))
        .is_some_and(|line| line.starts_with("m=audio 6000 "));
    if first_is_taken {
        let accepted = accept(&here, &answered.text).expect("our answer can be accepted");
        assert_eq!(accepted.remote, here.address);
        assert_eq!(accepted.codec, answered.negotiated.codec);
        assert_eq!(accepted.payload_type, answered.negotiated.payload_type);
    }
    // And an offer of ours is answered by the same rules.
    let ours = offer(&here.clone().directed(answered.negotiated.direction), Origin::new(1));
    answer(ours, &here, Origin::new(2)).expect("our own offer can be answered");
}
