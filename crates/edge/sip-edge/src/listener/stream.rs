//! TCP and TLS connections, in and out, read by us and handed to the library message by message.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rsipstack::sip::SipMessage;
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::channel::ChannelConnection;
use rsipstack::transport::{SipConnection, TransportEvent};
use rustls::pki_types::ServerName;
use tenant::SipTransport;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::certificate::names;
use super::intake::Intake;
use super::outgoing;
use crate::config::SipLimits;
use crate::guard::{Framing, Gate, Source, Verdict, frame_length};
use crate::uri::{library_transport, sip_addr};

/// A handshake, or the wait for the first message, may take this long.
const SETUP: Duration = Duration::from_secs(10);
/// A connection on which nothing is said for this long is closed.
const IDLE: Duration = Duration::from_secs(3 * 3600);

/// Whether a peer takes a connection instead of a large datagram, it has to say within this time.
const TRIAL: Duration = Duration::from_secs(1);
/// One that does not is sent large datagrams for so long.
const HOPELESS: Duration = Duration::from_secs(3600);
/// Of more peers than this nothing is remembered.
const MOST_HOPELESS: usize = 10_000;

/// All connections of this edge.
#[derive(Clone)]
pub(crate) struct Streams {
    endpoint: EndpointInnerRef,
    stop: CancellationToken,
    gate: Arc<Gate>,
    intake: Intake,
    limits: SipLimits,
    trust: Option<Arc<rustls::ClientConfig>>,
    open: Arc<Mutex<Open>>,
    /// Peers that were sent datagrams and took no connection, and when.
    without_tcp: Arc<Mutex<HashMap<SocketAddr, Instant>>>,
    /// When the log was told last of somebody whose certificate is not taken.
    told: Arc<Mutex<Option<Instant>>>,
}

#[derive(Default)]
struct Open {
    total: usize,
    by_source: HashMap<IpAddr, usize>,
    by_peer: HashMap<(SipTransport, SocketAddr), Peer>,
}

struct Peer {
    closed: CancellationToken,
    /// In its certificate.
    names: Names,
}

/// The names in a certificate that was verified.
pub(crate) type Names = Arc<[Box<str>]>;

/// Why a connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("connect to {0}: no answer in time")]
    TimedOut(SocketAddr),
    #[error("connect to {0}: {1}")]
    Refused(SocketAddr, #[source] io::Error),
    #[error("connect to {0} over TLS: sip.tls_trust names nobody whom we trust")]
    NoTrust(SocketAddr),
    #[error("connect to {0} over TLS: {1} is no host name")]
    Name(SocketAddr, String),
}

impl Streams {
    pub fn new(
        endpoint: EndpointInnerRef,
        stop: CancellationToken,
        gate: Arc<Gate>,
        intake: Intake,
        limits: SipLimits,
        trust: Option<Arc<rustls::ClientConfig>>,
    ) -> Self {
        Self {
            endpoint,
            stop,
            gate,
            intake,
            limits,
            trust,
            open: Arc::default(),
            without_tcp: Arc::default(),
            told: Arc::default(),
        }
    }

