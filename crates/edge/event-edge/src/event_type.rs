//! The types of Event Grid events of a communication resource.

/// What every full name begins with.
const PREFIX: &str = "Microsoft.Communication.";

/// Somebody calls, and an application may answer.
pub(crate) const INCOMING_CALL: &str = "Microsoft.Communication.IncomingCall";

/// The types that this platform sends, without the prefix.
pub(crate) const SENT: [&str; 6] = [
    "IncomingCall",
    "CallStarted",
    "CallParticipantAdded",
    "CallParticipantRemoved",
    "CallEnded",
    "RecordingFileStatusUpdated",
];

/// Types that the cloud knows and this platform does not send: a subscription made for the cloud is
/// taken as it is, a misspelled one is not.
const OF_THE_CLOUD: [&str; 45] = [
    "AdvancedMessageDeliveryStatusUpdated",
    "AdvancedMessageReceived",
    "ChatMemberAddedToThreadWithUser",
    "ChatMemberRemovedFromThreadWithUser",
    "ChatMessageDeleted",
    "ChatMessageDeletedInThread",
    "ChatMessageEdited",
    "ChatMessageEditedInThread",
    "ChatMessageReceived",
    "ChatMessageReceivedInThread",
    "ChatThreadCreated",
    "ChatThreadCreatedWithUser",
    "ChatThreadDeleted",
    "ChatThreadParticipantAdded",
    "ChatThreadParticipantRemoved",
    "ChatThreadPropertiesUpdated",
    "ChatThreadPropertiesUpdatedPerUser",
    "ChatThreadWithUserDeleted",
    "EmailDeliveryReportReceived",
    "EmailEngagementTrackingReportReceived",
    "RouterJobCancelled",
    "RouterJobClassificationFailed",
    "RouterJobClassified",
    "RouterJobClosed",
    "RouterJobCompleted",
    "RouterJobDeleted",
    "RouterJobExceptionTriggered",
    "RouterJobQueued",
    "RouterJobReceived",
    "RouterJobSchedulingFailed",
    "RouterJobUnassigned",
    "RouterJobWaitingForActivation",
    "RouterJobWorkerSelectorsExpired",
    "RouterWorkerDeleted",
    "RouterWorkerDeregistered",
    "RouterWorkerOfferAccepted",
    "RouterWorkerOfferDeclined",
    "RouterWorkerOfferExpired",
    "RouterWorkerOfferIssued",
    "RouterWorkerOfferRevoked",
    "RouterWorkerRegistered",
    "RouterWorkerUpdated",
    "SMSDeliveryReportReceived",
    "SMSReceived",
    "UserDisconnected",
];

/// Whether there is such a type, written with or without the prefix, in whatever capitals.
pub(crate) fn is_known(name: &str) -> bool {
    let short = match name.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &name[PREFIX.len()..],
        Some(_) | None => name,
    };
    SENT.iter().chain(&OF_THE_CLOUD).any(|known| known.eq_ignore_ascii_case(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_type_is_told_from_one_that_is_not_sent_here() {
        for known in [INCOMING_CALL, "CallEnded", "microsoft.communication.callended", "SMSReceived"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["IncommingCall", "", "Microsoft.Communication.", "Microsoft.Storage.BlobCreated", "é"]
        {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
