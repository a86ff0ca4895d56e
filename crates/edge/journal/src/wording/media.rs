//! Media: who hears whom, what is played, which keys are pressed.

use media_plan::{MediaPlan, MediaReport, MediaRequest, PlaySource, Purpose, Tap, TapReport, Tone};

use crate::names::Names;
use crate::wording::{Reveal, first_word};

pub(crate) fn report(report: &MediaReport, names: &mut Names, reveal: Reveal) -> String {
    match report {
        MediaReport::Started(id) => format!("{} is heard", names.play(*id)),
        MediaReport::Finished(id) => format!("{} is over", names.play(*id)),
        MediaReport::Failed { playback, source, why } => {
            format!("{} cannot be played: sound {}, {}", names.play(*playback), source + 1, first_word(why))
        }
        MediaReport::ToneStarted(leg, tone) => {
            format!("key {} down on {}", reveal.key(*tone), names.leg(*leg))
        }
        MediaReport::ToneEnded(leg, tone) => format!("key {} up on {}", reveal.key(*tone), names.leg(*leg)),
        MediaReport::TonesSent(id) => format!("{} are sent", names.tones(*id)),
        MediaReport::TonesRefused(id) => format!("{} are not taken", names.tones(*id)),
        MediaReport::Silent(leg) => format!("nothing is heard of {}", names.leg(*leg)),
        MediaReport::Tapped(_, report) => tapped(report, reveal),
    }
}

pub(crate) fn request(request: &MediaRequest, names: &mut Names, reveal: Reveal) -> String {
    match request {
        MediaRequest::Connect(plan) => connect(plan, names),
        MediaRequest::Play(playback) => {
            let again = if playback.repeat { " over and over" } else { "" };
            let audience: Vec<String> = playback.audience.iter().map(|leg| names.leg(*leg)).collect();
            let sources = sources(&playback.sources, reveal);
            format!("{}: {sources} for {}{again}", names.play(playback.id), audience.join(", "))
        }
        MediaRequest::StopPlayback(id) => format!("stop {}", names.play(*id)),
        MediaRequest::SendTones(sequence) => {
            let name = names.tones(sequence.operation);
            let keys = keys(&sequence.tones, reveal);
            format!("{name}: keys {keys} to {}", names.leg(sequence.leg))
        }
        MediaRequest::Listen(tap) => listen(tap, names),
        MediaRequest::StopListening(_) => "stop listening".to_owned(),
        MediaRequest::Release => "release".to_owned(),
    }
}

fn listen(tap: &Tap, names: &mut Names) -> String {
    let voices: Vec<String> = tap.voices.keys().map(|leg| names.leg(*leg)).collect();
    let purpose = match &tap.purpose {
        Purpose::Record(recording) if recording.paused => "recording, paused",
        Purpose::Record(_) => "recording",
        Purpose::Stream(_) => "media streaming",
        Purpose::Transcribe(transcription) if transcription.paused => "transcription, paused",
        Purpose::Transcribe(_) => "transcription",
        Purpose::Recognize(_) => "speech recognition",
    };
    format!("{purpose} of {}", if voices.is_empty() { "nobody".to_owned() } else { voices.join(", ") })
}

fn tapped(report: &TapReport, reveal: Reveal) -> String {
    match report {
        TapReport::Started => "listening has begun".to_owned(),
        TapReport::Changed => "listening has changed".to_owned(),
        TapReport::Ended(why) => format!("listening ended: {}", first_word(why)),
        TapReport::SpeechStarted => "somebody speaks".to_owned(),
        TapReport::Understood(understood) => format!("understood: {}", reveal.words(&understood.text)),
        TapReport::Summary(Ok(text)) => format!("summary: {}", reveal.words(text)),
        TapReport::Summary(Err(why)) => format!("no summary: {}", first_word(why)),
    }
}

fn connect(plan: &MediaPlan, names: &mut Names) -> String {
    let mut hears: Vec<String> = Vec::new();
    for listener in plan.legs() {
        let speakers: Vec<String> =
            plan.heard_by(listener).into_iter().map(|speaker| names.leg(speaker)).collect();
        let speakers = if speakers.is_empty() { "nobody".to_owned() } else { speakers.join("+") };
        hears.push(format!("{} hears {speakers}", names.leg(listener)));
    }
    if hears.is_empty() { "nobody hears anybody".to_owned() } else { hears.join(", ") }
}

pub(crate) fn sources(sources: &[PlaySource], reveal: Reveal) -> String {
    let each = sources.iter().map(|source| match source {
        PlaySource::File { uri, .. } => reveal.uri(uri),
        PlaySource::Text { text, .. } => format!("words ({})", reveal.words(text)),
        PlaySource::Ssml { ssml, .. } => format!("SSML ({})", reveal.words(ssml)),
        PlaySource::HoldMusic => "hold music".to_owned(),
    });
    each.collect::<Vec<_>>().join(", ")
}

pub(crate) fn keys(tones: &[Tone], reveal: Reveal) -> String {
    tones.iter().map(|tone| reveal.key(*tone)).collect()
}
