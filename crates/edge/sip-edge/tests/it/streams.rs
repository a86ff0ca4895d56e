//! SIP over TCP and TLS, byte by byte.

use std::net::SocketAddr;
use std::sync::Arc;

use call_engine::{EndCause, LegReport, LegRequest};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sip_edge::{SipConfig, SipEdge, StartError, TlsListen};
use tenant::SipTransport;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::peer::Message;
use crate::registration::answer_to;
use crate::world::{CARRIER, DEMO_1, PATIENCE, Setting, World, to_carrier, to_phone};

#[tokio::test]
async fn udp_and_tcp_share_a_port() {
    let world = World::start().await;
    let addresses = world.edge.addresses();
    assert_eq!(addresses.udp.unwrap().port(), addresses.tcp.unwrap().port());
}

#[tokio::test]
async fn a_port_in_use_names_the_setting() {
    let world = World::start().await;
    let taken = world.udp();
    let config = SipConfig { udp: Some(taken), ..SipConfig::default() };
    let (exchange, media) = (World::start().await, Arc::clone(&world.media));
    let error = SipEdge::start(
        config,
        exchange.exchange(),
        media,
        Arc::new(sip_edge::ForgetfulKeeper),
        entropy::Entropy::from_number(1),
    )
    .await
    .err()
    .unwrap();
    assert!(matches!(error, StartError::Listen { setting: "sip.udp", .. }));
    assert!(error.to_string().contains("sip.udp to another address, or to port 0"), "{error}");
}

