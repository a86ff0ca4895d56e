//! `sipp` as a far end.

use std::fmt::Write;
use std::net::SocketAddr;
use std::process::{Output, Stdio};

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::world::{CARRIER, PATIENCE};

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

    /// The same with a session description, which has to be there.
    pub fn receive_described(mut self, what: &str, header: &str) -> Self {
        let actions = format!(
            "<action><ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"{header}:\" assign_to=\"1\"/>\
             <ereg regexp=\"m=audio\" search_in=\"msg\" check_it=\"true\" assign_to=\"2\"/></action>"
        );
        let _ = writeln!(self.0, "<recv {what}>{actions}</recv>");
        self
    }

    /// Receives what has no session description.
    pub fn receive_undescribed(self, what: &str) -> Self {
        self.receive_matching(what, "m=audio", "check_it_inverse")
    }

    /// Receives what contains this expression.
    pub fn receive_containing(self, what: &str, expression: &str) -> Self {
        self.receive_matching(what, expression, "check_it")
    }

    /// Receives what contains all of these expressions.
    pub fn receive_with_all(mut self, what: &str, expressions: &[&str]) -> Self {
        let actions: String = expressions
            .iter()
            .map(|expression| {
                format!("<ereg regexp=\"{expression}\" search_in=\"msg\" check_it=\"true\" assign_to=\"2\"/>")
            })
            .collect();
        let _ = writeln!(self.0, "<recv {what}><action>{actions}</action></recv>");
        self
    }

    /// Receives the 200 to a request of this method.
    pub fn receive_about(self, method: &str) -> Self {
        self.receive_containing("response=\"200\"", &format!("CSeq: [0-9]+ {method}"))
    }

    fn receive_matching(mut self, what: &str, expression: &str, check: &str) -> Self {
        let action =
            format!("<ereg regexp=\"{expression}\" search_in=\"msg\" {check}=\"true\" assign_to=\"2\"/>");
        let _ = writeln!(self.0, "<recv {what}><action>{action}</action></recv>");
        self
    }

    /// Receives an INVITE, to be answered by [`respond_to_invite`](Self::respond_to_invite) at any time.
    pub fn receive_invite(mut self) -> Self {
        let keep =
            ["Via", "From", "To", "CSeq"].iter().zip(11..).fold(String::new(), |keep, (name, place)| {
                keep + &format!(
                    "<ereg regexp=\".*\" search_in=\"hdr\" header=\"{name}:\" assign_to=\"{place}\"/>"
                )
            });
        let _ = writeln!(
            self.0,
            "<recv request=\"INVITE\" crlf=\"true\" rrs=\"true\"><action>{keep}</action></recv>"
        );
        self
    }

    /// A response to the INVITE, with further header lines that each end in a line feed, and a description
    /// with this port.
    pub fn respond_to_invite(self, status: &str, lines: &str, port: Option<u16>) -> Self {
        let description = port.map_or("Content-Length: 0".to_owned(), described);
        self.send_once(&format!(
            "SIP/2.0 {status}
Via:[$11]
From:[$12]
To:[$13];tag=[call_number]
Call-ID: [call_id]
CSeq:[$14]
{lines}Contact: <sip:[local_ip]:[local_port];transport=[transport]>
{description}"
        ))
    }

    /// A request of a callee with an offer that names this port.
    pub fn offer_from_callee(self, method: &str, cseq: u32, port: u16) -> Self {
        let description = described(port);
        self.send(&format!(
            "{method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From:[$13];tag=[call_number]
To:[$12]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
{description}"
        ))
    }

    /// A request of a caller with a description that names this port, and further header lines.
    pub fn offer_in_dialog(self, method: &str, cseq: u32, lines: &str, port: u16) -> Self {
        let description = described(port);
        self.send(&format!(
            "{method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: sipp <sip:+14255550123@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 70
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
{lines}{description}"
        ))
    }

    /// A NOTIFY of a caller that was asked to call somebody by itself.
    pub fn notify(self, cseq: u32, state: &str, status: &str) -> Self {
        self.send(&format!(
            "NOTIFY sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: sipp <sip:+14255550123@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {cseq} NOTIFY
Max-Forwards: 70
Event: refer
Subscription-State: {state}
Content-Type: message/sipfrag;version=2.0
Content-Length: [len]

{status}"
        ))
    }

    /// Asks whoever sent the last request to prove who they are.
    pub fn challenge(self) -> Self {
        self.send_once(
            "SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm=\"carrier\", nonce=\"abc\", algorithm=MD5
Content-Length: 0",
        )
    }

    /// Receives a request with the digest of this password; another is refused, and that is the end.
    pub fn receive_proof(mut self, request: &str, username: &str, password: &str) -> Self {
        let _ = write!(
            self.0,
            "<recv request=\"{request}\" crlf=\"true\"><action>\
             <verifyauth assign_to=\"5\" username=\"{username}\" password=\"{password}\"/></action></recv>\n\
             <nop next=\"1\" test=\"5\"/>\n"
        );
        let mut refused = self.respond("403 Forbidden", false);
        // Not how the scenario is meant to go: what never comes lets it fail.
        refused.0.push_str("<recv request=\"NEVER\"/>\n<label id=\"1\"/>\n");
        refused
    }

    /// CANCEL of the INVITE that was so many steps before.
    pub fn cancel(self, steps: u32) -> Self {
        self.send(&format!(
            "CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-{steps}];rport
From: sipp <sip:+14255550123@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0"
        ))
    }

    /// What sipp reads. It does not like variables that are set and not used.
    fn ended(self) -> String {
        let set = self.0.split("assign_to=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let set: std::collections::BTreeSet<&str> = set.collect();
        let names: Vec<&str> = set.into_iter().collect();
        let reference = if names.is_empty() {
            String::new()
        } else {
            format!("<Reference variables=\"{}\"/>\n", names.join(","))
        };
        format!("{}{reference}</scenario>\n", self.0)
    }

    /// Nothing is expected for some time.
    pub fn pause(mut self, milliseconds: u32) -> Self {
        let _ = writeln!(self.0, "<pause milliseconds=\"{milliseconds}\"/>");
        self
    }

    /// An INVITE without a session description, with one more header line.
    pub fn invite_without_offer(self, line: &str) -> Self {
        let (head, _) = INVITE.split_once("Content-Type").expect("an INVITE has a description");
        let head = head.replace("Max-Forwards: 70", &format!("Max-Forwards: 70\n{line}"));
        self.send(&format!("{head}Content-Length: 0"))
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

    pub fn may_hear_trying(self) -> Self {
        self.receive("response=\"100\" optional=\"true\"")
    }

    /// What a caller does with an answer that it does not want for long.
    pub fn acknowledge_and_leave(self, cseq: u32) -> Self {
        self.in_dialog("ACK", 1).in_dialog("BYE", cseq).receive("response=\"200\"")
    }

    /// Takes the goodbye of the other side.
    pub fn take_leave(self) -> Self {
        self.receive("request=\"BYE\"").respond_in_dialog("200 OK")
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

    /// A response to what was received last, with a header line instead of a Contact.
    pub fn respond_with(self, status: &str, line: &str) -> Self {
        let text = format!(
            "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
{line}
Content-Length: 0"
        );
        self.send_once(&text)
    }

    /// A response to a request within the dialog: the tag is there.
    pub fn respond_in_dialog(self, status: &str) -> Self {
        self.respond_in_dialog_with(status, "")
    }

    /// With further header lines that each end in a line feed.
    pub fn respond_in_dialog_with(self, status: &str, lines: &str) -> Self {
        let text = format!(
            "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
{lines}Contact: <sip:[local_ip]:[local_port];transport=[transport]>
Content-Length: 0"
        );
        self.send_once(&text)
    }
}

/// The end of a message with a session description that names this port.
fn described(port: u16) -> String {
    format!(
        "Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 53655765 2353687638 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {port} RTP/AVP 0
a=rtpmap:0 PCMU/8000"
    )
}

/// The arguments of a `sipp` that calls from the carrier's address.
pub const AS_CARRIER: [&str; 4] = ["-i", CARRIER, "-s", "+14255550100"];
/// The same of one that does not mind to hear something twice.
pub const AS_PATIENT_CARRIER: [&str; 6] =
    ["-i", CARRIER, "-s", "+14255550100", "-default_behaviors", "-abortunexp"];

/// A running `sipp`.
pub struct Sipp {
    child: Child,
    _folder: tempfile::TempDir,
}

impl Sipp {
    pub fn start(scenario: Scenario, server: SocketAddr, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.xml");
        std::fs::write(&file, scenario.ended()).unwrap();
        let child = Command::new("sipp")
            .arg(server.to_string())
            .args(["-sf", file.to_str().unwrap(), "-m", "1", "-nostdin", "-timeout", "30s"])
            .args(["-timeout_error", "-trace_err", "-error_file", "errors.log"])
            .args(["-trace_msg", "-message_file", "messages.log"])
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
        let address = (CARRIER, port);
        let listens = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listens).await.expect("sipp listens");
    }

    /// Waits until it listens on UDP; sipp does not tell.
    pub async fn takes_datagrams_on(&self, port: u16) {
        let address = (CARRIER, port);
        let listens = async {
            while std::net::UdpSocket::bind(address).is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, listens).await.expect("sipp listens");
    }

    /// Waits until it has sent so many requests of this method.
    pub async fn has_sent(&self, method: &str, times: usize) {
        let log = self._folder.path().join("messages.log");
        let has_sent = async {
            loop {
                let messages = std::fs::read_to_string(&log).unwrap_or_default();
                if messages.matches(&format!("\n{method} sip:")).count() >= times {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, has_sent).await.expect("sipp sends");
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

/// A phone registers with this password and gets this status.
pub fn register(password: &str, status: &str) -> Scenario {
    let request = |cseq: u32, authentication: &str| {
        format!(
            "REGISTER sip:ringdown SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:demo-1@ringdown>;tag=[call_number]
To: <sip:demo-1@ringdown>
Call-ID: [call_id]
CSeq: {cseq} REGISTER
Contact: <sip:demo-1@[local_ip]:[local_port]>
Max-Forwards: 70
Expires: 300
{authentication}Content-Length: 0"
        )
    };
    let authentication = format!("[authentication username=demo-1 password={password}]\n");
    Scenario::new()
        .send(&request(1, ""))
        .receive("response=\"401\" auth=\"true\"")
        .send(&request(2, &authentication))
        .receive(&format!("response=\"{status}\""))
}
