//! The SIP side of the phone: sockets, the stack, registration.
//!
//! The stack's own types stay in this file, in `call`, `incoming` and `ladder`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_lc_rs::rand;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::registration::Registration;
use rsipstack::sip::{self, Header, SipMessage, Uri};
use rsipstack::transaction::endpoint::{EndpointOption, MessageInspector};
use rsipstack::transaction::{CallIdFormat, Endpoint, TransactionReceiver};
use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::tls::TlsConfig;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, TransportLayer};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::error::PhoneError;
use crate::ladder::{Direction, Ladder, phrase};
use crate::options::{Account, PhoneOptions, Server, Transport};

/// RFC 3261's 32 seconds are long for somebody who looks at a terminal.
const PATIENCE: Duration = Duration::from_secs(10);
/// Registered for this long at a time.
const EXPIRES_SECONDS: u32 = 300;
/// Where Debian and its relatives keep the authorities of the system.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A running SIP stack.
pub(crate) struct Signaling {
    pub(crate) dialogs: Arc<DialogLayer>,
    pub(crate) incoming: Option<TransactionReceiver>,
    /// Where requests go, whatever their Request-URI.
    pub(crate) destination: SipAddr,
    pub(crate) contact: Uri,
    pub(crate) local: SocketAddr,
    endpoint: Endpoint,
    server: Server,
    heard: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

/// A registration that is kept up until it is given back.
pub(crate) struct Registrar {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Sees every message that goes over the wire.
struct Watch {
    ladder: Ladder,
    heard: Arc<AtomicBool>,
}

impl MessageInspector for Watch {
    fn before_send(&self, mut message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        if let SipMessage::Request(request) = &mut message {
            for header in request.headers.iter_mut() {
                if let Header::Authorization(value) = header {
                    *header = Header::Authorization(value.value().replace("=SHA256", "=SHA-256").into());
                }
            }
        }
        self.ladder.message(Direction::Sent, &message);
        message
    }

    fn after_received(&self, mut message: SipMessage, from: Option<&SipAddr>) -> SipMessage {
        // RFC 7616 §3.3: the stack has a spelling of its own.
        if let SipMessage::Response(response) = &mut message {
            for header in response.headers.iter_mut() {
                if let Header::WwwAuthenticate(value) = header {
                    *header = Header::WwwAuthenticate(value.value().replace("=SHA-256", "=SHA256").into());
                }
            }
        }
        // The stack makes responses of its own, when time is up for example; those come from nowhere.
        if from.is_some() {
            self.heard.store(true, Ordering::Relaxed);
            self.ladder.message(Direction::Received, &message);
        }
        message
    }
}

impl Signaling {
    /// Opens sockets toward the server and starts the stack.
    pub(crate) async fn start(options: &PhoneOptions, ladder: Ladder) -> Result<Self, PhoneError> {
        let server = options.server.clone();
        let remote = resolve(&server).await?;
        let bound = match options.listen {
            Some(listen) => listen,
            None => SocketAddr::new(local_address(remote).await.map_err(PhoneError::Socket)?, 0),
        };
        let local_ip = bound.ip();

        let stop = CancellationToken::new();
        let transports = TransportLayer::new(stop.clone());
        let udp = UdpConnection::create_connection(bound, None, Some(stop.child_token()))
            .await
            .map_err(|error| PhoneError::Socket(std::io::Error::other(error.to_string())))?;
        let udp_address = udp.get_addr().get_socketaddr().unwrap_or(SocketAddr::new(local_ip, 0));
        transports.add_transport(udp.into());
        let local = match server.transport {
            Transport::Udp => udp_address,
            Transport::Tcp => listen_for_tcp(local_ip, &transports).await.unwrap_or(udp_address),
            Transport::Tls => {
                transports.set_tls_config(tls_config(options, &server).await?);
                udp_address
            }
        };

        let heard = Arc::new(AtomicBool::new(false));
        let endpoint = EndpointBuilder::new()
            .with_user_agent(concat!("Ringdown phone/", env!("CARGO_PKG_VERSION")))
            .with_transport_layer(transports)
            .with_cancel_token(stop)
            .with_option(EndpointOption {
                t1x64: PATIENCE,
                callid_format: CallIdFormat::Uuid,
                ..EndpointOption::default()
            })
            .with_inspector(Box::new(Watch { ladder, heard: heard.clone() }))
            .build();
        let incoming = endpoint.incoming_transactions().ok();
        let inner = endpoint.inner.clone();
        let task = tokio::spawn(async move {
            if let Err(error) = inner.serve().await {
                tracing::debug!(%error, "the SIP stack of the phone stopped");
            }
        });
        let contact =
            uri(&format!("sip:{}@{local}{}", options.user(), transport_parameter(server.transport)))?;
        let signaling = Self {
            dialogs: Arc::new(DialogLayer::new(endpoint.inner.clone())),
            incoming,
            destination: SipAddr::new(sip_transport(server.transport), remote.into()),
            contact,
            local,
            endpoint,
            server,
            heard,
            task,
        };
        signaling.connect().await?;
        Ok(signaling)
    }

