//! The generator: callers, callees and an application in one thread, with one clock.
//!
//! Calls begin on an absolute schedule, whatever became of those before: a server that is too slow
//! is offered as much as a fast one.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::task::spawn_local;
use tokio::time::{sleep, sleep_until};

use crate::calls::application::{self, Client, News};
use crate::calls::call::{Call, Script};
use crate::calls::line::Line;
use crate::calls::neighborhood::{Neighborhood, PHONES};
use crate::calls::outcome::Outcome;
use crate::calls::server::Server;
use crate::calls::traffic::{RETRANSMIT, Traffic};
use crate::distribution::Distribution;

/// A call that is not over by then has failed.
const PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(1);

/// Everything around the server.
pub(crate) struct Generator {
    pub(super) traffic: Rc<Traffic>,
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
        let traffic = Rc::new(Traffic {
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
            let traffic = traffic.clone();
            async move { traffic.receive(&traffic.callers.receive, Traffic::on_caller).await }
        });
        spawn_local({
            let traffic = traffic.clone();
            async move { traffic.receive(&traffic.callees.receive, Traffic::on_callee).await }
        });
        spawn_local({
            let traffic = traffic.clone();
            async move {
                while let Some((at, news)) = news.recv().await {
                    traffic.on_news(news, at);
                }
            }
        });
        spawn_local({
            let traffic = traffic.clone();
            async move {
                loop {
                    sleep(RETRANSMIT / 10).await;
                    traffic.send_again();
                }
            }
        });
        Ok(Self { traffic })
    }

    async fn register(&self) -> anyhow::Result<()> {
        for phone in 0..PHONES {
            self.traffic.send_register(phone, "");
        }
        let deadline = Instant::now() + PATIENCE;
        while self.traffic.state.borrow().registered < PHONES {
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
        let mut state = self.traffic.state.borrow_mut();
        let mut outcome = Outcome::of(&state.calls[first..], began, lasting);
        outcome.complaint = state.failures.drain(..).next();
        outcome.own_lateness = own_lateness;
        outcome
    }

    /// Sets up calls that last; returns the first of them.
    pub(crate) async fn hold(&self, script: Script, rate: f64, calls: usize) -> anyhow::Result<usize> {
        let (_, first, _) = self.begin(script, rate, calls).await;
        self.wait(first, |call| call.is_settled() || call.is_over()).await;
        let state = self.traffic.state.borrow();
        let held = state.calls[first..].iter().filter(|call| call.is_settled()).count();
        if held < calls {
            bail!("only {held} of {calls} calls came about: {:?}", state.failures.first());
        }
        Ok(first)
    }

    /// Presses a key in each call in turn; from the first packet that says that it is up to the event.
    pub(crate) async fn press(&self, first: usize, presses: usize) -> anyhow::Result<Distribution> {
        let socket = std::net::UdpSocket::bind((self.traffic.media.local_addr()?.ip(), 0))?;
        let calls = self.traffic.state.borrow().calls.len() - first;
        let mut sequence = 1u16;
        for press in 0..presses {
            let index = first + press % calls;
            let remote = self.traffic.state.borrow().calls[index].media.context("a call without media")?;
            let began = u32::from(sequence) * 160;
            let key = (press / calls % 10) as u8;
            // Down for 60 ms; its end is said three times (RFC 4733 §2.5.1.4).
            for position in 1..=6u16 {
                let is_end = position > 3;
                let duration = position.min(3) * 160;
                let payload = [key, if is_end { 0x8a } else { 0x0a }, (duration >> 8) as u8, duration as u8];
                let packet = rtp::Packet {
                    marker: position == 1,
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
                // At the first of the three: the POST may be there before the others have left.
                if position == 4 {
                    self.traffic.state.borrow_mut().calls[index].key_up = Some(Instant::now());
                }
                socket.send_to(&buffer[..length], remote)?;
                // Not a multiple of a frame: keys end at every moment of the server's tick.
                sleep(if is_end { STEP } else { Duration::from_micros(20_700) }).await;
            }
            let deadline = Instant::now() + PATIENCE;
            while self.traffic.state.borrow().calls[index].key_up.is_some() && Instant::now() < deadline {
                sleep(STEP).await;
            }
        }
        let state = self.traffic.state.borrow();
        Ok(state.calls[first..].iter().flat_map(|call| call.keys_heard.iter().copied()).collect())
    }

    async fn begin(&self, script: Script, rate: f64, calls: usize) -> (Instant, usize, Distribution) {
        let mut own_lateness = Distribution::default();
        let first = self.traffic.state.borrow().calls.len();
        let began = Instant::now();
        for call in 0..calls {
            let due = began + Duration::from_secs_f64(call as f64 / rate);
            if due > Instant::now() {
                sleep_until(due.into()).await;
            } else if call % 16 == 0 {
                tokio::task::yield_now().await;
            }
            own_lateness.add(due.elapsed());
            self.traffic.invite(script);
        }
        (began, first, own_lateness)
    }

    async fn wait(&self, first: usize, is_done: impl Fn(&Call) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut from = first;
        loop {
            {
                let state = self.traffic.state.borrow();
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
