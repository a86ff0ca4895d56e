//! Why a request got no answer, in words that may be shown to whoever gave the URL.

use std::error::Error;

use crate::resolver::{NameError, NameProblem};

/// Why a request got no answer. None of the messages names an address that a name resolved to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not an absolute URL with a host.
    #[error("use the URL: it is not an absolute http or https URL")]
    InvalidUrl,
    /// Neither http nor https.
    #[error("use the URL: its scheme is not http or https")]
    Scheme,
    /// A user name or a password in the URL.
    #[error("use the URL: it carries a user name or password; send credentials in a header")]
    UserInfo,
    /// A header name or value that HTTP cannot carry.
    #[error("send the header {0}: its name or value is not allowed in HTTP")]
    InvalidHeader(String),
    /// The host leads to an address inside of a network.
    #[error(
        "reach the host {host}: it is on a private network; an operator can allow that network in outgoing.allow-private"
    )]
    PrivateAddress {
        /// As written in the URL.
        host: String,
    },
    /// The name has no address.
    #[error("find an address for the host {host}")]
    UnknownHost {
        /// As written in the URL.
        host: String,
    },
    /// Nobody takes connections there.
    #[error("connect to {host}: the connection was refused or the host cannot be reached")]
    Unreachable {
        /// As written in the URL.
        host: String,
    },
    /// The certificate or the handshake.
    #[error(
        "talk TLS with {host}: its certificate is not trusted or the handshake failed; an operator can add a certificate authority in outgoing.extra-ca"
    )]
    Tls {
        /// As written in the URL.
        host: String,
    },
    /// Not done in time.
    #[error("get an answer from {host} in time")]
    TimedOut {
        /// As written in the URL.
        host: String,
    },
    /// Redirected more often than allowed.
    #[error("follow more than {limit} redirects")]
    TooManyRedirects {
        /// How many were allowed.
        limit: u8,
    },
    /// A redirect without a usable `Location`.
    #[error("follow the redirect of {host}: it names no usable location")]
    BadRedirect {
        /// As written in the URL.
        host: String,
    },
    /// The body is longer than allowed.
    #[error("take the answer of {host}: it is longer than {limit} bytes")]
    TooLarge {
        /// As written in the URL.
        host: String,
        /// The most that is taken.
        limit: usize,
    },
    /// The connection broke, or what came was not HTTP.
    #[error("read the answer of {host}: the connection broke or it is not HTTP")]
    Broken {
        /// As written in the URL.
        host: String,
    },
}

impl OutboundError {
    /// Why the gate refused, in a word for the operator's statistics; `None` where the other side or
    /// the network failed.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::InvalidUrl | Self::InvalidHeader(_) => Some("invalid-url"),
            Self::Scheme => Some("scheme"),
            Self::UserInfo => Some("user-info"),
            Self::PrivateAddress { .. } => Some("private-address"),
            Self::TooManyRedirects { .. } | Self::BadRedirect { .. } => Some("redirects"),
            Self::TooLarge { .. } => Some("too-large"),
            Self::UnknownHost { .. }
            | Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::TimedOut { .. }
            | Self::Broken { .. } => None,
        }
    }
}

/// Finds the reason in the chain of causes.
pub(crate) fn from_reqwest(error: &reqwest::Error, host: &str) -> OutboundError {
    let host = host.to_owned();
    if let Some(problem) = name_problem(error) {
        return match problem {
            NameProblem::Private => OutboundError::PrivateAddress { host },
            NameProblem::Unknown => OutboundError::UnknownHost { host },
        };
    }
    if error.is_timeout() {
        return OutboundError::TimedOut { host };
    }
    if is_tls(error) {
        return OutboundError::Tls { host };
    }
    if error.is_connect() {
        return OutboundError::Unreachable { host };
    }
    OutboundError::Broken { host }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause| cause_of(*cause))
}

// An I/O error hides the error that it wraps from `source`.
fn cause_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

fn name_problem(error: &reqwest::Error) -> Option<NameProblem> {
    causes(error).find_map(|cause| cause.downcast_ref::<NameError>()).map(|name| name.0)
}

// TLS failures arrive as an I/O error that wraps rustls's own.
fn is_tls(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::InvalidData && io.get_ref().is_some())
}
