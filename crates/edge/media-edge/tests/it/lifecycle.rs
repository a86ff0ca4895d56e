//! Opening, falling silent, closing.

use std::time::{Duration, Instant};

use codec::Law::Mu;
use identifier::{CallId, LegId};
use media_edge::{Direction, LocalMedia, OpenError};
use media_plan::{MediaPlan, MediaReport, MediaRequest};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, PATIENCE, Stage, agreed};

#[test]
fn opening_again_gives_the_same_socket() {
    let stage = Stage::new();
    let local = stage.media.open(CALL, LegId::from_u128(1)).unwrap();
    assert_eq!(stage.media.open(CALL, LegId::from_u128(1)), Ok(local));
    assert_ne!(stage.media.open(CALL, LegId::from_u128(2)), Ok(local));
}

#[test]
fn when_all_ports_are_taken_the_next_leg_gets_none() {
    let stage = Stage::with(free_range(4), Duration::ZERO);
    let opened = (0..10).map(|leg| stage.media.open(CALL, LegId::from_u128(leg)));
    let opened: Vec<_> = opened.collect();
    assert!(opened.iter().filter(|local| local.is_ok()).count() <= 2);
    assert_eq!(opened[9], Err(OpenError::NoPort));
}

#[test]
fn after_many_legs_all_ports_are_free_again() {
    let stage = Stage::with(free_range(20), Duration::ZERO);
    let phone = Phone::new(Mu, None);
    for round in 0..50_u128 {
        let call = CallId::from_u128(round * 3);
        let legs: Vec<LegId> = (0..10).map(|leg| LegId::from_u128(round * 10 + leg)).collect();
        for leg in &legs {
            let local = open_patiently(&stage, call, *leg);
            assert!(local.address.port().is_multiple_of(2));
            stage.media.connect(*leg, agreed(&phone, Direction::SendRecv));
        }
        stage.media.request(call, MediaRequest::Connect(MediaPlan::everyone(legs.clone())));
        legs.iter().for_each(|leg| stage.media.close(*leg));
        stage.media.request(call, MediaRequest::Release);
    }
}

#[test]
fn a_leg_that_is_closed_is_silent_and_the_others_go_on() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, None), Phone::new(Mu, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    talk_for(&mut [&mut one, &mut two], 200);
    stage.media.close(legs[0]);
    talk_for(&mut [&mut one, &mut two], 100);
    one.hang_up();
    one.heard.clear();
    two.heard.clear();
    talk_for(&mut [&mut two], 200);
    talk_for(&mut [&mut one], 20);
    assert!(one.heard.is_empty() && two.heard.len() > 800);
}

#[test]
fn a_phone_that_falls_silent_is_reported_once() {
    let mut stage = Stage::with(0..=0, Duration::from_millis(300));
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    talk_for(&mut [&mut phone], 600);
    assert_eq!(stage.reports(), []);
    phone.hang_up();
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&MediaReport::Silent(leg)));
    talk_for(&mut [&mut phone], 400);
    assert_eq!(stage.reports(), [MediaReport::Silent(leg)]);
}

/// Ports are free as soon as the media thread has let go of them, which takes a moment.
pub fn open_patiently(stage: &Stage, call: CallId, leg: LegId) -> LocalMedia {
    let begin = Instant::now();
    loop {
        match stage.media.open(call, leg) {
            Ok(local) => return local,
            Err(error) => assert!(begin.elapsed() < PATIENCE, "{error}"),
        }
        std::thread::yield_now();
    }
}

/// A range that was free a moment ago.
pub fn free_range(ports: u16) -> std::ops::RangeInclusive<u16> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let first = socket.local_addr().unwrap().port().next_multiple_of(2).min(65_000);
    first..=first + ports - 1
}
