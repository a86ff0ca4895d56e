//! Who listens to a call without being a leg of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use codec::Law::{A, Mu};
use codec::goertzel;
use identifier::{
    CallConnectionId, CommunicationIdentifier, CorrelationId, LegId, RecordingId, ResourceId, TapId,
};
use media_edge::{TapFeed, Track, What};
use media_plan::MediaReport::Tapped;
use media_plan::{
    ApplicationSocket, MediaPlan, MediaRequest, Purpose, Recording, RecordingFormat, Streaming, Tap, TapEnd,
    TapReport, Tone,
};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, PATIENCE, Stage, file, playback};

const TAP: TapId = TapId::from_u128(0x1234);

fn tap(legs: &[LegId], purpose: Purpose) -> Tap {
    let name = |leg: &LegId| CommunicationIdentifier::from_raw_id(&format!("4:+1425555010{}", leg.as_u128()));
    Tap { id: TAP, voices: legs.iter().map(|leg| (*leg, name(leg))).collect(), purpose }
}

fn recording(unmixed: bool, paused: bool) -> Purpose {
    Purpose::Record(Recording {
        id: RecordingId::from_u128(1),
        resource: ResourceId::from_u128(2),
        format: RecordingFormat::Wav,
        unmixed,
        channels: Vec::new(),
        paused,
        is_stopped: false,
        destination: None,
    })
}

fn streaming(unmixed: bool, bidirectional: bool, loopback: bool) -> Purpose {
    Purpose::Stream(Streaming {
        socket: ApplicationSocket {
            url: "ws://127.0.0.1:1".into(),
            connection: CallConnectionId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            resource: ResourceId::from_u128(2),
        },
        unmixed,
        rate_hz: 16_000,
        bidirectional,
        keys: true,
        loopback,
    })
}

fn listen(stage: &Stage, legs: &[LegId], purpose: Purpose) {
    stage.media.request(CALL, MediaRequest::Listen(tap(legs, purpose)));
}

fn bridge(stage: &Stage, legs: &[LegId]) {
    stage.media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(legs.iter().copied())));
}

/// All that waits in a feed.
#[derive(Default)]
struct Taken {
    tracks: BTreeMap<Track, Vec<i16>>,
    frames: Vec<u64>,
    ends: usize,
    keys: Vec<(LegId, Tone)>,
    changes: Vec<Arc<Tap>>,
    missed: u32,
}

impl Taken {
    fn of(feed: &mut TapFeed) -> Self {
        let mut taken = Self::default();
        while feed.sound.take(|heard| {
            taken.missed += heard.missed;
            match heard.what {
                What::Voice(track, samples) => {
                    taken.tracks.entry(track).or_default().extend(samples.unwrap_or(&[0; 320]));
                    taken.frames.push(heard.frame);
                }
                What::EndOfFrame => taken.ends += 1,
                What::Key(leg, tone) => taken.keys.push((leg, tone)),
                What::Changed(tap) => taken.changes.push(tap),
            }
        }) {}
        taken
    }

    fn share(&self, track: Track, tone_hz: f64) -> f64 {
        goertzel::share(&self.tracks[&track], 16_000, tone_hz)
    }
}

#[test]
fn a_recording_hears_both_voices_and_what_is_played_in_one() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    bridge(&stage, &legs);
    talk_for(&mut [&mut one, &mut two], 100);
    listen(&stage, &legs, recording(false, false));
    let mut feed = stage.feed();
    assert_eq!((feed.call, feed.tap.id), (CALL, TAP));
    talk_for(&mut [&mut one, &mut two], 600);
    let taken = Taken::of(&mut feed);
    assert!(taken.share(Track::Mixed, 400.0) > 0.4 && taken.share(Track::Mixed, 900.0) > 0.4);
    let is_whole = taken.frames.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(is_whole && taken.frames[0] == 0 && taken.frames.len() >= 26, "{:?}", taken.frames);
    assert_eq!((taken.missed, taken.ends), (0, 0));

    let prompt = playback(7, &legs, vec![file("tone:1300:600")]);
    stage.media.request(CALL, MediaRequest::Play(prompt));
    talk_for(&mut [&mut one, &mut two], 500);
    assert!(Taken::of(&mut feed).share(Track::Mixed, 1_300.0) > 0.3);
}

#[test]
fn voices_are_heard_apart_under_their_names_and_keys_are_told() {
    let mut stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    bridge(&stage, &legs);
    talk_for(&mut [&mut one, &mut two], 100);
    listen(&stage, &legs, streaming(true, false, false));
    let mut feed = stage.feed();
    talk_for(&mut [&mut one, &mut two], 400);
    two.press(5);
    talk(&mut [&mut one, &mut two], PATIENCE, |_| {
        stage.has_reported(&media_plan::MediaReport::ToneEnded(legs[1], Tone::Five))
    });
    let taken = Taken::of(&mut feed);
    assert!(taken.share(Track::Leg(legs[0]), 400.0) > 0.95);
    assert!(taken.share(Track::Leg(legs[1]), 900.0) > 0.8);
    assert!(taken.ends >= 18);
    assert_eq!(taken.tracks.len(), 2, "nothing is played");
    assert_eq!(taken.keys, [(legs[1], Tone::Five)]);
}

