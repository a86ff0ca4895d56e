//! The media edge with one thread, and calls on it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use clock::Now;
use codec::tone;
use identifier::{CallId, LegId, PlaybackId};
use media_edge::{
    Direction, MediaConfig, MediaEdge, MediaKeys, Mki, Negotiated, ReportSink, RtpCodec, TapFeed, TapKeeper,
};
use media_engine::Sound;
use media_plan::{MediaPlan, MediaRequest, PlaySource, Playback};
use tokio::runtime::Runtime;

use crate::cores::stay_on;
use crate::media::floor::Floor;
use crate::media::keys;

pub(crate) const THREAD: &str = "media-0";
/// The threads of its runtime.
pub(crate) const RUNTIME: &str = "platform";

/// Who keeps taps, and who hears the reports.
pub(crate) type Listeners = (Arc<dyn TapKeeper>, ReportSink);

/// What the legs are used for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    Held,
    Bridged,
    Encrypted,
    Conferences,
    OneConference,
    Prompts,
    G722ToG711,
    OpusToG711,
}

pub(crate) struct Platform {
    addresses: Vec<SocketAddr>,
    media: MediaEdge,
    #[expect(dead_code, reason = "it runs as long as the platform does")]
    runtime: Runtime,
}

impl Work {
    /// All kinds.
    pub(crate) const ALL: [Self; 8] = [
        Self::Held,
        Self::Bridged,
        Self::Conferences,
        Self::OneConference,
        Self::Prompts,
        Self::G722ToG711,
        Self::Encrypted,
        Self::OpusToG711,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Held => "legs on hold, nobody sends",
            Self::Bridged => "G.711 legs bridged",
            Self::Encrypted => "G.711 legs bridged, SRTP",
            Self::Conferences => "G.711 legs in conferences of three",
            Self::OneConference => "G.711 legs in one conference",
            Self::Prompts => "legs that hear a prompt",
            Self::G722ToG711 => "legs bridged, G.722 to G.711",
            Self::OpusToG711 => "legs bridged, Opus to G.711",
        }
    }

    /// Whether what one phone says reaches the other byte by byte.
    pub(crate) fn passes_unchanged(self) -> bool {
        match self {
            Self::Bridged | Self::Encrypted => true,
            Self::Held
            | Self::Conferences
            | Self::OneConference
            | Self::Prompts
            | Self::G722ToG711
            | Self::OpusToG711 => false,
        }
    }

    /// Whether it is judged beside a floor: whoever sends nothing is not.
    pub(crate) fn stands(self) -> bool {
        self != Self::Held
    }

    /// The floor beside which it is judged.
    pub(crate) fn floor(self) -> Floor {
        match self {
            Self::Held
            | Self::Bridged
            | Self::Conferences
            | Self::OneConference
            | Self::Prompts
            | Self::G722ToG711 => Floor::Connected,
            Self::Encrypted => Floor::Encrypted,
            Self::OpusToG711 => Floor::Opus,
        }
    }

    /// What the phone with this number is like.
    pub(crate) fn manner(self, phone: usize) -> Manner {
        Manner {
            codec: self.codec(phone),
            is_encrypted: self == Self::Encrypted,
            talks: self != Self::Held,
            says_its_moment: self.passes_unchanged(),
        }
    }

    /// What the phone with this number speaks.
    pub(crate) fn codec(self, phone: usize) -> RtpCodec {
        match self {
            Self::G722ToG711 if phone.is_multiple_of(2) => RtpCodec::G722,
            Self::OpusToG711 if phone.is_multiple_of(2) => RtpCodec::Opus,
            Self::Held
            | Self::Bridged
            | Self::Encrypted
            | Self::Conferences
            | Self::OneConference
            | Self::Prompts
            | Self::G722ToG711
            | Self::OpusToG711 => RtpCodec::Pcmu,
        }
    }

    fn legs_per_call(self) -> usize {
        match self {
            Self::Held | Self::Bridged | Self::Encrypted | Self::G722ToG711 | Self::OpusToG711 => 2,
            Self::Conferences => 3,
            Self::OneConference => usize::MAX,
            Self::Prompts => 1,
        }
    }
}

impl Platform {
    /// Its threads stay on the core.
    pub(crate) fn start(core: usize) -> anyhow::Result<Self> {
        Self::with_listeners(core, || Ok((Arc::new(|_: TapFeed| {}), Arc::new(|_, _, _| {}))))
    }

