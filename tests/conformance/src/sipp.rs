//! SIPp (Debian's `sip-tester`): calls told message by message.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::process::{Child, Command};

use crate::media_end::MediaEnd;
use crate::patience::{PATIENCE, in_time, until_some};
use crate::platform::folder;
use crate::sdk::here;

/// A call to be made or taken by SIPp.
#[derive(Clone, Debug)]
pub struct Scenario {
    file: &'static str,
    local: IpAddr,
    local_port: Option<u16>,
    remote: Option<String>,
    transport: Transport,
    fields: Vec<(&'static str, String)>,
    headers: Vec<String>,
    has_telephone_event: bool,
}

/// How SIPp sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
}

/// A call of SIPp, and its sound.
#[derive(Debug)]
pub struct Sipp {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    transport: Transport,
    /// Its ear and mouth.
    pub media: MediaEnd,
}

impl Scenario {
    fn new(file: &'static str, local: IpAddr) -> Self {
        let transport = Transport::default();
        let scenario = Self {
            file,
            local,
            local_port: None,
            remote: None,
            transport,
            fields: Vec::new(),
            headers: Vec::new(),
            has_telephone_event: true,
        };
        scenario.field("name", "Casey Caller").field("caller", "+12025550199")
    }

    /// Calls a number at a server and talks.
    pub fn caller(from: IpAddr, server: &str, number: &str) -> Self {
        Self::to("caller.xml", from, server, number)
    }

    /// Calls and is refused with a status.
    pub fn refused(from: IpAddr, server: &str, number: &str, status: u16) -> Self {
        Self::to("refused.xml", from, server, number).field("status", status)
    }

    /// Calls and hangs up right behind its ACK; further headers are those of the BYE.
    pub fn leaves_at_once(from: IpAddr, server: &str, number: &str) -> Self {
        Self::to("leaves_at_once.xml", from, server, number)
    }

    /// Calls and gives up while it rings, when [`Sipp::nudge`]d.
    pub fn gives_up(from: IpAddr, server: &str, number: &str) -> Self {
        Self::to("gives_up.xml", from, server, number)
    }

    /// Calls, holds at the first nudge and resumes at the second.
    pub fn holds(from: IpAddr, server: &str, number: &str) -> Self {
        Self::to("holds.xml", from, server, number)
    }

    /// Calls, and at the nudge refers the far end to another number.
    pub fn transfers(from: IpAddr, server: &str, number: &str, to: &str) -> Self {
        Self::to("transfers.xml", from, server, number).field("refer_to", to)
    }

    /// A phone that proves who it is, and calls.
    pub fn phone(from: IpAddr, server: &str, user: &str, password: &str, number: &str) -> Self {
        let scenario = Self::to("phone_caller.xml", from, server, number);
        scenario.calling_as(user).field("password", password)
    }

    /// A phone that calls, at the first nudge calls somebody else too, and at the second brings both together.
    pub fn brings_together(
        from: IpAddr,
        server: &str,
        (user, password): (&str, &str),
        [first, second]: [&str; 2],
    ) -> Self {
        let scenario = Self::to("attended.xml", from, server, first).field("second", second);
        scenario.calling_as(user).field("password", password)
    }

    /// Calls; when it is asked to call somebody by itself it does, and at the nudge tells what came of it.
    pub fn is_referred(from: IpAddr, server: &str, number: &str, status: u16, phrase: &str) -> Self {
        let scenario = Self::to("is_referred.xml", from, server, number);
        scenario.field("status", status).field("phrase", phrase)
    }

    /// Registers a phone and is answered with a status.
    pub fn register(from: IpAddr, server: &str, user: &str, password: &str, status: u16) -> Self {
        let scenario = Self::to("register.xml", from, server, user);
        scenario.field("user", user).field("password", password).field("status", status)
    }

    /// Registers a phone with the name and the password of another.
    pub fn register_as(
        from: IpAddr,
        server: &str,
        user: &str,
        name: &str,
        password: &str,
        status: u16,
    ) -> Self {
        let scenario =
            Self { file: "register_as.xml", ..Self::register(from, server, user, password, status) };
        scenario.field("name", name)
    }

    /// Is called on port 5060 of its address, and answers.
    pub fn callee(at: IpAddr) -> Self {
        Self { local_port: Some(5060), ..Self::new("callee.xml", at) }
    }