#[test]
fn who_comes_and_who_goes_is_told_in_order_with_the_sound() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    bridge(&stage, &legs);
    listen(&stage, &legs[..1], streaming(true, false, false));
    let mut feed = stage.feed();
    talk_for(&mut [&mut one, &mut two], 300);
    listen(&stage, &legs, streaming(true, false, false));
    talk_for(&mut [&mut one, &mut two], 300);
    let mut names: Vec<LegId> = feed.tap.voices.keys().copied().collect();
    let mut seen = Vec::new();
    while feed.sound.take(|heard| match heard.what {
        What::Changed(tap) => names = tap.voices.keys().copied().collect(),
        What::Voice(Track::Leg(leg), _) => {
            assert!(names.contains(&leg), "a voice has a name before it is heard");
            seen.push(leg);
        }
        _ => {}
    }) {}
    assert!(seen.contains(&legs[0]) && seen.contains(&legs[1]) && seen[0] == legs[0]);
}

#[test]
fn a_paused_recording_hears_nothing_and_time_goes_on() {
    let stage = Stage::new();
    let mut one = Phone::new(Mu, Some(400.0));
    let legs = [stage.answer(1, &mut one)];
    bridge(&stage, &legs);
    listen(&stage, &legs, recording(false, false));
    let mut feed = stage.feed();
    talk_for(&mut [&mut one], 300);
    listen(&stage, &legs, recording(false, true));
    talk_for(&mut [&mut one], 300);
    listen(&stage, &legs, recording(false, false));
    talk_for(&mut [&mut one], 300);
    let taken = Taken::of(&mut feed);
    assert_eq!(taken.changes.len(), 2);
    let gaps: Vec<u64> =
        taken.frames.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1).collect();
    assert!(matches!(gaps[..], [12..=18]), "{gaps:?}");
    assert_eq!(taken.missed, 0);
}

#[test]
fn who_takes_nothing_loses_frames_that_are_counted_and_disturbs_nobody() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    bridge(&stage, &legs);
    listen(&stage, &legs, recording(false, false));
    let mut feed = stage.feed();
    talk_for(&mut [&mut one, &mut two], 2_000);
    assert!(two.share(400.0) > 0.9, "the call does not wait: {}", two.share(400.0));
    let first = Taken::of(&mut feed);
    assert!((45..=60).contains(&first.frames.len()), "{}", first.frames.len());
    talk_for(&mut [&mut one, &mut two], 200);
    let second = Taken::of(&mut feed);
    let gap = second.frames[0] - first.frames.last().unwrap() - 1;
    assert!(gap >= 35, "{gap}");
    assert_eq!(u64::from(second.missed), gap);
}

#[test]
fn the_sound_ends_when_the_tap_or_the_call_does() {
    for end in [MediaRequest::StopListening(TAP), MediaRequest::Release] {
        let mut stage = Stage::new();
        let mut one = Phone::new(Mu, Some(400.0));
        let legs = [stage.answer(1, &mut one)];
        listen(&stage, &legs, recording(false, false));
        let mut feed = stage.feed();
        talk_for(&mut [&mut one], 200);
        stage.media.request(CALL, end);
        let begin = Instant::now();
        let frames = stage.block_on(async {
            let mut frames = 0;
            while feed.sound.ready().await {
                while feed.sound.take(|_| frames += 1) {}
            }
            frames
        });
        assert!(frames >= 8 && begin.elapsed() < Duration::from_millis(200), "{frames}");
        assert!(feed.reports.is_over());
        feed.reports.tell(TapReport::Ended(TapEnd::Closed));
        feed.reports.tell(TapReport::Summary(Ok("all is well".into())));
        drop(feed);
        let summary = TapReport::Summary(Ok("all is well".into()));
        assert_eq!(stage.next_report().0, Tapped(TAP, summary), "nothing else is told of a tap that is over");
    }
}

#[test]
fn a_keeper_that_fails_is_told_to_the_call() {
    let mut stage = Stage::new();
    let mut one = Phone::new(Mu, None);
    let legs = [stage.answer(1, &mut one)];
    listen(&stage, &legs, recording(false, false));
    let mut feed = stage.feed();
    feed.reports.tell(TapReport::Started);
    drop(feed);
    assert_eq!(stage.next_report().0, Tapped(TAP, TapReport::Started));
    assert_eq!(stage.next_report().0, Tapped(TAP, TapReport::Ended(TapEnd::Interrupted)));
}

