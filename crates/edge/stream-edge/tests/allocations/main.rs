//! Who is recorded, transcribed and streamed costs no allocation for a frame: neither the media thread, nor the
//! thread that writes files, nor the tasks that send sound to applications.
//!
//! Everything runs as in the server, with its sockets and files; allocations are counted by thread, those of C too.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

#[path = "../../../media-edge/tests/allocations/phone.rs"]
#[allow(dead_code)]
mod phone;
#[path = "../../../media-edge/tests/allocations/watch.rs"]
mod watch;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clock::Now;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, LegId, RecordingId, ResourceId, TapId,
};
use media_edge::{MediaConfig, MediaEdge, RtpCodec, TapFeed, TapKeeper};
use media_engine::Sound;
use media_plan::{
    ApplicationSocket, Listening, MediaPlan, MediaReport, MediaRequest, PlaySource, Purpose, Recording,
    RecordingFormat, Streaming, Tap, TapReport, Transcription, Unplayable,
};
use outbound_http::{OutboundHttp, OutboundPolicy};
use phone::{Habit, Phone};
use recording_edge::{FileIsThere, RecordingSettings, RecordingSurroundings, Recordings};
use redact::Secret;
use speech_edge::{Mind, NullEar};
use store::Store;
use stream_edge::{StreamSurroundings, Streams, Transcripts};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

const CALLS: usize = 4;
/// Of a call: two recordings, a transcript, two streams.
const TAPS: usize = 5;
const WARM_UP: usize = 150;
const COUNTED: usize = 300;
const PATIENCE: Duration = Duration::from_secs(60);
const FRAME: Duration = Duration::from_millis(20);

#[test]
fn who_is_recorded_transcribed_and_streamed_costs_no_allocation_for_a_frame() {
    let folder = tempfile::tempdir().unwrap();
    let (application, heard, _application) = application();
    let platform = Platform::start(folder.path());
    let mut phones = Vec::new();
    for call in 0..CALLS {
        phones.extend(platform.call(call, application));
    }
    let begin = Instant::now();
    while platform.started.load(Ordering::SeqCst) < CALLS * TAPS {
        assert!(begin.elapsed() < PATIENCE, "{:?} listeners have begun", platform.started);
        thread::yield_now();
    }
    talk(&mut phones, WARM_UP);
    let before = heard.load(Ordering::SeqCst);
    watch::begin(&["media-", "recording-", "platform"]);
    talk(&mut phones, COUNTED);
    let (counts, places) = watch::end();
    let [media, recording, tasks] = counts[..] else { panic!("three kinds of threads are watched") };
    // Two streams hear a mix, or two voices, of each frame.
    let streamed = heard.load(Ordering::SeqCst) - before;
    assert!(streamed > CALLS * COUNTED * 2, "applications heard {streamed} frames");
    assert_eq!(media, 0, "the media thread allocated:\n{}", places.join("\n"));
    // What is made durable each second, and rows of it.
    let seconds = COUNTED / 50;
    assert!(recording <= CALLS * 2 * seconds, "files took {recording} allocations:\n{}", places.join("\n"));
    // Channels and buffers grow by blocks: nothing is taken for each frame.
    assert!(tasks < streamed / 10, "{streamed} frames took {tasks} allocations:\n{}", places.join("\n"));
}

struct Platform {
    media: MediaEdge,
    started: Arc<AtomicUsize>,
    _runtime: Runtime,
}

