//! What applications ask, in the words of ACS.

use exchange::{Command, Reply};

use crate::names::Names;
use crate::wording::{Reveal, first_word, media};

pub(crate) fn command(command: &Command, _: &mut Names, reveal: Reveal) -> String {
    let name = first_word(command);
    let (details, context) = match command {
        Command::CreateCall { targets, operation_context, .. } => {
            (format!("to {}", reveal.everybody(targets)), operation_context)
        }
        Command::Answer { answer, .. } => (String::new(), &answer.operation_context),
        Command::Redirect { target, .. } => (format!("to {}", reveal.who(target)), &None),
        Command::Reject { reason, .. } => (first_word(reason), &None),
        Command::Transfer { target, operation_context, .. } => {
            (format!("to {}", reveal.who(target)), operation_context)
        }
        Command::AddParticipant { target, operation_context, .. } => (reveal.who(target), operation_context),
        Command::CancelAddParticipant { cancel, .. } => (String::new(), &cancel.operation_context),
        Command::RemoveParticipant { remove, .. } => {
            (reveal.who(&remove.participant), &remove.operation_context)
        }
        Command::Mute { mute, .. } | Command::Unmute { mute, .. } => {
            (reveal.everybody(&mute.participants), &mute.operation_context)
        }
        Command::Play { play, .. } => (media::sources(&play.sources, reveal), &play.operation_context),
        Command::Recognize { recognize, .. } => {
            let what = match (&recognize.dtmf, &recognize.speech) {
                (_, None) => "keys",
                (None, Some(_)) => "speech",
                (Some(_), Some(_)) => "keys or speech",
            };
            (format!("{what} of {}", reveal.who(&recognize.target)), &recognize.operation_context)
        }
        Command::StartContinuousTones { listening, .. } | Command::StopContinuousTones { listening, .. } => {
            (reveal.who(&listening.target), &listening.operation_context)
        }
        Command::SendTones { send, .. } => {
            let keys = media::keys(&send.tones, reveal);
            (format!("keys {keys} to {}", reveal.who(&send.target)), &send.operation_context)
        }
        Command::Hold { hold, .. } => (reveal.who(&hold.target), &hold.operation_context),
        Command::Unhold { target, .. } => (reveal.who(target), &None),
        Command::Echo { participant, on, .. } => {
            (format!("{} {}", if *on { "on for" } else { "off for" }, reveal.who(participant)), &None)
        }
        Command::Join { join, .. } => (String::new(), &join.operation_context),
        Command::MoveParticipants { moving, .. } => {
            (reveal.everybody(&moving.participants), &moving.operation_context)
        }
        Command::StartStreaming { switch, .. }
        | Command::StopStreaming { switch, .. }
        | Command::StopTranscription { switch, .. } => (String::new(), &switch.operation_context),
        Command::StartTranscription { transcribe, .. }
        | Command::UpdateTranscription { transcribe, .. }
        | Command::Summarize { transcribe, .. } => {
            let languages = transcribe.reading.languages.as_deref().unwrap_or_default();
            (languages.join(", "), &transcribe.operation_context)
        }
        Command::PauseRecording { pause, .. } => (if *pause { "on" } else { "off" }.to_owned(), &None),
        Command::RecordConnection { .. }
        | Command::RecordCall { .. }
        | Command::Recording { .. }
        | Command::StopRecording { .. }
        | Command::Properties { .. }
        | Command::Participants { .. }
        | Command::HangUp { .. }
        | Command::Terminate { .. }
        | Command::CancelAllMediaOperations { .. } => (String::new(), &None),
    };
    let context = context.as_ref().map(|context| format!(" [{context}]")).unwrap_or_default();
    let space = if details.is_empty() { "" } else { " " };
    format!("{name}{space}{details}{context}")
}

pub(crate) fn reply(reply: &Result<Reply, String>, reveal: Reveal) -> String {
    match reply {
        Ok(Reply::Accepted(_)) => "accepted".to_owned(),
        Ok(Reply::Call(call)) => format!("connection {} ({:?})", call.connection, call.state),
        Ok(Reply::Participants(participants)) => {
            format!("participants: {}", reveal.everybody(participants.iter().map(|one| &one.identifier)))
        }
        Ok(Reply::Recording(view)) => {
            format!("recording {} ({})", view.recording, if view.is_active { "active" } else { "inactive" })
        }
        // Some refusals name a number.
        Err(_) if reveal == Reveal::Nothing => format!("refused: cannot {}", without_numbers(reply)),
        Err(refusal) => format!("refused: cannot {refusal}"),
    }
}

/// Every long run of digits shortened to its end.
fn without_numbers(reply: &Result<Reply, String>) -> String {
    let Err(text) = reply else { return String::new() };
    let hide = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        if digits > 6 { Reveal::Nothing.text(word) } else { word.to_owned() }
    };
    text.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}