/// How many frames a listener of this purpose finds each time that it is woken.
fn found(purpose: Purpose, wakes: usize) -> Vec<usize> {
    let stage = Stage::new();
    let mut one = Phone::new(Mu, Some(400.0));
    let legs = [stage.answer(1, &mut one)];
    listen(&stage, &legs, purpose);
    let mut feed = stage.feed();
    talk_for(&mut [&mut one], 100);
    stage.block_on(async {
        let mut found = Vec::new();
        while found.len() < wakes && feed.sound.ready().await {
            let mut frames = 0;
            while feed.sound.take(|_| frames += 1) {}
            found.push(frames);
        }
        // What had gathered before it looked at all says nothing.
        found.split_off(1)
    })
}

#[test]
fn an_application_that_listens_is_woken_as_soon_as_a_frame_is_there() {
    let found = found(streaming(false, false, false), 25);
    let alone = found.iter().filter(|frames| **frames == 1).count();
    assert!(alone >= 18, "{found:?}");
}

#[test]
fn who_records_is_woken_for_five_frames_at_once() {
    let found = found(recording(false, false), 8);
    let together = found.iter().filter(|frames| (4..=6).contains(*frames)).count();
    assert!(together >= 4, "{found:?}");
}

#[test]
fn what_an_application_says_is_heard_by_all_legs_and_by_recordings_but_not_by_itself() {
    let stage = Stage::new();
    let (mut one, mut two) = (Phone::new(Mu, None), Phone::new(A, None));
    let legs = [stage.answer(1, &mut one), stage.answer(2, &mut two)];
    bridge(&stage, &legs);
    talk_for(&mut [&mut one, &mut two], 60);
    for loopback in [false, true] {
        listen(&stage, &legs, streaming(false, true, loopback));
        let mut feed = stage.feed();
        let other = Tap { id: TapId::from_u128(99), ..tap(&legs, recording(false, false)) };
        stage.media.request(CALL, MediaRequest::Listen(other));
        let mut recorded = stage.feed();
        let voice = feed.voice.as_mut().expect("it may speak");
        let sound = codec::tone::sine(16_000, 700.0, Duration::from_secs(1), 0.3).samples;
        let mut frames = sound.as_chunks::<320>().0.iter().peekable();
        one.heard.clear();
        two.heard.clear();
        talk(&mut [&mut one, &mut two], PATIENCE, |_| {
            while frames.next_if(|frame| voice.say(frame)).is_some() {}
            frames.peek().is_none() && voice.waiting() == 0
        });
        for phone in [&one, &two] {
            assert!(phone.share(700.0) > 0.9, "{}", phone.share(700.0));
        }
        assert!(Taken::of(&mut recorded).share(Track::Mixed, 700.0) > 0.8);
        let own = goertzel::rms(&Taken::of(&mut feed).tracks[&Track::Mixed]);
        assert_eq!(own > 1_000.0, loopback, "{own}");
        for id in [TAP, TapId::from_u128(99)] {
            stage.media.request(CALL, MediaRequest::StopListening(id));
        }
    }
}

#[test]
fn what_waits_to_be_said_is_forgotten_at_the_next_frame() {
    let stage = Stage::new();
    let mut one = Phone::new(Mu, None);
    let legs = [stage.answer(1, &mut one)];
    bridge(&stage, &legs);
    listen(&stage, &legs, streaming(false, true, false));
    let mut feed = stage.feed();
    let voice = feed.voice.as_mut().expect("it may speak");
    let sound = codec::tone::sine(16_000, 700.0, Duration::from_secs(1), 0.3).samples;
    let mut frames = sound.as_chunks::<320>().0.iter();
    while voice.waiting() < 16 {
        assert!(voice.say(frames.next().unwrap()));
    }
    assert!(!voice.say(&[0; 320]), "it is full");
    talk(&mut [&mut one], PATIENCE, |phones| goertzel::rms(&phones[0].heard) > 1_000.0);
    voice.stop();
    talk_for(&mut [&mut one], 45);
    one.heard.clear();
    talk_for(&mut [&mut one], 200);
    assert!(goertzel::rms(&one.heard) < 10.0 && !one.heard.is_empty(), "{}", goertzel::rms(&one.heard));
    voice.say(sound[..320].as_chunks().0.first().unwrap());
    talk_for(&mut [&mut one], 100);
    assert!(goertzel::rms(&one.heard) > 100.0, "what is said after it is heard");
}

#[test]
fn a_leg_that_comes_from_another_call_is_heard_where_it_is() {
    for other in [0x7f, 0x76, 0x7b].map(identifier::CallId::from_u128) {
        let stage = Stage::new();
        let (mut one, mut two) = (Phone::new(Mu, Some(400.0)), Phone::new(A, Some(900.0)));
        let here = stage.answer(1, &mut one);
        let there = stage.answer_in(other, 2, &mut two);
        listen(&stage, &[here], recording(true, false));
        let mut feed = stage.feed();
        talk_for(&mut [&mut one, &mut two], 200);
        bridge(&stage, &[here, there]);
        listen(&stage, &[here, there], recording(true, false));
        talk_for(&mut [&mut one, &mut two], 400);
        let taken = Taken::of(&mut feed);
        assert!(taken.share(Track::Leg(there), 900.0) > 0.8);
        assert!(taken.share(Track::Leg(here), 400.0) > 0.8);
    }
}
