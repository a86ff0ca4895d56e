//! The generator: callers, callees and an application in one thread, with one clock.
//!
//! Calls begin on an absolute schedule, whatever became of those before: a server that is too slow
//! is offered as much as a fast one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::task::spawn_local;
use tokio::time::{sleep, sleep_until};

use crate::calls::application::{self, Client, News};
use crate::calls::call::{Call, Script};
use crate::calls::message::{self, Dialog, Message};
use crate::calls::server::Server;
use crate::distribution::Distribution;

/// The number of every caller begins so; calls from it belong to the carrier.
pub(crate) const CALLERS: &str = "+1999";
/// Phones that are called, each by many.
pub(crate) const PHONES: usize = 8;
/// RFC 3261 §17.1.1.2: T1.
const RETRANSMIT: Duration = Duration::from_millis(500);
/// A call that is not over by then has failed.
const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(1);
const BUFFER: usize = 16 << 20;

/// Everything around the server.
pub(crate) struct Generator {
    inner: Rc<Inner>,
}

struct Inner {
    server: SocketAddr,
    number: String,
    callers: Line,
    callees: Line,
    /// Takes what the server says into ears that do not listen.
    media: std::net::UdpSocket,
    application: SocketAddr,
    client: Client,
    state: RefCell<State>,
}

/// A socket with two ends: what is sent does not wait for the runtime to look at the socket first.
struct Line {
    receive: UdpSocket,
    send: std::net::UdpSocket,
    local: SocketAddr,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    /// Requests that were sent and may have to be sent again.
    unanswered: VecDeque<(Instant, usize)>,
    registered: usize,
    failures: Vec<String>,
}

/// What became of the calls of one run.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) offered: usize,
    pub(crate) completed: usize,
    /// Refused with 503, and when to try again.
    pub(crate) refused: usize,
    pub(crate) failed: usize,
    /// Completed in a second, in the steady part of the run.
    pub(crate) goodput: f64,
    pub(crate) retransmissions: usize,
    pub(crate) invite_to_post: Distribution,
    pub(crate) answer_to_ok: Distribution,
    pub(crate) invite_to_ok: Distribution,
    pub(crate) own_lateness: Distribution,
    /// What went wrong, in the words of the first that failed.
    pub(crate) complaint: Option<String>,
}

/// Addresses of a run, of its own so that two runs beside each other do not meet.
#[derive(Clone, Copy)]
pub(crate) struct Neighborhood {
    pub(crate) carrier: IpAddr,
    phones: IpAddr,
}

impl Neighborhood {
    pub(crate) fn of_this_process() -> Self {
        let process = std::process::id();
        let (one, two) = (16 + (process / 251 % 200) as u8, (process % 251) as u8);
        let address = |last| IpAddr::V4(Ipv4Addr::new(127, one, two, last));
        Self { carrier: address(1), phones: address(2) }
    }

    /// For the server: a carrier, phones, a number, and an application that hears of its calls.
    pub(crate) fn configuration(&self, application: SocketAddr) -> String {
        let phones: String = (0..PHONES)
            .map(|phone| {
                let (name, number) = (phone_name(phone), phone_number(phone));
                format!(
                    "[[tenants.phones]]\nname = \"{name}\"\nnumber = \"{number}\"\npassword = \"{}\"\n\n",
                    password(&name)
                )
            })
            .collect();
        format!(
            "[sip]\ntls = \"off\"\n\n[media]\nports = \"10000-31999\"\n\n[outgoing]\nallow-private = \"loopback\"\n\n\
             [limits]\ndrain-seconds = 1\n\n[[tenants]]\nname = \"Load\"\n\n[[tenants.resources]]\nname = \"load\"\n\
             numbers = [\"+14255550100\"]\n\n{phones}[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\n\
             sources = [\"{carrier}\"]\nprefixes = [\"{CALLERS}\"]\n\n[[events.subscriptions]]\nname = \"load\"\n\
             url = \"{url}\"\ntypes = [\"Microsoft.Communication.IncomingCall\"]\n",
            carrier = self.carrier,
            url = application::grid_url(application),
        )
    }
}

