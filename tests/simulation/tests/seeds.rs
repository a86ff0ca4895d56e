//! Many worlds, each from its seed.
//!
//! `RINGDOWN_SEEDS` says how many, `RINGDOWN_SEED` with which to begin.

use simulation::{Seed, Tally, run_many};

#[test]
fn every_world_keeps_the_rules() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (first, count) = (number("RINGDOWN_SEED", 1), number("RINGDOWN_SEEDS", 2_000));
    match run_many(Seed(first), count) {
        Ok(tally) => {
            println!("{tally}{count} worlds from seed {first} kept the rules");
            assert!(count < 500 || is_lively(&tally), "the worlds are too quiet:\n{tally}");
        }
        Err(failure) => panic!("\n{failure}\n"),
    }
}

/// A simulation in which something never happens says nothing about it.
fn is_lively(tally: &Tally) -> bool {
    let must_happen = [
        "CallConnected",
        "CallDisconnected",
        "CreateCallFailed",
        "AnswerFailed",
        "ParticipantsUpdated",
        "CallTransferAccepted",
        "CallTransferFailed",
        "AddParticipantSucceeded",
        "AddParticipantFailed",
        "RemoveParticipantSucceeded",
        "CancelAddParticipantSucceeded",
        "CancelAddParticipantFailed",
        "PlayStarted",
        "PlayCompleted",
        "PlayFailed",
        "PlayCanceled",
        "RecognizeCompleted",
        "RecognizeFailed",
        "RecognizeCanceled",
        "ContinuousDtmfRecognitionToneReceived",
        "ContinuousDtmfRecognitionStopped",
        "SendDtmfTonesCompleted",
        "SendDtmfTonesFailed",
        "HoldFailed",
        "ConnectFailed",
        "MoveParticipantSucceeded",
        "MoveParticipantFailed",
        "MediaStreamingStarted",
        "MediaStreamingStopped",
        "MediaStreamingFailed",
        "TranscriptionStarted",
        "TranscriptionStopped",
        "TranscriptionUpdated",
        "TranscriptionFailed",
        "TranscriptionCallSummaryUpdated",
        "RecordingStateChanged",
        "StartRecordingFailed",
        "CallRecord",
        "asked Progress",
        "asked TransferProgress",
        "notice CallEnded",
        "transfer of a transfer",
        "replayed alone",
        "line: keys pressed",
        "line: Pcmu",
        "line: Pcma",
        "line: G722",
        "line: Opus",
        "line: codec changed",
    ];
    must_happen.iter().all(|name| tally.of(name) >= 5)
}
