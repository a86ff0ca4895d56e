//! From the account of a call to the row that is kept of it.

use identifier::CommunicationIdentifier;
use store::{CallRecord, OngoingCall};

/// The row of a call that is over.
pub(crate) fn row(record: &call_engine::CallRecord) -> CallRecord {
    let raw_ids = |people: &[CommunicationIdentifier]| people.iter().map(|one| one.raw_id()).collect();
    CallRecord {
        id: record.call.to_string(),
        correlation: record.correlation.to_string(),
        resource: record.resource.map(|resource| resource.to_string()),
        connection: record.connection.map(|connection| connection.to_string()),
        started_by: record.started_by.raw_id(),
        called: raw_ids(&record.called),
        participants: raw_ids(&record.participants),
        ended_by: record.ended_by.as_ref().map(CommunicationIdentifier::raw_id),
        end_reason: format!("{:?}", record.cause),
        is_two_party: record.is_two_party,
        began_us: record.began.unix_us(),
        connected_us: record.connected.map(|connected| connected.unix_us()),
        ended_us: record.ended.unix_us(),
        lasted_us: record.lasted().as_micros() as i64,
    }
}

/// The row of a call that died with its process; who took part in it is not known any more.
pub(crate) fn row_of_the_dead(call: &OngoingCall, ended_us: i64) -> CallRecord {
    CallRecord {
        id: call.id.clone(),
        correlation: call.correlation.clone(),
        resource: Some(call.resource.clone()),
        connection: None,
        started_by: call.started_by.clone(),
        called: Vec::new(),
        participants: Vec::new(),
        ended_by: None,
        end_reason: "PlatformRestarted".to_owned(),
        is_two_party: call.is_two_party,
        began_us: call.started_us,
        connected_us: Some(call.started_us),
        ended_us,
        lasted_us: ended_us.saturating_sub(call.started_us).max(0),
    }
}
