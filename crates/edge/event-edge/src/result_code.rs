//! How things ended, in the numbers of ACS (contract: Call Automation §9). Long and flat: a table.

use acs::event::{DiagnosticInfo, EventType, ResultInformation};
use acs::grid::CallEndReason;
use acs::version::ApiVersion;
use call_engine::{EndCause, LegOutcome, Outcome};
use identifier::CommunicationIdentifier;
use media_plan::{TapEnd, Unplayable};

const COMPLETED: &str = "Action completed successfully.";
const ENDED: &str = "The conversation has ended. DiagCode: 0#560000.@";

/// The result of an event. `participant` is the raw id of whom it is about, if it is about somebody.
pub(crate) fn result_information(
    result: &call_engine::ResultInformation,
    event: EventType,
    participant: Option<&str>,
    version: ApiVersion,
) -> Option<ResultInformation> {
    if version < ApiVersion::V2024_09_15 && added_later(event) {
        return None;
    }
    let (code, sub_code, message) = numbers(result, event, participant);
    let mut information = ResultInformation::new(code, sub_code, message);
    if version >= ApiVersion::V2026_03_12
        && let Some(leg) = &result.leg
    {
        information.sip_details =
            leg.sip.as_ref().map(|sip| DiagnosticInfo { code: sip.code, message: sip.phrase.to_string() });
        information.q850_details = leg
            .q850
            .map(|cause| DiagnosticInfo { code: u16::from(cause), message: q850_phrase(cause).to_owned() });
    }
    Some(information)
}

/// Why a call ended, for Event Grid.
pub(crate) fn call_end_reason(cause: EndCause) -> CallEndReason {
    match cause {
        EndCause::HungUp => CallEndReason { code: 200, sub_code: 560_000, phrase: ENDED.into() },
        other => {
            let (code, sub_code, phrase) = leg_numbers(other, None);
            CallEndReason { code, sub_code, phrase: phrase.into() }
        }
    }
}

/// Why a call ended that died with its process.
pub(crate) fn restarted_reason() -> CallEndReason {
    let (code, sub_code, phrase) = RESTARTED;
    CallEndReason { code, sub_code, phrase: phrase.into() }
}

const RESTARTED: (u16, u32, &str) =
    (500, 9_999, "The call ended because the platform was restarted. DiagCode: 500#9999.@");

// Contract §1: these carry a result since 2024-09-15.
fn added_later(event: EventType) -> bool {
    matches!(
        event,
        EventType::CallConnected
            | EventType::CallDisconnected
            | EventType::ParticipantsUpdated
            | EventType::PlayCanceled
            | EventType::RecognizeCanceled
            | EventType::RecordingStateChanged
    )
}

fn numbers(
    result: &call_engine::ResultInformation,
    event: EventType,
    participant: Option<&str>,
) -> (u16, u32, String) {
    let plain = |code, sub_code, message: &str| (code, sub_code, message.to_owned());
    match result.outcome {
        Outcome::Completed => plain(200, 0, completed_message(event)),
        Outcome::MaxTonesReceived => plain(200, 8531, "Action completed, max digits received."),
        Outcome::StopTone => plain(200, 8514, "Action completed as stop tone was detected."),
        Outcome::InterToneTimeout => plain(400, 8532, "Action failed, inter-digit silence timeout reached."),
        Outcome::InitialSilenceTimeout => plain(400, 8510, "Action failed, initial silence timeout reached."),
        Outcome::ChoiceToneMatched => plain(200, 8533, "Action completed, DTMF option matched."),
        Outcome::ChoicePhraseMatched => {
            plain(200, 8545, "Action completed, Recognized phrase matches a valid option.")
        }
        Outcome::SpeechRecognized => plain(200, 8569, "Action completed, speech was recognized."),
        Outcome::TapEnded(why) => tap_ended(why, event),
        Outcome::KeyLost => plain(400, 8512, "Action failed, the end of a DTMF tone was not received."),
        Outcome::Full => plain(429, 9998, "Action failed, the call has as many participants as it may have."),
        Outcome::IncorrectTone => plain(400, 8534, "Action failed, incorrect tone entered."),
        Outcome::PromptFailed(_) => {
            plain(500, 8511, "Action failed, encountered failure while trying to play the prompt.")
        }
        Outcome::Unplayable(why) => unplayable(why),
        Outcome::Canceled if is_set_up(event) => {
            with_diagnosis(487, 8542, "Request Terminated", event, participant)
        }
        Outcome::Canceled if event == EventType::MediaStreamingFailed => {
            plain(400, 8604, "Media streaming was canceled.")
        }
        Outcome::Canceled if event == EventType::TranscriptionFailed => {
            plain(500, 8579, "Transcription was canceled.")
        }
        Outcome::Canceled => plain(400, 8508, "Action failed, the operation was canceled."),
        Outcome::ParticipantGone if is_canceled(event) => {
            plain(400, 8508, "Action failed, the operation was canceled.")
        }
        Outcome::ParticipantGone if event == EventType::MoveParticipantFailed => {
            plain(404, 8522, "Action failed, the participant is not in the call that was named.")
        }
        Outcome::ParticipantGone => plain(400, 8528, "Action is invalid, call already terminated."),
        Outcome::LegEnded(EndCause::HungUp) if event == EventType::CallDisconnected => {
            plain(200, 560_000, ENDED)
        }
        Outcome::LegEnded(cause) => {
            let cause = if has_no_client(result, participant) { EndCause::NoAnswer } else { cause };
            let (code, sub_code, reason) = leg_numbers(cause, result.leg.as_ref());
            with_diagnosis(code, sub_code, reason, event, participant)
        }
        Outcome::TonesRefused => {
            plain(405, 8520, "Action failed, the participant's phone does not take DTMF tones.")
        }
        Outcome::CallEnded => plain(200, 560_000, ENDED),
        Outcome::PlatformRestarted => plain(RESTARTED.0, RESTARTED.1, RESTARTED.2),
    }
}

