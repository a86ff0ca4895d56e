//! A media edge with a library of tones, and the reports that it made.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clock::Now;
use codec::{Law, tone};
use identifier::{CallId, LegId, PlaybackId};
use media_edge::{Direction, MediaConfig, MediaEdge, Negotiated, RtpCodec, TapFeed};
use media_engine::Sound;
use media_plan::{MediaReport, PlaySource, Playback, Unplayable};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::phone::{EVENTS, Phone};

pub const CALL: CallId = CallId::from_u128(0x77);
/// The tone of hold music in these tests.
pub const HOLD_HZ: f64 = 520.0;
/// Longer than anything takes here.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Stage {
    pub media: MediaEdge,
    reports: Receiver<(CallId, MediaReport, Now)>,
    seen: VecDeque<MediaReport>,
    feeds: Receiver<TapFeed>,
    /// The call that the last report was of.
    pub last_call: Option<CallId>,
    /// Releases the sounds of `slow:` files.
    pub slow: Arc<Notify>,
    begin: Instant,
    runtime: Runtime,
}

impl Stage {
    pub fn new() -> Self {
        Self::with(0..=0, Duration::ZERO)
    }

    pub fn with(ports: RangeInclusive<u16>, silent_after: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let _inside = runtime.enter();
        let begin = Instant::now();
        let (sender, reports) = channel();
        let sender = Mutex::new(sender);
        let (feeder, feeds) = channel();
        let feeder = Mutex::new(feeder);
        let slow = Arc::new(Notify::new());
        let gate = slow.clone();
        let config = MediaConfig {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            advertised: None,
            second: None,
            ports,
            codecs: RtpCodec::ALL.to_vec(),
            threads: 2,
            silent_after,
        };
        let media = MediaEdge::start(
            config,
            Arc::new(move |source: PlaySource| load(source, gate.clone())),
            Arc::new(move |feed: TapFeed| drop(feeder.lock().unwrap().send(feed))),
            Arc::new(move |call, report, now| drop(sender.lock().unwrap().send((call, report, now)))),
            Arc::new(move || now_since(begin)),
        );
        Self { media, reports, seen: VecDeque::new(), feeds, last_call: None, slow, begin, runtime }
    }

    /// Connects a phone as leg `leg` of `CALL`, both ways.
    pub fn answer(&self, leg: u128, phone: &mut Phone) -> LegId {
        self.answer_in(CALL, leg, phone)
    }

    /// The same in another call.
    pub fn answer_in(&self, call: CallId, leg: u128, phone: &mut Phone) -> LegId {
        let leg = LegId::from_u128(leg);
        let local = self.media.open(call, leg).unwrap();
        self.media.connect(leg, agreed(phone, Direction::SendRecv));
        phone.talk_to(local.address);
        leg
    }

    /// What the listener that began last hears.
    pub fn feed(&self) -> TapFeed {
        self.feeds.recv_timeout(PATIENCE).expect("a tap begins")
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The report that comes next, with its moment.
    pub fn next_report(&mut self) -> (MediaReport, Now) {
        let (call, report, now) = self.reports.recv_timeout(PATIENCE).expect("a report within ten seconds");
        self.last_call = Some(call);
        (report, now)
    }

    /// All reports so far.
    pub fn reports(&mut self) -> Vec<MediaReport> {
        self.take_reports();
        self.seen.drain(..).collect()
    }

    /// Whether a report has come; the others are kept.
    pub fn has_reported(&mut self, report: &MediaReport) -> bool {
        self.take_reports();
        self.seen.contains(report)
    }

    fn take_reports(&mut self) {
        for (call, report, _) in self.reports.try_iter() {
            self.last_call = Some(call);
            self.seen.push_back(report);
        }
    }

    pub fn instant_of(&self, now: Now) -> Instant {
        self.begin + Duration::from_micros(now.monotonic_us())
    }
}

pub fn agreed(phone: &Phone, direction: Direction) -> Negotiated {
    let (codec, payload_type) = match phone.law() {
        Law::Mu => (RtpCodec::Pcmu, rtp::PCMU),
        Law::A => (RtpCodec::Pcma, rtp::PCMA),
    };
    let telephone_event = Some(EVENTS);
    let own_telephone_event = telephone_event;
    let plain = Negotiated::plain(phone.address(), codec, payload_type);
    Negotiated { telephone_event, own_telephone_event, direction, ..plain }
}

/// A file that holds a tone: `tone:<hertz>:<milliseconds>`, `slow:…` for one that takes its time.
pub fn file(uri: &str) -> PlaySource {
    PlaySource::File { uri: uri.into(), cache_id: None }
}

pub fn playback(id: u128, audience: &[LegId], sources: Vec<PlaySource>) -> Playback {
    Playback { id: PlaybackId::from_u128(id), audience: audience.to_vec(), sources, repeat: false }
}

async fn load(source: PlaySource, gate: Arc<Notify>) -> Result<Arc<Sound>, Unplayable> {
    let uri = match source {
        PlaySource::HoldMusic => "tone:520:1000".into(),
        PlaySource::File { uri, .. } => uri,
        PlaySource::Text { .. } | PlaySource::Ssml { .. } => return Err(Unplayable::Speech),
    };
    let mut parts = uri.split(':');
    match parts.next() {
        Some("tone") => {}
        Some("slow") => gate.notified().await,
        Some("panic") => panic!("a library that breaks"),
        _ => return Err(Unplayable::Download),
    }
    let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok()).ok_or(Unplayable::Format);
    let (tone_hz, ms) = (number()? as f64, number()?);
    Ok(Arc::new(Sound::new(&tone::sine(8_000, tone_hz, Duration::from_millis(ms), 0.3))))
}

fn now_since(begin: Instant) -> Now {
    let since = begin.elapsed().as_micros() as u64;
    Now::new(since, 1_700_000_000_000_000 + since as i64)
}