    /// A phone that registers, and answers where it is.
    pub async fn registered_callee(at: IpAddr, server: &str, user: &str, password: &str) -> Sipp {
        let port = Some(free_port(at));
        let registering = Self { local_port: port, ..Self::register(at, server, user, password, 200) };
        registering.start().ends_well().await;
        Self { local_port: port, ..Self::callee(at) }.start_listening().await
    }

    /// Is called, and refuses; further headers are those of the refusal.
    pub fn refusing_callee(at: IpAddr, status: u16, phrase: &str) -> Self {
        let scenario = Self { local_port: Some(5060), ..Self::new("refusing_callee.xml", at) };
        scenario.field("status", status).field("phrase", phrase)
    }

    /// Is called, and rings until the caller gives up.
    pub fn unanswering_callee(at: IpAddr) -> Self {
        Self { local_port: Some(5060), ..Self::new("unanswering_callee.xml", at) }
    }

    /// Is called, and heard before it answers, which it never does.
    pub fn heard_early(at: IpAddr) -> Self {
        Self { local_port: Some(5060), ..Self::new("heard_early.xml", at) }
    }

    fn to(file: &'static str, from: IpAddr, server: &str, number: &str) -> Self {
        Self { remote: Some(server.to_owned()), ..Self::new(file, from) }.field("dial", number)
    }

    /// Another transport than UDP.
    pub fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// Offers no telephone-event: its keys can only be heard.
    pub fn without_telephone_event(self) -> Self {
        Self { has_telephone_event: false, ..self }
    }

    /// Who calls.
    pub fn calling_as(self, number: &str) -> Self {
        self.field("caller", number)
    }

    /// A further header of the INVITE, or of what ends the call where the scenario says so.
    pub fn header(mut self, header: &str) -> Self {
        self.headers.push(header.to_owned());
        self
    }

    fn field(mut self, name: &'static str, value: impl ToString) -> Self {
        self.fields.retain(|(known, _)| *known != name);
        self.fields.push((name, value.to_string()));
        self
    }

    /// Begins.
    pub fn start(self) -> Sipp {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = folder(self.file.trim_end_matches(".xml"));
        let media = MediaEnd::open(self.local);
        let port = self.local_port.unwrap_or_else(|| free_port(self.local));
        let call_id = format!("ringdown-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.write(&folder, media.port());
        let child = Command::new("sipp")
            .args(self.arguments(&folder, port, &call_id))
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr")).expect("the folder can be written"))
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("sipp starts ({error}); has tests/conformance/install run?"));
        let address = SocketAddr::new(self.local, port);
        Sipp { child, folder, address, transport: self.transport, media }
    }

    /// Begins to listen, and is there when this returns.
    pub async fn start_listening(self) -> Sipp {
        let sipp = self.start();
        crate::patience::until("sipp to listen", || UdpSocket::bind(sipp.address).is_err()).await;
        sipp
    }

    fn write(&self, folder: &Path, media_port: u16) {
        let scenario = here("sipp").join(self.file);
        let mut text = std::fs::read_to_string(&scenario)
            .unwrap_or_else(|error| panic!("{} can be read: {error}", scenario.display()));
        for (name, value) in &self.fields {
            text = text.replace(&format!("{{{{{name}}}}}"), value);
        }
        text = text.replace("{{media_port}}", &media_port.to_string());
        if !self.has_telephone_event {
            text = text.replace("RTP/AVP 0 8 101", "RTP/AVP 0 8");
            let is_about_keys = |line: &&str| line.contains("a=rtpmap:101") || line.contains("a=fmtp:101");
            text = text.lines().filter(|line| !is_about_keys(line)).map(|line| format!("{line}\n")).collect();
        }
        text = match self.headers.as_slice() {
            [] => text.replace("      {{headers}}\n", ""),
            headers => text.replace("{{headers}}", &headers.join("\n      ")),
        };
        std::fs::write(folder.join("scenario.xml"), text).expect("the folder can be written");
    }

