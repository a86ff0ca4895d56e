//! What a leg hears, as it goes on the wire.

use codec::{Codec, Law, g722, opus};
use identifier::LegId;

use crate::frame::{FRAME_SAMPLES, Samples, WIDE_FRAME_SAMPLES, WideSamples};

/// For so many frames an encoder goes on after the last mix although what is heard could pass as it came: meanwhile
/// its state becomes that of the stream that takes over, and no click is heard.
const SETTLING: u8 = 10;
/// After so many silent frames in a row the next is the same.
const QUIET: u8 = 10;
/// Who wants no silence hears a frame of it so often: 400 ms, as libopus does.
const SIGN_OF_LIFE: u8 = 20;

/// A leg as one that hears.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) leg: LegId,
    /// It hears the conversation.
    pub(crate) listens: bool,
    /// The others in the conversation hear it.
    pub(crate) speaks: bool,
    /// Seats of those whom it hears apart from the conversation.
    pub(crate) hears: Vec<usize>,
    /// A key that it shall hear (RFC 4733 event code), and for how many frames it has been down.
    pub(crate) key: Option<(u8, u32)>,
    pub(crate) codec: Codec,
    pub(crate) said: Said,
    encoder: Encoder,
    bytes: Box<[u8]>,
    length: usize,
    /// Frames until something may pass as it came.
    settling: u8,
    /// Silent frames in a row, up to [`QUIET`] and round and round through [`SIGN_OF_LIFE`] more.
    quiet: u8,
    /// What the far end wants of Opus.
    opus: opus::Receiver,
}

/// Where the payload of the current frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// In the listener.
    Own,
    /// As it came from the leg at this seat.
    As(usize),
    /// Lost, with what that leg said.
    Lost(usize),
}

#[derive(Debug)]
enum Encoder {
    G711(Law),
    G722(Box<g722::Encoder>),
    Opus(Box<opus::Encoder>),
}

impl Listener {
    pub(crate) fn new(leg: LegId, codec: Codec) -> Self {
        let mut listener = Self {
            leg,
            listens: false,
            speaks: false,
            hears: Vec::new(),
            key: None,
            codec,
            said: Said::Own,
            encoder: Encoder::new(codec),
            bytes: vec![0; codec.most_bytes()].into(),
            length: 0,
            settling: 0,
            quiet: 0,
            opus: opus::Receiver::default(),
        };
        listener.obey();
        listener.hear_nothing();
        listener
    }

    /// Hears another codec from now on.
    pub(crate) fn set_codec(&mut self, codec: Codec) {
        self.codec = codec;
        self.encoder = Encoder::new(codec);
        self.bytes = vec![0; codec.most_bytes()].into();
        (self.said, self.settling, self.quiet) = (Said::Own, 0, 0);
        self.obey();
        self.hear_nothing();
    }

    /// What the far end wants of Opus from now on.
    pub(crate) fn set_opus(&mut self, opus: opus::Receiver) {
        if self.opus != opus {
            self.opus = opus;
            self.obey();
        }
    }

