//! The api-versions of Call Automation, and which events each of them knows (contract §1).

use crate::event::EventType;

/// A published api-version, in the order of publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum ApiVersion {
    V2022_04_07Preview,
    V2023_01_15Preview,
    V2023_03_06,
    V2023_06_15Preview,
    V2023_10_03Preview,
    V2023_10_15,
    V2024_01_22Preview,
    V2024_04_15,
    V2024_06_15Preview,
    V2024_09_15,
    V2024_11_15Preview,
    V2025_05_15,
    V2025_06_15,
    V2025_08_15Preview,
    V2026_03_12,
}

impl ApiVersion {
    /// All versions that are served.
    pub const SERVED: [Self; 15] = [
        Self::V2022_04_07Preview,
        Self::V2023_01_15Preview,
        Self::V2023_03_06,
        Self::V2023_06_15Preview,
        Self::V2023_10_03Preview,
        Self::V2023_10_15,
        Self::V2024_01_22Preview,
        Self::V2024_04_15,
        Self::V2024_06_15Preview,
        Self::V2024_09_15,
        Self::V2024_11_15Preview,
        Self::V2025_05_15,
        Self::V2025_06_15,
        Self::V2025_08_15Preview,
        Self::V2026_03_12,
    ];

    /// The newest stable version.
    pub const NEWEST: Self = Self::V2026_03_12;

    /// The value of the `api-version` query parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2022_04_07Preview => "2022-04-07-preview",
            Self::V2023_01_15Preview => "2023-01-15-preview",
            Self::V2023_03_06 => "2023-03-06",
            Self::V2023_06_15Preview => "2023-06-15-preview",
            Self::V2023_10_03Preview => "2023-10-03-preview",
            Self::V2023_10_15 => "2023-10-15",
            Self::V2024_01_22Preview => "2024-01-22-preview",
            Self::V2024_04_15 => "2024-04-15",
            Self::V2024_06_15Preview => "2024-06-15-preview",
            Self::V2024_09_15 => "2024-09-15",
            Self::V2024_11_15Preview => "2024-11-15-preview",
            Self::V2025_05_15 => "2025-05-15",
            Self::V2025_06_15 => "2025-06-15",
            Self::V2025_08_15Preview => "2025-08-15-preview",
            Self::V2026_03_12 => "2026-03-12",
        }
    }

    /// Reads the query parameter; previews in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::SERVED.into_iter().find(|version| version.as_str().eq_ignore_ascii_case(text))
    }

    /// Whether the client of this version has a parser for the event.
    ///
    /// A client's parser throws at types it does not know, so they are never sent to it.
    pub fn knows(self, event: EventType) -> bool {
        // Tried in one preview and dropped again by the newer stable version.
        if event == EventType::TranscriptionCallSummaryUpdated {
            return self == event.since();
        }
        self >= event.since() || self.knows_early(event)
    }

    /// What a preview knew before the stable version that introduced it.
    fn knows_early(self, event: EventType) -> bool {
        use EventType as E;
        let early: &[EventType] = match self {
            Self::V2023_06_15Preview => &[
                E::ContinuousDtmfRecognitionToneReceived,
                E::ContinuousDtmfRecognitionToneFailed,
                E::ContinuousDtmfRecognitionStopped,
                E::SendDtmfTonesCompleted,
                E::SendDtmfTonesFailed,
            ],
            Self::V2024_06_15Preview => &[
                E::PlayStarted,
                E::ConnectFailed,
                E::HoldFailed,
                E::MediaStreamingStarted,
                E::MediaStreamingStopped,
                E::MediaStreamingFailed,
                E::TranscriptionStarted,
                E::TranscriptionStopped,
                E::TranscriptionUpdated,
                E::TranscriptionFailed,
            ],
            Self::V2024_11_15Preview => &[
                E::MediaStreamingStarted,
                E::MediaStreamingStopped,
                E::MediaStreamingFailed,
                E::TranscriptionStarted,
                E::TranscriptionStopped,
                E::TranscriptionUpdated,
                E::TranscriptionFailed,
            ],
            Self::V2025_08_15Preview => &[E::MoveParticipantSucceeded, E::MoveParticipantFailed],
            Self::V2022_04_07Preview
            | Self::V2023_01_15Preview
            | Self::V2023_03_06
            | Self::V2023_10_03Preview
            | Self::V2023_10_15
            | Self::V2024_01_22Preview
            | Self::V2024_04_15
            | Self::V2024_09_15
            | Self::V2025_05_15
            | Self::V2025_06_15
            | Self::V2026_03_12 => &[],
        };
        early.contains(&event)
    }

    /// The event type under which this version learns of `event`, if it learns of it at all.
    ///
    /// A call that could not be set up is a disconnected call to versions that
    /// have no word of its own for that; everything else unknown is not told.
    pub fn spelling_of(self, event: EventType) -> Option<EventType> {
        if self.knows(event) {
            return Some(event);
        }
        let set_up_failed =
            matches!(event, EventType::CreateCallFailed | EventType::AnswerFailed | EventType::ConnectFailed);
        set_up_failed.then_some(EventType::CallDisconnected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(version: ApiVersion) -> usize {
        EventType::ALL.iter().filter(|event| version.knows(**event)).count()
    }

    #[test]
    fn each_version_knows_as_many_events_as_its_client_parses() {
        assert_eq!(known(ApiVersion::V2023_03_06), 16);
        assert_eq!(known(ApiVersion::V2023_06_15Preview), 21);
        assert_eq!(known(ApiVersion::V2023_10_15), 23);
        assert_eq!(known(ApiVersion::V2024_04_15), 23);
        assert_eq!(known(ApiVersion::V2024_06_15Preview), 33);
        assert_eq!(known(ApiVersion::V2024_09_15), 28);
        assert_eq!(known(ApiVersion::V2025_05_15), 35);
        assert_eq!(known(ApiVersion::V2025_06_15), 36);
        assert_eq!(known(ApiVersion::V2025_08_15Preview), 39);
        assert_eq!(known(ApiVersion::V2026_03_12), 38);
    }

    #[test]
    fn a_failed_set_up_is_a_disconnect_to_versions_without_a_word_for_it() {
        let old = ApiVersion::V2024_04_15;
        assert_eq!(old.spelling_of(EventType::CreateCallFailed), Some(EventType::CallDisconnected));
        assert_eq!(old.spelling_of(EventType::AnswerFailed), Some(EventType::CallDisconnected));
        assert_eq!(old.spelling_of(EventType::PlayStarted), None);
        let new = ApiVersion::V2024_09_15;
        assert_eq!(new.spelling_of(EventType::CreateCallFailed), Some(EventType::CreateCallFailed));
    }

    #[test]
    fn every_served_version_reads_back() {
        for version in ApiVersion::SERVED {
            assert_eq!(ApiVersion::parse(version.as_str()), Some(version));
        }
        assert_eq!(ApiVersion::parse("2025-08-15-PREVIEW"), Some(ApiVersion::V2025_08_15Preview));
        assert_eq!(ApiVersion::parse("2019-01-01"), None);
        assert_eq!(ApiVersion::parse(""), None);
    }
}
