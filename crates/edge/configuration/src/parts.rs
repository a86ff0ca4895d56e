//! The parts of a configuration that was read and checked.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use media_edge::RtpCodec;
use outbound_http::AllowedNetwork;

use crate::layers::Values;
use crate::recording::Recording;
use crate::speech::Speech;
use crate::subscription_entry::SubscriptionEntry;
use crate::tenant_entry::TenantEntry;

/// Everything the server was told.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where the database, keys and certificates live.
    pub data: PathBuf,
    /// Demo mode.
    pub demo: bool,
    /// The listeners for applications.
    pub api: Api,
    /// The listener for administration.
    pub web: SocketAddr,
    /// The listener for Prometheus, if any.
    pub metrics: Option<SocketAddr>,
    /// Signaling.
    pub sip: Sip,
    /// Sound.
    pub media: Media,
    /// Requests to other people's servers.
    pub outgoing: Outgoing,
    /// What the server takes on.
    pub limits: Limits,
    /// The journal from which calls are replayed takes at most so many bytes; none is kept at 0.
    pub journal_bytes: u64,
    /// Recordings.
    pub recording: Recording,
    /// Speech.
    pub speech: Speech,
    /// Where the log goes.
    pub log: Log,
    /// Customer organisations.
    pub tenants: Vec<TenantEntry>,
    /// Event Grid subscriptions.
    pub subscriptions: Vec<SubscriptionEntry>,
    /// All settings with who said them.
    pub values: Values,
}

/// The listeners for applications.
#[derive(Clone, Debug)]
pub struct Api {
    /// HTTPS.
    pub listen: SocketAddr,
    /// Plain HTTP, if any.
    pub http: Option<SocketAddr>,
    /// Names in the certificate, at least one.
    pub hosts: Vec<String>,
    /// Certificate chain and key brought by the operator.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Signaling.
#[derive(Clone, Debug)]
pub struct Sip {
    /// UDP and TCP: one address, or one of each family.
    pub listen: Vec<SocketAddr>,
    /// TLS, if any.
    pub tls: Vec<SocketAddr>,
    /// Whether whoever connects over TLS shows a certificate.
    pub tls_client: ClientCertificate,
    /// Who may have signed it.
    pub tls_client_ca: Option<PathBuf>,
    /// The certificate and key that we show to trunks that ask for one.
    pub tls_own: Option<(PathBuf, PathBuf)>,
    /// What phones shall use instead of the addresses we bind.
    pub advertise: Vec<IpAddr>,
    /// What session border controllers that customers name call us.
    pub name: Option<Box<str>>,
    /// Which private networks those may be in.
    pub allow_private: Vec<AllowedNetwork>,
    /// The realm of digest authentication.
    pub realm: String,
    /// Whether phones are offered SHA-256 besides MD5.
    pub offer_sha256: bool,
    /// A call whose far end has vanished is over after so many seconds.
    pub session_timer_s: u32,
    /// The pause between two questions to a trunk whether it is there.
    pub trunk_ping: Option<Duration>,
    /// Whose calls are taken without knowing them.
    pub strangers: Reach,
    /// What is dialled for help.
    pub emergency_numbers: Vec<Box<str>>,
}

/// Sound.
#[derive(Clone, Debug)]
pub struct Media {
    /// The addresses of RTP sockets: one, or one of each family.
    pub addresses: Vec<IpAddr>,
    /// Named in session descriptions instead, each for the address of its family.
    pub advertise: Vec<IpAddr>,
    /// The ports of RTP sockets.
    pub ports: RangeInclusive<u16>,
    /// The codecs that are spoken, the preferred one first.
    pub codecs: Vec<RtpCodec>,
    /// Threads that carry sound.
    pub threads: usize,
}

/// Requests to other people's servers.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which private networks may be reached.
    pub allow_private: Vec<AllowedNetwork>,
    /// Authorities trusted besides the usual.
    pub extra_ca: Option<PathBuf>,
}

/// Whether whoever connects shows a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// Nobody is asked for one.
    None,
    /// Who has one shows it.
    Requested,
    /// Without one there is no connection.
    Required,
}

/// How far something that is dangerous may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Refuse,
    /// On this machine.
    Loopback,
    /// Everywhere.
    Allow,
}

/// What the server takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls at the same time.
    pub calls: usize,
    /// Calls that have arrived and wait for an answer.
    pub waiting_calls: usize,
    /// The same, from one address that is no trunk's.
    pub waiting_calls_per_source: usize,
    /// The same, from one trunk.
    pub waiting_calls_per_trunk: usize,
    /// Calls for help for which there is room beyond all other limits.
    pub calls_for_help: usize,
    /// New calls in a second; as many as come when absent.
    pub calls_per_second: Option<u32>,
    /// The same, from one address that is no trunk's.
    pub calls_per_second_per_source: Option<u32>,
    /// How late work may be before new calls are refused; however late when absent.
    pub late: Option<Duration>,
    /// SIP connections over TCP and TLS at the same time.
    pub sip_connections: usize,
    /// The same, from one address.
    pub sip_connections_per_source: usize,
    /// Devices that may be registered for one phone account at the same time.
    pub contacts_per_phone: usize,
    /// SIP messages in a second, from one address that nobody knows, that are answered.
    pub unknown_per_second: u32,
    /// Wrong passwords in a minute, from one address for one phone.
    pub wrong_passwords_per_minute: u32,
    /// Participants in one call.
    pub participants: usize,
    /// Media operations waiting in one call.
    pub queued_operations: usize,
    /// Applications that may hold one call.
    pub applications: usize,
    /// A phone number may be called into a call in which it is already.
    pub same_number_twice: bool,
    /// Tones for somebody who is being called are kept until they answer.
    pub tones_wait_for_answer: bool,
    /// HTTP requests of one address, or one resource, in a second; any number when absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long a stopping server waits for calls to end.
    pub patience: Duration,
}

/// Where the log goes.
#[derive(Clone, Debug)]
pub struct Log {
    /// Directives of `tracing-subscriber`.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}
