//! The handle through which signaling opens media, and calls ask for it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Now;
use codec::Codec as RtpCodec;
use codec::opus::Receiver as OpusReceiver;
use crossbeam_channel::bounded;
use entropy::Entropy;
use identifier::{CallId, LegId};
use media_plan::{MediaReport, MediaRequest};
use rtp_session::{Start, Terms};
use srtp::{MasterKey, Mki, Protection, Receiver, Sender};

use crate::bell::Bells;
use crate::clockwork;
use crate::codec_choice;
use crate::loading::Loader;
use crate::mailbox::{Command, Mailbox};
use crate::ports::Ports;
use crate::punctuality::Punctuality;
use crate::reporter;
use crate::sound_source::SoundSource;
use crate::tap_keeper::TapKeeper;
use crate::taps::Taps;

/// Where media lives.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The address that sockets bind to and descriptions name.
    pub address: IpAddr,
    /// Named in descriptions instead, behind a NAT.
    pub advertised: Option<IpAddr>,
    /// The same of the other family, for those who are reached by it alone.
    pub second: Option<MediaAddress>,
    /// RTP takes the even ports of this range, RTCP the odd ones above; `0..=0` is any that are free.
    pub ports: RangeInclusive<u16>,
    /// The codecs that are spoken, the preferred one first.
    pub codecs: Vec<RtpCodec>,
    /// Media threads.
    pub threads: usize,
    /// A leg that sends nothing for this long is reported as silent; never when zero.
    pub silent_after: Duration,
}

/// An address of sockets, and what others know it as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaAddress {
    /// Sockets bind to it.
    pub bound: IpAddr,
    /// Named in descriptions instead, behind a NAT.
    pub advertised: Option<IpAddr>,
}

/// A socket that waits for its peer to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// What the session description names.
    pub address: SocketAddr,
}

/// What offer and answer agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the far end says it listens.
    pub remote: SocketAddr,
    /// Where its signaling comes from, as far as is known: its sound may come from there too.
    pub signaling: Option<IpAddr>,
    /// The codec.
    pub codec: RtpCodec,
    /// The payload type under which the far end takes it.
    pub payload_type: u8,
    /// The one under which we take it.
    pub own_payload_type: u8,
    /// What the far end may send as well, and under which payload types (RFC 3264 §7).
    pub also: [Option<(u8, RtpCodec)>; 3],
    /// What the far end wants of Opus that is sent to it.
    pub opus: OpusReceiver,
    /// The payload type of telephone-event (RFC 4733) that the far end takes, if agreed.
    pub telephone_event: Option<u8>,
    /// The one that we take, if agreed.
    pub own_telephone_event: Option<u8>,
    /// Ticks of its durations in a second.
    pub telephone_event_rate_hz: u32,
    /// The keys of SRTP; without them sound is plain.
    pub keys: Option<MediaKeys>,
    /// Seen from us.
    pub direction: Direction,
}

/// The keys under which a session's packets are protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaKeys {
    /// Under which we send; never used with another leg.
    pub own: MasterKey,
    /// Under which the far end sends.
    pub remote: MasterKey,
    /// The name of the far end's key in its packets.
    pub mki: Mki,
    /// How many packets the far end sends under its key at most.
    pub lifetime: Option<u64>,
}

/// RFC 3264 §6.1, seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// Why no socket could be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// All ports of the range are in use.
    #[error("open a media socket: all ports of media.ports are in use")]
    NoPort,
}

/// What takes reports: the call, the report, and when it was seen.
pub type ReportSink = Arc<dyn Fn(CallId, MediaReport, Now) + Send + Sync>;

/// All media of this process. Cheap to clone; its threads end with the last clone.
#[derive(Clone)]
pub struct MediaEdge {
    control: Arc<Control>,
}

/// What only control threads touch: a media thread never waits for its lock.
struct Control {
    config: MediaConfig,
    mailboxes: Vec<Mailbox>,
    punctuality: Vec<Punctuality>,
    ports: Arc<Ports>,
    legs: Mutex<Legs>,
    loader: Loader,
    taps: Taps,
}

struct Legs {
    open: HashMap<LegId, OpenLeg>,
    /// The same by call: few in each.
    of_call: HashMap<CallId, Vec<LegId>>,
    entropy: Entropy,
}

struct OpenLeg {
    call: CallId,
    local: LocalMedia,
    /// Known once it is connected.
    codec: Option<RtpCodec>,
    /// Counted among those that are open.
    _counted: meter::Held,
}

impl MediaConfig {
    /// The address of the peer's family, else the first.
    fn address_toward(&self, peer: IpAddr) -> MediaAddress {
        let is_akin = |address: &MediaAddress| address.bound.is_ipv4() == peer.to_canonical().is_ipv4();
        let first = MediaAddress { bound: self.address, advertised: self.advertised };
        self.second.filter(is_akin).unwrap_or(first)
    }
}

