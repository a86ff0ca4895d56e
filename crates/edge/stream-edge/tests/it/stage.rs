//! A call of two phones, and a stream of it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clock::Now;
use codec::Law;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, LegId, ResourceId, TapId,
};
use media_edge::{MediaConfig, MediaEdge, Negotiated, RtpCodec, TapFeed, TapKeeper};
use media_engine::Sound;
use media_plan::{
    ApplicationSocket, MediaPlan, MediaReport, MediaRequest, PlaySource, Purpose, Streaming, Tap, TapReport,
    Unplayable,
};
use outbound_http::{OutboundHttp, OutboundPolicy};
use redact::Secret;
use speech_edge::{Mind, SpeechToText};
use stream_edge::{StreamSurroundings, Streams, Transcripts};
use tokio::runtime::Runtime;

use crate::phone::{EVENTS, Phone, talk};

pub const CALL: CallId = CallId::from_u128(0x77);
pub const TAP: TapId = TapId::from_u128(0x99);
pub const LEGS: [LegId; 2] = [LegId::from_u128(1), LegId::from_u128(2)];
/// Longer than anything takes here.
pub const PATIENCE: Duration = Duration::from_secs(15);
pub const NAMES: [&str; 2] = ["4:+14255550101", "8:acs:1b1d0a39_00000001"];

/// Begins to serve ears.
pub type Ears = fn(&Runtime) -> Arc<dyn SpeechToText>;

pub struct Stage {
    pub media: MediaEdge,
    pub runtime: Runtime,
    pub one: Phone,
    pub two: Phone,
    reports: Receiver<TapReport>,
}

impl Stage {
    /// Two phones that say 400 Hz and 900 Hz; requests of ours may go to this machine.
    pub fn new() -> Self {
        Self::with(&["loopback"], None, [Some(400.0), Some(900.0)])
    }

    pub fn with(allowed: &[&str], extra_ca: Option<PathBuf>, tones: [Option<f64>; 2]) -> Self {
        Self::hearing(allowed, extra_ca, tones, None)
    }

    /// The same with ears, for what is said.
    pub fn hearing(
        allowed: &[&str],
        extra_ca: Option<PathBuf>,
        tones: [Option<f64>; 2],
        ears: Option<Ears>,
    ) -> Self {
        let runtime = Runtime::new().unwrap();
        let inside = runtime.enter();
        let begin = Instant::now();
        let now = move || {
            let since = begin.elapsed().as_micros() as u64;
            Now::new(since, 1_700_000_000_000_000 + since as i64)
        };
        let allow_private = allowed.iter().map(|network| network.parse().unwrap()).collect();
        let policy = OutboundPolicy { allow_private, extra_ca, ..OutboundPolicy::default() };
        let around = StreamSurroundings {
            http: OutboundHttp::new(policy).unwrap(),
            clock: Arc::new(now),
            token: Arc::new(|resource| Secret::new(format!("of.{resource}"))),
            runtime: runtime.handle().clone(),
        };
        let streams = Streams::new(around.clone());
        let mind = Arc::new(Mind::embedded());
        let transcripts = ears.map(|ears| Transcripts::new(around, ears(&runtime), mind));
        let taps = move |feed: TapFeed| match (&feed.tap.purpose, &transcripts) {
            (Purpose::Transcribe(_), Some(transcripts)) => transcripts.begin(feed),
            _ => streams.begin(feed),
        };
        let (sender, reports) = channel();
        let sender = Mutex::new(sender);
        let config = MediaConfig {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            advertised: None,
            second: None,
            ports: 0..=0,
            codecs: RtpCodec::ALL.to_vec(),
            threads: 1,
            silent_after: Duration::ZERO,
        };
        let media = MediaEdge::start(
            config,
            Arc::new(|_: PlaySource| async { Err::<Arc<Sound>, _>(Unplayable::Empty) }),
            Arc::new(taps),
            Arc::new(move |_, report, _| {
                if let MediaReport::Tapped(TAP, report) = report {
                    let _ = sender.lock().unwrap().send(report);
                }
            }),
            Arc::new(now),
        );
        drop(inside);
        let mut phones = tones.map(|tone| Phone::new(Law::Mu, tone));
        for (leg, phone) in LEGS.into_iter().zip(&mut phones) {
            let local = media.open(CALL, leg).unwrap();
            let agreed = Negotiated {
                telephone_event: Some(EVENTS),
                own_telephone_event: Some(EVENTS),
                ..Negotiated::plain(phone.address(), RtpCodec::Pcmu, rtp::PCMU)
            };
            media.connect(leg, agreed);
            phone.talk_to(local.address);
        }
        media.request(CALL, MediaRequest::Connect(MediaPlan::everyone(LEGS)));
        let [one, two] = phones;
        Self { media, runtime, one, two, reports }
    }

    pub fn stream(&self, url: &str, change: impl FnOnce(&mut Streaming)) {
        let mut streaming = Streaming {
            socket: ApplicationSocket {
                url: url.into(),
                connection: CallConnectionId::from_u128(3),
                correlation: CorrelationId::from_u128(4),
                resource: ResourceId::from_u128(2),
            },
            unmixed: false,
            rate_hz: 16_000,
            bidirectional: true,
            keys: true,
            loopback: false,
        };
        change(&mut streaming);
        self.listen(Purpose::Stream(streaming));
    }

    pub fn listen(&self, purpose: Purpose) {
        self.listen_to(&[0, 1], purpose);
    }

    /// Only these are in the call, as far as who listens is told.
    pub fn listen_to(&self, who: &[usize], purpose: Purpose) {
        let name = |who: &usize| (LEGS[*who], CommunicationIdentifier::from_raw_id(NAMES[*who]));
        let voices = who.iter().map(name).collect();
        self.media.request(CALL, MediaRequest::Listen(Tap { id: TAP, voices, purpose }));
    }

    pub fn stop(&self) {
        self.media.request(CALL, MediaRequest::StopListening(TAP));
    }

    /// Phones talk until this is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&Phone, &Phone) -> bool) {
        let mut was_so = false;
        talk(&mut [&mut self.one, &mut self.two], PATIENCE, |phones| {
            was_so = is_so(phones[0], phones[1]);
            was_so
        });
        assert!(was_so, "{what}");
    }

    /// Phones talk until this is reported.
    #[track_caller]
    pub fn until_reported(&mut self, expected: TapReport) {
        self.until_told(|report| *report == expected);
    }

    /// Phones talk until such a report comes.
    #[track_caller]
    pub fn until_told(&mut self, is_it: impl Fn(&TapReport) -> bool) -> TapReport {
        let (mut seen, mut found) = (Vec::new(), None);
        talk(&mut [&mut self.one, &mut self.two], PATIENCE, |_| {
            for report in self.reports.try_iter() {
                found = Some(report.clone()).filter(&is_it).or(found.take());
                seen.push(report);
            }
            found.is_some()
        });
        found.unwrap_or_else(|| panic!("only this was told: {seen:?}"))
    }

    pub fn talk_for(&mut self, ms: u64) {
        crate::phone::talk_for(&mut [&mut self.one, &mut self.two], ms);
    }
}