/// Whether a person has no client of the persona that was called, or none that is there: ACS lets it ring in vain
/// (contract: Teams Phone §8.6).
fn has_no_client(result: &call_engine::ResultInformation, participant: Option<&str>) -> bool {
    let is_ours = result.outcome == Outcome::LegEnded(EndCause::Unavailable)
        && result.leg.as_ref().is_some_and(|leg| leg.sip.is_none());
    is_ours
        && participant.is_some_and(|raw_id| {
            matches!(
                CommunicationIdentifier::from_raw_id(raw_id),
                CommunicationIdentifier::MicrosoftTeamsUser { .. }
                    | CommunicationIdentifier::TeamsExtensionUser { .. }
            )
        })
}

/// What ended a recording, a stream, a transcription or a recognition by itself.
fn tap_ended(why: TapEnd, event: EventType) -> (u16, u32, String) {
    let (code, reason) = match why {
        TapEnd::Address => (400, "the address is none that may be connected to"),
        TapEnd::Unreachable => (500, "the connection could not be made"),
        TapEnd::Interrupted => (500, "the connection was lost and could not be had again"),
        TapEnd::Unauthorized => (401, "the far end refused the token of the platform"),
        TapEnd::Forbidden => (403, "the far end refused the connection"),
        TapEnd::Garbled => (400, "the far end was not understood"),
        TapEnd::TooMany => (429, "the far end has too much to do"),
        TapEnd::Timeout => (408, "there was no answer in time"),
        TapEnd::Closed => (200, "the far end closed the connection"),
        TapEnd::NoProvider => (400, NO_PROVIDER),
        TapEnd::Provider => (500, "the provider of speech failed"),
        TapEnd::NotUnderstood => (400, "speech was not recognized"),
        TapEnd::NoChoice => (400, "what was said matches none of the options"),
        TapEnd::Storage => (500, "the file could not be written"),
        TapEnd::Full => (429, "as many as allowed exist"),
        TapEnd::NoEncoder => (500, NO_ENCODER),
    };
    let sub_code = match (event, why) {
        (EventType::RecognizeFailed, TapEnd::NoChoice) => 8547,
        (EventType::RecognizeFailed, TapEnd::NotUnderstood) => 8563,
        (EventType::RecognizeFailed, _) => 8564,
        (_, TapEnd::Address) => 8581,
        (EventType::MediaStreamingFailed | EventType::MediaStreamingStopped, _) => 8603,
        (
            EventType::TranscriptionFailed
            | EventType::TranscriptionStopped
            | EventType::TranscriptionCallSummaryUpdated,
            TapEnd::Unreachable | TapEnd::Interrupted | TapEnd::Closed,
        ) => 8578,
        (
            EventType::TranscriptionFailed
            | EventType::TranscriptionStopped
            | EventType::TranscriptionCallSummaryUpdated,
            _,
        ) => 8565,
        _ => 9999,
    };
    // A recognition fails for what the application or the caller did, or for what the operator did not set up.
    let code = if event == EventType::RecognizeFailed { 400 } else { code };
    (code, sub_code, format!("Action failed, {reason}."))
}

