//! The table of operations (contract: Call Automation §6).

use std::sync::LazyLock;

use acs::version::ApiVersion;
use axum::http::{Method, StatusCode};
use http_kit::{ApiError, OperationPath};
use identifier::{CallConnectionId, RecordingId};

macro_rules! operations {
    ($($name:ident = $method:ident $path:literal,)+) => {
        /// An operation of Call Automation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Operation {
            $($name,)+
        }

        impl Operation {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The method.
            pub const fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$method,)+
                }
            }

            /// The path, with names in braces where a value stands.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)+
                }
            }
        }
    };
}

operations! {
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
    GetParticipant = GET "/calling/callConnections/{id}/participants/{participant}",
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

/// The paths of all operations, taken apart once.
static TEMPLATES: LazyLock<Vec<(Operation, OperationPath)>> = LazyLock::new(|| {
    let template =
        |operation: Operation| OperationPath::parse(operation.path()).expect("the table holds paths");
    Operation::ALL.iter().map(|operation| (*operation, template(*operation))).collect()
});

/// An operation, and the values in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    id: Option<String>,
    pub(crate) participant: Option<String>,
}

impl Route {
    /// Finds the operation of a request.
    pub(crate) fn find(method: &Method, raw_path: &str) -> Result<Self, ApiError> {
        let unknown = || {
            let message = "cannot find an operation at this path";
            ApiError::new(StatusCode::NOT_FOUND, "8520", message)
        };
        let path = OperationPath::parse(raw_path).ok_or_else(unknown)?;
        let mut other_method = false;
        for (operation, template) in TEMPLATES.iter() {
            let Some(route) = operation.matched(template, &path) else { continue };
            if operation.method() == *method {
                return Ok(route);
            }
            other_method = true;
        }
        if !other_method {
            return Err(unknown());
        }
        let message = format!("cannot find an operation with method {method} at this path");
        Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "8520", message))
    }

    /// The connection in the path. What is no id of ours names no call of ours.
    pub(crate) fn connection(&self) -> Result<CallConnectionId, ApiError> {
        self.id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(crate::refusal::call_not_found)
    }

    /// The recording in the path.
    pub(crate) fn recording(&self) -> Result<RecordingId, ApiError> {
        self.id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(crate::refusal::recording_not_found)
    }
}

impl Operation {
    fn matched(self, template: &OperationPath, path: &OperationPath) -> Option<Route> {
        if template.segments.len() != path.segments.len() {
            return None;
        }
        let mut route = Route { operation: self, id: None, participant: None };
        let last = template.segments.len() - 1;
        for (index, (pattern, segment)) in template.segments.iter().zip(&path.segments).enumerate() {
            let value = || match &path.verb {
                // A client that does not encode the colon of a raw id means a value, not a verb.
                Some(verb) if index == last && template.verb.is_none() => format!("{segment}:{verb}"),
                _ => segment.clone(),
            };
            match pattern.as_str() {
                "{id}" => route.id = Some(value()),
                "{participant}" => route.participant = Some(value()),
                word if word.eq_ignore_ascii_case(segment) => {}
                _ => return None,
            }
        }
        let takes_any_verb = template.verb.is_none() && route.participant.is_some();
        let same_verb = match (&template.verb, &path.verb) {
            (Some(expected), Some(verb)) => expected.eq_ignore_ascii_case(verb),
            (None, None) => true,
            (None, Some(_)) => takes_any_verb,
            (Some(_), None) => false,
        };
        same_verb.then_some(route)
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
        assert_eq!(route.participant.as_deref(), Some("4:+15550001"));
        assert_eq!(route.connection().map(|id| id.to_string()), Ok(id.to_owned()));
        let path = format!("/calling/callConnections/{id}/participants/4:+15550001");
        let route = check(Method::GET, &path, Operation::GetParticipant);
        assert_eq!(route.participant.as_deref(), Some("4:+15550001"));
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
