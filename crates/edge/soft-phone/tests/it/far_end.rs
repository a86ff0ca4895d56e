//! A far end of a few lines: it answers one INVITE over UDP and sends what it is told to.

use std::net::SocketAddr;
use std::time::Duration;

use codec::{Law, tone};
use rtp::{Packet, TelephoneEvent};
use tokio::net::UdpSocket;
use tokio::time::interval;

/// A far end that waits for a call.
pub struct FarEnd {
    sip: UdpSocket,
    rtp: UdpSocket,
    /// `telephone-event` is agreed to.
    pub takes_keys: bool,
}

/// What the far end saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Codes of keys, in order.
    pub keys: Vec<u8>,
    /// Sound that came, linear.
    pub sound: Vec<i16>,
    /// The INVITE.
    pub invite: String,
    /// All methods that came.
    pub methods: Vec<String>,
}

impl FarEnd {
    pub async fn open() -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self { sip, rtp, takes_keys: true }
    }

    pub fn address(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    /// Answers, plays a second of 1,000 Hz, presses the key 7, and listens until the BYE.
    pub async fn answer(self) -> Seen {
        let mut seen = Seen::default();
        let (mut text, mut buffer) = (vec![0; 4_096], vec![0; 2_048]);
        let (length, phone) = self.sip.recv_from(&mut text).await.unwrap();
        seen.invite = String::from_utf8_lossy(&text[..length]).into_owned();
        seen.methods.push("INVITE".into());
        self.say(&seen.invite, "180 Ringing", "", phone).await;
        let extra = format!("X-Far: yes\r\nContact: <sip:far@{}>\r\n", self.address());
        self.say(&seen.invite, "200 OK", &extra, phone).await;
        let media = media_address(&seen.invite);

        let mut codes = vec![0; 8_000];
        Law::Mu.encode(&tone::sine(8_000, 1_000.0, Duration::from_secs(1), 0.4).samples, &mut codes);
        let mut ticks = interval(Duration::from_millis(20));
        let mut tick = 0_u16;
        let mut last_key = None;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    self.send(tick, &codes, media).await;
                    tick += 1;
                }
                Ok((length, _)) = self.rtp.recv_from(&mut buffer) => {
                    let packet = Packet::parse(&buffer[..length]).unwrap();
                    if packet.payload_type == 101 {
                        let event = TelephoneEvent::parse(packet.payload).unwrap();
                        if last_key.replace(packet.timestamp) != Some(packet.timestamp) {
                            seen.keys.push(event.event);
                        }
                    } else {
                        seen.sound.extend(packet.payload.iter().map(|code| Law::Mu.decode_sample(*code)));
                    }
                }
                Ok((length, _)) = self.sip.recv_from(&mut text) => {
                    let request = String::from_utf8_lossy(&text[..length]).into_owned();
                    let method = request.split(' ').next().unwrap().to_owned();
                    seen.methods.push(method.clone());
                    if method != "ACK" {
                        self.say(&request, "200 OK", "", phone).await;
                    }
                    if method == "BYE" {
                        return seen;
                    }
                }
            }
        }
    }

    async fn send(&self, tick: u16, codes: &[u8], media: SocketAddr) {
        let timestamp = u32::from(tick) * 160;
        let event = |end| TelephoneEvent { event: 7, end, volume: 10, duration: 160 }.to_bytes();
        let mut buffer = [0; 400];
        let place = usize::from(tick) * 160;
        let (payload_type, timestamp, payload) = match tick {
            0..50 => (0, timestamp, codes[place..place + 160].to_vec()),
            50..55 => (101, 50 * 160, event(tick > 52).to_vec()),
            _ => return,
        };
        let packet = Packet {
            payload_type,
            sequence: tick,
            timestamp,
            ssrc: 5,
            payload: &payload,
            ..Packet::default()
        };
        let length = packet.write(&mut buffer).unwrap();
        self.rtp.send_to(&buffer[..length], media).await.unwrap();
    }

    async fn say(&self, request: &str, status: &str, extra: &str, to: SocketAddr) {
        let mut answer = format!("SIP/2.0 {status}\r\n");
        for line in request.lines().take_while(|line| !line.is_empty()) {
            let name = line.split(':').next().unwrap_or_default();
            match name {
                "Via" | "From" | "Call-ID" | "CSeq" => answer += &format!("{line}\r\n"),
                "To" if line.contains("tag=") => answer += &format!("{line}\r\n"),
                "To" => answer += &format!("{line};tag=far\r\n"),
                _ => {}
            }
        }
        let port = self.rtp.local_addr().unwrap().port();
        let keys = if self.takes_keys { " 101\r\na=rtpmap:101 telephone-event/8000" } else { "" };
        let body = match extra {
            "" => String::new(),
            _ => format!(
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0{keys}\r\n"
            ),
        };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        answer += &format!("{extra}{kind}Content-Length: {}\r\n\r\n{body}", body.len());
        self.sip.send_to(answer.as_bytes(), to).await.unwrap();
    }
}

fn media_address(description: &str) -> SocketAddr {
    let port = description.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap();
    SocketAddr::from(([127, 0, 0, 1], port.split(' ').next().unwrap().parse().unwrap()))
}
