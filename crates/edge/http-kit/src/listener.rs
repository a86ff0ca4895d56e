//! A listening socket and the connections it accepts, all bounded.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::metered::Metered;
use crate::pace::{ClientNetwork, Pace};
use crate::patience::{Asked, Noted, Patient};
use crate::tls::TlsIdentity;

/// What the listener takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections at the same time; more wait in the kernel's queue.
    pub connections: usize,
    /// From accepting to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the first byte of a request to the end of its headers; also how long a connection is kept on
    /// which nothing is asked.
    pub headers: Duration,
    /// Headers of one request.
    pub header_count: usize,
    /// Bytes of the head of one request.
    pub header_bytes: usize,
    /// Requests that one client address may make in a second; any number when absent. Of an IPv6
    /// address the first 64 bits count.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long requests in progress may take when the listener stops.
    pub last_requests: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 8192,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(60),
            header_count: 100,
            header_bytes: 64 * 1024,
            requests_per_second: None,
            last_requests: Duration::from_secs(10),
        }
    }
}

/// A socket that listens and does not serve yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    tls: Option<TlsIdentity>,
    limits: ConnectionLimits,
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[error("listen on {address}: {source}")]
pub struct BindError {
    /// The address that was asked for.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

impl Listener {
    /// Binds a socket; HTTPS with an identity, plain HTTP without.
    pub async fn bind(
        address: SocketAddr,
        tls: Option<TlsIdentity>,
        limits: ConnectionLimits,
    ) -> Result<Self, BindError> {
        let failed = |source| BindError { address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, tls, limits })
    }

    /// The address, with the port that the system chose when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` resolves, then lets requests in progress finish.
    pub async fn serve(self, router: Router, stop: impl Future<Output = ()>) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        let door = Arc::new(Door {
            server: server(&self.limits),
            tls: self.tls.map(|identity| TlsAcceptor::from(identity.config)),
            router,
            limits: self.limits,
            pace: self.limits.requests_per_second.map(Pace::per_second).map(Arc::new),
        });
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, client, permit) = next_connection(&self.socket, &room) => {
                    tokio::spawn(Arc::clone(&door).welcome(stream, client, permit, graceful.watcher()));
                }
            }
        }
        drop(self.socket);
        // Whoever has not finished by then is cut off with the process.
        let _ = tokio::time::timeout(self.limits.last_requests, graceful.shutdown()).await;
    }
}

async fn next_connection(
    socket: &TcpListener,
    room: &Arc<Semaphore>,
) -> (TcpStream, IpAddr, OwnedSemaphorePermit) {
    let permit = Arc::clone(room).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match socket.accept().await {
            Ok((stream, client)) => return (stream, client.ip(), permit),
            Err(error) => {
                // Out of file descriptors, most likely: connections that end will free some.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

struct Door {
    server: auto::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: ConnectionLimits,
    pace: Option<Arc<Pace<ClientNetwork>>>,
}

impl Door {
    async fn welcome(
        self: Arc<Self>,
        stream: TcpStream,
        client: IpAddr,
        permit: OwnedSemaphorePermit,
        watcher: Watcher,
    ) {
        let _permit = permit;
        let _counted = meter::HTTP_CONNECTIONS.hold([]);
        // Answers are small and waited for.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else { return self.converse(stream, client, watcher).await };
        match tokio::time::timeout(self.limits.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream, client, watcher).await,
            Ok(Err(error)) => {
                meter::TLS_FAILURES.count(["https"]);
                tracing::debug!(%error, "TLS handshake failed");
            }
            Err(_) => {
                meter::TLS_FAILURES.count(["https"]);
                tracing::debug!("TLS handshake took too long");
            }
        }
    }

    async fn converse(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: IpAddr,
        watcher: Watcher,
    ) {
        let asked = Asked::nothing_yet();
        let service = TowerToHyperService::new(self.router.clone());
        let service = Metered { service, client: ClientNetwork::of(client), pace: self.pace.clone() };
        let service = Noted { service, asked: asked.clone() };
        let stream = TokioIo::new(Patient::new(stream, asked, self.limits.headers));
        let connection = self.server.serve_connection_with_upgrades(stream, service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "connection ended early");
        }
    }
}

fn server(limits: &ConnectionLimits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_headers(limits.header_count)
        .max_buf_size(limits.header_bytes);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(limits.header_bytes as u32)
        .max_concurrent_streams(256)
        .keep_alive_interval(limits.headers);
    server
}
