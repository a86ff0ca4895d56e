//! Media threads allocate nothing in the steady state: whatever the codec, encrypted or not, between two, in a
//! conference, under a prompt, with packets lost and keys pressed, and while others listen and speak.
//!
//! The whole edge runs, with its sockets; every allocation of a media thread is counted, also those of C.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod phone;
mod purpose;
mod watch;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clock::Now;
use codec::tone;
use identifier::{CallId, CommunicationIdentifier, LegId, PlaybackId, TapId};
use media_edge::{MediaConfig, MediaEdge, RtpCodec, TapFeed, What};
use media_engine::{Playable, Sound, SoundWriter};
use media_plan::{MediaPlan, MediaRequest, PlaySource, Playback, SpeechService, Tap};
use tokio::runtime::Runtime;

use phone::{Habit, Phone};

/// Packets that each phone hears before it counts; then every buffer has its size.
const WARM_UP: usize = 100;
/// … and while it counts: more than the five seconds between two reports of RTCP.
const COUNTED: usize = 300;
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than the warm-up, shorter than it and what is counted.
const SPOKEN: Duration = Duration::from_secs(4);
const FRAME: Duration = Duration::from_millis(20);

#[test]
fn a_media_thread_allocates_nothing_while_people_talk() {
    // As in the server: what is counted goes somewhere.
    let exposition = meter::Exposition::install().expect("it is the first");
    let mut town = Town::new();
    for one in RtpCodec::ALL {
        for other in RtpCodec::ALL {
            town.call(&[(one, Habit::Plain), (other, Habit::Plain)]);
        }
        for habit in Habit::ALL {
            town.call(&[(one, habit), (RtpCodec::Pcmu, Habit::Plain)]);
            town.call(&[(one, habit), (one, habit)]);
        }
        town.call(&[(one, Habit::Plain), (one, Habit::Plain), (one, Habit::Plain)]);
        // One who hears only music, and two who talk under it.
        town.call(&[(one, Habit::Plain)]);
        town.play();
        town.call(&[(one, Habit::Plain), (RtpCodec::Pcma, Habit::Plain)]);
        town.play();
        // One who hears speech that is late in its middle.
        town.call(&[(one, Habit::Plain)]);
        town.speak();
        // And two to whom a recorder and an application listen, which says what it hears.
        town.call(&[(one, Habit::Lossy), (RtpCodec::Pcmu, Habit::Keys)]);
        town.tap();
    }
    // A crowd that speaks everything, in every way.
    let everyone: Vec<_> =
        RtpCodec::ALL.into_iter().flat_map(|codec| Habit::ALL.map(|habit| (codec, habit))).collect();
    town.call(&everyone);
    town.tap();

    town.talk(WARM_UP);
    // Not the thread that passes reports on.
    watch::begin(&["media-"]);
    town.talk(COUNTED);
    let (counts, places) = watch::end();
    assert_eq!(counts, [0], "media threads allocated:\n{}", places.join("\n"));
    town.check();
    let counted =
        |line: &str| line.starts_with("ringdown_media_jitter_seconds_count ") && !line.ends_with(" 0");
    assert!(exposition.render().lines().any(counted), "{}", exposition.render());
}

/// Many calls at once.
struct Town {
    media: MediaEdge,
    phones: Vec<Phone>,
    calls: u128,
    last: Vec<LegId>,
    _runtime: Runtime,
}

