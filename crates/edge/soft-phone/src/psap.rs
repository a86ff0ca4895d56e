//! Those who answer calls for help, for tests and demonstrations (a public safety answering point, RFC 6881 §3): it
//! takes one call after another, keeps what it was told, and can call back.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use crate::call::Call;
use crate::error::PhoneError;
use crate::ladder::{Ladder, LadderLine};
use crate::media::Media;
use crate::options::{PhoneOptions, Purpose, Server};
use crate::phone::{note_media, read_sound, write_recording};
use crate::report::PhoneReport;
use crate::signaling::{Signaling, random};
use crate::told::Told;

/// What it is told to do.
#[derive(Clone, Debug)]
pub struct PsapOptions {
    /// Where calls come in, over UDP.
    pub listen: SocketAddr,
    /// The SIP server that calls come from: it is called back.
    pub server: Server,
    /// Stops after so many calls.
    pub calls: Option<u32>,
    /// Rings this long before it answers.
    pub ring_for: Duration,
    /// Refuses with this SIP status instead of answering.
    pub refuse_with: Option<u16>,
    /// Hangs up this long after the answer; else when the caller does.
    pub lasting: Option<Duration>,
    /// A WAV or MP3 file, said once a call is answered.
    pub play: Option<PathBuf>,
    /// A folder for what is heard: `call-1.wav` and so on.
    pub record: Option<PathBuf>,
    /// Calls back whoever called.
    pub call_back: Option<CallBack>,
    /// Ends everything when it is cancelled.
    pub stop: CancellationToken,
}

/// How a caller is called back.
#[derive(Clone, Copy, Debug)]
pub struct CallBack {
    /// From the end of the call on.
    pub after: Duration,
    /// Hangs up this long after the answer.
    pub lasting: Duration,
}

/// What happens there.
#[derive(Clone, Debug)]
pub enum PsapEvent {
    /// Calls are taken at this address.
    Listens(SocketAddr),
    /// A step of a call.
    Ladder(LadderLine),
    /// A call for help has come; the calls are counted from 1.
    Begins(u32, Box<Told>),
    /// It is over.
    Ended(u32, Box<PhoneReport>),
    /// A caller was called back under this number.
    CalledBack(u32, String, Box<PhoneReport>),
}

/// Answers calls for help, one after another, until it is told to stop. While one is talked with, others hear that
/// it is busy.
pub async fn answer_calls_for_help(
    options: PsapOptions,
    mut tell: impl FnMut(PsapEvent),
) -> Result<(), PhoneError> {
    let (pen, mut lines) = unbounded_channel();
    let (events, mut happened) = unbounded_channel();
    let mut work = std::pin::pin!(take_calls(&options, Ladder::new(pen), |event| {
        let _ = events.send(event);
    }));
    let result = loop {
        tokio::select! {
            biased;
            Some(line) = lines.recv() => tell(PsapEvent::Ladder(line)),
            Some(event) = happened.recv() => tell(event),
            result = &mut work => break result,
        }
    };
    while let Ok(event) = happened.try_recv() {
        tell(event);
    }
    result
}

async fn take_calls(
    options: &PsapOptions,
    ladder: Ladder,
    mut tell: impl FnMut(PsapEvent),
) -> Result<(), PhoneError> {
    let play = match &options.play {
        Some(path) => read_sound(path).await?,
        None => Vec::new(),
    };
    let mut phone = PhoneOptions::answer(options.server.clone());
    phone.listen = Some(options.listen);
    phone.lasting = options.lasting;
    phone.stop = options.stop.clone();
    let mut signaling = Signaling::start(&phone, ladder.clone()).await?;
    tell(PsapEvent::Listens(signaling.local));
    let mut number = 0;
    while !options.stop.is_cancelled() && options.calls.is_none_or(|most| number < most) {
        let media = open(&phone, &signaling, play.clone(), &ladder).await?;
        let (listener, mut told) = unbounded_channel();
        let mut call = Call::new(&phone, ladder.clone(), signaling, &media).telling(listener);
        let mut caller = None;
        let result = {
            let mut talking = std::pin::pin!(call.answer(options.ring_for, options.refuse_with, None));
            loop {
                tokio::select! {
                    biased;
                    Some(told) = told.recv() => {
                        number += 1;
                        caller = told.call_back.clone();
                        tell(PsapEvent::Begins(number, Box::new(told)));
                    }
                    result = &mut talking => break result,
                }
            }
        };
        let (mut report, kept) = call.finish().await;
        signaling = kept;
        let outcome = media.stop().await;
        result?;
        if options.stop.is_cancelled() && !report.answered {
            break;
        }
        if let Some(folder) = options.record.as_ref().filter(|_| report.answered) {
            let path = folder.join(format!("call-{number}.wav"));
            report.recording_seconds = outcome.recording.len() as f64 / f64::from(crate::media::RATE_HZ);
            report.recording = Some(path.clone());
            write_recording(&path, outcome.recording.clone()).await?;
        }
        note_media(&mut report, outcome);
        tell(PsapEvent::Ended(number, Box::new(report)));
        if let (Some(call_back), Some(caller)) = (options.call_back, caller) {
            let report;
            (report, signaling) = call_again(&phone, &caller, call_back, signaling, &ladder).await?;
            tell(PsapEvent::CalledBack(number, caller, Box::new(report)));
        }
    }
    signaling.close().await;
    Ok(())
}

async fn call_again(
    phone: &PhoneOptions,
    caller: &str,
    call_back: CallBack,
    signaling: Signaling,
    ladder: &Ladder,
) -> Result<(PhoneReport, Signaling), PhoneError> {
    tokio::select! {
        () = tokio::time::sleep(call_back.after) => {}
        () = phone.stop.cancelled() => {}
    }
    let phone = PhoneOptions {
        purpose: Purpose::Dial { target: caller.to_owned(), give_up: None },
        lasting: Some(call_back.lasting),
        ..phone.clone()
    };
    let media = open(&phone, &signaling, Vec::new(), ladder).await?;
    let mut call = Call::new(&phone, ladder.clone(), signaling, &media);
    let result = call.dial(caller, None).await;
    let (mut report, signaling) = call.finish().await;
    note_media(&mut report, media.stop().await);
    result?;
    Ok((report, signaling))
}

async fn open(
    phone: &PhoneOptions,
    signaling: &Signaling,
    play: Vec<i16>,
    ladder: &Ladder,
) -> Result<Media, PhoneError> {
    let media = Media::open(signaling.local.ip(), phone.keys.clone(), play, random(), ladder.clone()).await;
    media.map_err(PhoneError::Socket)
}
