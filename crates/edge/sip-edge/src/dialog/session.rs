//! The session descriptions of one leg: offers, answers and hold.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use call_engine::LegReport;
use identifier::LegId;
use media_edge::{Direction, Negotiated, OpusReceiver, RtpCodec};
use sdp::{AcceptError, AnswerError, Capabilities, Codec, CryptoSuite, Encryption, Origin};
use tenant::{MediaEncryption, SipTransport};

use crate::dialog::encryption;
use crate::neighbor::MediaSockets;

/// What was described last, and whether the far end holds us.
pub(crate) struct Session {
    media: Arc<dyn MediaSockets>,
    leg: LegId,
    capabilities: Capabilities,
    next_origin: Origin,
    /// What we described last.
    last: String,
    /// The same to a callee who may take encrypted sound, until one of them answers.
    last_secure: Option<String>,
    /// Whether sound shall be encrypted, and over what its keys travel.
    wanted: (MediaEncryption, SipTransport),
    /// The suites of which keys are offered.
    suites: &'static [CryptoSuite],
    /// Whether it is.
    encrypted: bool,
    held: bool,
    /// Where its signaling comes from.
    signaling: Option<IpAddr>,
}

impl Session {
    pub fn new(media: Arc<dyn MediaSockets>, leg: LegId, local: SocketAddr, number: u64) -> Self {
        let capabilities = capabilities(local, RtpCodec::ALL.map(sdp_codec).to_vec());
        Self {
            media,
            leg,
            capabilities,
            next_origin: Origin::new(number),
            last: String::new(),
            last_secure: None,
            wanted: (MediaEncryption::None, SipTransport::Udp),
            suites: &CryptoSuite::ALL,
            encrypted: false,
            held: false,
            signaling: None,
        }
    }

    /// The far end's signaling comes from there: its sound may, too.
    pub fn signaled_from(&mut self, peer: IpAddr) {
        self.signaling = Some(peer);
    }

    /// Whether an offer could be answered at all.
    pub fn can_answer(
        offer: &[u8],
        wanted: MediaEncryption,
        transport: SipTransport,
    ) -> Result<(), AnswerError> {
        let mut anywhere =
            capabilities(SocketAddr::from(([0, 0, 0, 0], 9)), RtpCodec::ALL.map(sdp_codec).to_vec());
        anywhere.encryption = encryption::with_new_keys(wanted, transport, &CryptoSuite::ALL);
        sdp::answer(offer, &anywhere, Origin::new(0)).map(drop)
    }

    /// Our offer.
    pub fn offer(&mut self) -> String {
        let origin = self.take_origin();
        self.capabilities.codecs = self.preferred_codecs();
        self.last = sdp::offer(&self.capabilities, origin);
        self.last_secure = None;
        self.last.clone()
    }

    /// Whether sound is encrypted from now on, between us and somebody who signals over `transport`.
    pub fn encrypt(&mut self, wanted: MediaEncryption, transport: SipTransport) {
        self.wanted = (wanted, transport);
        self.capabilities.encryption = encryption::with_new_keys(wanted, transport, self.suites);
    }

    /// Of which suites keys are offered from the next time on.
    pub fn encrypt_with(&mut self, suites: &'static [CryptoSuite]) {
        self.suites = suites;
    }

    /// The same, among several callees of whom one will answer.
    pub fn encrypt_toward(&mut self, callees: impl Iterator<Item = MediaEncryption> + Clone) {
        let is_required = callees.clone().all(|callee| callee == MediaEncryption::Required);
        match callees.into_iter().find(|callee| *callee != MediaEncryption::None) {
            Some(_) if is_required => self.encrypt(MediaEncryption::Required, SipTransport::Tls),
            Some(_) => self.encrypt(MediaEncryption::Preferred, SipTransport::Tls),
            None => self.encrypt(MediaEncryption::None, SipTransport::Udp),
        }
    }

    /// Our offer to one of several callees: of the secure profile, or without keys. A phone that cannot
    /// do the one is asked for the other, so nothing between the two is needed.
    pub fn offer_toward(&mut self, callee: MediaEncryption) -> String {
        let origin = self.take_origin();
        self.capabilities.codecs = self.preferred_codecs();
        let encryption = match (callee, &self.capabilities.encryption) {
            (MediaEncryption::None, _) | (_, Encryption::None) => Encryption::None,
            (_, Encryption::Optional(keys) | Encryption::Required(keys)) => {
                Encryption::Required(keys.clone())
            }
        };
        let is_secure = encryption != Encryption::None;
        let text = sdp::offer(&Capabilities { encryption, ..self.capabilities.clone() }, origin);
        match is_secure {
            true => self.last_secure = Some(text.clone()),
            false => self.last.clone_from(&text),
        }
        text
    }

