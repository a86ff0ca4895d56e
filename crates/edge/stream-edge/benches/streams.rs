//! What it costs to listen to calls, and how long sound takes through an application:
//! `cargo bench -p stream-edge`.
//!
//! Phones are sockets of a thread of this process, and the application is a runtime of its own; what is counted is
//! the time on processors of the media thread, of the thread that wakes listeners, and of the platform's runtime.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clock::Now;
use codec::{Law, tone};
use futures_util::{SinkExt, StreamExt};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, LegId, RecordingId, ResourceId, TapId,
};
use media_edge::{MediaConfig, MediaEdge, Negotiated, RtpCodec, TapFeed, TapKeeper};
use media_engine::Sound;
use media_plan::{
    ApplicationSocket, MediaPlan, MediaRequest, PlaySource, Purpose, Recording, RecordingFormat, Streaming,
    Tap, Unplayable,
};
use outbound_http::{OutboundHttp, OutboundPolicy};
use redact::Secret;
use rtp::Packet;
use stream_edge::{StreamSurroundings, Streams};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::Message;

const CALLS: u128 = 150;
const FRAME: Duration = Duration::from_millis(20);
const LASTING: Duration = Duration::from_secs(6);
const BURSTS: usize = 60;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bridged,
    TappedMixed,
    TappedApart,
    StreamedMixed,
    StreamedApart24,
    StreamedBothWays,
}

fn main() {
    // Asked to test, not to measure.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let legs = (2 * CALLS) as f64;
    println!("{legs} legs of G.711 that talk, in calls of two; of one core:");
    let mut bridged = 0.0;
    for (kind, name) in [
        (Kind::Bridged, "bridged"),
        (Kind::TappedMixed, "and listened to, mixed, by nobody in particular"),
        (Kind::TappedApart, "and listened to, each speaker apart, by nobody in particular"),
        (Kind::StreamedMixed, "and streamed, mixed, 16 kHz"),
        (Kind::StreamedApart24, "and streamed, each speaker apart, 24 kHz"),
        (Kind::StreamedBothWays, "and streamed, mixed, 16 kHz, with the echo of it coming back"),
    ] {
        let cost = measure(kind);
        let all = cost.media + cost.others;
        if kind == Kind::Bridged {
            bridged = all;
        }
        println!(
            "  {name:<62} media {:5.2} µs, others {:5.2} µs a leg and frame; {:.2}x; {:.0} legs a core",
            cost.media,
            cost.others,
            all / bridged,
            20_000.0 / all
        );
    }
    let (floor, through) = (mouth_to_ear(false), mouth_to_ear(true));
    println!("from mouth to ear, p50 / p95 of {BURSTS}, in ms:");
    println!("  echo in the media engine (frame and jitter)  {:6.1} / {:6.1}", floor.0, floor.1);
    println!("  echo of a WebSocket application              {:6.1} / {:6.1}", through.0, through.1);
    println!("  added                                        {:6.1}", through.0 - floor.0);
}

/// Microseconds of a processor for a leg and a frame.
struct Cost {
    media: f64,
    others: f64,
}

fn measure(kind: Kind) -> Cost {
    let apps = app(kind == Kind::StreamedBothWays);
    let platform = Platform::start();
    let phones = Phones::start(&platform, CALLS);
    for call in 1..=CALLS {
        let legs = [LegId::from_u128(2 * call), LegId::from_u128(2 * call + 1)];
        platform.media.request(CallId::from_u128(call), MediaRequest::Connect(MediaPlan::everyone(legs)));
        if let Some(purpose) = purpose(kind, apps.0) {
            listen(&platform.media, call, &legs, purpose);
        }
    }
    std::thread::sleep(Duration::from_secs(2));
    let before = [cpu("media-0"), cpu("media-taps") + cpu("platform")];
    let begin = Instant::now();
    std::thread::sleep(LASTING);
    let after = [cpu("media-0"), cpu("media-taps") + cpu("platform")];
    let frames = begin.elapsed().as_secs_f64() * 50.0 * (2 * CALLS) as f64;
    drop(phones);
    let us = |part: usize| (after[part] - before[part]).as_secs_f64() * 1e6 / frames;
    Cost { media: us(0), others: us(1) }
}