    /// Takes connections from `listener` until the edge stops.
    pub fn accept(&self, listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>) {
        let streams = self.clone();
        let acceptor = tls.map(TlsAcceptor::from);
        tokio::spawn(async move {
            while let Some(accepted) = streams.stop.run_until_cancelled(listener.accept()).await {
                match accepted {
                    Ok((stream, peer)) => streams.greet(stream, peer, acceptor.clone()),
                    Err(error) => {
                        // Out of descriptors: waiting is all that helps.
                        warn!(%error, "cannot accept a connection: {error}");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
    }

    fn greet(&self, stream: TcpStream, peer: SocketAddr, acceptor: Option<TlsAcceptor>) {
        let transport = if acceptor.is_some() { SipTransport::Tls } else { SipTransport::Tcp };
        let Some(mut place) = self.place(transport, peer) else {
            meter::SIP_CONNECTIONS_REFUSED.count([]);
            debug!(%peer, "a connection is refused: too many are open");
            return;
        };
        let _ = stream.set_nodelay(true);
        let streams = self.clone();
        tokio::spawn(async move {
            match acceptor {
                None => streams.serve(stream, place).await,
                Some(acceptor) => match timeout(SETUP, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        place.certify(names(stream.get_ref().1.peer_certificates()));
                        streams.serve(stream, place).await;
                    }
                    Ok(Err(error)) => {
                        meter::TLS_FAILURES.count(["sip"]);
                        // Who has no certificate that we take wants to know why; who speaks no TLS at all is noise.
                        match error.get_ref().is_some_and(is_about_certificate) && streams.may_tell() {
                            true => info!(%peer, %error, "a TLS connection is refused: {error}"),
                            false => debug!(%peer, %error, "a TLS handshake failed"),
                        }
                    }
                    Err(_) => {
                        meter::TLS_FAILURES.count(["sip"]);
                        debug!(%peer, "a TLS handshake took too long");
                    }
                },
            }
        });
    }

    /// Whether the log may be told of a refusal: once a second, or strangers would fill it.
    fn may_tell(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let may = told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1));
        if may {
            *told = Some(Instant::now());
        }
        may
    }

    /// Whether there is a connection to this peer.
    pub fn is_connected(&self, transport: SipTransport, peer: SocketAddr) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.by_peer.get(&(transport, peer)).is_some_and(|peer| !peer.closed.is_cancelled())
    }

    /// The names in the certificate of this peer; none when it has shown none.
    pub fn names(&self, transport: SipTransport, peer: SocketAddr) -> Names {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.by_peer.get(&(transport, peer)).map_or_else(Names::default, |peer| Arc::clone(&peer.names))
    }

    /// Makes sure that there is a connection to this peer, known as `host` to its certificate.
    pub async fn connect(
        &self,
        transport: SipTransport,
        peer: SocketAddr,
        host: &str,
    ) -> Result<(), ConnectError> {
        if transport == SipTransport::Udp || self.is_connected(transport, peer) {
            return Ok(());
        }
        let stream = timeout(SETUP, TcpStream::connect(peer))
            .await
            .map_err(|_| ConnectError::TimedOut(peer))?
            .map_err(|error| ConnectError::Refused(peer, error))?;
        let _ = stream.set_nodelay(true);
        let Some(mut place) = self.place(transport, peer) else {
            return Err(ConnectError::Refused(peer, io::Error::other("too many connections")));
        };
        if transport == SipTransport::Tcp {
            self.start(stream, place).await;
            return Ok(());
        }
        let trust = self.trust.clone().ok_or(ConnectError::NoTrust(peer))?;
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| ConnectError::Name(peer, host.to_owned()))?;
        let stream = timeout(SETUP, TlsConnector::from(trust).connect(name, stream))
            .await
            .map_err(|_| ConnectError::TimedOut(peer))?
            .map_err(|error| {
                meter::TLS_FAILURES.count(["trunk"]);
                ConnectError::Refused(peer, error)
            })?;
        place.certify(names(stream.get_ref().1.peer_certificates()));
        self.start(stream, place).await;
        Ok(())
    }

    /// Whether there is a connection now to a peer that is usually sent datagrams. One that takes none is not
    /// asked again for a while.
    pub async fn takes_tcp(&self, peer: SocketAddr) -> bool {
        if self.is_connected(SipTransport::Tcp, peer) {
            return true;
        }
        let is_hopeless = |asked: &Instant| asked.elapsed() < HOPELESS;
        let lock = || self.without_tcp.lock().unwrap_or_else(PoisonError::into_inner);
        if lock().get(&peer).is_some_and(is_hopeless) {
            return false;
        }
        let connecting = timeout(TRIAL, self.connect(SipTransport::Tcp, peer, "")).await;
        let takes_it = matches!(connecting, Ok(Ok(())));
        if !takes_it {
            let mut without = lock();
            if without.len() >= MOST_HOPELESS {
                without.retain(|_, asked| is_hopeless(asked));
            }
            if without.len() < MOST_HOPELESS {
                without.insert(peer, Instant::now());
            }
        }
        takes_it
    }

    fn place(&self, transport: SipTransport, peer: SocketAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let from_source = open.by_source.get(&peer.ip()).copied().unwrap_or(0);
        if open.total >= self.limits.connections || from_source >= self.limits.connections_per_source {
            return None;
        }
        let closed = self.stop.child_token();
        open.total += 1;
        open.by_source.insert(peer.ip(), from_source + 1);
        let known = Peer { closed: closed.clone(), names: Names::default() };
        open.by_peer.insert((transport, peer), known);
        let name = if transport == SipTransport::Tls { "tls" } else { "tcp" };
        let counted = meter::SIP_CONNECTIONS.hold([name]);
        let (open, names) = (Arc::clone(&self.open), Names::default());
        Some(Place { open, transport, peer, closed, names, _counted: counted })
    }

    async fn serve<S>(&self, stream: S, place: Place)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        self.start(stream, place).await;
    }

    /// Makes the connection known to the library and starts its two halves.
    async fn start<S>(&self, stream: S, place: Place)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (to_library, incoming) = mpsc::unbounded_channel();
        let (outgoing, from_library) = mpsc::unbounded_channel();
        let address = sip_addr(place.transport, place.peer);
        let channel =
            ChannelConnection::create_connection(incoming, outgoing, address, Some(place.closed.clone()))
                .await;
        // Creating a channel does nothing that could fail.
        let Ok(channel) = channel else { return };
        let connection = SipConnection::Channel(channel);
        self.endpoint.transport_layer.add_connection(connection.clone());

        let (read, write) = tokio::io::split(stream);
        let (answers, own) = mpsc::channel(16);
        let (closed, peer) = (place.closed.clone(), place.peer);
        tokio::spawn(async move {
            let writing = outgoing::write(write, from_library, own);
            if let Some(closing) = closed.run_until_cancelled(writing).await {
                debug!(%peer, "a connection is closed: {closing}");
            }
            closed.cancel();
        });
        let (endpoint, gate, intake) =
            (Arc::clone(&self.endpoint), Arc::clone(&self.gate), self.intake.clone());
        tokio::spawn(async move {
            let reader = Reader { connection, place, gate, intake, to_library, answers };
            reader.place.closed.clone().run_until_cancelled(reader.run(read)).await;
            reader.place.closed.cancel();
            endpoint.transport_layer.remove_connection(&reader.connection);
        });
    }
}