impl MediaEdge {
    /// Starts the media threads. `clock` is the platform's clock.
    ///
    /// # Panics
    /// Outside of a tokio runtime: sounds are fetched on it. When the system has no thread to spare.
    pub fn start(
        config: MediaConfig,
        sounds: Arc<dyn SoundSource>,
        taps: Arc<dyn TapKeeper>,
        reports: ReportSink,
        clock: Arc<dyn Fn() -> Now + Send + Sync>,
    ) -> Self {
        let ports = Arc::new(Ports::new(config.ports.clone()));
        let reporter = reporter::start(reports, ports.clone());
        let bells = Bells::start();
        let mut punctuality = Vec::new();
        punctuality.resize_with(config.threads.max(1), Punctuality::default);
        let mailboxes = punctuality.iter().enumerate().map(|(number, punctuality)| {
            let ringer = bells.ringer();
            clockwork::start(number, reporter.another(), clock.clone(), punctuality.clone(), ringer)
        });
        let mailboxes = mailboxes.collect();
        let taps = Taps::new(taps, bells, reporter, clock.clone());
        let legs = Mutex::new(Legs { open: HashMap::new(), of_call: HashMap::new(), entropy: os_entropy() });
        let loader = Loader::new(sounds, tokio::runtime::Handle::current());
        Self { control: Arc::new(Control { config, mailboxes, punctuality, ports, legs, loader, taps }) }
    }

    /// How late the steps of media threads are, in the mean of some 30 ms: of the thread that is later
    /// than the others.
    pub fn lateness(&self) -> Duration {
        self.control.punctuality.iter().map(Punctuality::mean).max().unwrap_or_default()
    }

    /// Binds a socket for a leg of a call. Opening again gives the same socket.
    pub fn open(&self, call: CallId, leg: LegId) -> Result<LocalMedia, OpenError> {
        self.open_toward(call, leg, self.control.config.address)
    }

    /// The same, with an address of the family of `peer` if there is one.
    pub fn open_toward(&self, call: CallId, leg: LegId, peer: IpAddr) -> Result<LocalMedia, OpenError> {
        let control = &*self.control;
        let mut legs = control.legs();
        if let Some(open) = legs.open.get(&leg) {
            return Ok(open.local);
        }
        let address = control.config.address_toward(peer);
        let sockets = control.ports.bind(address.bound).ok_or(OpenError::NoPort)?;
        let host = address.advertised.unwrap_or(address.bound);
        let local = LocalMedia { address: SocketAddr::new(host, sockets.port()) };
        let start = control.session_start(&mut legs.entropy);
        legs.of_call.entry(call).or_default().push(leg);
        legs.open.insert(leg, OpenLeg { call, local, codec: None, _counted: meter::MEDIA_SESSIONS.hold([]) });
        control.mailbox(call).post(Command::Open { call, leg, sockets, start });
        Ok(local)
    }

    /// Media flows as agreed from now on; again after each re-negotiation.
    pub fn connect(&self, leg: LegId, negotiated: Negotiated) {
        let mut legs = self.control.legs();
        // A leg that was closed meanwhile needs no media.
        let Some(open) = legs.open.get_mut(&leg) else { return };
        open.codec = Some(negotiated.codec);
        // Keys are derived here: the media threads have other things to do.
        let protection = negotiated.keys.clone().map(MediaKeys::into_protection);
        let terms = negotiated.into_terms();
        self.control.mailbox(open.call).post(Command::Connect { call: open.call, leg, terms, protection });
    }

    /// The codecs that a leg shall offer or answer with now, the preferred one first: what others in its call
    /// speak need not be translated.
    pub fn codecs(&self, leg: LegId) -> Vec<RtpCodec> {
        let configured = &self.control.config.codecs;
        let legs = self.control.legs();
        let Some(call) = legs.open.get(&leg).map(|open| open.call) else { return configured.clone() };
        let others = legs.of_call.get(&call).into_iter().flatten().filter(|other| **other != leg);
        let spoken: Vec<RtpCodec> = others.filter_map(|other| legs.open.get(other)?.codec).collect();
        codec_choice::preferred(configured, &spoken)
    }

    /// The leg is over.
    pub fn close(&self, leg: LegId) {
        let mut legs = self.control.legs();
        let Some(open) = legs.open.remove(&leg) else { return };
        legs.leave(open.call, leg);
        self.control.mailbox(open.call).post(Command::Close { call: open.call, leg });
    }

    /// The `MediaPort` face, for the switchboard.
    ///
    /// A leg that plan, playback or tones of a call name moves there from the call it was in.
    pub fn request(&self, call: CallId, request: MediaRequest) {
        self.control.gather(call, &request);
        let mailbox = self.control.mailbox(call);
        let playback = match &request {
            MediaRequest::Play(playback) => Some(playback.clone()),
            _ => None,
        };
        let request = match request {
            MediaRequest::Listen(tap) => return self.control.taps.listen(call, tap, mailbox),
            request => request,
        };
        self.control.taps.handle(call, &request);
        // The playback is known to its call before its first sound can come.
        mailbox.post(Command::Request { call, request });
        if let Some(playback) = playback {
            let codecs = self.control.codecs_of(&playback.audience);
            self.control.loader.load(call, playback, codecs, mailbox);
        }
    }
}