/// The 50th and the 95th of a hundred, in milliseconds.
fn mouth_to_ear(through_the_app: bool) -> (f64, f64) {
    let apps = app(true);
    let platform = Platform::start();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let (call, leg) = (CallId::from_u128(1), LegId::from_u128(2));
    let peer = platform.open(call, leg, socket.local_addr().unwrap());
    let hears = if through_the_app { BTreeSet::new() } else { BTreeSet::from([leg]) };
    platform.media.request(
        call,
        MediaRequest::Connect(MediaPlan { hears: [(leg, hears)].into(), ..MediaPlan::default() }),
    );
    if through_the_app {
        listen(&platform.media, 1, &[leg], purpose(Kind::StreamedBothWays, apps.0).unwrap());
    }
    let loud = tone::sine(8_000, 1_000.0, Duration::from_millis(100), 0.5).samples;
    let (mut sequence, mut next) = (0_u16, Instant::now());
    let (mut burst, mut quiet_since) = (None::<(Instant, usize)>, Instant::now());
    let mut took = Vec::new();
    let mut pause = Duration::from_secs(2);
    while took.len() < BURSTS {
        let now = Instant::now();
        if now >= next {
            next += FRAME;
            if burst.is_none() && quiet_since.elapsed() > pause {
                burst = Some((now, 0));
                // At another moment of the frame each time would be better; phones keep their own time, too.
                pause = Duration::from_millis(400 + 7 * took.len() as u64);
            }
            let mut codes = [Law::Mu.encode_sample(0); 160];
            if let Some((_, frame)) = burst.as_mut().filter(|(_, frame)| *frame < 5) {
                Law::Mu.encode(&loud[*frame * 160..][..160], &mut codes);
                *frame += 1;
            }
            say(&socket, peer, sequence, &codes);
            sequence = sequence.wrapping_add(1);
        }
        let mut buffer = [0; 2_048];
        let Ok((length, _)) = socket.recv_from(&mut buffer) else {
            std::thread::sleep(Duration::from_micros(200));
            continue;
        };
        let Ok(packet) = Packet::parse(&buffer[..length]) else { continue };
        let is_loud = packet.payload.iter().any(|code| Law::Mu.decode_sample(*code).unsigned_abs() > 2_000);
        if is_loud {
            if let Some((since, _)) = burst.filter(|(_, frame)| *frame > 0) {
                took.push(since.elapsed().as_secs_f64() * 1e3);
                burst = None;
                std::thread::sleep(Duration::ZERO);
            }
            quiet_since = Instant::now();
        }
    }
    took.sort_by(f64::total_cmp);
    (took[BURSTS / 2], took[BURSTS * 95 / 100])
}

struct Platform {
    media: MediaEdge,
    _runtime: Runtime,
}

impl Platform {
    fn start() -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(2).thread_name("platform").enable_all().build();
        let runtime = runtime.unwrap();
        let inside = runtime.enter();
        let begin = Instant::now();
        let now = move || Now::new(begin.elapsed().as_micros() as u64, 1_700_000_000_000_000);
        let policy =
            OutboundPolicy { allow_private: vec!["loopback".parse().unwrap()], ..OutboundPolicy::default() };
        let streams = Streams::new(StreamSurroundings {
            http: OutboundHttp::new(policy).unwrap(),
            clock: Arc::new(now),
            token: Arc::new(|_| Secret::new("of.no.importance".into())),
            runtime: runtime.handle().clone(),
        });
        let handle = runtime.handle().clone();
        let taps = move |feed: TapFeed| match &feed.tap.purpose {
            Purpose::Stream(_) => streams.begin(feed),
            _ => drop(handle.spawn(forget(feed))),
        };
        let config = MediaConfig {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            advertised: None,
            second: None,
            ports: 0..=0,
            codecs: RtpCodec::ALL.to_vec(),
            threads: 1,
            silent_after: Duration::ZERO,
        };
        let no_sounds = |_: PlaySource| async { Err::<Arc<Sound>, _>(Unplayable::Empty) };
        let media = MediaEdge::start(
            config,
            Arc::new(no_sounds),
            Arc::new(taps),
            Arc::new(|_, _, _| {}),
            Arc::new(now),
        );
        drop(inside);
        Self { media, _runtime: runtime }
    }

    fn open(&self, call: CallId, leg: LegId, phone: SocketAddr) -> SocketAddr {
        let local = self.media.open(call, leg).unwrap();
        self.media.connect(leg, Negotiated::plain(phone, RtpCodec::Pcmu, rtp::PCMU));
        local.address
    }
}

/// Somebody who hears everything and keeps nothing.
async fn forget(mut feed: TapFeed) {
    while feed.sound.ready().await {
        while feed.sound.take(|heard| drop(std::hint::black_box(heard))) {}
    }
}