    fn arguments(&self, folder: &Path, port: u16, call_id: &str) -> Vec<String> {
        let path = |name: &str| folder.join(name).display().to_string();
        let transport = match self.transport {
            Transport::Udp => "u1",
            Transport::Tcp => "t1",
        };
        let mut arguments: Vec<String> =
            ["-m", "1", "-nostdin", "-timeout_error", "-trace_msg", "-trace_logs", "-trace_err"]
                .map(ToOwned::to_owned)
                .into();
        let pairs = [
            ("-sf", path("scenario.xml")),
            ("-i", self.local.to_string()),
            ("-p", port.to_string()),
            ("-t", transport.to_owned()),
            ("-cid_str", call_id.to_owned()),
            ("-timeout", format!("{}s", 3 * PATIENCE.as_secs())),
            ("-message_file", path("messages")),
            ("-log_file", path("log")),
            ("-error_file", path("errors")),
        ];
        arguments.extend(pairs.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]));
        arguments.extend(self.remote.clone());
        arguments
    }
}

impl Sipp {
    /// Tells it that it is time: to hang up, to give up, to hold.
    pub fn nudge(&self) {
        assert_eq!(self.transport, Transport::Udp, "only a call over UDP can be nudged");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
        let here = socket.local_addr().expect("a bound socket has an address");
        let info = format!(
            "INFO sip:nudge@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKnudge{port}\r\n\
             From: <sip:test@{here}>;tag=test\r\nTo: <sip:nudge@{to}>\r\nCall-ID: {id}\r\nCSeq: 1 INFO\r\n\
             Content-Length: 0\r\n\r\n",
            to = self.address,
            port = here.port(),
            id = self.call_id(),
        );
        socket.send_to(info.as_bytes(), self.address).expect("loopback takes a datagram");
    }

    /// Waits until the far end has said where it wants the sound, and begins to send there.
    pub async fn talks(&self) {
        self.media.send_to(self.far_media().await);
    }

    /// Waits until the far end has said where it wants the sound.
    pub async fn far_media(&self) -> SocketAddr {
        let log = self.folder.join("log");
        let port: u16 = until_some("sipp to be answered", || {
            let text = std::fs::read_to_string(&log).ok()?;
            text.split("media ").nth(1)?.split_whitespace().next()?.parse().ok()
        })
        .await;
        SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)
    }

    /// Waits for the end of the call, which must have gone as the scenario tells.
    pub async fn ends_well(mut self) -> MediaEnd {
        let status = in_time("sipp to end", self.child.wait()).await.expect("a child can be waited for");
        assert!(status.success(), "the call did not go as told: {}", self.account());
        self.media
    }

    /// Every message so far.
    pub fn messages(&self) -> String {
        std::fs::read_to_string(self.folder.join("messages")).unwrap_or_default()
    }

    /// Waits until a message contains this.
    pub async fn sees(&self, text: &str) {
        crate::patience::until(&format!("sipp to see {text}"), || self.messages().contains(text)).await;
    }

    /// Waits until it listens on TCP.
    pub async fn is_listening_on_tcp(&self) {
        crate::patience::until("sipp to listen", || std::net::TcpListener::bind(self.address).is_err()).await;
    }

    /// How others name its dialog, to take its place (RFC 3891): what a caller has from its answer.
    pub fn dialog(&self) -> String {
        let messages = self.messages();
        let answer = messages.split("SIP/2.0 200").nth(1).expect("the call was answered");
        let tag = |name: &str| {
            let line = answer.lines().find(|line| line.starts_with(name)).expect("an answer has From and To");
            line.split("tag=").nth(1).expect("both have tags").trim().to_owned()
        };
        // To-tag is the tag of whoever is asked: here the server, which answered.
        format!("{};to-tag={};from-tag={}", self.call_id(), tag("To:"), tag("From:"))
    }

    /// The caller chooses it, so a callee learns it from the first message.
    fn call_id(&self) -> String {
        let messages = self.messages();
        let line = messages.lines().find_map(|line| line.strip_prefix("Call-ID: "));
        line.expect("a call that is nudged has begun").trim().to_owned()
    }

    fn account(&self) -> String {
        let errors = std::fs::read_to_string(self.folder.join("errors")).unwrap_or_default();
        let stderr = std::fs::read_to_string(self.folder.join("stderr")).unwrap_or_default();
        format!("{errors}{stderr} (the messages are in {})", self.folder.display())
    }
}

fn free_port(address: IpAddr) -> u16 {
    let socket = UdpSocket::bind((address, 0)).expect("loopback has free ports");
    socket.local_addr().expect("a bound socket has an address").port()
}
