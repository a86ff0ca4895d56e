//! What a phone can tell of its call once that is over.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// What a phone can tell of its call once that is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneReport {
    /// The call was answered, by whichever side.
    pub answered: bool,
    /// The final SIP status of the INVITE: 200, or why there was no call.
    pub final_status: Option<u16>,
    /// Its phrase, or why there is no status.
    pub reason: String,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// From the INVITE to the answer or the end, in seconds.
    pub rang_seconds: f64,
    /// From the answer to the end, in seconds.
    pub talked_seconds: f64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets received.
    pub packets_received: u64,
    /// Gaps in the sequence of those.
    pub packets_lost: u64,
    /// Sound that was not silence, in seconds.
    pub heard_seconds: f64,
    /// Keys that the far end pressed, in order.
    pub tones_received: String,
    /// Keys that this phone pressed, in order.
    pub tones_sent: String,
    /// `From` and `To` of the INVITE, `User-to-User`, `X-` headers and identities that the far end sent.
    pub headers_received: Vec<(String, String)>,
    /// How the transfer that was asked for went: the last SIP status that was told of it.
    pub transfer_status: Option<u16>,
    /// The recording.
    pub recording: Option<PathBuf>,
    /// How long the recording sounds, in seconds.
    pub recording_seconds: f64,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EndedBy {
    /// There was none.
    #[default]
    Nobody,
    /// This phone.
    Us,
    /// The other side.
    Them,
}

impl PhoneReport {
    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// A header that was received, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers_received.iter().find(same).map(|(_, value)| value.as_str())
    }

    pub(crate) fn rang(&mut self, time: Duration) {
        self.rang_seconds = time.as_secs_f64();
    }
}

impl fmt::Display for PhoneReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.final_status.map(|status| format!("{status} ")).unwrap_or_default();
        if self.answered {
            let by = match self.ended_by {
                EndedBy::Nobody => "nobody",
                EndedBy::Us => "this phone",
                EndedBy::Them => "the far end",
            };
            writeln!(
                f,
                "answered after {:.1} s, talked {:.1} s, ended by {by}",
                self.rang_seconds, self.talked_seconds
            )?;
        } else {
            writeln!(f, "not answered: {status}{}", self.reason)?;
        }
        writeln!(
            f,
            "packets: {} sent, {} received, {} lost; heard {:.1} s of sound",
            self.packets_sent, self.packets_received, self.packets_lost, self.heard_seconds
        )?;
        if !self.tones_sent.is_empty() || !self.tones_received.is_empty() {
            writeln!(f, "keys: {:?} sent, {:?} received", self.tones_sent, self.tones_received)?;
        }
        if let Some(status) = self.transfer_status {
            writeln!(f, "transfer: {status}")?;
        }
        for (name, value) in &self.headers_received {
            writeln!(f, "{name}: {value}")?;
        }
        if let Some(path) = &self.recording {
            writeln!(f, "recording: {} ({:.1} s)", path.display(), self.recording_seconds)?;
        }
        Ok(())
    }
}
