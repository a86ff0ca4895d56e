//! What callers, called phones and the application say in their calls, and what they hear.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::task::spawn_local;

use crate::calls::application::{self, Client, News};
use crate::calls::call::{Call, Script};
use crate::calls::line::Line;
use crate::calls::message::{self, Dialog, Message};
use crate::calls::neighborhood::{CALLERS, PHONES, password, phone_name, phone_number};

/// RFC 3261 §17.1.1.2: T1.
pub(crate) const RETRANSMIT: Duration = Duration::from_millis(500);

/// All that is said around the server.
pub(crate) struct Traffic {
    pub(crate) server: SocketAddr,
    pub(crate) number: String,
    pub(crate) callers: Line,
    pub(crate) callees: Line,
    /// Takes what the server says into ears that do not listen.
    pub(crate) media: std::net::UdpSocket,
    pub(crate) application: SocketAddr,
    pub(crate) client: Client,
    pub(crate) state: RefCell<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) calls: Vec<Call>,
    /// Requests that were sent and may have to be sent again.
    pub(crate) unanswered: VecDeque<(Instant, usize)>,
    pub(crate) registered: usize,
    pub(crate) failures: Vec<String>,
}

impl Traffic {
    pub(crate) fn invite(&self, script: Script) {
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

    pub(crate) fn media_address(&self) -> SocketAddr {
        self.media.local_addr().expect("it is bound")
    }

    pub(crate) async fn receive(&self, socket: &UdpSocket, take: fn(&Self, &Message<'_>, SocketAddr)) {
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

    pub(crate) fn on_caller(&self, message: &Message<'_>, from: SocketAddr) {
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

    pub(crate) fn on_callee(&self, message: &Message<'_>, from: SocketAddr) {
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

    pub(crate) fn send_register(&self, phone: usize, authorization: &str) {
        let local = self.callees.local;
        let register = message::register(&phone_name(phone), self.server, local, authorization);
        self.say(&self.callees, &register, self.server);
    }

    pub(crate) fn on_news(self: &Rc<Self>, news: News, at: Instant) {
        match news {
            News::IncomingCall { caller, context } => {
                let index = caller.strip_prefix(CALLERS).and_then(|index| index.parse().ok());
                let Some(index) = index else { return };
                let mut is_new = false;
                self.with_call(index, |call| is_new = call.ring(at));
                if is_new {
                    self.ask(index, async move |traffic| {
                        let callback = application::callback_url(traffic.application, index);
                        traffic.with_call(index, |call| call.asked = Some(Instant::now()));
                        traffic.client.answer(&context, &callback).await
                    });
                }
            }
            News::Event { call: index, kind, connection } => {
                let mut state = self.state.borrow_mut();
                let Some(call) = state.calls.get_mut(index) else { return };
                let script = call.script;
                match (kind.as_str(), script) {
                    ("CallConnected", Script::Prompt) => {
                        self.ask(index, async move |traffic| {
                            let sound = application::sound_url(traffic.application);
                            traffic.client.play(&connection, &sound).await
                        });
                    }
                    ("CallConnected", Script::HoldForKeys) => {
                        let caller = call.caller.clone();
                        self.ask(index, async move |traffic| {
                            traffic.client.listen_to_keys(&connection, &caller).await?;
                            traffic.with_call(index, |call| call.is_connected = true);
                            Ok(())
                        });
                    }
                    ("CallConnected", Script::HoldForWords) => {
                        call.connection = Some(connection);
                        call.is_connected = true;
                    }
                    ("RecognizeCompleted" | "RecognizeFailed", Script::HoldForWords) => {
                        call.understood.get_or_insert(at);
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
        let traffic = Rc::clone(self);
        spawn_local(async move {
            if let Err(error) = ask(traffic.clone()).await {
                traffic.state.borrow_mut().failures.push(error.to_string());
                traffic.with_call(index, |call| call.is_failed = true);
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

    pub(crate) fn send_again(&self) {
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
}
