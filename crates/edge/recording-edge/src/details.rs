//! What the metadata of a file says beside its length: who is heard, and when nobody was.

use identifier::CommunicationIdentifier;
use serde::{Deserialize, Serialize};

/// Kept with the file, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Details {
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) lost_frames: u64,
}

/// Somebody who may be heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Speaker {
    /// Their raw id.
    pub(crate) who: String,
    /// The channel, from 0.
    pub(crate) channel: usize,
}

/// A time that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pause {
    pub(crate) started_us: i64,
    pub(crate) lasted_ms: i64,
}

impl Details {
    pub(crate) fn new<'a>(
        speakers: impl Iterator<Item = (&'a CommunicationIdentifier, usize)>,
        pauses: &[Pause],
        lost_frames: u64,
    ) -> Self {
        let speakers = speakers.map(|(who, channel)| Speaker { who: who.raw_id(), channel }).collect();
        Self { speakers, pauses: pauses.to_vec(), lost_frames }
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("names and numbers are JSON")
    }

    /// Reads what was kept; of a row that cannot be read nothing is said.
    pub(crate) fn of_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}