impl Generator {
    /// Starts the application and a server that knows it.
    pub(crate) async fn beside_server(cores: &str) -> anyhow::Result<(Self, Server)> {
        let here = Neighborhood::of_this_process();
        let (told, news) = tokio::sync::mpsc::unbounded_channel();
        let application =
            application::listen(Rc::new(move |news| drop(told.send((Instant::now(), news))))).await?;
        let configuration = here.configuration(application);
        // The server asks the application before it is ready: it must not be waited for on this thread.
        let cores = cores.to_owned();
        let start = tokio::task::spawn_blocking(move || Server::configured(&configuration, &cores));
        let server = start.await??;
        let generator = Self::new(&server, here, application, news).await?;
        generator.register().await?;
        Ok((generator, server))
    }

    /// For a server whose demo line answers.
    pub(crate) async fn beside_demo(server: &Server) -> anyhow::Result<Self> {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let here = Neighborhood { carrier: loopback, phones: loopback };
        let (_, news) = tokio::sync::mpsc::unbounded_channel();
        Self::new(server, here, SocketAddr::new(loopback, 0), news).await
    }

    async fn new(
        server: &Server,
        here: Neighborhood,
        application: SocketAddr,
        mut news: tokio::sync::mpsc::UnboundedReceiver<(Instant, News)>,
    ) -> anyhow::Result<Self> {
        let inner = Rc::new(Inner {
            server: server.sip,
            number: server.number.clone(),
            callers: Line::open(here.carrier)?,
            callees: Line::open(here.phones)?,
            media: std::net::UdpSocket::bind((here.carrier, 0))?,
            application,
            client: Client::new(server.http, &server.access_key)?,
            state: RefCell::default(),
        });
        spawn_local({
            let inner = inner.clone();
            async move { inner.receive(&inner.callers.receive, Inner::on_caller).await }
        });
        spawn_local({
            let inner = inner.clone();
            async move { inner.receive(&inner.callees.receive, Inner::on_callee).await }
        });
        spawn_local({
            let inner = inner.clone();
            async move {
                while let Some((at, news)) = news.recv().await {
                    inner.on_news(news, at);
                }
            }
        });
        spawn_local({
            let inner = inner.clone();
            async move {
                loop {
                    sleep(RETRANSMIT / 10).await;
                    inner.send_again();
                }
            }
        });
        Ok(Self { inner })
    }

    async fn register(&self) -> anyhow::Result<()> {
        for phone in 0..PHONES {
            self.inner.send_register(phone, "");
        }
        let deadline = Instant::now() + PATIENCE;
        while self.inner.state.borrow().registered < PHONES {
            if Instant::now() > deadline {
                bail!("the phones cannot register");
            }
            sleep(STEP).await;
        }
        Ok(())
    }

    /// So many calls in a second for so long, and waits until they are over.
    pub(crate) async fn run(&self, script: Script, rate: f64, lasting: Duration) -> Outcome {
        let calls = (rate * lasting.as_secs_f64()).round() as usize;
        let (began, first, own_lateness) = self.begin(script, rate, calls).await;
        self.wait(first, Call::is_over).await;
        let mut outcome = self.inner.outcome(first, began, lasting);
        outcome.own_lateness = own_lateness;
        outcome
    }

    /// Sets up calls that last; returns the first of them.
    pub(crate) async fn hold(&self, script: Script, rate: f64, calls: usize) -> anyhow::Result<usize> {
        let (_, first, _) = self.begin(script, rate, calls).await;
        self.wait(first, |call| call.is_settled() || call.is_over()).await;
        let state = self.inner.state.borrow();
        let held = state.calls[first..].iter().filter(|call| call.is_settled()).count();
        if held < calls {
            bail!("only {held} of {calls} calls came about: {:?}", state.failures.first());
        }
        Ok(first)
    }

