//! A recording platform without calls: sound comes from a test, files and announcements are looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clock::Now;
use codec::{Pcm, tone};
use identifier::{CallId, CommunicationIdentifier, LegId, RecordingId, ResourceId, TapId};
use media_edge::{TapFeed, TapKeeper, TapSource, Track};
use media_plan::{Purpose, Recording, RecordingFormat, Tap, TapReport};
use outbound_http::{OutboundHttp, OutboundPolicy};
use recording_edge::{FileIsThere, RecordingSettings, RecordingSurroundings, Recordings};
use store::{RecordingFile, RecordingFileState, Store};
use tokio::sync::mpsc;

pub const CALL: CallId = CallId::from_u128(77);
pub const RESOURCE: ResourceId = ResourceId::from_u128(2);
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Studio {
    pub store: Store,
    pub recordings: Recordings,
    pub folder: PathBuf,
    announced: mpsc::UnboundedReceiver<FileIsThere>,
}

/// A recording that a test makes.
pub struct Session {
    pub id: RecordingId,
    source: TapSource,
    tap: Tap,
    frame: u64,
    pub reports: mpsc::UnboundedReceiver<TapReport>,
}

impl Studio {
    pub async fn open(data: &Path) -> Self {
        Self::with(data, |settings| settings).await
    }

    pub async fn with(data: &Path, change: impl FnOnce(RecordingSettings) -> RecordingSettings) -> Self {
        let store = Store::open(data).await.unwrap();
        let (send, announced) = mpsc::unbounded_channel();
        let told = store.clone();
        let announce = move |fact: FileIsThere, writes| {
            let (send, store) = (send.clone(), told.clone());
            Box::pin(async move {
                store.write(writes).await?;
                send.send(fact).unwrap();
                Ok(())
            }) as futures_util::future::BoxFuture<'static, _>
        };
        let policy =
            OutboundPolicy { allow_private: vec!["loopback".parse().unwrap()], ..Default::default() };
        let around = RecordingSurroundings {
            store: store.clone(),
            announce: Arc::new(announce),
            http: OutboundHttp::new(policy).unwrap(),
            clock: Arc::new(now),
        };
        let folder = data.join("recordings");
        let settings = RecordingSettings::new(folder, "https://x.asm.skype.com:8443".into());
        let settings = change(settings);
        let folder = settings.folder.clone();
        let recordings = Recordings::start(settings, around).await.unwrap();
        Self { store, recordings, folder, announced }
    }

    /// Begins a recording of two people on legs 1 and 2.
    pub async fn record(&self, number: u128, recording: Recording) -> Session {
        let mut session = self.begin(number, recording);
        assert_eq!(session.report().await, TapReport::Started);
        session
    }

    pub fn begin(&self, number: u128, recording: Recording) -> Session {
        let id = RecordingId::from_u128(number);
        let tap = Tap {
            id: TapId::from_u128(number),
            voices: [(leg(1), who("4:+1")), (leg(2), who("4:+2"))].into(),
            purpose: Purpose::Record(Recording { id, ..recording }),
        };
        let (send, reports) = mpsc::unbounded_channel();
        let tell = move |report| drop(send.send(report));
        let (source, feed) = TapFeed::open(CALL, tap.clone(), tell);
        self.recordings.begin(feed);
        Session { id, source, tap, frame: 0, reports }
    }

    pub async fn announced(&mut self) -> FileIsThere {
        let announced = tokio::time::timeout(PATIENCE, self.announced.recv()).await;
        announced.expect("a file is announced in time").unwrap()
    }

    /// The only file of a recording, once it is as far as that.
    pub async fn file(&self, id: RecordingId, state: RecordingFileState) -> RecordingFile {
        let until = Instant::now() + PATIENCE;
        loop {
            let files = self.store.recording_files(&[&id.to_string()]).await.unwrap();
            if let Some(file) = files.into_iter().find(|file| file.state == state) {
                return file;
            }
            assert!(Instant::now() < until, "no file became {state:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn path(&self, file: &RecordingFile) -> PathBuf {
        self.folder.join(&file.file)
    }

    /// A file that went elsewhere is removed here after that was told.
    pub async fn is_gone(&self, file: &RecordingFile) {
        let until = Instant::now() + PATIENCE;
        while self.path(file).exists() {
            assert!(Instant::now() < until, "it is still here");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Session {
    /// One mixed sound, in real time or faster: never more than the ring holds.
    pub async fn hear(&mut self, sound: &[i16]) {
        for frame in sound.as_chunks::<320>().0 {
            self.voice(Track::Mixed, frame).await;
            self.frame += 1;
        }
    }

    /// Voices apart; each sound as long as the first.
    pub async fn hear_apart(&mut self, sounds: &[(Track, &[i16])]) {
        for number in 0..sounds[0].1.len() / 320 {
            for (track, sound) in sounds {
                let frame: &[i16; 320] = sound[number * 320..][..320].try_into().unwrap();
                self.voice(*track, frame).await;
            }
            while !self.source.end_frame(self.frame) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.frame += 1;
        }
    }

    async fn voice(&mut self, track: Track, frame: &[i16; 320]) {
        while !self.source.hear(self.frame, track, Some(frame)) {
            assert!(!self.source.is_abandoned(), "nobody records any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Frames pass that nobody hears.
    pub fn skip(&mut self, frames: u64) {
        self.frame += frames;
    }

    pub fn pause(&mut self, paused: bool) {
        self.change(|recording| recording.paused = paused);
    }

    fn change(&mut self, change: impl FnOnce(&mut Recording)) {
        let Purpose::Record(recording) = &mut self.tap.purpose else { unreachable!() };
        change(recording);
        self.source.change(self.frame, Arc::new(self.tap.clone())).unwrap();
    }

    pub async fn report(&mut self) -> TapReport {
        let report = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
        report.expect("a report comes in time").expect("there is a report")
    }

    pub fn is_abandoned(&self) -> bool {
        self.source.is_abandoned()
    }

    /// The tap is over, as at the end of a call.
    pub fn stop(self) {}

    /// The tap is over because the application has stopped the recording.
    pub fn stop_by_application(mut self) {
        self.change(|recording| recording.is_stopped = true);
    }
}

pub fn wish(format: RecordingFormat) -> Recording {
    Recording {
        id: RecordingId::from_u128(0),
        resource: RESOURCE,
        format,
        unmixed: false,
        channels: Vec::new(),
        paused: false,
        is_stopped: false,
        destination: None,
    }
}

pub fn leg(number: u128) -> LegId {
    LegId::from_u128(number)
}

pub fn who(raw: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(raw)
}

pub fn sine(hz: f64, seconds: f64) -> Vec<i16> {
    let Pcm { samples, .. } = tone::sine(16_000, hz, Duration::from_secs_f64(seconds), 0.5);
    samples
}

fn now() -> Now {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Now::new(since.as_micros() as u64, since.as_micros() as i64)
}

/// What a WAV file sounds like: its channels.
pub fn channels_of(path: &Path) -> Vec<Vec<i16>> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.sample_rate, spec.bits_per_sample), (16_000, 16));
    let count = usize::from(spec.channels);
    let mut channels = vec![Vec::new(); count];
    for (index, sample) in reader.samples::<i16>().enumerate() {
        channels[index % count].push(sample.unwrap());
    }
    channels
}
