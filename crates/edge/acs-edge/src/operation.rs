//! The table of operations (contract: Call Automation §6).

use std::sync::LazyLock;

use acs::version::ApiVersion;
use axum::http::{Method, StatusCode};
use http_kit::{ApiError, NoOperation, OperationTable, PathValues, operations};
use identifier::{CallConnectionId, RecordingId};

operations! {
    /// An operation of Call Automation.
    pub enum Operation {
        CreateCall = POST "/calling/callConnections",
        AnswerCall = POST "/calling/callConnections:answer",
        RedirectCall = POST "/calling/callConnections:redirect",
        RejectCall = POST "/calling/callConnections:reject",
        Connect = POST "/calling/callConnections:connect",
        GetCall = GET "/calling/callConnections/{id}",
        HangUp = DELETE "/calling/callConnections/{id}",
        Terminate = POST "/calling/callConnections/{id}:terminate",
        Transfer = POST "/calling/callConnections/{id}:transferToParticipant",
        ListParticipants = GET "/calling/callConnections/{id}/participants",
        GetParticipant = GET "/calling/callConnections/{id}/participants/{*participant}",
        AddParticipant = POST "/calling/callConnections/{id}/participants:add",
        RemoveParticipant = POST "/calling/callConnections/{id}/participants:remove",
        MuteParticipants = POST "/calling/callConnections/{id}/participants:mute",
        UnmuteParticipants = POST "/calling/callConnections/{id}/participants:unmute",
        CancelAddParticipant = POST "/calling/callConnections/{id}/participants:cancelAddParticipant",
        MoveParticipants = POST "/calling/callConnections/{id}/participants:moveHere",
        Play = POST "/calling/callConnections/{id}:play",
        CancelAllMediaOperations = POST "/calling/callConnections/{id}:cancelAllMediaOperations",
        Recognize = POST "/calling/callConnections/{id}:recognize",
        StartContinuousDtmf = POST "/calling/callConnections/{id}:startContinuousDtmfRecognition",
        StopContinuousDtmf = POST "/calling/callConnections/{id}:stopContinuousDtmfRecognition",
        SendDtmfTones = POST "/calling/callConnections/{id}:sendDtmfTones",
        Hold = POST "/calling/callConnections/{id}:hold",
        Unhold = POST "/calling/callConnections/{id}:unhold",
        StartMediaStreaming = POST "/calling/callConnections/{id}:startMediaStreaming",
        StopMediaStreaming = POST "/calling/callConnections/{id}:stopMediaStreaming",
        StartTranscription = POST "/calling/callConnections/{id}:startTranscription",
        UpdateTranscription = POST "/calling/callConnections/{id}:updateTranscription",
        StopTranscription = POST "/calling/callConnections/{id}:stopTranscription",
        SummarizeCall = POST "/calling/callConnections/{id}:summarizeCall",
        StartRecording = POST "/calling/recordings",
        GetRecording = GET "/calling/recordings/{id}",
        StopRecording = DELETE "/calling/recordings/{id}",
        PauseRecording = POST "/calling/recordings/{id}:pause",
        ResumeRecording = POST "/calling/recordings/{id}:resume",
    }
}

