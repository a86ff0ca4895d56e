//! A phone from the first to the last line of its ladder.

use std::path::Path;
use std::time::Duration;

use codec::{Pcm, decode_file, resample, wav};
use tokio::sync::mpsc::unbounded_channel;

use crate::call::Call;
use crate::error::PhoneError;
use crate::ladder::{Ladder, LadderLine};
use crate::media::{Media, MediaOutcome, RATE_HZ};
use crate::options::{PhoneOptions, Purpose};
use crate::report::PhoneReport;
use crate::signaling::{Signaling, random};

/// The longest file that is played.
const LONGEST_FILE: Duration = Duration::from_secs(3_600);

/// Does what it is told, shows every step as it happens, and reports.
///
/// A call that is refused is a report, not an error.
pub async fn run(
    options: PhoneOptions,
    mut ladder: impl FnMut(LadderLine),
) -> Result<PhoneReport, PhoneError> {
    let (pen, mut lines) = unbounded_channel();
    let mut phone = std::pin::pin!(use_phone(&options, Ladder::new(pen)));
    let result = loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => ladder(line),
            result = &mut phone => break result,
        }
    };
    while let Ok(line) = lines.try_recv() {
        ladder(line);
    }
    result
}

async fn use_phone(options: &PhoneOptions, ladder: Ladder) -> Result<PhoneReport, PhoneError> {
    let play = match &options.play {
        Some(path) => read_sound(path).await?,
        None => Vec::new(),
    };
    if let Some(path) = &options.record {
        // A path that cannot be written is worth knowing before the call.
        write_recording(path, Vec::new()).await?;
    }
    let signaling = Signaling::start(options, ladder.clone()).await?;
    let media = Media::open(signaling.local.ip(), options.keys.clone(), play, random(), ladder.clone()).await;
    let media = media.map_err(PhoneError::Socket)?;

    let registrar = match &options.account {
        Some(account) => Some(signaling.register(account).await?),
        None => None,
    };
    let mut call = Call::new(options, ladder.clone(), signaling, &media);
    let result = match &options.purpose {
        Purpose::Dial { target, give_up } => call.dial(target, *give_up).await,
        Purpose::Answer { ring_for, refuse_with, wait_for } => {
            call.answer(*ring_for, *refuse_with, *wait_for).await
        }
    };
    let (mut report, signaling) = call.finish().await;
    let outcome = media.stop().await;
    if let Some(registrar) = registrar {
        registrar.release().await;
    }
    signaling.close().await;
    result?;
    if let Some(path) = &options.record {
        report.recording_seconds = outcome.recording.len() as f64 / f64::from(RATE_HZ);
        report.recording = Some(path.clone());
        write_recording(path, outcome.recording.clone()).await?;
    }
    note_media(&mut report, outcome);
    Ok(report)
}

pub(crate) fn note_media(report: &mut PhoneReport, outcome: MediaOutcome) {
    report.packets_sent = outcome.sent;
    report.packets_received = outcome.received;
    report.packets_lost = outcome.lost;
    report.heard_seconds = outcome.audible.as_secs_f64();
    report.tones_sent = outcome.keys_sent;
    report.tones_received = outcome.keys_received;
}

pub(crate) async fn read_sound(path: &Path) -> Result<Vec<i16>, PhoneError> {
    let failed = |reason: String| PhoneError::Play { path: path.to_owned(), reason };
    let bytes = tokio::fs::read(path).await.map_err(|error| failed(error.to_string()))?;
    let sound = decode_file(&bytes, LONGEST_FILE).map_err(|error| failed(format!("cannot {error}")))?;
    Ok(resample(&sound, RATE_HZ).samples)
}

pub(crate) async fn write_recording(path: &Path, samples: Vec<i16>) -> Result<(), PhoneError> {
    let file = wav::write(&Pcm { rate_hz: RATE_HZ, samples });
    tokio::fs::write(path, file).await.map_err(|reason| PhoneError::Record { path: path.to_owned(), reason })
}