#[tokio::test]
async fn a_call_over_tcp_in_small_pieces() {
    let mut world = World::start().await;
    let stream = TcpStream::connect(world.edge.addresses().tcp.unwrap()).await;
    // Calls over streams come from this address, which no trunk has: a phone that must authenticate.
    let mut line = Line::new(stream.unwrap());
    line.write(b"\r\n\r\n").await;
    assert_eq!(line.read_until("\r\n").await, "\r\n", "a ping has its pong");
    for byte in request("OPTIONS", "TCP").bytes() {
        line.write(&[byte]).await;
    }
    assert!(line.message().await.starts_with("SIP/2.0 200"));
    line.write(
        format!("{}{}", request("OPTIONS", "TCP"), request("OPTIONS", "TCP").replace("bK", "bK2")).as_bytes(),
    )
    .await;
    assert!(line.message().await.starts_with("SIP/2.0 200"));
    assert!(line.message().await.starts_with("SIP/2.0 200"));
    line.write(request("OPTIONS", "TCP").replace("SIP/2.0\r\n", "SIP/3.0\r\n").as_bytes()).await;
    assert!(line.message().await.starts_with("SIP/2.0 505"));
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn a_stream_that_is_no_sip_is_closed() {
    let world = World::start().await;
    let address = world.edge.addresses().tcp.unwrap();
    let mut line = Line::new(TcpStream::connect(address).await.unwrap());
    line.write(b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n").await;
    assert_eq!(line.read_until("never").await, "");
}

/// A connection from the carrier, which is no stranger.
async fn carrier_line(world: &World) -> Line<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((CARRIER.parse::<std::net::IpAddr>().unwrap(), 0).into()).unwrap();
    Line::new(socket.connect(world.edge.addresses().tcp.unwrap()).await.unwrap())
}

fn ping(number: usize) -> String {
    request("OPTIONS", "TCP")
        .replace("bK", &format!("bK{number}x"))
        .replace("call-", &format!("call-{number}-"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_faster_than_we_listen_waits_and_is_answered() {
    const TIMES: usize = 5_000;
    let world = World::start().await;
    let mut line = carrier_line(&world).await;
    let text: String = (0..TIMES).map(ping).collect();
    let (mut read, mut write) = tokio::io::split(&mut line.stream);
    let asking = async {
        write.write_all(text.as_bytes()).await.unwrap();
        write.flush().await.unwrap();
    };
    let listening = async {
        let (mut heard, mut chunk, mut answers) = (Vec::new(), vec![0; 65_536], 0);
        while answers < TIMES {
            let length = timeout(PATIENCE, read.read(&mut chunk)).await.expect("an answer").unwrap();
            assert_ne!(length, 0, "the connection stays");
            heard.extend_from_slice(&chunk[..length]);
            let ends = heard.windows(15).filter(|window| window == b"SIP/2.0 200 OK\r").count();
            if ends > 0 {
                answers += ends;
                let last = heard.windows(15).rposition(|window| window == b"SIP/2.0 200 OK\r").unwrap();
                heard.drain(..last + 15);
            }
        }
    };
    tokio::join!(asking, listening);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_and_never_reads_is_let_go_and_others_are_heard() {
    let mut world = World::start().await;
    let mut line = carrier_line(&world).await;
    let asking = async {
        let mut number = 0;
        loop {
            let some: String = (number..number + 100).map(ping).collect();
            number += 100;
            if !line.takes(some.as_bytes()).await {
                return number;
            }
        }
    };
    let asked = timeout(PATIENCE, asking).await.expect("its connection is closed");
    // Its own buffers and ours, and a megabyte between them.
    assert!(asked < 100_000, "{asked} requests");
    let mut phone = crate::peer::Peer::carrier(world.udp()).await;
    let offer = phone.offer("sendrecv");
    phone.ask("INVITE", "+14255550100", "", &offer).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    phone.expect("SIP/2.0 200").await;
}

#[tokio::test]
async fn a_call_over_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (server, client) = tls("localhost");
    let mut setting = Setting::default();
    let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
    setting.config.tls = Some(TlsListen { address, server: Arc::new(server) });
    setting.config.strangers = true;
    let mut world = World::with(setting).await;

    let stream = TcpStream::connect(world.edge.addresses().tls.unwrap()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    let mut line = Line::new(stream);

    let offer =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let invite = request("INVITE", "TLS").replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{offer}", offer.len()),
    );
    line.write(invite.as_bytes()).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let mut answered = line.message().await;
    while answered.starts_with("SIP/2.0 1") {
        answered = line.message().await;
    }
    assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
    assert!(answered.to_lowercase().contains("transport=tls"), "{answered}");
    let to = answered.lines().find(|line| line.starts_with("To:")).unwrap();
    let ack = request("INVITE", "TLS").replace("INVITE", "ACK").replace("bK", "bKack");
    let ack = ack.replace("To: <sip:+14255550100@localhost>", to);
    line.write(ack.as_bytes()).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);

    world.ask(leg, LegRequest::Hangup);
    let bye = line.message().await;
    assert!(bye.starts_with("BYE ") && bye.contains("SIP/2.0/TLS"), "{bye}");
}

#[tokio::test]
async fn a_phone_is_called_over_the_connection_that_it_opened() {
    let mut world = World::start().await;
    let mut line = Line::new(TcpStream::connect(world.edge.addresses().tcp.unwrap()).await.unwrap());
    let register = |number: u32, credentials: &str| {
        request("REGISTER", "TCP")
            .replace("bK", &format!("bK{number}"))
            .replace("CSeq: 1", &format!("CSeq: {number}"))
            .replace("sip:+14255550100@", "sip:demo-1@")
            .replace("Content-Length", &format!("{credentials}Content-Length"))
    };
    line.write(register(1, "").as_bytes()).await;
    let challenge = Message(line.message().await);
    let credentials = answer_to(&challenge, "demo-1", "REGISTER", "secret", "MD5");
    line.write(register(2, &format!("Authorization: {credentials}\r\n")).as_bytes()).await;
    assert!(line.message().await.starts_with("SIP/2.0 200"));

    // Nobody listens at the address that it registered.
    world.dial(to_phone(DEMO_1));
    let invite = line.message().await;
    assert!(
        invite.starts_with("INVITE sip:peer@127.0.0.1:5999") && invite.contains("SIP/2.0/TCP"),
        "{invite}"
    );
}

#[tokio::test]
async fn a_carrier_is_called_over_tls() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (server, client) = tls(CARRIER);
    let listener = TcpListener::bind((CARRIER, 0)).await.unwrap();
    let mut setting = Setting {
        carrier_port: listener.local_addr().unwrap().port(),
        carrier_transport: SipTransport::Tls,
        ..Setting::default()
    };
    setting.config.tls_client = Some(Arc::new(client));
    let mut world = World::with(setting).await;
    let leg = world.dial(to_carrier("+498912345"));
    let (stream, _) = listener.accept().await.unwrap();
    let stream = TlsAcceptor::from(Arc::new(server)).accept(stream).await.unwrap();
    let mut line = Line::new(stream);
    let invite = line.message().await;
    assert!(invite.starts_with("INVITE sip:+498912345@127.0.0.2"), "{invite}");
    assert!(invite.contains("Via: SIP/2.0/TLS"), "{invite}");
    let copied: String = invite
        .lines()
        .filter(|line| ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let to = invite.lines().find(|line| line.starts_with("To:")).unwrap();
    line.write(
        format!("SIP/2.0 486 Busy Here\r\n{copied}{to};tag=1\r\nContent-Length: 0\r\n\r\n").as_bytes(),
    )
    .await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
    assert!(line.message().await.starts_with("ACK "));
}

/// Somebody with a certificate for this host, and somebody who trusts it.
pub fn tls(host: &str) -> (rustls::ServerConfig, rustls::ClientConfig) {
    let made = rcgen::generate_simple_self_signed(vec![host.to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert.der().to_vec());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    (server, client)
}

pub fn request(method: &str, transport: &str) -> String {
    format!(
        "{method} sip:+14255550100@localhost SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1:5999;branch=z9hG4bK{method};rport\r\nMax-Forwards: 70\r\nFrom: <sip:+14255550123@localhost>;tag=peer\r\nTo: <sip:+14255550100@localhost>\r\nCall-ID: call-{transport}\r\nCSeq: 1 {method}\r\nContact: <sip:peer@127.0.0.1:5999;transport={transport}>\r\nContent-Length: 0\r\n\r\n"
    )
}

/// A stream of messages.
pub struct Line<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        assert!(self.takes(bytes).await, "the stream is open");
    }

    /// Whether the far end still takes this.
    pub async fn takes(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Everything up to and with `end`; everything that there was if the stream closes first.
    async fn read_until(&mut self, end: &str) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.buffer).into_owned();
            if let Some(place) = text.find(end) {
                let length = place + end.len();
                self.buffer.drain(..length);
                return text[..length].to_owned();
            }
            let mut chunk = [0; 4096];
            let read = timeout(PATIENCE, self.stream.read(&mut chunk)).await.expect("something arrives");
            match read {
                Ok(length @ 1..) => self.buffer.extend_from_slice(&chunk[..length]),
                Ok(0) | Err(_) => {
                    return String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned();
                }
            }
        }
    }

    /// The next message; nothing when the stream was closed.
    pub async fn message(&mut self) -> String {
        let head = self.read_until("\r\n\r\n").await;
        let length: usize = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length:"))
            .map_or(0, |value| value.trim().parse().unwrap());
        while self.buffer.len() < length {
            let mut chunk = [0; 4096];
            let read = timeout(PATIENCE, self.stream.read(&mut chunk)).await.unwrap().unwrap();
            self.buffer.extend_from_slice(&chunk[..read]);
        }
        let body: Vec<u8> = self.buffer.drain(..length).collect();
        head + &String::from_utf8(body).unwrap()
    }
}