    /// Presses a key in each call in turn; from the first packet that says that it is up to the event.
    pub(crate) async fn press(&self, first: usize, presses: usize) -> anyhow::Result<Distribution> {
        let socket = std::net::UdpSocket::bind((self.inner.media.local_addr()?.ip(), 0))?;
        let calls = self.inner.state.borrow().calls.len() - first;
        let mut sequence = 1u16;
        for press in 0..presses {
            let index = first + press % calls;
            let remote = self.inner.state.borrow().calls[index].media.context("a call without media")?;
            let began = u32::from(sequence) * 160;
            let key = (press / calls % 10) as u8;
            // Down for 60 ms; its end is said three times (RFC 4733 §2.5.1.4).
            for packet in 1..=6u16 {
                let is_end = packet > 3;
                let duration = packet.min(3) * 160;
                let payload = [key, if is_end { 0x8a } else { 0x0a }, (duration >> 8) as u8, duration as u8];
                let packet = rtp::Packet {
                    marker: packet == 1,
                    payload_type: 101,
                    sequence,
                    timestamp: began,
                    ssrc: index as u32,
                    payload: &payload,
                    ..rtp::Packet::default()
                };
                sequence = sequence.wrapping_add(1);
                let mut buffer = [0; 64];
                let length = packet.write(&mut buffer).context("a key fits into a packet")?;
                if is_end {
                    let mut state = self.inner.state.borrow_mut();
                    state.calls[index].key_up.get_or_insert_with(Instant::now);
                }
                socket.send_to(&buffer[..length], remote)?;
                // Not a multiple of a frame: keys end at every moment of the server's tick.
                sleep(if is_end { STEP } else { Duration::from_micros(20_700) }).await;
            }
            let deadline = Instant::now() + PATIENCE;
            while self.inner.state.borrow().calls[index].key_up.is_some() && Instant::now() < deadline {
                sleep(STEP).await;
            }
        }
        let state = self.inner.state.borrow();
        Ok(state.calls[first..].iter().flat_map(|call| call.keys_heard.iter().copied()).collect())
    }

    async fn begin(&self, script: Script, rate: f64, calls: usize) -> (Instant, usize, Distribution) {
        let mut own_lateness = Distribution::default();
        let first = self.inner.state.borrow().calls.len();
        let began = Instant::now();
        for call in 0..calls {
            let due = began + Duration::from_secs_f64(call as f64 / rate);
            if due > Instant::now() {
                sleep_until(due.into()).await;
            } else if call % 16 == 0 {
                tokio::task::yield_now().await;
            }
            own_lateness.add(due.elapsed());
            self.inner.invite(script);
        }
        (began, first, own_lateness)
    }

    async fn wait(&self, first: usize, is_done: impl Fn(&Call) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut from = first;
        loop {
            {
                let state = self.inner.state.borrow();
                while state.calls.get(from).is_some_and(&is_done) {
                    from += 1;
                }
                if from == state.calls.len() || Instant::now() > deadline {
                    return;
                }
            }
            sleep(STEP * 5).await;
        }
    }
}

impl Inner {
    fn invite(&self, script: Script) {
        let mut state = self.state.borrow_mut();
        let index = state.calls.len();
        let target = match script {
            Script::Bridge | Script::HoldBridge => phone_number(index % PHONES),
            _ => self.number.clone(),
        };
        let call = Call::new(script, index, format!("sip:{target}@{}", self.server));
        let invite = self.dialog(&call).invite(self.media_address(), script.direction());
        state.calls.push(call);
        state.unanswered.push_back((Instant::now() + RETRANSMIT, index));
        drop(state);
        self.say(&self.callers, &invite, self.server);
    }