fn is_about_certificate(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    use rustls::Error::{InvalidCertificate, NoCertificatesPresented};
    matches!(error.downcast_ref(), Some(InvalidCertificate(_) | NoCertificatesPresented))
}

/// A connection's place among those that are open; given back when dropped.
struct Place {
    open: Arc<Mutex<Open>>,
    transport: SipTransport,
    peer: SocketAddr,
    closed: CancellationToken,
    names: Names,
    /// Counted among those that are open.
    _counted: meter::Held,
}

impl Place {
    /// The peer has shown a certificate with these names.
    fn certify(&mut self, names: Names) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = open.by_peer.get_mut(&(self.transport, self.peer)) {
            peer.names = Arc::clone(&names);
        }
        self.names = names;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.closed.cancel();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(count) = open.by_source.get_mut(&self.peer.ip()) {
            *count -= 1;
            if *count == 0 {
                open.by_source.remove(&self.peer.ip());
            }
        }
        let key = (self.transport, self.peer);
        if open.by_peer.get(&key).is_some_and(|peer| peer.closed.is_cancelled()) {
            open.by_peer.remove(&key);
        }
    }
}

struct Reader {
    connection: SipConnection,
    place: Place,
    gate: Arc<Gate>,
    intake: Intake,
    to_library: mpsc::UnboundedSender<TransportEvent>,
    answers: mpsc::Sender<Vec<u8>>,
}

impl Reader {
    async fn run<R: AsyncRead + Unpin>(&self, mut read: R) {
        let mut buffer: Vec<u8> = Vec::new();
        let mut patience = SETUP;
        loop {
            let mut chunk = [0; 8192];
            let Ok(Ok(length)) = timeout(patience, read.read(&mut chunk)).await else { return };
            if length == 0 {
                return;
            }
            buffer.extend_from_slice(&chunk[..length]);
            match self.take_messages(&mut buffer).await {
                Ok(true) => patience = IDLE,
                Ok(false) => {}
                Err(_) => {
                    meter::SIP_MALFORMED.count(["broken-stream"]);
                    debug!(peer = %self.place.peer, "a connection is closed: what it says is no SIP");
                    return;
                }
            }
        }
    }

    /// Takes all complete messages; tells whether there was one.
    async fn take_messages(&self, buffer: &mut Vec<u8>) -> Result<bool, crate::guard::FrameError> {
        let mut any = false;
        loop {
            self.answer_keep_alives(buffer).await;
            let Some(length) = frame_length(buffer)? else { return Ok(any) };
            any = true;
            let message: Vec<u8> = buffer.drain(..length).collect();
            let source = Source { address: self.place.peer, names: &self.place.names };
            match self.gate.judge(&message, Framing::Stream, source) {
                Verdict::Pass(message) => self.hand_over(&message).await,
                Verdict::Answer(answer) => {
                    let _ = self.answers.send(answer).await;
                }
                Verdict::Drop => {}
            }
        }
    }

    /// RFC 5626 §4.4.1: two empty lines are a ping, one is a pong.
    async fn answer_keep_alives(&self, buffer: &mut Vec<u8>) {
        let empty = buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if empty >= 4 {
            let _ = self.answers.send(b"\r\n".to_vec()).await;
        }
        // A line feed may still be on its way: keep a lone carriage return.
        let whole = if buffer.get(empty.wrapping_sub(1)) == Some(&b'\r') { empty - 1 } else { empty };
        buffer.drain(..whole);
    }

    /// Waits until there is room for it; the peer waits too.
    async fn hand_over(&self, message: &[u8]) {
        let Ok(message) = SipMessage::try_from(message) else { return };
        let transport = library_transport(self.place.transport);
        let Ok(message) = SipConnection::update_msg_received(message, self.place.peer, transport) else {
            return;
        };
        let source = sip_addr(self.place.transport, self.place.peer);
        let event = TransportEvent::Incoming(message, self.connection.clone(), source);
        self.intake.enter().await;
        if self.to_library.send(event).is_err() {
            // The library is stopping; the connection will be closed in a moment.
            self.intake.leave();
        }
    }
}