/// Who runs the server can do something about it, and the application can ask for another format.
const NO_ENCODER: &str =
    "mp3 cannot be made: install the package libmp3lame0 on the server, or ask for wav or mp4";

/// Who runs the server can do something about it.
const NO_PROVIDER: &str = "no provider of speech that can do this is set up: set `speech.ears`, or `speech.minds` for \
                           summaries, in the configuration of the server";

const fn completed_message(event: EventType) -> &'static str {
    match event {
        EventType::PlayStarted | EventType::PlayCompleted | EventType::SendDtmfTonesCompleted => COMPLETED,
        EventType::ContinuousDtmfRecognitionToneReceived => "DTMF tone received successfully.",
        EventType::ContinuousDtmfRecognitionStopped => "Continuous DTMF Recognition stopped successfully.",
        _ => "",
    }
}

const fn is_set_up(event: EventType) -> bool {
    matches!(
        event,
        EventType::AddParticipantFailed
            | EventType::CreateCallFailed
            | EventType::AnswerFailed
            | EventType::ConnectFailed
            | EventType::CallTransferFailed
            | EventType::CallDisconnected
    )
}

const fn is_canceled(event: EventType) -> bool {
    matches!(event, EventType::PlayCanceled | EventType::RecognizeCanceled)
}

fn unplayable(why: Unplayable) -> (u16, u32, String) {
    let (code, sub_code, message) = match why {
        Unplayable::Format => (400, 8535, "Action failed, file format is invalid."),
        Unplayable::Download => (400, 8536, "Action failed, file could not be downloaded."),
        Unplayable::Speech => (400, 8565, "Action failed, the text could not be turned into speech."),
        Unplayable::Empty => (400, 8582, "Action failed, the text or SSML is empty."),
    };
    (code, sub_code, message.to_owned())
}

/// Code, sub code and the reason in words, for a leg that ended before or instead of talking.
fn leg_numbers(cause: EndCause, leg: Option<&LegOutcome>) -> (u16, u32, &'static str) {
    // Where several SIP statuses mean the same, the application sees the one that came.
    let told = |usual: u16| {
        let sip = leg.and_then(|leg| leg.sip.as_ref()).map(|sip| sip.code);
        sip.filter(|code| (400..=699).contains(code)).unwrap_or(usual)
    };
    match cause {
        EndCause::HungUp => (200, 560_000, "The conversation has ended"),
        EndCause::Declined => (603, 8538, "Decline"),
        EndCause::Busy => (486, 8539, "Busy Here"),
        EndCause::NoAnswer => (408, 10_057, "Request Timeout"),
        EndCause::Canceled => (487, 8542, "Request Terminated"),
        EndCause::Unavailable => (told(480), 8541, "Temporarily Unavailable"),
        EndCause::NotFound => (told(404), 8544, "Not Found"),
        EndCause::Forbidden => (403, 8544, "Forbidden"),
        EndCause::NotAcceptable => (told(488), 8544, "Not Acceptable Here"),
        EndCause::Unreachable => (told(500), 8544, "Callee Unreachable"),
        EndCause::Overloaded => (503, 8544, "Service Unavailable"),
        EndCause::MediaLost => (500, 8544, "Media Lost"),
    }
}

fn with_diagnosis(
    code: u16,
    sub_code: u32,
    reason: &str,
    event: EventType,
    participant: Option<&str>,
) -> (u16, u32, String) {
    let message = match (event, participant) {
        (EventType::AddParticipantFailed, Some(raw_id)) => format!(
            "addParticipants failed for participant {raw_id}. Underlying reason: {reason}. DiagCode: {code}#{sub_code}.@"
        ),
        _ => format!("{reason}. DiagCode: {code}#{sub_code}.@"),
    };
    (code, sub_code, message)
}