    fn dialog<'a>(&self, call: &'a Call) -> Dialog<'a> {
        Dialog {
            from: &call.caller,
            call_id: &call.call_id,
            local: self.callers.local,
            target: &call.target,
            to: &call.to,
        }
    }

    fn media_address(&self) -> SocketAddr {
        self.media.local_addr().expect("it is bound")
    }

    async fn receive(&self, socket: &UdpSocket, take: fn(&Self, &Message<'_>, SocketAddr)) {
        let mut datagram = vec![0; 65_536];
        loop {
            match socket.try_recv_from(&mut datagram) {
                Ok((length, from)) => {
                    if let Some(message) = Message::parse(&datagram[..length]) {
                        take(self, &message, from);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if socket.readable().await.is_err() {
                        return;
                    }
                }
                // About an earlier datagram.
                Err(_) => {}
            }
        }
    }

    fn on_caller(&self, message: &Message<'_>, from: SocketAddr) {
        let Some(status) = message.status() else { return self.on_request(&self.callers, message, from) };
        let Some(index) = message.header("Call-ID").and_then(Call::index_of) else { return };
        let mut state = self.state.borrow_mut();
        let Some(call) = state.calls.get_mut(index) else { return };
        let now = Instant::now();
        let reply = match (message.answers(), status) {
            ("INVITE", 100..200) => {
                call.is_heard = true;
                None
            }
            ("INVITE", 200..300) => {
                let is_first = call.ok.is_none();
                call.accept(message, now);
                let ack = self.dialog(call).ack();
                if is_first && call.script.hangs_up_at_once() {
                    self.say(&self.callers, &ack, self.server);
                    self.hang_up(&mut state, index);
                    None
                } else {
                    Some(ack)
                }
            }
            ("INVITE", _) => {
                call.refuse(message, status, now);
                let ack = Some(self.dialog(call).ack_refusal());
                if status != 503 {
                    state.failures.push(format!("INVITE was answered with {status}"));
                }
                ack
            }
            ("BYE", 200..) => {
                call.bye_answered.get_or_insert(now);
                None
            }
            _ => None,
        };
        drop(state);
        if let Some(reply) = reply {
            self.say(&self.callers, &reply, self.server);
        }
    }

    fn on_callee(&self, message: &Message<'_>, from: SocketAddr) {
        match (message.status(), message.answers()) {
            (Some(status), "REGISTER") => self.on_registered(message, status),
            (Some(_), _) => {}
            (None, _) => self.on_request(&self.callees, message, from),
        }
    }

    /// Whoever is called answers at once; all that is asked within a call is done.
    fn on_request(&self, line: &Line, message: &Message<'_>, from: SocketAddr) {
        let local = line.local;
        let response = match message.method() {
            "ACK" => return,
            "INVITE" => {
                let contact = format!("Contact: <sip:load@{local}>\r\nContent-Type: application/sdp\r\n");
                let body = message::description(self.media_address(), "sendrecv");
                message.respond("200 OK", "callee", &contact, &body)
            }
            _ => message.respond("200 OK", "callee", "", ""),
        };
        self.say(line, &response, from);
    }

    fn on_registered(&self, message: &Message<'_>, status: u16) {
        let Some(phone) =
            message.header("Call-ID").and_then(|id| id.strip_prefix("register-phone-")?.parse().ok())
        else {
            return;
        };
        if status == 200 {
            self.state.borrow_mut().registered += 1;
            return;
        }
        let name = phone_name(phone);
        let challenge = message.header("WWW-Authenticate").unwrap_or_default();
        let uri = format!("sip:{}", self.server);
        if let Some(authorization) = message::authorization(challenge, &name, &password(&name), &uri) {
            self.send_register(phone, &authorization);
        }
    }

    fn send_register(&self, phone: usize, authorization: &str) {
        let local = self.callees.local;
        let register = message::register(&phone_name(phone), self.server, local, authorization);
        self.say(&self.callees, &register, self.server);
    }

    fn on_news(self: &Rc<Self>, news: News, at: Instant) {
        match news {
            News::IncomingCall { caller, context } => {
                let index = caller.strip_prefix(CALLERS).and_then(|index| index.parse().ok());
                let Some(index) = index else { return };
                let mut is_new = false;
                self.with_call(index, |call| is_new = call.ring(at));
                if is_new {
                    self.ask(index, async move |inner| {
                        let callback = application::callback_url(inner.application, index);
                        inner.with_call(index, |call| call.asked = Some(Instant::now()));
                        inner.client.answer(&context, &callback).await
                    });
                }
            }
            News::Event { call: index, kind, connection } => {
                let mut state = self.state.borrow_mut();
                let Some(call) = state.calls.get_mut(index) else { return };
                let script = call.script;
                match (kind.as_str(), script) {
                    ("CallConnected", Script::Prompt) => {
                        self.ask(index, async move |inner| {
                            let sound = application::sound_url(inner.application);
                            inner.client.play(&connection, &sound).await
                        });
                    }
                    ("CallConnected", Script::HoldForKeys) => {
                        let caller = call.caller.clone();
                        self.ask(index, async move |inner| {
                            inner.client.listen_to_keys(&connection, &caller).await?;
                            inner.with_call(index, |call| call.is_connected = true);
                            Ok(())
                        });
                    }
                    ("CallConnected", Script::Answer) => self.hang_up(&mut state, index),
                    ("CallConnected", _) => call.is_connected = true,
                    ("PlayCompleted" | "PlayFailed", Script::Prompt) => {
                        if kind == "PlayFailed" {
                            state.failures.push("a prompt was not played".to_owned());
                        }
                        self.hang_up(&mut state, index);
                    }
                    ("ContinuousDtmfRecognitionToneReceived", _) => call.hear_key(at),
                    ("CallDisconnected" | "AnswerFailed", _) => call.disconnected = Some(at),
                    _ => {}
                }
            }
        }
    }

    fn ask<Asking>(self: &Rc<Self>, index: usize, ask: Asking)
    where
        Asking: AsyncFnOnce(Rc<Self>) -> anyhow::Result<()> + 'static,
    {
        let inner = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = ask(inner.clone()).await {
                inner.state.borrow_mut().failures.push(error.to_string());
                inner.with_call(index, |call| call.is_failed = true);
            }
        });
    }

    fn with_call(&self, index: usize, act: impl FnOnce(&mut Call)) {
        if let Some(call) = self.state.borrow_mut().calls.get_mut(index) {
            act(call);
        }
    }

    fn hang_up(&self, state: &mut State, index: usize) {
        let call = &mut state.calls[index];
        call.bye.get_or_insert_with(Instant::now);
        let bye = self.dialog(call).bye();
        state.unanswered.push_back((Instant::now() + RETRANSMIT, index));
        self.say(&self.callers, &bye, self.server);
    }

    fn send_again(&self) {
        let now = Instant::now();
        let mut state = self.state.borrow_mut();
        while let Some((_, index)) = state.unanswered.pop_front_if(|(due, _)| *due <= now) {
            let call = &mut state.calls[index];
            let message = if call.is_over() || call.is_lost() {
                None
            } else if call.bye.is_some() && call.bye_answered.is_none() {
                Some(self.dialog(call).bye())
            } else if !call.is_heard && call.ok.is_none() {
                Some(self.dialog(call).invite(self.media_address(), call.script.direction()))
            } else {
                None
            };
            if let Some(message) = message {
                call.retransmissions += 1;
                state.unanswered.push_back((now + RETRANSMIT, index));
                self.say(&self.callers, &message, self.server);
            }
        }
    }

    fn say(&self, line: &Line, message: &str, to: SocketAddr) {
        // What the kernel does not take now is sent again, as on any network.
        let _ = line.send.send_to(message.as_bytes(), to);
    }

    fn outcome(&self, first: usize, began: Instant, lasting: Duration) -> Outcome {
        let mut state = self.state.borrow_mut();
        let mut outcome = Outcome { offered: state.calls.len() - first, ..Outcome::default() };
        let steady = began + lasting / 4..began + lasting;
        let mut in_steady = 0;
        for call in &state.calls[first..] {
            match call.completed_at() {
                Some(at) => {
                    outcome.completed += 1;
                    in_steady += usize::from(steady.contains(&at));
                }
                None if call.refused_politely => outcome.refused += 1,
                None => outcome.failed += 1,
            }
            let note = |into: &mut Distribution, from: Option<Instant>, to: Option<Instant>| {
                if let (Some(from), Some(to)) = (from, to) {
                    into.add(to.saturating_duration_since(from));
                }
            };
            note(&mut outcome.invite_to_post, Some(call.invited), call.rang);
            note(&mut outcome.answer_to_ok, call.asked, call.ok);
            note(&mut outcome.invite_to_ok, Some(call.invited), call.ok);
            outcome.retransmissions += call.retransmissions;
        }
        outcome.goodput = in_steady as f64 / (lasting.as_secs_f64() * 0.75);
        outcome.complaint = state.failures.drain(..).next();
        outcome
    }
}

fn phone_name(phone: usize) -> String {
    format!("phone-{phone}")
}

fn phone_number(phone: usize) -> String {
    format!("+142555602{phone:02}")
}

fn password(name: &str) -> String {
    format!("secret-of-{name}")
}

impl Line {
    fn open(address: IpAddr) -> anyhow::Result<Self> {
        let send =
            std::net::UdpSocket::bind((address, 0)).with_context(|| format!("cannot bind {address}"))?;
        send.set_nonblocking(true)?;
        let buffers = SockRef::from(&send);
        // As much as the kernel allows.
        buffers.set_recv_buffer_size(BUFFER)?;
        buffers.set_send_buffer_size(BUFFER)?;
        Ok(Self { receive: UdpSocket::from_std(send.try_clone()?)?, local: send.local_addr()?, send })
    }
}
