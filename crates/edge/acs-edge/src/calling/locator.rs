//! Which call is meant (contract: Call Automation §6.1).

use acs::calling::{CallLocator, CallLocatorKind};
use http_kit::ApiError;
use identifier::CallId;

use crate::refusal;

/// The call behind a locator.
///
/// Group calls and rooms are made by clients that this platform does not serve yet: none is found.
pub(crate) fn call(locator: &CallLocator) -> Result<CallId, ApiError> {
    let missing = |member: &str| ApiError::invalid(format!("callLocator.{member}"), "it is missing");
    match kind(locator).ok_or_else(|| missing("kind"))? {
        CallLocatorKind::ServerCall => {
            let id = locator.server_call_id.as_deref().ok_or_else(|| missing("serverCallId"))?;
            CallId::from_server_call_id(id).map_err(|_| refusal::call_not_found())
        }
        CallLocatorKind::GroupCall => {
            locator.group_call_id.as_deref().ok_or_else(|| missing("groupCallId"))?;
            Err(refusal::no_such_calls("callLocator.groupCallId", "group calls"))
        }
        CallLocatorKind::RoomCall => {
            locator.room_id.as_deref().ok_or_else(|| missing("roomId"))?;
            Err(refusal::no_such_calls("callLocator.roomId", "rooms"))
        }
    }
}

/// Without a kind, the member that is there tells.
fn kind(locator: &CallLocator) -> Option<CallLocatorKind> {
    locator.kind.or(match locator {
        CallLocator { server_call_id: Some(_), .. } => Some(CallLocatorKind::ServerCall),
        CallLocator { group_call_id: Some(_), .. } => Some(CallLocatorKind::GroupCall),
        CallLocator { room_id: Some(_), .. } => Some(CallLocatorKind::RoomCall),
        CallLocator { .. } => None,
    })
}