    /// Makes the connection of a TCP or TLS server now, so that a failure has its reason.
    async fn connect(&self) -> Result<(), PhoneError> {
        if self.server.transport == Transport::Udp {
            return Ok(());
        }
        let transports = &self.endpoint.inner.transport_layer;
        match timeout(PATIENCE, transports.lookup(&self.destination, None)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.unreachable(error.to_string())),
            Err(_) => Err(self.unreachable("it does not answer")),
        }
    }

    /// Whether anything at all came from the server.
    pub(crate) fn heard_anything(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    /// Nobody answers.
    pub(crate) fn unreachable(&self, reason: impl Into<String>) -> PhoneError {
        PhoneError::Unreachable { server: self.server.to_string(), reason: reason.into() }
    }

    /// Registers, and keeps that up.
    pub(crate) async fn register(&self, account: &Account) -> Result<Registrar, PhoneError> {
        let mut registration = Registration::new(self.endpoint.inner.clone(), Some(credential(account)));
        registration.outbound_proxy = self.destination.get_socketaddr().ok();
        registration.contact =
            Some(sip::typed::Contact { display_name: None, uri: self.contact.clone(), params: Vec::new() });
        let registrar = uri(&self.server.to_string())?;
        let answer = registration
            .register(registrar.clone(), Some(EXPIRES_SECONDS))
            .await
            .map_err(|error| self.unreachable(error.to_string()))?;
        match answer.status_code.code() {
            200 => {}
            408 | 503 if !self.heard_anything() => return Err(self.unreachable("it does not answer")),
            status => return Err(PhoneError::Refused { status, phrase: phrase(&answer.status_code) }),
        }
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_registered(registration, registrar, stop.clone()));
        Ok(Registrar { stop, task })
    }

    /// Lets go of sockets and stack.
    pub(crate) async fn close(self) {
        self.endpoint.shutdown();
        let _ = timeout(Duration::from_secs(1), self.task).await;
    }
}

impl Registrar {
    /// Gives the registration back.
    pub(crate) async fn release(self) {
        self.stop.cancel();
        let _ = timeout(Duration::from_secs(2), self.task).await;
    }
}

async fn keep_registered(mut registration: Registration, registrar: Uri, stop: CancellationToken) {
    loop {
        let half = Duration::from_secs(u64::from(registration.expires().max(10)) / 2);
        tokio::select! {
            () = tokio::time::sleep(half) => {
                let _ = registration.register(registrar.clone(), Some(EXPIRES_SECONDS)).await;
            }
            () = stop.cancelled() => {
                let _ = registration.register(registrar.clone(), Some(0)).await;
                return;
            }
        }
    }
}

/// The stack's form of an account.
pub(crate) fn credential(account: &Account) -> Credential {
    Credential {
        username: account.name.clone(),
        password: account.password.expose().clone(),
        realm: None,
        auth_username: None,
    }
}

/// Reads an address.
pub(crate) fn uri(text: &str) -> Result<Uri, PhoneError> {
    let sound = text.len() <= 512 && text.chars().all(|letter| letter.is_ascii_graphic());
    if !sound {
        return Err(PhoneError::Target(text.to_owned()));
    }
    Uri::try_from(text).map_err(|_| PhoneError::Target(text.to_owned()))
}

/// 64 unpredictable bits, for the numbers of a stream and a session.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    // Without randomness the numbers are only guessable, which a test phone survives.
    let _ = rand::fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

async fn resolve(server: &Server) -> Result<SocketAddr, PhoneError> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((host, server.port)).await;
    found.ok().and_then(|mut all| all.next()).ok_or_else(|| PhoneError::UnknownServer(server.host.clone()))
}

/// The address of this machine that the server sees.
async fn local_address(remote: SocketAddr) -> std::io::Result<std::net::IpAddr> {
    let any = if remote.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let probe = tokio::net::UdpSocket::bind(any).await?;
    probe.connect(remote).await?;
    Ok(probe.local_addr()?.ip())
}

/// A listener for servers that open a connection of their own toward the phone.
async fn listen_for_tcp(ip: std::net::IpAddr, transports: &TransportLayer) -> Option<SocketAddr> {
    // The stack binds by itself and wants to know the port before.
    let free = tokio::net::TcpListener::bind((ip, 0)).await.ok()?.local_addr().ok()?;
    let listener = TcpListenerConnection::new(free, None).await.ok()?;
    transports.add_transport(listener.into());
    Some(free)
}

async fn tls_config(options: &PhoneOptions, server: &Server) -> Result<TlsConfig, PhoneError> {
    // The process may hold several TLS providers; the stack takes the default one.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let path = options.authorities.clone().unwrap_or_else(|| SYSTEM_AUTHORITIES.into());
    let pem = tokio::fs::read(&path).await.map_err(|reason| PhoneError::Authorities { path, reason })?;
    let is_address = server.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    Ok(TlsConfig {
        ca_certs: Some(pem),
        sni_hostname: (!is_address).then(|| server.host.clone()),
        ..TlsConfig::default()
    })
}

fn sip_transport(transport: Transport) -> sip::Transport {
    match transport {
        Transport::Udp => sip::Transport::Udp,
        Transport::Tcp => sip::Transport::Tcp,
        Transport::Tls => sip::Transport::Tls,
    }
}

fn transport_parameter(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "",
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
    }
}
