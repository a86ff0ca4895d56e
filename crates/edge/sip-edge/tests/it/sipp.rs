//! `sipp` as a far end.

use std::fmt::Write;
use std::net::SocketAddr;
use std::process::{Output, Stdio};

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::world::PATIENCE;

/// A scenario, step by step.
pub struct Scenario(String);

const INVITE: &str = "INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: sipp <sip:+14255550123@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000";

impl Scenario {
    pub fn new() -> Self {
        Self(String::from("<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"test\">\n"))
    }

    pub fn send(mut self, text: &str) -> Self {
        let _ = write!(self.0, "<send retrans=\"500\"><![CDATA[\n\n{text}\n\n]]></send>\n");
        self
    }

    pub fn send_once(mut self, text: &str) -> Self {
        let _ = write!(self.0, "<send><![CDATA[\n\n{text}\n\n]]></send>\n");
        self
    }

    pub fn receive(mut self, what: &str) -> Self {
        let _ = writeln!(self.0, "<recv {what}></recv>");
        self
    }

    /// Receives, and keeps the number in this header as `[$1]`.
    pub fn receive_and_keep(mut self, what: &str, header: &str) -> Self {
        let keep = format!(
            "<action><ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"{header}:\" assign_to=\"1\"/></action>"
        );
        let _ = writeln!(self.0, "<recv {what}>{keep}</recv>");
        self
    }

    /// An INVITE with one more header line.
    pub fn invite_with(self, line: &str) -> Self {
        self.send(&INVITE.replace("Max-Forwards: 70", &format!("Max-Forwards: 70\n{line}")))
    }

    pub fn invite(self) -> Self {
        self.send(INVITE)
            .receive("response=\"100\" optional=\"true\"")
            .receive("response=\"180\" optional=\"true\"")
    }

    pub fn in_dialog(self, method: &str, cseq: u32) -> Self {
        self.in_dialog_with(method, cseq, "")
    }

    /// With one more header line, which ends in a line feed.
    pub fn in_dialog_with(self, method: &str, cseq: u32, line: &str) -> Self {
        let text = format!(
            "{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: sipp <sip:+14255550123@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
{line}Content-Length: 0"
        );
        if method == "ACK" { self.send_once(&text) } else { self.send(&text) }
    }

    /// A response to what was received last.
    pub fn respond(self, status: &str, with_description: bool) -> Self {
        let description = if with_description {
            "Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687637 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000"
        } else {
            "Content-Length: 0"
        };
        let text = format!(
            "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
{description}"
        );
        self.send_once(&text)
    }

    /// A response to a request within the dialog: the tag is there.
    pub fn respond_in_dialog(self, status: &str) -> Self {
        let text = format!(
            "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0"
        );
        self.send_once(&text)
    }
}

/// A running `sipp`.
pub struct Sipp {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Sipp {
    pub fn start(scenario: Scenario, server: SocketAddr, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.xml");
        std::fs::write(&file, scenario.0 + "</scenario>\n").unwrap();
        let child = Command::new("sipp")
            .arg(server.to_string())
            .args(["-sf", file.to_str().unwrap(), "-m", "1", "-nostdin", "-timeout", "30s"])
            .args(["-timeout_error", "-trace_err", "-error_file", "errors.log"])
            .args(arguments)
            .current_dir(folder.path())
            .env("TERM", "dumb")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("sipp is installed (Debian package sip-tester)");
        Self { child, _folder: folder }
    }

    /// Waits until it takes connections; sipp does not tell.
    pub async fn listens_on(&self, port: u16) {
        let address = (crate::world::CARRIER, port);
        let listens = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listens).await.expect("sipp listens");
    }

    /// Waits until the scenario has come to its good end.
    #[track_caller]
    pub fn succeeds(self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let folder = self._folder;
            let output: Output = timeout(PATIENCE * 2, self.child.wait_with_output()).await.unwrap().unwrap();
            let errors = std::fs::read_to_string(folder.path().join("errors.log")).unwrap_or_default();
            assert!(output.status.success(), "{caller}: {:?} {errors}", output.status);
        }
    }
}

/// A UDP port that was free a moment ago.
pub fn free_port(address: &str) -> u16 {
    std::net::UdpSocket::bind((address, 0)).unwrap().local_addr().unwrap().port()
}
