//! The session descriptions of one leg: offers, answers and hold.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use call_engine::LegReport;
use identifier::LegId;
use media_edge::{Direction, Negotiated, RtpCodec};
use sdp::{AcceptError, AnswerError, Capabilities, Codec, Origin};

use crate::neighbor::MediaSockets;

/// What was described last, and whether the far end holds us.
pub(crate) struct Session {
    media: Arc<dyn MediaSockets>,
    leg: LegId,
    capabilities: Capabilities,
    next_origin: Origin,
    /// What we described last.
    last: String,
    held: bool,
    /// Where its signaling comes from.
    signaling: Option<IpAddr>,
}

impl Session {
    pub fn new(media: Arc<dyn MediaSockets>, leg: LegId, local: SocketAddr, number: u64) -> Self {
        let capabilities = Capabilities::all(local);
        Self { media, leg, capabilities, next_origin: Origin::new(number), last: String::new(), held: false, signaling: None }
    }

    /// The far end's signaling comes from there: its sound may, too.
    pub fn signaled_from(&mut self, peer: IpAddr) {
        self.signaling = Some(peer);
    }

    /// Whether an offer could be answered at all.
    pub fn can_answer(offer: &[u8]) -> Result<(), AnswerError> {
        let anywhere = Capabilities::all(SocketAddr::from(([0, 0, 0, 0], 9)));
        sdp::answer(offer, &anywhere, Origin::new(0)).map(drop)
    }

    /// Our offer.
    pub fn offer(&mut self) -> String {
        let origin = self.take_origin();
        self.last = sdp::offer(&self.capabilities, origin);
        self.last.clone()
    }

    /// What we described last, word for word: a session that is refreshed does not change
    /// (RFC 4028 §7.4).
    pub fn repeat(&self) -> String {
        self.last.clone()
    }

    /// Our answer to an offer; media flows as agreed from now on. Reports a change of hold.
    pub fn answer(&mut self, offer: &[u8]) -> Result<(String, Option<LegReport>), AnswerError> {
        let answer = sdp::answer(offer, &self.capabilities, self.next_origin)?;
        self.take_origin();
        self.last.clone_from(&answer.text);
        self.capabilities.payload_types = answer.payload_types;
        Ok((answer.text, self.agreed(&answer.negotiated)))
    }

    /// Takes the answer to our offer; media flows as agreed from now on. Reports a change of hold.
    pub fn accept(&mut self, answer: &[u8]) -> Result<Option<LegReport>, AcceptError> {
        let negotiated = sdp::accept(&self.capabilities, answer)?;
        Ok(self.agreed(&negotiated))
    }

    fn take_origin(&mut self) -> Origin {
        let origin = self.next_origin;
        self.next_origin = origin.next();
        origin
    }

    fn agreed(&mut self, negotiated: &sdp::Negotiated) -> Option<LegReport> {
        let agreed = Negotiated { signaling: self.signaling, ..to_media(negotiated) };
        self.media.connect(self.leg, agreed);
        if negotiated.held == self.held {
            return None;
        }
        self.held = negotiated.held;
        Some(if self.held { LegReport::Held } else { LegReport::Resumed })
    }
}

fn to_media(negotiated: &sdp::Negotiated) -> Negotiated {
    Negotiated {
        remote: negotiated.remote,
        signaling: None,
        codec: rtp_codec(negotiated.codec),
        payload_type: negotiated.payload_type,
        own_payload_type: negotiated.own_payload_type,
        also: negotiated.also.map(|also| also.map(|(payload_type, codec)| (payload_type, rtp_codec(codec)))),
        telephone_event: negotiated.telephone_event,
        own_telephone_event: negotiated.own_telephone_event,
        telephone_event_rate_hz: negotiated.telephone_event_rate_hz,
        direction: match negotiated.direction {
            sdp::Direction::SendRecv => Direction::SendRecv,
            sdp::Direction::SendOnly => Direction::SendOnly,
            sdp::Direction::RecvOnly => Direction::RecvOnly,
            sdp::Direction::Inactive => Direction::Inactive,
        },
    }
}

fn rtp_codec(codec: Codec) -> RtpCodec {
    match codec {
        Codec::Pcmu => RtpCodec::Pcmu,
        Codec::Pcma => RtpCodec::Pcma,
        Codec::G722 => RtpCodec::G722,
        Codec::Opus => RtpCodec::Opus,
    }
}
