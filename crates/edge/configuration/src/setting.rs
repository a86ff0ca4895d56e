//! The table of all settings that are one value.

use std::fmt;

use crate::place::Place;

/// One setting: its name in the file, its flag, its default, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key in the file, dotted; the environment variable is made from it.
    pub key: &'static str,
    /// The flag of `ringdown serve`, for settings that have one.
    pub flag: Option<&'static str>,
    /// What holds when nobody says anything; empty means "none".
    pub default: &'static str,
    /// What holds instead in demo mode.
    pub demo_default: Option<&'static str>,
    /// One sentence for people.
    pub about: &'static str,
}

/// Who said what a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody.
    Default,
    /// Nobody, in demo mode.
    Demo,
    /// Nobody; it follows another setting.
    Follows(&'static str),
    /// The configuration file.
    File(Place),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Setting {
    /// The setting of this key.
    pub fn named(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Its environment variable: `RINGDOWN_API_LISTEN` for `api.listen`.
    pub fn variable(&self) -> String {
        let name: String = self
            .key
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' })
            .collect();
        format!("RINGDOWN_{name}")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Demo => f.write_str("demo mode"),
            Self::Follows(key) => write!(f, "follows {key}"),
            Self::File(place) => write!(f, "file {place}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

const fn setting(
    key: &'static str,
    flag: Option<&'static str>,
    default: &'static str,
    about: &'static str,
) -> Setting {
    Setting { key, flag, default, demo_default: None, about }
}

const fn in_demo(setting: Setting, demo_default: &'static str) -> Setting {
    Setting { demo_default: Some(demo_default), ..setting }
}

/// All of them, in the order in which they are printed.
pub const SETTINGS: &[Setting] = &[
    setting("data", Some("--data"), "./ringdown-data", "where the database, keys and certificates live"),
    setting(
        "demo",
        Some("--demo"),
        "false",
        "a tenant, numbers, phones and a line that answers, on loopback",
    ),
    setting("api.listen", Some("--api"), "127.0.0.1:8443", "HTTPS for applications"),
    in_demo(
        setting("api.http", Some("--http"), "off", "plain HTTP for applications, or off; loopback only"),
        "127.0.0.1:8080",
    ),
    setting(
        "api.hosts",
        None,
        "localhost,127.0.0.1",
        "names in the certificate; the first is in the endpoint",
    ),
    setting("api.certificate", None, "", "PEM file with the certificate chain; our own when empty"),
    setting("api.key", None, "", "PEM file with the key of api.certificate"),
    setting("web.listen", Some("--web"), "127.0.0.1:8480", "administration, for the web and the commands"),
    setting(
        "metrics.listen",
        None,
        "off",
        "/metrics for Prometheus over plain HTTP without a token, or off; loopback or a private address only",
    ),
    setting(
        "sip.listen",
        Some("--sip"),
        "127.0.0.1:5060",
        "SIP over UDP and TCP; for both families such as 0.0.0.0:5060,[::]:5060",
    ),
    setting("sip.tls", None, "127.0.0.1:5061", "SIP over TLS, of one family or both, or off"),
    setting(
        "sip.tls-client",
        None,
        "none",
        "whether whoever connects over TLS shows a certificate: none, requested, required",
    ),
    setting(
        "sip.tls-client-ca",
        None,
        "",
        "PEM file of the authorities that sign the certificates of others",
    ),
    setting(
        "sip.tls-own-certificate",
        None,
        "",
        "PEM file with the certificate chain that we show to a trunk that asks for one; api.certificate when absent",
    ),
    setting("sip.tls-own-key", None, "", "PEM file with the key of sip.tls-own-certificate"),
    setting(
        "sip.advertise",
        None,
        "",
        "the address phones shall use, when it is not the one we bind; one for each family",
    ),
    setting(
        "sip.name",
        None,
        "",
        "our host name in Contact and From toward session border controllers that customers name; in our certificate",
    ),
    in_demo(
        setting(
            "sip.allow-private",
            None,
            "",
            "private networks where session border controllers that customers name may be: as outgoing.allow-private",
        ),
        "loopback",
    ),
    setting("sip.realm", None, "ringdown", "the realm in which phones authenticate"),
    setting(
        "sip.digest",
        None,
        "md5",
        "what phones are asked to authenticate with: md5, or sha-256 with md5 for the rest",
    ),
    setting(
        "sip.session-timer",
        None,
        "1800",
        "seconds, 90 or more, after which a call whose far end has vanished is over",
    ),
    setting(
        "sip.trunk-ping",
        None,
        "off",
        "seconds between two OPTIONS that ask a trunk whether it is there, or off",
    ),
    in_demo(
        setting(
            "sip.strangers",
            None,
            "refuse",
            "who may call service numbers unknown: refuse, loopback, allow",
        ),
        "loopback",
    ),
    setting(
        "sip.emergency-numbers",
        None,
        "112,911",
        "what a phone dials for help; such calls leave through any trunk and are kept clear of all limits",
    ),
    setting(
        "media.address",
        None,
        "127.0.0.1",
        "the address of RTP sockets; one for each family, such as 192.0.2.1,2001:db8::1",
    ),
    setting(
        "media.advertise",
        None,
        "",
        "the address in session descriptions, when it is not media.address; one for each family",
    ),
    setting("media.ports", None, "20000-29999", "RTP takes the even ports of this range"),
    setting(
        "media.codecs",
        None,
        "g722,pcmu,pcma,opus",
        "the codecs that are spoken, the preferred one first; what others in the call speak goes before it",
    ),
    setting("media.threads", None, "auto", "threads that carry sound; auto is half of the cores"),
    in_demo(
        setting(
            "outgoing.allow-private",
            None,
            "",
            "private networks where webhooks and play files may be: loopback, addresses, ranges such as 10.1.0.0/16",
        ),
        "loopback",
    ),
    setting(
        "outgoing.extra-ca",
        None,
        "",
        "PEM file of authorities trusted for outgoing requests besides the usual",
    ),
    setting("limits.calls", None, "10000", "calls at the same time"),
    setting("limits.waiting-calls", None, "4000", "calls that have arrived and wait for an answer"),
    setting(
        "limits.waiting-calls-per-source",
        None,
        "1000",
        "the same, from one address that is no trunk's, or from one /64 of IPv6",
    ),
    setting("limits.waiting-calls-per-trunk", None, "2000", "the same, from one trunk"),
    setting(
        "limits.calls-for-help",
        None,
        "32",
        "calls to sip.emergency-numbers for which there is room beyond all other limits",
    ),
    setting(
        "limits.calls-per-second",
        None,
        "5000",
        "new calls that are taken in a second, or off; more are told to come back (503, Retry-After)",
    ),
    setting(
        "limits.calls-per-second-per-source",
        None,
        "off",
        "the same, from one address that is no trunk's; a trunk has its own calls-per-second",
    ),
    setting(
        "limits.late-ms",
        None,
        "50",
        "milliseconds that work may be late before new calls are told to come back (503, Retry-After), or off",
    ),
    setting(
        "limits.sip-connections",
        None,
        "10000",
        "SIP connections over TCP and TLS at the same time; further ones are closed at once",
    ),
    setting("limits.sip-connections-per-source", None, "1000", "the same, from one address"),
    setting(
        "limits.contacts-per-phone",
        None,
        "8",
        "devices that may be registered for one phone account at the same time",
    ),
    setting(
        "limits.unknown-per-second",
        None,
        "100",
        "SIP messages in a second, from one address that nobody knows, that are answered",
    ),
    setting(
        "limits.wrong-passwords-per-minute",
        None,
        "10",
        "wrong passwords in a minute, from one address for one phone; then even the right one is refused",
    ),
    setting("limits.participants", None, "350", "participants in one call"),
    setting("limits.queued-operations", None, "64", "media operations waiting in one call"),
    setting("limits.applications", None, "16", "applications that may hold one call"),
    setting(
        "calls.same-number-twice",
        None,
        "false",
        "whether a phone number may be called into a call in which it is already; Azure refuses that",
    ),
    setting(
        "calls.tones-wait-for-answer",
        None,
        "false",
        "whether DTMF tones for somebody who is being called are kept until they answer; Azure refuses them",
    ),
    setting(
        "limits.requests-per-second",
        None,
        "5000",
        "HTTP requests that one client address, or one resource, may make in a second, or off; more get 429",
    ),
    setting("limits.drain-seconds", None, "30", "how long a stopping server waits for calls to end"),
    setting(
        "journal.max-mb",
        None,
        "256",
        "megabytes for the journal from which calls are replayed; 0 keeps none",
    ),
    setting("speech.voices", None, "embedded", "who speaks words: embedded, azure, openai or local"),
    setting("speech.ears", None, "embedded", "who understands speech: embedded, azure or openai"),
    setting("speech.minds", None, "embedded", "who tells moods and sums up calls: embedded or openai"),
    setting("speech.azure", None, "", "a resource of Azure AI Speech: its region, or its https address"),
    setting("speech.azure-key", None, "", "the file that holds the key of speech.azure"),
    setting(
        "speech.openai",
        None,
        "https://api.openai.com",
        "a server with OpenAI's audio and chat interfaces: what stands before /v1",
    ),
    setting(
        "speech.openai-key",
        None,
        "",
        "the file that holds the key of speech.openai, if it asks for one",
    ),
    setting("speech.openai-voice-model", None, "gpt-4o-mini-tts", "its model that speaks"),
    setting("speech.openai-voice", None, "alloy", "its voice, where an application names none of its own"),
    setting("speech.openai-ear-model", None, "whisper-1", "its model that listens"),
    setting("speech.openai-mind-model", None, "gpt-4o-mini", "its model that tells moods and sums up"),
    setting(
        "speech.hosts",
        None,
        "",
        "who speaks and listens for calls whose cognitiveServicesEndpoint is at a host, such as a.example=azure",
    ),
    setting(
        "speech.local-voice",
        None,
        "",
        "a neural voice of Piper's layout, such as voice.onnx with voice.onnx.json beside it, for local",
    ),
    setting(
        "speech.onnx-runtime",
        None,
        "libonnxruntime.so",
        "the library that runs neural voices: its path, or a name that is searched for",
    ),
    setting(
        "speech.model",
        None,
        "/usr/share/pocketsphinx/model/en-us",
        "the folder of the embedded ear's model",
    ),
    setting("speech.decoders", None, "2", "threads that decode for the embedded ear"),
    setting(
        "speech.least-score",
        None,
        "-45",
        "what the embedded ear still takes for a choice; higher turns more away",
    ),
    setting(
        "recording.folder",
        None,
        "",
        "where recordings are made, and kept unless there is a storage; data/recordings when empty",
    ),
    setting("recording.keep-hours", None, "24", "hours after which recordings are deleted"),
    setting(
        "recording.chunk-minutes",
        None,
        "240",
        "minutes after which a recording goes on in another file",
    ),
    setting("recording.chunk-mb", None, "3072", "megabytes, at most 4000, after which it does so too"),
    setting("recording.at-once", None, "1000", "recordings of one resource at the same time"),
    setting("recording.max-gb", None, "off", "gigabytes that one resource may keep, or off"),
    setting("recording.threads", None, "1", "threads that encode and write recordings"),
    setting(
        "recording.host",
        None,
        "",
        "host, or host:port, in the locations of recordings; newer SDKs want one that ends in .asm.skype.com",
    ),
    setting(
        "recording.storage",
        None,
        "",
        "the container of an object storage, such as https://s3.example.org/bucket; this disk when empty",
    ),
    setting("recording.storage-kind", None, "auto", "s3, azure, or auto: read off the address"),
    setting("recording.storage-key", None, "", "the access key id (s3) and the region as id@region"),
    setting("recording.storage-secret", None, "", "the file that holds the secret key of recording.storage"),
    setting(
        "recording.destinations",
        None,
        "",
        "containers that applications may name and that the keys of recording.storage open",
    ),
    setting(
        "recording.announce",
        None,
        "",
        "words that everybody hears before they are recorded; none when empty",
    ),
    setting("recording.announce-language", None, "en-US", "the language of these words"),
    setting("recording.announce-file", None, "", "a WAV or MP3 file that everybody hears instead of words"),
    setting("log.level", None, "info", "error, warn, info, debug, trace, or per-module directives"),
    setting("log.format", None, "auto", "text, json, or auto: text on a terminal"),
];