impl Platform {
    fn start(folder: &Path) -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("platform").enable_all().build();
        let runtime = runtime.unwrap();
        let inside = runtime.enter();
        let begin = Instant::now();
        let now = move || Now::new(begin.elapsed().as_micros() as u64, 1_700_000_000_000_000);
        let policy =
            OutboundPolicy { allow_private: vec!["loopback".parse().unwrap()], ..OutboundPolicy::default() };
        let http = OutboundHttp::new(policy).unwrap();
        let sockets = StreamSurroundings {
            http: http.clone(),
            clock: Arc::new(now),
            token: Arc::new(|_| Secret::new("of.no.importance".into())),
            runtime: runtime.handle().clone(),
        };
        let recordings = runtime.block_on(async {
            let store = Store::open(folder).await.unwrap();
            let announce =
                |_: FileIsThere, _| -> BoxFuture<'static, _> { Box::pin(std::future::ready(Ok(()))) };
            let around =
                RecordingSurroundings { store, announce: Arc::new(announce), http, clock: Arc::new(now) };
            let settings = RecordingSettings::new(folder.join("recordings"), "http://localhost".into());
            Recordings::start(settings, around).await.unwrap()
        });
        let streams = Streams::new(sockets.clone());
        let transcripts = Transcripts::new(sockets, Arc::new(NullEar), Arc::new(Mind::embedded()));
        let taps = move |feed: TapFeed| match &feed.tap.purpose {
            Purpose::Record(_) => recordings.begin(feed),
            Purpose::Stream(_) => streams.begin(feed),
            Purpose::Transcribe(_) => transcripts.begin(feed),
            Purpose::Recognize(_) => unreachable!("nobody recognizes here"),
        };
        let started = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&started);
        let reports = move |_, report, _| {
            if report_is_start(&report) {
                count.fetch_add(1, Ordering::SeqCst);
            }
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
        let media =
            MediaEdge::start(config, Arc::new(no_sounds), Arc::new(taps), Arc::new(reports), Arc::new(now));
        drop(inside);
        Self { media, started, _runtime: runtime }
    }

    /// Two who talk, and everybody who may listen to them.
    fn call(&self, number: usize, application: SocketAddr) -> [Phone; 2] {
        let call = CallId::from_u128(number as u128 + 1);
        let legs = [0, 1].map(|leg| LegId::from_u128(((number as u128 + 1) << 32) + leg));
        let phones = [(legs[0], RtpCodec::Pcmu), (legs[1], RtpCodec::G722)].map(|(leg, codec)| {
            let peer = self.media.open(call, leg).unwrap().address;
            let phone = Phone::new(codec, Habit::Plain, peer, number as u32);
            self.media.connect(leg, phone.agreed());
            phone
        });
        self.media.request(call, MediaRequest::Connect(MediaPlan::everyone(legs)));
        let socket = || ApplicationSocket {
            url: format!("ws://{application}/").into(),
            connection: CallConnectionId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            resource: ResourceId::from_u128(2),
        };
        let who = CommunicationIdentifier::from_raw_id("4:+14255550100");
        let voices: BTreeMap<_, _> = legs.map(|leg| (leg, who.clone())).into();
        let purposes = [
            recording(number, false),
            recording(number, true),
            Purpose::Transcribe(Transcription {
                socket: socket(),
                listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
                intermediate: false,
                redacted: false,
                paused: false,
                summary: None,
            }),
            streaming(socket(), false),
            streaming(socket(), true),
        ];
        for (index, purpose) in purposes.into_iter().enumerate() {
            let id = TapId::from_u128((number * TAPS + index + 1) as u128);
            self.media.request(call, MediaRequest::Listen(Tap { id, voices: voices.clone(), purpose }));
        }
        phones
    }
}

fn report_is_start(report: &MediaReport) -> bool {
    matches!(report, MediaReport::Tapped(_, TapReport::Started))
}

fn recording(call: usize, unmixed: bool) -> Purpose {
    Purpose::Record(Recording {
        id: RecordingId::from_u128(call as u128 * 2 + u128::from(unmixed) + 1),
        resource: ResourceId::from_u128(2),
        format: RecordingFormat::Wav,
        unmixed,
        channels: Vec::new(),
        paused: false,
        is_stopped: false,
        destination: None,
    })
}

fn streaming(socket: ApplicationSocket, unmixed: bool) -> Purpose {
    let rate_hz = if unmixed { 24_000 } else { 16_000 };
    Purpose::Stream(Streaming {
        socket,
        unmixed,
        rate_hz,
        bidirectional: false,
        keys: false,
        loopback: false,
    })
}

/// Takes everything, and counts the sound.
fn application() -> (SocketAddr, Arc<AtomicUsize>, Runtime) {
    let runtime =
        Builder::new_multi_thread().worker_threads(1).thread_name("application").enable_all().build();
    let runtime = runtime.unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counts = Arc::clone(&heard);
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let counts = Arc::clone(&counts);
            tokio::spawn(async move {
                let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
                while let Some(Ok(message)) = socket.next().await {
                    let is_sound = message.to_text().is_ok_and(|text| text.contains("\"AudioData\""));
                    counts.fetch_add(usize::from(is_sound), Ordering::SeqCst);
                }
            });
        }
    });
    (address, heard, runtime)
}

/// Until everybody has heard so many packets more.
fn talk(phones: &mut [Phone], packets: usize) {
    let (begin, mut due) = (Instant::now(), Instant::now());
    phones.iter_mut().for_each(|phone| phone.heard = 0);
    while phones.iter().any(|phone| phone.heard < packets) {
        assert!(begin.elapsed() < PATIENCE, "somebody does not hear {packets} packets");
        due += FRAME;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        for phone in phones.iter_mut() {
            phone.say();
            phone.listen();
        }
    }
}