    /// The same, with those who keep taps, and who hears the reports; they are made on the runtime of the platform.
    pub(crate) fn with_listeners(
        core: usize,
        listeners: impl FnOnce() -> anyhow::Result<Listeners> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let starting = std::thread::spawn(move || -> anyhow::Result<(Runtime, MediaEdge)> {
            stay_on(core)?;
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let runtime = builder.worker_threads(1).thread_name(RUNTIME).enable_all().build()?;
            let inside = runtime.enter();
            let (keeper, reports) = listeners()?;
            let media = start_media(keeper, reports);
            drop(inside);
            Ok((runtime, media))
        });
        let (runtime, media) = starting.join().expect("starting media does not panic")?;
        Ok(Self { addresses: Vec::new(), media, runtime })
    }

    /// The media of it.
    pub(crate) fn media(&self) -> &MediaEdge {
        &self.media
    }

    /// One leg for each phone.
    pub(crate) fn put_to(&mut self, work: Work, phones: &[SocketAddr]) -> anyhow::Result<()> {
        let media = &self.media;
        for (number, phones) in phones.chunks(work.legs_per_call()).enumerate() {
            // Ids are random in life, and calls are spread by them.
            let call = call_id(number);
            let legs: Vec<LegId> = (0..phones.len()).map(|leg| leg_id(number, leg)).collect();
            for (index, (leg, phone)) in legs.iter().zip(phones).enumerate() {
                self.addresses.push(media.open(call, *leg)?.address);
                media.connect(*leg, agreed(*phone, work, index));
            }
            match work {
                Work::Held
                | Work::Bridged
                | Work::Encrypted
                | Work::Conferences
                | Work::OneConference
                | Work::G722ToG711
                | Work::OpusToG711 => {
                    media.request(call, MediaRequest::Connect(MediaPlan::everyone(legs)));
                }
                Work::Prompts => media.request(call, MediaRequest::Play(prompt(legs))),
            }
        }
        Ok(())
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

fn start_media(keeper: Arc<dyn TapKeeper>, reports: ReportSink) -> MediaEdge {
    let begin = Instant::now();
    let sound = Arc::new(Sound::new(&tone::sine(8_000, 440.0, Duration::from_secs(10), 0.3)));
    let config = MediaConfig {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        advertised: None,
        second: None,
        ports: 0..=0,
        codecs: RtpCodec::ALL.to_vec(),
        threads: 1,
        silent_after: Duration::ZERO,
    };
    MediaEdge::start(
        config,
        Arc::new(move |_: PlaySource| std::future::ready(Ok(sound.clone()))),
        keeper,
        reports,
        Arc::new(move || Now::new(begin.elapsed().as_micros() as u64, 0)),
    )
}

/// The call with this number, from 0.
pub(crate) fn call_id(number: usize) -> CallId {
    CallId::from_u128(number as u128)
}

/// A leg of the call with this number.
pub(crate) fn leg_id(call: usize, leg: usize) -> LegId {
    LegId::from_u128(((call << 32) + leg) as u128)
}

fn agreed(phone: SocketAddr, work: Work, index: usize) -> Negotiated {
    let codec = work.codec(index);
    let plain = Negotiated::plain(phone, codec, payload_type(codec));
    let (remote, own) = keys::of_phone_and_platform();
    let keys = MediaKeys { own, remote, mki: Mki::NONE, lifetime: None };
    Negotiated {
        telephone_event: Some(101),
        own_telephone_event: Some(101),
        keys: Some(keys).filter(|_| work == Work::Encrypted),
        direction: if work == Work::Held { Direction::Inactive } else { Direction::SendRecv },
        ..plain
    }
}

/// What a phone is like.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) codec: RtpCodec,
    pub(crate) is_encrypted: bool,
    pub(crate) talks: bool,
    /// Its packets hold the moment at which they were said; else a tone.
    pub(crate) says_its_moment: bool,
}

/// What phones and platform call a codec.
pub(crate) fn payload_type(codec: RtpCodec) -> u8 {
    match codec {
        RtpCodec::Pcmu => rtp::PCMU,
        RtpCodec::Pcma => rtp::PCMA,
        RtpCodec::G722 => 9,
        RtpCodec::Opus => 96,
    }
}

fn prompt(audience: Vec<LegId>) -> Playback {
    Playback { id: PlaybackId::from_u128(1), audience, sources: vec![PlaySource::HoldMusic], repeat: true }
}