impl Town {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let inside = runtime.enter();
        let begin = Instant::now();
        // Two sounds, of which one ends within a frame.
        let sound = |ms| Arc::new(Sound::new(&tone::sine(8_000, 440.0, Duration::from_millis(ms), 0.3)));
        let sounds = [sound(500), sound(333)];
        // It runs out while allocations are counted.
        let mut speech = SoundWriter::new(24_000, Duration::from_secs(10));
        speech.write(&tone::sine(24_000, 440.0, SPOKEN, 0.3).samples).unwrap();
        let config = MediaConfig {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            advertised: None,
            second: None,
            ports: 0..=0,
            codecs: RtpCodec::ALL.to_vec(),
            threads: 2,
            silent_after: Duration::from_secs(30),
        };
        let listeners = runtime.handle().clone();
        let media = MediaEdge::start(
            config,
            Arc::new(move |source: PlaySource| {
                let sound: Playable = match source {
                    PlaySource::Ssml { .. } => speech.sound().into(),
                    other => sounds[usize::from(other == PlaySource::HoldMusic)].clone().into(),
                };
                std::future::ready(Ok(sound))
            }),
            Arc::new(move |feed: TapFeed| drop(listeners.spawn(echo(feed)))),
            Arc::new(|_, _, _| {}),
            Arc::new(move || Now::new(begin.elapsed().as_micros() as u64, 0)),
        );
        drop(inside);
        Self { media, phones: Vec::new(), calls: 0, last: Vec::new(), _runtime: runtime }
    }

    /// Everybody hears everybody.
    fn call(&mut self, people: &[(RtpCodec, Habit)]) {
        self.calls += 1;
        // Calls are spread over threads and ticks by their ids.
        let call = CallId::from_u128(self.calls);
        self.last.clear();
        for (index, (codec, habit)) in people.iter().enumerate() {
            let leg = LegId::from_u128((self.calls << 32) + index as u128);
            let local = self.media.open(call, leg).unwrap().address;
            let phone = Phone::new(*codec, *habit, local, self.phones.len() as u32);
            self.media.connect(leg, phone.agreed());
            self.phones.push(phone);
            self.last.push(leg);
        }
        self.media.request(call, MediaRequest::Connect(MediaPlan::everyone(self.last.iter().copied())));
    }

    /// Music for those who called last, over and over.
    fn play(&mut self) {
        let file = PlaySource::File { uri: "short".into(), cache_id: None };
        let playback = Playback {
            id: PlaybackId::from_u128(self.calls),
            audience: self.last.clone(),
            sources: vec![PlaySource::HoldMusic, file],
            repeat: true,
        };
        self.media.request(CallId::from_u128(self.calls), MediaRequest::Play(playback));
    }

    /// Speech for those who called last, of which the rest never comes.
    fn speak(&mut self) {
        let ssml = PlaySource::Ssml { ssml: "".into(), service: SpeechService::default(), cache_id: None };
        let playback = Playback {
            id: PlaybackId::from_u128(self.calls),
            audience: self.last.clone(),
            sources: vec![ssml],
            repeat: false,
        };
        self.media.request(CallId::from_u128(self.calls), MediaRequest::Play(playback));
    }

    /// Who called last is recorded and streamed.
    fn tap(&mut self) {
        for (number, unmixed) in [false, true].into_iter().enumerate() {
            let who = CommunicationIdentifier::from_raw_id("4:+14255550100");
            let voices: BTreeMap<_, _> = self.last.iter().map(|leg| (*leg, who.clone())).collect();
            let id = TapId::from_u128((self.calls << 8) + 2 * number as u128);
            let recording = Tap { id, voices: voices.clone(), purpose: purpose::recording(unmixed) };
            let id = TapId::from_u128((self.calls << 8) + 2 * number as u128 + 1);
            let streaming = Tap { id, voices, purpose: purpose::streaming(unmixed) };
            for tap in [recording, streaming] {
                self.media.request(CallId::from_u128(self.calls), MediaRequest::Listen(tap));
            }
        }
    }

    /// Until everybody has heard so many packets more.
    fn talk(&mut self, packets: usize) {
        let (begin, mut due) = (Instant::now(), Instant::now());
        self.phones.iter_mut().for_each(|phone| phone.heard = 0);
        while self.phones.iter().any(|phone| phone.heard < packets) {
            let quiet = self.phones.iter().filter(|phone| phone.heard < packets).count();
            assert!(begin.elapsed() < PATIENCE, "{quiet} phones do not hear {packets} packets");
            due += FRAME;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            for phone in &mut self.phones {
                phone.say();
                phone.listen();
            }
        }
    }

    /// Encrypted sound was understood, or the count says nothing.
    fn check(&self) {
        let deaf = self.phones.iter().find(|phone| phone.understood == 0);
        assert!(deaf.is_none(), "{deaf:?}");
    }
}

/// Somebody who takes everything, and says it if that is allowed.
async fn echo(mut feed: TapFeed) {
    while feed.sound.ready().await {
        while feed.sound.take(|heard| {
            if let (What::Voice(_, Some(samples)), Some(voice)) = (heard.what, &mut feed.voice) {
                voice.say(samples);
            }
        }) {}
    }
}
