//! A far end that says exactly what the test tells it to.

use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::world::PATIENCE;

pub struct Peer {
    pub socket: UdpSocket,
    pub local: SocketAddr,
    server: SocketAddr,
    call_id: String,
    cseq: u32,
    /// With the tag that the other side gave itself.
    to: Option<String>,
    pub user: String,
    branches: u32,
}

/// A message as text.
#[derive(Clone, Debug)]
pub struct Message(pub String);

impl Peer {
    pub async fn at(address: &str, server: SocketAddr) -> Self {
        Self::at_port(address, 0, server).await
    }

    pub async fn at_port(address: &str, port: u16, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind((address, port)).await.unwrap();
        let local = socket.local_addr().unwrap();
        let call_id = format!("{}@test", local.port());
        Self { socket, local, server, call_id, cseq: 0, to: None, user: "+14255550123".into(), branches: 0 }
    }

    pub async fn carrier(server: SocketAddr) -> Self {
        Self::at(crate::world::CARRIER, server).await
    }

    pub async fn phone(server: SocketAddr) -> Self {
        let mut peer = Self::at("127.0.0.1", server).await;
        peer.user = "demo-1".into();
        peer
    }

    pub fn server(&self) -> SocketAddr {
        self.server
    }

    pub fn set_server(&mut self, server: SocketAddr) {
        self.server = server;
    }

    pub fn offer(&self, direction: &str) -> String {
        let ip = self.local.ip();
        let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
        format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )
    }

    /// A request with the next CSeq (ACK and CANCEL have that of the INVITE).
    pub fn request(&mut self, method: &str, user: &str, headers: &str, body: &str) -> String {
        let of_invite = matches!(method, "ACK" | "CANCEL");
        if !of_invite {
            self.cseq += 1;
        }
        if method != "CANCEL" {
            self.branches += 1;
        }
        self.request_in(method, user, headers, body)
    }

    fn request_in(&self, method: &str, user: &str, headers: &str, body: &str) -> String {
        let Self { local, server, call_id, cseq, branches, .. } = self;
        let to = self.to.clone().unwrap_or_else(|| format!("<sip:{user}@{server}>"));
        let kind = if body.is_empty() || headers.contains("Content-Type") {
            ""
        } else {
            "Content-Type: application/sdp\r\n"
        };
        format!(
            "{method} sip:{user}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{call_id}{branches};rport\r\nMax-Forwards: 70\r\nFrom: \"Ada\" <sip:{}@{local}>;tag=peer\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{}@{local}>\r\n{headers}{kind}Content-Length: {}\r\n\r\n{body}",
            self.user,
            self.user,
            body.len()
        )
    }

    pub async fn send(&self, text: &str) {
        self.socket.send_to(text.as_bytes(), self.server).await.unwrap();
    }

    pub async fn ask(&mut self, method: &str, user: &str, headers: &str, body: &str) {
        let text = self.request(method, user, headers, body);
        self.send(&text).await;
    }

    pub async fn receive(&mut self) -> Message {
        let mut buffer = vec![0; 65_535];
        let received = timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
        let (length, _) = received.expect("a message arrives").unwrap();
        buffer.truncate(length);
        Message(String::from_utf8(buffer).unwrap())
    }

    /// How many messages have come that nobody has read.
    pub fn unread(&self) -> usize {
        let mut buffer = vec![0; 65_535];
        std::iter::from_fn(|| self.socket.try_recv(&mut buffer).ok()).count()
    }

    /// The next request begins a call of its own.
    pub fn forget(&mut self) {
        self.to = None;
        self.call_id = format!("{}-{}", self.cseq, self.call_id);
    }

    /// The next message that begins so; 100 Trying and repetitions of what was expected before are skipped.
    pub async fn expect(&mut self, start: &str) -> Message {
        loop {
            let message = self.receive().await;
            if message.0.starts_with(start) {
                if start.starts_with("SIP/2.0") && !start.starts_with("SIP/2.0 40") {
                    self.to = Some(message.header("To").unwrap());
                }
                return message;
            }
            let is_expected_noise = message.0.starts_with("SIP/2.0 100")
                || message.0.starts_with("SIP/2.0 18")
                || message.0.starts_with("SIP/2.0 200")
                || message.0.starts_with("INVITE ")
                || message.0.starts_with("ACK ");
            assert!(is_expected_noise, "expected {start}, got {}", message.0);
        }
    }

    /// The next request of this method, whatever comes before it.
    pub async fn expect_request(&mut self, method: &str) -> Message {
        loop {
            let message = self.receive().await;
            if message.0.starts_with(method) {
                return message;
            }
        }
    }

    /// The 200 to a request of this method.
    pub async fn expect_answer_to(&mut self, method: &str) -> Message {
        loop {
            let message = self.expect("SIP/2.0 200").await;
            if message.header("CSeq").is_some_and(|cseq| cseq.ends_with(method)) {
                return message;
            }
        }
    }

    /// Answers a request that was received; our tag is `peer`.
    pub async fn reply(&self, request: &Message, status: &str, headers: &str, body: &str) {
        self.send(&self.answer(request, status, headers, body)).await;
    }

    /// The same as text.
    pub fn answer(&self, request: &Message, status: &str, headers: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "From", "Call-ID", "CSeq", "Record-Route"] {
            if let Some(value) = request.header(name) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        let to = request.header("To").unwrap();
        let tag = if to.contains(";tag=") { "" } else { ";tag=peer" };
        text += &format!("To: {to}{tag}\r\nContact: <sip:{}@{}>\r\n{headers}", self.user, self.local);
        if !body.is_empty() {
            text += "Content-Type: application/sdp\r\n";
        }
        text + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    /// Takes the place of the callee of `invite`, for requests of our own in its dialog.
    pub fn join(&mut self, invite: &Message) {
        self.call_id = invite.header("Call-ID").unwrap();
        self.to = invite.header("From");
        self.cseq = 100;
    }

    /// Calls in, is answered and acknowledges.
    pub async fn ack(&mut self) {
        let user = self.to.clone().unwrap_or_default();
        let user = user.split(['@', ':']).nth(1).unwrap_or("x").to_owned();
        self.ask("ACK", &user, "", "").await;
    }

    /// Its Call-ID and the two tags, for Replaces.
    pub fn dialog(&self) -> (String, String, String) {
        let to = self.to.clone().unwrap();
        let tag = to.split("tag=").nth(1).unwrap().to_owned();
        (self.call_id.clone(), "peer".into(), tag)
    }
}

impl Message {
    /// Of a response.
    pub fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.0.lines().take_while(|line| !line.is_empty()).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    pub fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}
