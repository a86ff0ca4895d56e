//! The phone calls.

use std::time::Duration;

use codec::{goertzel, tone, wav};
use soft_phone::{EndedBy, LadderStep, PhoneError, PhoneOptions, Purpose, Server};
use tokio_util::sync::CancellationToken;

use crate::far_end::FarEnd;
use crate::sipp::{free_port, sipp};

fn server(port: u16) -> Server {
    format!("sip:127.0.0.1:{port}").parse().unwrap()
}

/// The messages of a ladder, shortly.
fn messages(ladder: &[LadderStep]) -> Vec<String> {
    let message = |step: &LadderStep| match step {
        LadderStep::Request { method, .. } => Some(method.clone()),
        LadderStep::Response { status, method, .. } => Some(format!("{status} {method}")),
        LadderStep::Key { .. } | LadderStep::Media { .. } | LadderStep::Note { .. } => None,
    };
    let mut short: Vec<String> = ladder.iter().filter_map(message).collect();
    short.dedup();
    short
}

#[tokio::test]
async fn a_call_to_sipp_shows_its_whole_ladder() {
    let port = free_port();
    let mut peer = sipp(&["-sn", "uas", "-p", &port.to_string()]);
    let mut ladder = Vec::new();
    let options = PhoneOptions {
        lasting: Some(Duration::from_millis(300)),
        ..PhoneOptions::dial(server(port), "service")
    };
    let report = soft_phone::run(options, |line| ladder.push(line.step)).await.unwrap();
    assert_eq!(messages(&ladder), ["INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]);
    assert!(
        report.answered && report.final_status == Some(200) && report.ended_by == EndedBy::Us,
        "{report}"
    );
    assert!((0.25..3.0).contains(&report.talked_seconds), "{report}");
    assert!(peer.wait().await.unwrap().success());
}

#[tokio::test]
async fn sound_and_keys_go_both_ways() {
    let far_end = FarEnd::open().await;
    let folder = tempfile::tempdir().unwrap();
    let (play, record) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    std::fs::write(&play, wav::write(&tone::sine(16_000, 600.0, Duration::from_millis(500), 0.4))).unwrap();
    let options = PhoneOptions {
        keys: "1,2#".parse().unwrap(),
        play: Some(play),
        record: Some(record.clone()),
        lasting: Some(Duration::from_secs(3)),
        user_to_user: Some("56a390f3;encoding=hex".into()),
        headers: vec![("X-Test".into(), "one two".into())],
        ..PhoneOptions::dial(server(far_end.address().port()), "+14255550100")
    };
    let far_end = tokio::spawn(far_end.answer());
    let mut ladder = Vec::new();
    let report = soft_phone::run(options, |line| ladder.push(line)).await.unwrap();
    let seen = far_end.await.unwrap();

    assert_eq!(seen.keys, [1, 2, 11]);
    assert_eq!((report.tones_sent.as_str(), report.tones_received.as_str()), ("12#", "7"));
    assert!(seen.invite.starts_with("INVITE sip:+14255550100@127.0.0.1:"));
    assert!(seen.invite.contains("User-to-User: 56a390f3;encoding=hex\r\n"));
    assert!(seen.invite.contains("X-Test: one two\r\n"));
    assert_eq!(report.header("x-far"), Some("yes"));

    let played = seen.sound.iter().position(|sample| sample.abs() > 2_000).unwrap() + 400;
    assert!(goertzel::share(&seen.sound[played..played + 800], 8_000, 600.0) > 0.9);

    let recording = codec::decode_file(&std::fs::read(&record).unwrap(), Duration::from_secs(60)).unwrap();
    assert_eq!(recording.rate_hz, 8_000);
    assert!((2.9..3.6).contains(&recording.duration().as_secs_f64()), "{:?}", recording.duration());
    assert!((2.9..3.6).contains(&report.recording_seconds), "{report}");
    let heard = recording.samples.iter().position(|sample| sample.abs() > 2_000).unwrap() + 400;
    assert!(goertzel::share(&recording.samples[heard..heard + 6_400], 8_000, 1_000.0) > 0.95);
    assert!((0.9..1.1).contains(&report.heard_seconds), "{report}");
    assert_eq!(recording.samples.last(), Some(&0));
    assert!(ladder.iter().any(|line| line.to_string().ends_with("<── key 7")));
    assert!(ladder.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn keys_are_tones_in_the_sound_where_the_far_end_takes_no_other() {
    let mut far_end = FarEnd::open().await;
    far_end.takes_keys = false;
    let options = PhoneOptions {
        keys: "5".parse().unwrap(),
        lasting: Some(Duration::from_secs(1)),
        ..PhoneOptions::dial(server(far_end.address().port()), "far")
    };
    let far_end = tokio::spawn(far_end.answer());
    soft_phone::run(options, |_| {}).await.unwrap();
    let seen = far_end.await.unwrap();
    let pressed = seen.sound.iter().position(|sample| sample.abs() > 1_000).unwrap();
    let key = &seen.sound[pressed..pressed + 800];
    assert!(goertzel::share(key, 8_000, 770.0) > 0.3 && goertzel::share(key, 8_000, 1_336.0) > 0.3);
}

#[tokio::test]
async fn hold_and_resume_are_offered_and_said() {
    let far_end = FarEnd::open().await;
    let options = PhoneOptions {
        hold: Some(soft_phone::Hold {
            after: Duration::from_millis(200),
            lasting: Duration::from_millis(300),
        }),
        lasting: Some(Duration::from_secs(1)),
        ..PhoneOptions::dial(server(far_end.address().port()), "far")
    };
    let far_end = tokio::spawn(far_end.answer());
    soft_phone::run(options, |_| {}).await.unwrap();
    let invites = far_end.await.unwrap().methods.iter().filter(|method| *method == "INVITE").count();
    assert_eq!(invites, 3);
}

#[tokio::test]
async fn a_transfer_is_asked_for() {
    let far_end = FarEnd::open().await;
    let options = PhoneOptions {
        transfer: Some(soft_phone::Transfer { after: Duration::from_millis(100), target: "demo-2".into() }),
        lasting: Some(Duration::from_millis(600)),
        ..PhoneOptions::dial(server(far_end.address().port()), "far")
    };
    let far_end = tokio::spawn(far_end.answer());
    soft_phone::run(options, |_| {}).await.unwrap();
    assert_eq!(far_end.await.unwrap().methods, ["INVITE", "ACK", "REFER", "BYE"]);
}

#[tokio::test]
async fn a_phone_that_rings_for_nothing_gives_up() {
    // A server that says 180 and nothing else until the CANCEL.
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("rings.xml");
    std::fs::write(&scenario, RINGS).unwrap();
    let _peer = sipp(&["-sf", scenario.to_str().unwrap(), "-p", &port.to_string()]);
    let mut options = PhoneOptions::dial(server(port), "service");
    options.purpose = Purpose::Dial { target: "service".into(), give_up: Some(Duration::from_millis(1_500)) };
    let mut ladder = Vec::new();
    let report = soft_phone::run(options, |line| ladder.push(line.step)).await.unwrap();
    assert!(!report.answered);
    assert_eq!((report.final_status, report.ended_by), (Some(487), EndedBy::Us));
    assert!(messages(&ladder).contains(&"CANCEL".to_owned()), "{ladder:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let stop = CancellationToken::new();
    let options =
        PhoneOptions { stop, ..PhoneOptions::dial("127.0.0.1:1;transport=tcp".parse().unwrap(), "x") };
    let error = soft_phone::run(options, |_| {}).await.unwrap_err();
    assert!(matches!(error, PhoneError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("sip:127.0.0.1:1;transport=tcp"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_the_call() {
    let header = PhoneOptions {
        headers: vec![("X-A".into(), "b\r\nInjected: yes".into())],
        ..PhoneOptions::dial(server(9), "x")
    };
    assert!(matches!(soft_phone::run(header, |_| {}).await, Err(PhoneError::Header(_))));
    let target = PhoneOptions::dial(server(9), "a b\r\n");
    assert!(matches!(soft_phone::run(target, |_| {}).await, Err(PhoneError::Target(_))));
    let play = PhoneOptions { play: Some("/nowhere.wav".into()), ..PhoneOptions::dial(server(9), "x") };
    assert!(matches!(soft_phone::run(play, |_| {}).await, Err(PhoneError::Play { .. })));
}

const RINGS: &str = r#"<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="rings">
  <recv request="INVITE"><action><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/></action></recv>
  <Reference variables="1"/>
  <send><![CDATA[SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=x
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <recv request="CANCEL"/>
  <send><![CDATA[SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=x
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <send><![CDATA[SIP/2.0 487 Request Terminated
[last_Via:]
[last_From:]
[last_To:];tag=x
[last_Call-ID:]
CSeq:[$1]
Content-Length: 0

]]></send>
  <recv request="ACK"/>
</scenario>
"#;