    /// What we described last, word for word: a session that is refreshed does not change
    /// (RFC 4028 §7.4).
    pub fn repeat(&self) -> String {
        self.last.clone()
    }

    /// Our answer to an offer; media flows as agreed from now on. Reports a change of hold.
    pub fn answer(&mut self, offer: &[u8]) -> Result<(String, Option<LegReport>), AnswerError> {
        let answer = self.best_answer(offer)?;
        self.take_origin();
        self.last.clone_from(&answer.text);
        self.capabilities.payload_types = answer.payload_types;
        Ok((answer.text, self.agreed(&answer.negotiated)))
    }

    /// Whether this offer puts us on hold, who were not.
    pub fn would_hold(&self, offer: &[u8]) -> bool {
        !self.held && self.best_answer(offer).is_ok_and(|answer| answer.negotiated.held)
    }

    /// Takes the answer to our offer; media flows as agreed from now on. Reports a change of hold.
    pub fn accept(&mut self, answer: &[u8]) -> Result<Option<LegReport>, AcceptError> {
        let negotiated = sdp::accept(&self.capabilities, answer)?;
        if negotiated.keys.is_some()
            && let Some(secure) = &self.last_secure
        {
            self.last.clone_from(secure);
        }
        Ok(self.agreed(&negotiated))
    }

    /// The answer with the codec that we prefer among those that are offered. Of the two laws of G.711, neither
    /// is better: there the offerer's order holds, as RFC 3264 §6.1 recommends.
    fn best_answer(&self, offer: &[u8]) -> Result<sdp::Answer, AnswerError> {
        let is_law = |codec: &Codec| matches!(codec, Codec::Pcmu | Codec::Pcma);
        let codecs = self.preferred_codecs();
        for equals in codecs.chunk_by(|one, other| is_law(one) && is_law(other)) {
            let capabilities = Capabilities { codecs: equals.to_vec(), ..self.capabilities.clone() };
            match sdp::answer(offer, &capabilities, self.next_origin) {
                Err(AnswerError::NothingInCommon) => {}
                decided => return decided,
            }
        }
        Err(AnswerError::NothingInCommon)
    }

    fn preferred_codecs(&self) -> Vec<Codec> {
        self.media.codecs(self.leg).into_iter().map(sdp_codec).collect()
    }

    fn take_origin(&mut self) -> Origin {
        let origin = self.next_origin;
        self.next_origin = origin.next();
        origin
    }

    fn agreed(&mut self, negotiated: &sdp::Negotiated) -> Option<LegReport> {
        let agreed = Negotiated { signaling: self.signaling, ..to_media(negotiated) };
        let was_encrypted = std::mem::replace(&mut self.encrypted, negotiated.keys.is_some());
        if was_encrypted && !self.encrypted {
            // What was sent under our keys is forgotten with them: no keystream is used twice.
            self.encrypt(self.wanted.0, self.wanted.1);
        }
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
        opus: opus_receiver(negotiated.opus),
        telephone_event: negotiated.telephone_event,
        own_telephone_event: negotiated.own_telephone_event,
        telephone_event_rate_hz: negotiated.telephone_event_rate_hz,
        keys: negotiated.keys.as_ref().map(encryption::to_media),
        direction: match negotiated.direction {
            sdp::Direction::SendRecv => Direction::SendRecv,
            sdp::Direction::SendOnly => Direction::SendOnly,
            sdp::Direction::RecvOnly => Direction::RecvOnly,
            sdp::Direction::Inactive => Direction::Inactive,
        },
    }
}

fn opus_receiver(wants: sdp::OpusReceiver) -> OpusReceiver {
    OpusReceiver {
        max_average_bitrate_bps: wants.max_average_bitrate_bps,
        max_playback_rate_hz: wants.max_playback_rate_hz,
        in_band_fec: wants.in_band_fec,
        dtx: wants.dtx,
    }
}

fn capabilities(local: SocketAddr, codecs: Vec<Codec>) -> Capabilities {
    Capabilities { codecs, comfort_noise: true, ..Capabilities::all(local) }
}

fn sdp_codec(codec: RtpCodec) -> Codec {
    match codec {
        RtpCodec::Pcmu => Codec::Pcmu,
        RtpCodec::Pcma => Codec::Pcma,
        RtpCodec::G722 => Codec::G722,
        RtpCodec::Opus => Codec::Opus,
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
