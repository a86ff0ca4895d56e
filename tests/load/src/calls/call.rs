//! One call as its caller and its application know it.

use std::net::SocketAddr;
use std::time::Instant;

use crate::calls::message::Message;
use crate::calls::neighborhood::CALLERS;

/// What happens in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// The application answers and plays a prompt; the caller hangs up when it is over.
    Prompt,
    /// The application answers, and the caller hangs up as soon as it knows.
    Answer,
    /// The demo line answers, the caller hangs up.
    DemoLine,
    /// A phone answers, the caller hangs up.
    Bridge,
    /// The application answers, and nothing happens.
    Hold,
    /// The application answers and wants to hear of keys.
    HoldForKeys,
    /// The application answers and may want to hear of words.
    HoldForWords,
    /// A phone answers, and nothing happens.
    HoldBridge,
}

pub(crate) struct Call {
    pub(crate) script: Script,
    pub(crate) caller: String,
    pub(crate) call_id: String,
    pub(crate) target: String,
    pub(crate) to: String,
    /// Where the server takes RTP.
    pub(crate) media: Option<SocketAddr>,
    pub(crate) invited: Instant,
    pub(crate) rang: Option<Instant>,
    pub(crate) asked: Option<Instant>,
    pub(crate) ok: Option<Instant>,
    pub(crate) bye: Option<Instant>,
    pub(crate) bye_answered: Option<Instant>,
    pub(crate) disconnected: Option<Instant>,
    /// What the application calls it.
    pub(crate) connection: Option<String>,
    /// When it knew what was said.
    pub(crate) understood: Option<Instant>,
    pub(crate) key_up: Option<Instant>,
    /// In milliseconds, from its end to the event.
    pub(crate) keys_heard: Vec<f64>,
    /// Somebody answered the INVITE somehow.
    pub(crate) is_heard: bool,
    pub(crate) is_connected: bool,
    pub(crate) is_failed: bool,
    refused: bool,
    pub(crate) refused_politely: bool,
    pub(crate) retransmissions: usize,
}

impl Script {
    /// Of the offer.
    pub(crate) fn direction(self) -> &'static str {
        match self {
            Self::Answer | Self::DemoLine | Self::Hold => "inactive",
            Self::Prompt | Self::Bridge | Self::HoldForKeys | Self::HoldForWords | Self::HoldBridge => {
                "sendrecv"
            }
        }
    }

    pub(crate) fn hangs_up_at_once(self) -> bool {
        matches!(self, Self::DemoLine | Self::Bridge)
    }

    fn has_application(self) -> bool {
        match self {
            Self::Prompt | Self::Answer | Self::Hold | Self::HoldForKeys | Self::HoldForWords => true,
            Self::DemoLine | Self::Bridge | Self::HoldBridge => false,
        }
    }
}

impl Call {
    pub(crate) fn new(script: Script, index: usize, target: String) -> Self {
        Self {
            script,
            caller: format!("{CALLERS}{index:08}"),
            call_id: format!("load-{index}"),
            to: format!("<{target}>"),
            target,
            media: None,
            invited: Instant::now(),
            rang: None,
            asked: None,
            ok: None,
            bye: None,
            bye_answered: None,
            disconnected: None,
            connection: None,
            understood: None,
            key_up: None,
            keys_heard: Vec::new(),
            is_heard: false,
            is_connected: false,
            is_failed: false,
            refused: false,
            refused_politely: false,
            retransmissions: 0,
        }
    }

    pub(crate) fn index_of(call_id: &str) -> Option<usize> {
        call_id.strip_prefix("load-")?.parse().ok()
    }

    /// `false`: it was known already.
    pub(crate) fn ring(&mut self, at: Instant) -> bool {
        let is_new = self.rang.is_none();
        self.rang.get_or_insert(at);
        is_new
    }

    pub(crate) fn accept(&mut self, ok: &Message<'_>, at: Instant) {
        if self.ok.is_some() {
            return;
        }
        self.ok = Some(at);
        self.is_heard = true;
        self.media = ok.media();
        self.to = ok.header("To").unwrap_or_default().to_owned();
        if let Some(contact) = ok.contact() {
            self.target = contact.to_owned();
        }
    }

    pub(crate) fn refuse(&mut self, answer: &Message<'_>, status: u16, at: Instant) {
        self.is_heard = true;
        self.to = answer.header("To").unwrap_or_default().to_owned();
        self.refused = true;
        self.refused_politely = status == 503 && answer.header("Retry-After").is_some();
        self.bye_answered = Some(at);
    }

    pub(crate) fn hear_key(&mut self, at: Instant) {
        if let Some(up) = self.key_up.take() {
            self.keys_heard.push(at.saturating_duration_since(up).as_secs_f64() * 1_000.0);
        }
    }

    /// When everything had happened that should.
    pub(crate) fn completed_at(&self) -> Option<Instant> {
        if self.refused || self.is_failed {
            return None;
        }
        let ended = self.bye_answered?;
        if self.script.has_application() { Some(self.disconnected?.max(ended)) } else { Some(ended) }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.refused || self.is_failed || self.completed_at().is_some()
    }

    /// A call that lasts has come about.
    pub(crate) fn is_settled(&self) -> bool {
        self.ok.is_some() && (self.is_connected || !self.script.has_application())
    }

    /// Nobody waits for it any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.retransmissions > 16
    }
}