    /// Whether what is encoded for `other` is what this one wants as well.
    pub(crate) fn is_served_like(&self, other: &Self) -> bool {
        self.codec == other.codec && (self.codec != Codec::Opus || self.opus == other.opus)
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Whether a stream that is not ours may be heard now.
    pub(crate) fn may_pass(&mut self) -> bool {
        self.is_settled() && (self.codec != Codec::Opus || self.opus.takes_any())
    }

    /// Whether what was encoded for all may be heard now.
    pub(crate) fn may_share(&mut self) -> bool {
        self.is_settled() && (self.codec != Codec::Opus || self.opus.takes_usual())
    }

    fn is_settled(&mut self) -> bool {
        let is_settled = self.codec.law().is_some() || self.settling == 0;
        self.settling = self.settling.saturating_sub(1);
        is_settled
    }

    /// Hears what a leg says, as it came or did not.
    pub(crate) fn pass(&mut self, said: Said) {
        self.said = said;
        self.quiet = 0;
    }

    /// Hears what was encoded for many.
    pub(crate) fn hear_shared(&mut self, payload: &[u8]) {
        self.said = Said::Own;
        self.quiet = 0;
        self.length = payload.len().min(self.bytes.len());
        self.bytes[..self.length].copy_from_slice(&payload[..self.length]);
    }

    /// Hears the very same as another of this codec, who heard it first.
    pub(crate) fn hear_with(&mut self, other: &Self) {
        self.hear_shared(other.payload());
        self.settling = SETTLING;
        match (&mut self.encoder, &other.encoder) {
            (Encoder::G722(own), Encoder::G722(others)) => own.clone_from(others),
            // Its state is large, and a decoder takes a new beginning well.
            (Encoder::Opus(own), _) => own.reset(),
            _ => {}
        }
    }

    /// Hears nothing.
    pub(crate) fn hear_nothing(&mut self) {
        match self.codec.law() {
            Some(law) => {
                self.said = Said::Own;
                self.length = FRAME_SAMPLES;
                self.bytes[..FRAME_SAMPLES].fill(law.silence());
            }
            None if self.quiet < QUIET => {
                let quiet = self.quiet + 1;
                self.encode_wide(&[0; WIDE_FRAME_SAMPLES]);
                self.quiet = quiet;
            }
            None if self.codec == Codec::Opus && self.opus.dtx => self.pause(),
            // What was encoded last was silence, and is silence again.
            None => (self.said, self.settling) = (Said::Own, 0),
        }
    }

    /// Hears nothing, and nothing is sent but a sign of life now and then.
    fn pause(&mut self) {
        (self.said, self.settling) = (Said::Own, 0);
        self.quiet = if self.quiet < QUIET + SIGN_OF_LIFE { self.quiet + 1 } else { QUIET + 1 };
        self.length = 0;
        if self.quiet == QUIET + SIGN_OF_LIFE {
            self.make_wide(&[0; WIDE_FRAME_SAMPLES]);
        }
    }

    /// What it heard last came from elsewhere: the encoder goes on from there.
    pub(crate) fn follow(&mut self, decoder: Option<&g722::Decoder>) {
        match (&mut self.encoder, decoder) {
            (Encoder::G722(encoder), Some(decoder)) => encoder.follow(decoder),
            (Encoder::Opus(encoder), _) => encoder.reset(),
            _ => {}
        }
    }

    pub(crate) fn encode(&mut self, samples: &Samples) {
        self.begin_own();
        if let Encoder::G711(law) = &self.encoder {
            self.length = FRAME_SAMPLES;
            law.encode(samples, &mut self.bytes);
        }
    }

    pub(crate) fn encode_wide(&mut self, samples: &WideSamples) {
        self.begin_own();
        self.make_wide(samples);
        // The encoder says that there is nothing to be said (RFC 7587 §3.1.3).
        if self.codec == Codec::Opus && self.opus.dtx && opus::is_pause(self.payload()) {
            self.length = 0;
        }
    }

    fn make_wide(&mut self, samples: &WideSamples) {
        match &mut self.encoder {
            Encoder::G711(_) => {}
            Encoder::G722(encoder) => {
                self.length = FRAME_SAMPLES;
                encoder.encode(samples, &mut self.bytes);
            }
            Encoder::Opus(encoder) => {
                let room = self.bytes.first_chunk_mut().expect("there is room for the longest packet");
                self.length = encoder.encode(samples, room);
            }
        }
    }

    /// After a frame of sound of our own.
    pub(crate) fn settle(&mut self) {
        self.settling = SETTLING;
    }

    fn obey(&mut self) {
        if let Encoder::Opus(encoder) = &mut self.encoder {
            encoder.obey(&self.opus);
        }
    }

    fn begin_own(&mut self) {
        self.said = Said::Own;
        self.quiet = 0;
    }
}

impl Encoder {
    fn new(codec: Codec) -> Self {
        match codec {
            Codec::Pcmu => Self::G711(Law::Mu),
            Codec::Pcma => Self::G711(Law::A),
            Codec::G722 => Self::G722(Box::default()),
            Codec::Opus => Self::Opus(Box::default()),
        }
    }
}
