//! Applications that fail, and applications that mean ill.

use std::time::{Duration, Instant};

use media_plan::{TapEnd, TapReport};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::app::{App, Habit};
use crate::stage::Stage;

fn ended(why: TapEnd) -> TapReport {
    TapReport::Ended(why)
}

#[test]
fn an_address_that_may_not_be_reached_is_not_dialled() {
    for url in
        ["ws://127.0.0.1:1/", "ws://localhost:1/", "wss://169.254.169.254/", "ftp://a.example/", "nowhere"]
    {
        let mut stage = Stage::with(&[], None, [None, None]);
        stage.stream(url, |_| {});
        stage.until_reported(ended(TapEnd::Address));
    }
}

#[test]
fn an_application_that_refuses_is_not_asked_again() {
    for (status, why) in [(401, TapEnd::Unauthorized), (403, TapEnd::Forbidden), (400, TapEnd::Garbled)] {
        let mut stage = Stage::new();
        let app = stage.runtime.block_on(App::start(Habit::Refuses(status)));
        stage.stream(&app.url(), |_| {});
        let begin = Instant::now();
        stage.until_reported(ended(why));
        assert!(begin.elapsed() < Duration::from_secs(1));
    }
}

#[test]
fn an_application_that_is_not_there_is_tried_again_and_then_given_up() {
    let mut stage = Stage::new();
    let port = stage
        .runtime
        .block_on(async { TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port() });
    stage.stream(&format!("ws://127.0.0.1:{port}/"), |_| {});
    stage.until_reported(ended(TapEnd::Unreachable));
}

#[test]
fn a_stream_is_stopped_while_it_is_dialled() {
    let mut stage = Stage::new();
    let silent = stage.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    stage.stream(&format!("ws://{}/", silent.local_addr().unwrap()), |_| {});
    let (stream, _) = stage.runtime.block_on(silent.accept()).unwrap();
    stage.stop();
    let is_closed = async {
        let mut bytes = [0; 4_096];
        loop {
            stream.readable().await.unwrap();
            if let Ok(0) | Err(_) = stream.try_read(&mut bytes) {
                return;
            }
        }
    };
    let closed =
        stage.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(2), is_closed).await });
    assert!(closed.is_ok(), "nobody holds the connection");
    stage.talk_for(40);
}

#[test]
fn a_connection_that_is_cut_is_had_again_and_then_given_up() {
    let mut stage = Stage::new();
    let app = stage.runtime.block_on(App::start(Habit::Cuts));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    stage.until_reported(TapReport::Started);
    stage.until_reported(ended(TapEnd::Interrupted));
    assert_eq!(app.connections(), 4);
    assert_eq!(app.of_kind("AudioMetadata").len(), 4, "each begins with what it is");
}

#[test]
fn an_application_that_says_goodbye_is_not_dialled_again() {
    let mut stage = Stage::new();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    app.say(Message::Close(Some(CloseFrame { code: 1000.into(), reason: "enough".into() })));
    stage.until_reported(ended(TapEnd::Closed));
    stage.talk_for(500);
    assert_eq!(app.connections(), 1);
}

#[test]
fn garbage_is_borne_for_a_while_and_long_messages_are_not() {
    let mut stage = Stage::new();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    for _ in 0..99 {
        app.say(Message::text("{\"kind\":"));
    }
    app.say(Message::text(r#"{"kind":"mark"}"#));
    for _ in 0..50 {
        app.say(Message::binary(vec![0; 100]));
    }
    let before = app.of_kind("AudioData").len();
    stage.until("it goes on", |_, _| app.of_kind("AudioData").len() > before + 20);
    for _ in 0..50 {
        app.say(Message::text("no JSON at all"));
    }
    stage.until_reported(ended(TapEnd::Garbled));

    for bytes in [10 << 20, (4 << 20) + 1] {
        let mut stage = Stage::new();
        let app = stage.runtime.block_on(App::start(Habit::Listens));
        stage.stream(&app.url(), |_| {});
        stage.until_reported(TapReport::Started);
        app.say(Message::text("x".repeat(bytes)));
        stage.until_reported(ended(TapEnd::Garbled));
        stage.until("phones hear each other", |one, two| one.share(900.0) > 0.9 && two.share(400.0) > 0.9);
    }
}

#[test]
fn an_application_that_never_reads_loses_sound_and_holds_up_nobody() {
    let mut stage = Stage::new();
    let asleep = stage.runtime.block_on(App::start(Habit::Sleeps));
    stage.stream(&asleep.url(), |streaming| (streaming.unmixed, streaming.rate_hz) = (true, 24_000));
    stage.until_reported(TapReport::Started);
    stage.talk_for(4_000);
    for phone in [&mut stage.one, &mut stage.two] {
        phone.heard.clear();
        phone.arrivals.clear();
    }
    stage.talk_for(2_000);
    assert!(stage.two.share(400.0) > 0.95, "{}", stage.two.share(400.0));
    assert!((95..=105).contains(&stage.two.arrivals.len()), "{}", stage.two.arrivals.len());
    let begin = Instant::now();
    stage.stop();
    drop(stage);
    assert!(begin.elapsed() < Duration::from_secs(5));
}