impl Legs {
    fn leave(&mut self, call: CallId, leg: LegId) {
        if let Some(legs) = self.of_call.get_mut(&call) {
            legs.retain(|other| *other != leg);
            if legs.is_empty() {
                self.of_call.remove(&call);
            }
        }
    }
}

impl Control {
    /// Brings the legs that a request names into the call.
    fn gather(&self, call: CallId, request: &MediaRequest) {
        let mut legs = self.legs();
        match request {
            MediaRequest::Connect(plan) => {
                plan.legs().for_each(|leg| self.bring(&mut legs, leg, call));
            }
            MediaRequest::Play(playback) => {
                playback.audience.iter().for_each(|leg| self.bring(&mut legs, *leg, call));
            }
            MediaRequest::SendTones(tones) => self.bring(&mut legs, tones.leg, call),
            MediaRequest::Listen(tap) => tap.voices.keys().for_each(|leg| self.bring(&mut legs, *leg, call)),
            MediaRequest::StopPlayback(_) | MediaRequest::StopListening(_) | MediaRequest::Release => {}
        }
    }

    /// Both threads are told while nobody else can speak of the leg: what follows finds it in its new call.
    fn bring(&self, legs: &mut Legs, leg: LegId, call: CallId) {
        let Some(open) = legs.open.get_mut(&leg).filter(|open| open.call != call) else { return };
        let before = std::mem::replace(&mut open.call, call);
        legs.leave(before, leg);
        legs.of_call.entry(call).or_default().push(leg);
        let (to, from) = bounded(1);
        self.mailbox(before).post(Command::HandOver { call: before, leg, to });
        self.mailbox(call).post(Command::Await { call, leg, from });
    }

    /// The codecs that legs speak.
    fn codecs_of(&self, legs: &[LegId]) -> Vec<RtpCodec> {
        let known = self.legs();
        let spoken = |codec: &RtpCodec| {
            legs.iter().any(|leg| known.open.get(leg).and_then(|open| open.codec) == Some(*codec))
        };
        RtpCodec::ALL.into_iter().filter(spoken).collect()
    }

    /// All sockets of a call are on one thread.
    fn mailbox(&self, call: CallId) -> &Mailbox {
        let spread = (call.as_u128() as u64) / clockwork::PHASES as u64;
        &self.mailboxes[(spread % self.mailboxes.len() as u64) as usize]
    }

    fn legs(&self) -> MutexGuard<'_, Legs> {
        self.legs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session_start(&self, entropy: &mut Entropy) -> Start {
        Start {
            ssrc: entropy.next_u64() as u32,
            // RFC 3711 §3.3.1: far from the first rollover, which a receiver that begins late must not miss.
            sequence: entropy.next_u64() as u16 >> 1,
            timestamp: entropy.next_u64() as u32,
            cname: format!("{:016x}", entropy.next_u64()),
            silent_after: self.config.silent_after,
        }
    }
}

impl MediaKeys {
    fn into_protection(self) -> Box<Protection> {
        let receiver = Receiver::new(self.remote, self.mki, self.lifetime);
        Box::new(Protection::new(Sender::new(self.own), receiver))
    }
}

impl Negotiated {
    /// What is agreed on when both say no more than an address and a codec.
    pub fn plain(remote: SocketAddr, codec: RtpCodec, payload_type: u8) -> Self {
        Self {
            remote,
            signaling: None,
            codec,
            payload_type,
            own_payload_type: payload_type,
            also: [None; 3],
            opus: OpusReceiver::default(),
            telephone_event: None,
            own_telephone_event: None,
            telephone_event_rate_hz: codec.clock_hz(),
            keys: None,
            direction: Direction::SendRecv,
        }
    }

    fn into_terms(self) -> Terms {
        let (sends, receives) = match self.direction {
            Direction::SendRecv => (true, true),
            Direction::SendOnly => (true, false),
            Direction::RecvOnly => (false, true),
            Direction::Inactive => (false, false),
        };
        Terms {
            remote: self.remote,
            signaling: self.signaling,
            codec: self.codec,
            payload_type: self.payload_type,
            own_payload_type: self.own_payload_type,
            also: self.also,
            opus: self.opus,
            telephone_event: self.telephone_event,
            own_telephone_event: self.own_telephone_event,
            telephone_event_rate_hz: self.telephone_event_rate_hz,
            sends,
            receives,
        }
    }
}

fn os_entropy() -> Entropy {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).expect("the operating system has randomness");
    Entropy::from_seed(seed)
}
