//! What applications say.

use std::time::{Duration, Instant};

use codec::{goertzel, tone};
use media_plan::TapReport;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::app::{App, Habit};
use crate::stage::Stage;

#[test]
fn what_an_application_says_at_once_is_heard_by_everybody_in_its_own_time() {
    for (rate_hz, chunk) in [(16_000, 320), (24_000, 1_111), (16_000, 100_000)] {
        let mut stage = Stage::with(&["loopback"], None, [None, None]);
        let app = stage.runtime.block_on(App::start(Habit::Listens));
        stage.stream(&app.url(), |streaming| streaming.rate_hz = rate_hz);
        stage.until_reported(TapReport::Started);
        let reply = tone::sine(rate_hz, 700.0, Duration::from_secs(2), 0.3).samples;
        app.say_sound(&reply, chunk);
        stage.until("the beginning is heard", |one, _| goertzel::rms(&one.heard) > 200.0);
        stage.one.heard.clear();
        stage.two.heard.clear();
        stage.talk_for(1_500);
        for phone in [&stage.one, &stage.two] {
            assert!(phone.share(700.0) > 0.98, "{rate_hz}: {}", phone.share(700.0));
        }
        stage.talk_for(700);
        stage.one.heard.clear();
        stage.talk_for(200);
        assert!(goertzel::rms(&stage.one.heard) < 10.0, "and then it is over");
        assert!(goertzel::rms(&app.sound(None)) < 10.0, "it does not hear itself");
    }
}

#[test]
fn a_stop_is_heard_within_two_frames() {
    let mut stage = Stage::with(&["loopback"], None, [None, None]);
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    app.say_sound(&tone::sine(16_000, 700.0, Duration::from_secs(30), 0.3).samples, 480_000);
    stage.until("it is heard", |one, _| goertzel::rms(&one.heard) > 1_000.0);
    stage.talk_for(200);
    stage.one.heard.clear();
    app.say(Message::text(json!({"kind": "stopAudio", "stopAudio": {}}).to_string()));
    let said = Instant::now();
    stage.until("it is silent", |one, _| {
        one.heard.len() > 160 && goertzel::rms(&one.heard[one.heard.len() - 160..]) < 10.0
    });
    let took = said.elapsed();
    assert!(stage.one.heard.len() <= 5 * 160 && took < Duration::from_millis(110), "{took:?}");

    app.say_sound(&tone::sine(16_000, 1_100.0, Duration::from_secs(1), 0.3).samples, 320);
    stage.one.heard.clear();
    stage.talk_for(700);
    assert!(stage.one.share(1_100.0) > 0.8, "what is said next is heard: {}", stage.one.share(1_100.0));
    assert!(stage.one.share(700.0) < 0.01);
}

#[test]
fn an_echo_of_the_socket_is_heard_soon_and_whole() {
    let mut stage = Stage::with(&["loopback"], None, [Some(400.0), None]);
    let app = stage.runtime.block_on(App::start(Habit::Echoes));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    stage.until("it is heard", |one, _| goertzel::rms(&one.heard) > 1_000.0);
    stage.talk_for(300);
    stage.one.heard.clear();
    stage.talk_for(1_000);
    assert!(stage.one.share(400.0) > 0.97, "without gaps: {}", stage.one.share(400.0));
}

#[test]
fn who_may_not_speak_is_not_heard_and_loopback_is_heard_by_who_speaks() {
    for bidirectional in [false, true] {
        let mut stage = Stage::with(&["loopback"], None, [None, None]);
        let app = stage.runtime.block_on(App::start(Habit::Listens));
        stage.stream(&app.url(), |streaming| {
            (streaming.bidirectional, streaming.loopback) = (bidirectional, true)
        });
        stage.until_reported(TapReport::Started);
        app.say_sound(&tone::sine(16_000, 700.0, Duration::from_secs(1), 0.3).samples, 16_000);
        stage.talk_for(600);
        assert_eq!(goertzel::rms(&stage.one.heard) > 500.0, bidirectional);
        assert_eq!(goertzel::rms(&app.sound(None)) > 500.0, bidirectional);
    }
}
