//! What a phone is told to do.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use redact::Secret;
use sdp::Codec;
use tokio_util::sync::CancellationToken;

use crate::keys::Keys;

/// What a phone is told to do.
#[derive(Clone, Debug)]
pub struct PhoneOptions {
    /// The SIP server: where requests go.
    pub server: Server,
    /// To call or to be called.
    pub purpose: Purpose,
    /// Registers under this name first, and answers the server's challenges.
    pub account: Option<Account>,
    /// The display name of the caller.
    pub display_name: Option<String>,
    /// Pressed once the call is answered.
    pub keys: Keys,
    /// A WAV or MP3 file, said once the call is answered.
    pub play: Option<PathBuf>,
    /// A WAV file of what was heard, from the first sound on, silence included.
    pub record: Option<PathBuf>,
    /// Hangs up this long after the answer; else when the far end does.
    pub lasting: Option<Duration>,
    /// The value of a `User-to-User` header.
    pub user_to_user: Option<String>,
    /// More headers, `X-` ones for example; sent in the INVITE or in its answer.
    pub headers: Vec<(String, String)>,
    /// Puts the far end on hold in the course of the call.
    pub hold: Option<Hold>,
    /// Asks the far end to call somebody else.
    pub transfer: Option<Transfer>,
    /// Codecs to be offered, the preferred one first.
    pub codecs: Vec<Codec>,
    /// A PEM file of authorities that vouch for a TLS server; else those of the system.
    pub authorities: Option<PathBuf>,
    /// Listens at this address for whoever knows it; else at any that is free.
    pub listen: Option<SocketAddr>,
    /// Hangs up and reports when it is cancelled.
    pub stop: CancellationToken,
}

/// To call or to be called.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// Calls somebody.
    Dial {
        /// A number in E.164, a user of the server, or a whole `sip:` address.
        target: String,
        /// Gives up (CANCEL) after ringing for this long.
        give_up: Option<Duration>,
    },
    /// Waits for one call.
    Answer {
        /// Lets it ring before it answers or refuses.
        ring_for: Duration,
        /// Refuses with this SIP status instead of answering.
        refuse_with: Option<u16>,
        /// Stops waiting after this time.
        wait_for: Option<Duration>,
    },
}

/// An account at the server.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user part of its address, and the digest user name.
    pub name: String,
    /// The digest password.
    pub password: Secret<String>,
}

/// A pause in a call.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// From the answer on.
    pub after: Duration,
    /// Until the far end is taken back.
    pub lasting: Duration,
}

/// A transfer (RFC 3515) to be asked for.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// From the answer on.
    pub after: Duration,
    /// A number, a user of the server, or a whole `sip:` address.
    pub target: String,
}

/// Where a SIP server listens: `sip:HOST:PORT;transport=udp|tcp|tls`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// A name or an address (IPv6 in brackets).
    pub host: String,
    /// The port.
    pub port: u16,
    /// How to reach it.
    pub transport: Transport,
}

/// How SIP travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// The text names no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as a SIP server; write for example sip:127.0.0.1:5060;transport=udp")]
pub struct ServerError(String);

impl PhoneOptions {
    /// A phone that calls `target` and does nothing else.
    pub fn dial(server: Server, target: impl Into<String>) -> Self {
        Self::of(server, Purpose::Dial { target: target.into(), give_up: None })
    }

    /// A phone that answers the first call.
    pub fn answer(server: Server) -> Self {
        Self::of(server, Purpose::Answer { ring_for: Duration::ZERO, refuse_with: None, wait_for: None })
    }

    fn of(server: Server, purpose: Purpose) -> Self {
        Self {
            server,
            purpose,
            account: None,
            display_name: None,
            keys: Keys::default(),
            play: None,
            record: None,
            lasting: None,
            user_to_user: None,
            headers: Vec::new(),
            hold: None,
            transfer: None,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            authorities: None,
            listen: None,
            stop: CancellationToken::new(),
        }
    }

    /// The user part of this phone's own address.
    pub(crate) fn user(&self) -> &str {
        self.account.as_ref().map_or("phone", |account| &account.name)
    }

    /// The address that a number, a user or a whole address stands for.
    pub(crate) fn address_of(&self, target: &str) -> String {
        if target.starts_with("sip:") || target.starts_with("sips:") {
            return target.to_owned();
        }
        format!("sip:{target}@{}", self.server.authority())
    }
}

impl Server {
    /// `host:port;transport=…`, the part of an address behind the user; UDP goes without saying.
    pub(crate) fn authority(&self) -> String {
        let parameter = match self.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        format!("{}:{}{parameter}", self.host, self.port)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sip:{}", self.authority())
    }
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        let error = || ServerError(text.to_owned());
        let (rest, mut transport) = match text.strip_prefix("sips:") {
            Some(rest) => (rest, Transport::Tls),
            None => (text.strip_prefix("sip:").unwrap_or(text), Transport::Udp),
        };
        let mut parts = rest.split(';');
        let authority = parts.next().unwrap_or_default();
        for parameter in parts {
            transport = match parameter.to_ascii_lowercase().as_str() {
                "transport=udp" => Transport::Udp,
                "transport=tcp" => Transport::Tcp,
                "transport=tls" => Transport::Tls,
                _ => return Err(error()),
            };
        }
        let standard = if transport == Transport::Tls { 5061 } else { 5060 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| error())?),
            Some(_) | None => (authority, standard),
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let sound = !bare.is_empty()
            && bare.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._:%".contains(letter));
        if sound { Ok(Self { host: host.to_owned(), port, transport }) } else { Err(error()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_in_all_their_forms() {
        let read = |text: &str| text.parse::<Server>().map(|server| server.to_string());
        assert_eq!(read("sip:127.0.0.1:5070").as_deref(), Ok("sip:127.0.0.1:5070"));
        assert_eq!(read("pbx.example.org").as_deref(), Ok("sip:pbx.example.org:5060"));
        assert_eq!(read("sip:h:5060;transport=TCP").as_deref(), Ok("sip:h:5060;transport=tcp"));
        assert_eq!(read("sips:h").as_deref(), Ok("sip:h:5061;transport=tls"));
        assert_eq!(read("sip:[::1]:5060").as_deref(), Ok("sip:[::1]:5060"));
        assert_eq!(read("[::1]").as_deref(), Ok("sip:[::1]:5060"));
        for wrong in ["", "sip:", "sip:h:x", "sip:h;transport=pigeon", "sip:a b:1", "sip:h:99999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
