//! The targets: a name, and what is done with the bytes.

mod acs_body;
mod azure_message;
mod choices;
mod configuration;
mod dial_plan;
mod event_filter;
mod filter_text;
mod identifier;
mod journal;
mod recording;
mod rtcp;
mod rtp_packet;
mod rtp_session;
mod sdp;
mod signaling;
mod sound_file;
mod spoken_sound;
mod srtp;
mod ssml;
mod tenant_document;
mod token;
mod voice;

/// A parser, and what must hold of it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// The longest input that is tried: longer ones teach nothing new.
    pub longest: usize,
    /// Panics when something does not hold.
    pub run: fn(&[u8]),
}

/// All of them, in alphabetical order.
pub const ALL: &[Target] = &[
    Target { name: "acs_body", longest: 4_096, run: acs_body::run },
    Target { name: "azure_message", longest: 4_096, run: azure_message::run },
    Target { name: "choices", longest: 512, run: choices::run },
    Target { name: "configuration", longest: 2_048, run: configuration::run },
    Target { name: "dial_plan", longest: 256, run: dial_plan::run },
    Target { name: "event_filter", longest: 4_096, run: event_filter::run },
    Target { name: "filter_text", longest: 512, run: filter_text::run },
    Target { name: "identifier", longest: 256, run: identifier::run },
    Target { name: "journal", longest: 8_192, run: journal::run },
    Target { name: "recording", longest: 512, run: recording::run },
    Target { name: "rtcp", longest: 1_500, run: rtcp::run },
    Target { name: "rtp_packet", longest: 1_500, run: rtp_packet::run },
    Target { name: "rtp_session", longest: 4_096, run: rtp_session::run },
    Target { name: "sdp", longest: 4_096, run: sdp::run },
    Target { name: "sip_digest", longest: 2_100, run: signaling::digest },
    Target { name: "sip_message", longest: 4_096, run: signaling::message },
    Target { name: "sip_stream", longest: 8_192, run: signaling::stream },
    Target { name: "sip_uri", longest: 600, run: signaling::uri },
    Target { name: "sound_file", longest: 8_192, run: sound_file::run },
    Target { name: "spoken_sound", longest: 4_096, run: spoken_sound::run },
    Target { name: "srtp", longest: 1_500, run: srtp::run },
    Target { name: "ssml", longest: 4_096, run: ssml::run },
    Target { name: "tenant_document", longest: 2_048, run: tenant_document::run },
    Target { name: "token", longest: 2_048, run: token::run },
    Target { name: "voice", longest: 4_096, run: voice::run },
];

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|target| target.name == name)
    }
}