impl Operation {
    /// Whether the client of this version has the operation (contract: Call Automation §1).
    pub fn is_known_to(self, version: ApiVersion) -> bool {
        use ApiVersion as V;
        let (since, early): (V, &[V]) = match self {
            Self::MuteParticipants
            | Self::SendDtmfTones
            | Self::StartContinuousDtmf
            | Self::StopContinuousDtmf => (V::V2023_06_15Preview, &[]),
            // Tried in that preview and dropped; without it, nobody who was muted could be heard again.
            Self::UnmuteParticipants | Self::CancelAddParticipant => (V::V2023_10_03Preview, &[]),
            Self::Connect | Self::Hold | Self::Unhold => (V::V2024_06_15Preview, &[]),
            Self::StartMediaStreaming
            | Self::StopMediaStreaming
            | Self::StartTranscription
            | Self::UpdateTranscription
            | Self::StopTranscription => (V::V2024_11_15Preview, &[V::V2024_06_15Preview]),
            Self::MoveParticipants => (V::V2025_08_15Preview, &[]),
            // Tried in one preview and dropped again by the newer stable version.
            Self::SummarizeCall => return version == V::V2025_08_15Preview,
            Self::CreateCall
            | Self::AnswerCall
            | Self::RedirectCall
            | Self::RejectCall
            | Self::GetCall
            | Self::HangUp
            | Self::Terminate
            | Self::Transfer
            | Self::ListParticipants
            | Self::GetParticipant
            | Self::AddParticipant
            | Self::RemoveParticipant
            | Self::Play
            | Self::CancelAllMediaOperations
            | Self::Recognize
            | Self::StartRecording
            | Self::GetRecording
            | Self::StopRecording
            | Self::PauseRecording
            | Self::ResumeRecording => return true,
        };
        version >= since || early.contains(&version)
    }
}

static TABLE: LazyLock<OperationTable<Operation>> = LazyLock::new(|| {
    let row = |operation: &Operation| (*operation, operation.method(), operation.path());
    OperationTable::new(Operation::ALL.iter().map(row))
});

/// An operation, and the values in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    values: PathValues,
}

impl Route {
    /// Finds the operation of a request.
    pub(crate) fn find(method: &Method, raw_path: &str) -> Result<Self, ApiError> {
        let found = TABLE.find(method, raw_path).map_err(|none| match none {
            NoOperation::UnknownPath => {
                ApiError::new(StatusCode::NOT_FOUND, "8520", "cannot find an operation at this path")
            }
            NoOperation::OtherMethod => {
                let message = format!("cannot find an operation with method {method} at this path");
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "8520", message)
            }
        });
        found.map(|(operation, values)| Self { operation, values })
    }

    /// The participant in the path, by raw id.
    pub(crate) fn participant(&self) -> Option<&str> {
        self.values.get("participant")
    }

    /// The connection in the path. What is no id of ours names no call of ours.
    pub(crate) fn connection(&self) -> Result<CallConnectionId, ApiError> {
        self.values.get("id").and_then(|id| id.parse().ok()).ok_or_else(crate::refusal::call_not_found)
    }

    /// The recording in the path.
    pub(crate) fn recording(&self) -> Result<RecordingId, ApiError> {
        self.values.get("id").and_then(|id| id.parse().ok()).ok_or_else(crate::refusal::recording_not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, path: &str, operation: Operation) -> Route {
        let route = Route::find(&method, path).expect("there is an operation");
        assert_eq!(route.operation, operation, "{method} {path}");
        route
    }

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in Operation::ALL {
            check(operation.method(), operation.path(), *operation);
        }
    }

    #[test]
    fn values_are_decoded_once() {
        let id = "00000000-0000-0000-0000-000000000001";
        let path = format!("/calling/callConnections/{id}/participants/4%3A%2B15550001");
        let route = check(Method::GET, &path, Operation::GetParticipant);
        assert_eq!(route.participant(), Some("4:+15550001"));
        assert_eq!(route.connection().map(|id| id.to_string()), Ok(id.to_owned()));
        let path = format!("/calling/callConnections/{id}/participants/4:+15550001");
        let route = check(Method::GET, &path, Operation::GetParticipant);
        assert_eq!(route.participant(), Some("4:+15550001"));
    }

    #[test]
    fn nothing_else_is_found() {
        let status = |method: Method, path: &str| Route::find(&method, path).unwrap_err().status.as_u16();
        assert_eq!(status(Method::GET, "/"), 404);
        assert_eq!(status(Method::GET, "/calling/other"), 404);
        assert_eq!(status(Method::POST, "/calling/callConnections/c:dance"), 404);
        assert_eq!(status(Method::PUT, "/calling/callConnections"), 405);
        assert_eq!(status(Method::GET, "/calling/callConnections/c:play"), 405);
        let route = check(Method::GET, "/calling/callConnections/no-id", Operation::GetCall);
        assert_eq!(route.connection().unwrap_err().status.as_u16(), 404);
    }
}