/// Phones that talk until this is dropped.
struct Phones {
    goes_on: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Phones {
    fn start(platform: &Platform, calls: u128) -> Self {
        let mut phones = Vec::new();
        for leg in 2..2 * calls + 2 {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            let call = CallId::from_u128(leg / 2);
            let peer = platform.open(call, LegId::from_u128(leg), socket.local_addr().unwrap());
            phones.push((socket, peer));
        }
        let goes_on = Arc::new(AtomicBool::new(true));
        let going = goes_on.clone();
        let thread = std::thread::spawn(move || {
            let voice = tone::sine(8_000, 500.0, Duration::from_secs(1), 0.3).samples;
            let mut next = Instant::now();
            let mut buffer = [0; 2_048];
            for number in (0_u16..=u16::MAX).cycle() {
                let mut codes = [0; 160];
                Law::Mu.encode(&voice[usize::from(number % 50) * 160..][..160], &mut codes);
                for (index, (socket, peer)) in phones.iter().enumerate() {
                    say(socket, *peer, number, &codes);
                    while socket.recv_from(&mut buffer).is_ok() {}
                    // Over the frame, as phones do.
                    if index % 15 == 14 {
                        let due = next + FRAME * index as u32 / phones.len() as u32;
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    }
                }
                if !going.load(Ordering::Relaxed) {
                    return;
                }
                next += FRAME;
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        Self { goes_on, thread: Some(thread) }
    }
}

impl Drop for Phones {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn say(socket: &UdpSocket, peer: SocketAddr, number: u16, codes: &[u8]) {
    let packet = Packet {
        payload_type: rtp::PCMU,
        sequence: number,
        timestamp: u32::from(number) * 160,
        ssrc: u32::from(socket.local_addr().unwrap().port()),
        payload: codes,
        ..Packet::default()
    };
    let mut buffer = [0; 256];
    let length = packet.write(&mut buffer).unwrap();
    let _ = socket.send_to(&buffer[..length], peer);
}

fn listen(media: &MediaEdge, call: u128, legs: &[LegId], purpose: Purpose) {
    let who = CommunicationIdentifier::from_raw_id("4:+14255550100");
    let voices = legs.iter().map(|leg| (*leg, who.clone())).collect();
    let tap = Tap { id: TapId::from_u128(call), voices, purpose };
    media.request(CallId::from_u128(call), MediaRequest::Listen(tap));
}

fn purpose(kind: Kind, app: SocketAddr) -> Option<Purpose> {
    let recording = |unmixed| {
        Purpose::Record(Recording {
            id: RecordingId::from_u128(1),
            resource: ResourceId::from_u128(2),
            format: RecordingFormat::Wav,
            unmixed,
            channels: Vec::new(),
            paused: false,
            is_stopped: false,
            destination: None,
        })
    };
    let streaming = |unmixed, rate_hz, bidirectional| {
        Purpose::Stream(Streaming {
            socket: ApplicationSocket {
                url: format!("ws://{app}/").into(),
                connection: CallConnectionId::from_u128(3),
                correlation: CorrelationId::from_u128(4),
                resource: ResourceId::from_u128(2),
            },
            unmixed,
            rate_hz,
            bidirectional,
            keys: false,
            loopback: false,
        })
    };
    match kind {
        Kind::Bridged => None,
        Kind::TappedMixed => Some(recording(false)),
        Kind::TappedApart => Some(recording(true)),
        Kind::StreamedMixed => Some(streaming(false, 16_000, false)),
        Kind::StreamedApart24 => Some(streaming(true, 24_000, false)),
        Kind::StreamedBothWays => Some(streaming(false, 16_000, true)),
    }
}

/// An application that hears, and perhaps says what it heard.
fn app(echoes: bool) -> (SocketAddr, Runtime) {
    let runtime =
        Builder::new_multi_thread().worker_threads(1).thread_name("app").enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    if !echoes || !matches!(&message, Message::Text(text) if text.contains("\"AudioData\"")) {
                        continue;
                    }
                    // What it is told is what it may say.
                    if socket.send(message).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, runtime)
}

/// What the threads of this process have used whose names begin so.
fn cpu(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let of_task = |path: std::path::PathBuf| {
        let comm = std::fs::read_to_string(path.join("comm")).ok()?;
        let used = std::fs::read_to_string(path.join("schedstat")).ok()?;
        comm.starts_with(name).then(|| used.split(' ').next()?.parse::<u64>().ok()).flatten()
    };
    Duration::from_nanos(tasks.filter_map(|task| of_task(task.path())).sum())
}