/// ITU-T Q.850 §2.2.7, the causes that phones and trunks really send.
const fn q850_phrase(cause: u8) -> &'static str {
    match cause {
        1 => "Unallocated (unassigned) number",
        2 => "No route to specified transit network",
        3 => "No route to destination",
        6 => "Channel unacceptable",
        16 => "Normal call clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "No answer from user",
        20 => "Subscriber absent",
        21 => "Call rejected",
        22 => "Number changed",
        26 => "Non-selected user clearing",
        27 => "Destination out of order",
        28 => "Invalid number format",
        29 => "Facility rejected",
        31 => "Normal, unspecified",
        34 => "No circuit/channel available",
        38 => "Network out of order",
        41 => "Temporary failure",
        42 => "Switching equipment congestion",
        47 => "Resource unavailable, unspecified",
        50 => "Requested facility not subscribed",
        55 => "Incoming calls barred within CUG",
        57 => "Bearer capability not authorized",
        58 => "Bearer capability not presently available",
        63 => "Service or option not available, unspecified",
        65 => "Bearer capability not implemented",
        69 => "Requested facility not implemented",
        79 => "Service or option not implemented, unspecified",
        87 => "User not member of CUG",
        88 => "Incompatible destination",
        95 => "Invalid message, unspecified",
        102 => "Recovery on timer expiry",
        111 => "Protocol error, unspecified",
        127 => "Interworking, unspecified",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use call_engine::ResultInformation as Result;

    use super::*;

    #[track_caller]
    fn check(result: Result, event: EventType, expected: (u16, u32, &str)) {
        let information = result_information(&result, event, Some("4:+14255550100"), ApiVersion::NEWEST)
            .expect("the newest version knows results");
        let found = (information.code, information.sub_code, information.message.as_str());
        assert_eq!(found, expected, "{result:?}");
    }

    use EventType as E;

    #[test]
    fn media_operations() {
        let of = Result::of;
        check(of(Outcome::Completed), E::PlayCompleted, (200, 0, "Action completed successfully."));
        check(
            of(Outcome::Canceled),
            E::PlayCanceled,
            (400, 8508, "Action failed, the operation was canceled."),
        );
        check(
            of(Outcome::Unplayable(Unplayable::Format)),
            E::PlayFailed,
            (400, 8535, "Action failed, file format is invalid."),
        );
        check(
            of(Outcome::Unplayable(Unplayable::Download)),
            E::PlayFailed,
            (400, 8536, "Action failed, file could not be downloaded."),
        );
        check(
            of(Outcome::MaxTonesReceived),
            E::RecognizeCompleted,
            (200, 8531, "Action completed, max digits received."),
        );
        check(
            of(Outcome::StopTone),
            E::RecognizeCompleted,
            (200, 8514, "Action completed as stop tone was detected."),
        );
        check(
            of(Outcome::ChoiceToneMatched),
            E::RecognizeCompleted,
            (200, 8533, "Action completed, DTMF option matched."),
        );
        check(
            of(Outcome::InitialSilenceTimeout),
            E::RecognizeFailed,
            (400, 8510, "Action failed, initial silence timeout reached."),
        );
        check(
            of(Outcome::IncorrectTone),
            E::RecognizeFailed,
            (400, 8534, "Action failed, incorrect tone entered."),
        );
        check(
            of(Outcome::PromptFailed(Unplayable::Download)),
            E::RecognizeFailed,
            (500, 8511, "Action failed, encountered failure while trying to play the prompt."),
        );
        check(
            of(Outcome::Completed),
            E::ContinuousDtmfRecognitionToneReceived,
            (200, 0, "DTMF tone received successfully."),
        );
        check(
            of(Outcome::Completed),
            E::ContinuousDtmfRecognitionStopped,
            (200, 0, "Continuous DTMF Recognition stopped successfully."),
        );
    }

    #[test]
    fn speech_that_is_not_understood() {
        let failed = |why| Result::of(Outcome::TapEnded(why));
        let check = |why, sub_code, words: &str| {
            let information = result_information(&failed(why), E::RecognizeFailed, None, ApiVersion::NEWEST)
                .expect("the newest version knows results");
            assert_eq!((information.code, information.sub_code), (400, sub_code), "{why:?}");
            assert!(information.message.contains(words), "{}", information.message);
        };
        check(TapEnd::NoChoice, 8547, "none of the options");
        check(TapEnd::NotUnderstood, 8563, "not recognized");
        check(TapEnd::Provider, 8564, "the provider of speech failed");
        check(TapEnd::NoProvider, 8564, "set `speech.ears`");
        let of = Result::of;
        super::tests::check(
            of(Outcome::ChoicePhraseMatched),
            E::RecognizeCompleted,
            (200, 8545, "Action completed, Recognized phrase matches a valid option."),
        );
        super::tests::check(
            of(Outcome::SpeechRecognized),
            E::RecognizeCompleted,
            (200, 8569, "Action completed, speech was recognized."),
        );
    }

    #[test]
    fn streams_and_transcriptions_that_end() {
        let numbers = |why, event| {
            let result = Result::of(Outcome::TapEnded(why));
            let information = result_information(&result, event, None, ApiVersion::NEWEST)
                .expect("the newest version knows results");
            (information.code, information.sub_code)
        };
        assert_eq!(numbers(TapEnd::Unreachable, E::MediaStreamingFailed), (500, 8603));
        assert_eq!(numbers(TapEnd::Address, E::MediaStreamingFailed), (400, 8581));
        assert_eq!(numbers(TapEnd::Unreachable, E::TranscriptionFailed), (500, 8578));
        assert_eq!(numbers(TapEnd::Provider, E::TranscriptionFailed), (500, 8565));
        assert_eq!(numbers(TapEnd::Address, E::TranscriptionFailed), (400, 8581));
        assert_eq!(numbers(TapEnd::Storage, E::StartRecordingFailed), (500, 9999));
        check(
            Result::of(Outcome::Canceled),
            E::MediaStreamingFailed,
            (400, 8604, "Media streaming was canceled."),
        );
        check(
            Result::of(Outcome::Canceled),
            E::TranscriptionFailed,
            (500, 8579, "Transcription was canceled."),
        );
    }

    #[test]
    fn people_who_do_not_come() {
        let leg = |cause| Result::leg(LegOutcome::local(cause));
        let add = "addParticipants failed for participant 4:+14255550100. Underlying reason: ";
        for (cause, code, sub_code, reason) in [
            (EndCause::Declined, 603, 8538, "Decline"),
            (EndCause::Busy, 486, 8539, "Busy Here"),
            (EndCause::NoAnswer, 408, 10_057, "Request Timeout"),
            (EndCause::Canceled, 487, 8542, "Request Terminated"),
            (EndCause::Unavailable, 480, 8541, "Temporarily Unavailable"),
            (EndCause::Unreachable, 500, 8544, "Callee Unreachable"),
            (EndCause::NotFound, 404, 8544, "Not Found"),
        ] {
            let diagnosis = format!("{reason}. DiagCode: {code}#{sub_code}.@");
            check(leg(cause), E::CreateCallFailed, (code, sub_code, &diagnosis));
            check(leg(cause), E::AddParticipantFailed, (code, sub_code, &format!("{add}{diagnosis}")));
        }
    }

    #[test]
    fn ends_of_calls() {
        let ended = (200, 560_000, "The conversation has ended. DiagCode: 0#560000.@");
        check(Result::leg(LegOutcome::local(EndCause::HungUp)), E::CallDisconnected, ended);
        check(Result::of(Outcome::CallEnded), E::CallDisconnected, ended);
        assert_eq!(call_end_reason(EndCause::HungUp).sub_code, 560_000);
        assert_eq!(call_end_reason(EndCause::NoAnswer).sub_code, 10_057);
        assert_eq!(restarted_reason().sub_code, 9_999);
    }

    #[test]
    fn sip_and_q850_are_told_to_those_who_know_them() {
        let mut leg = LegOutcome::sip(EndCause::Unavailable, 480, "Not now");
        leg.q850 = Some(19);
        let result = Result::leg(leg);
        let of =
            |version| result_information(&result, E::AddParticipantFailed, None, version).expect("a result");
        let newest = of(ApiVersion::V2026_03_12);
        assert_eq!(newest.sip_details, Some(DiagnosticInfo { code: 480, message: "Not now".to_owned() }));
        assert_eq!(
            newest.q850_details,
            Some(DiagnosticInfo { code: 19, message: "No answer from user".to_owned() })
        );
        for older in [ApiVersion::V2025_06_15, ApiVersion::V2025_08_15Preview] {
            assert_eq!((of(older).sip_details, of(older).q850_details), (None, None));
        }
    }

    #[test]
    fn older_versions_get_no_result_where_there_was_none() {
        let result = Result::of(Outcome::Completed);
        let of = |event, version| result_information(&result, event, None, version);
        assert_eq!(of(E::CallConnected, ApiVersion::V2023_10_15), None);
        assert!(of(E::CallConnected, ApiVersion::V2024_09_15).is_some());
        assert!(of(E::PlayCompleted, ApiVersion::V2023_10_15).is_some());
    }
}
