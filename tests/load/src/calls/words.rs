//! A caller says a word into a prompt: how soon the prompt is silent, and how soon the application knows the word.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::time::sleep;

use crate::calls::application;
use crate::calls::call::Script;
use crate::calls::generator::Generator;
use crate::calls::here;
use crate::distribution::Distribution;
use crate::reaction::ReactionRow;
use crate::voice::{self, Codes, SAMPLES, is_loud, silence};

const WORD: &str = "operator";
const STEP: Duration = Duration::from_millis(1);
const FRAME: Duration = Duration::from_millis(20);
/// A prompt that is not heard, and a word that is not understood by then, are given up.
const PATIENCE: Duration = Duration::from_secs(8);
/// It is silent when nothing was heard for so long.
const SILENT: Duration = Duration::from_millis(150);
/// The prompt is heard for so long before somebody speaks, and a little longer each time.
const HEARD: Duration = Duration::from_millis(300);
const LONGER: Duration = Duration::from_millis(7);
/// What the platform waits for after speech where choices are given.
const END_SILENCE_MS: f64 = 500.0;

/// Says a word so often.
pub(crate) fn measure_words(tries: usize, cores: &str) -> anyhow::Result<Vec<ReactionRow>> {
    let word = voice::say(WORD)?;
    here(async {
        let (generator, _server) = Generator::beside_server(cores).await?;
        let first = generator.hold(Script::HoldForWords, 50.0, 1).await?;
        let (mut silenced, mut understood) = (Distribution::default(), Distribution::default());
        let mut caller = Caller::new(&generator, first)?;
        for number in 0..tries {
            let times = caller.interrupt(&generator, first, &word, HEARD + LONGER * number as u32).await?;
            silenced.add(times.silenced);
            understood.add(times.understood);
        }
        Ok(vec![
            ReactionRow::new("onset of speech to a silent prompt (barge-in)", tries, &silenced).within(80.0),
            ReactionRow::new("last packet of a word to the event's POST", tries, &understood)
                .above("the silence that ends an utterance", Some(END_SILENCE_MS)),
        ])
    })
}

struct Times {
    silenced: Duration,
    understood: Duration,
}

/// One who hears and speaks, with one clock.
struct Caller {
    socket: UdpSocket,
    peer: SocketAddr,
    sequence: u16,
    next: Instant,
    last_loud: Option<Instant>,
}

impl Caller {
    fn new(generator: &Generator, index: usize) -> anyhow::Result<Self> {
        let socket = generator.ear()?;
        socket.set_nonblocking(true)?;
        let peer = generator.media_of(index).context("the call has no media")?;
        Ok(Self { socket, peer, sequence: 1, next: Instant::now(), last_loud: None })
    }

    async fn interrupt(
        &mut self,
        generator: &Generator,
        index: usize,
        word: &[Codes],
        heard: Duration,
    ) -> anyhow::Result<Times> {
        self.last_loud = None;
        generator.listen_to_words(index, WORD).await?;
        let begin = Instant::now();
        let mut heard_since = None;
        while heard_since.is_none_or(|since: Instant| since.elapsed() < heard) {
            if begin.elapsed() > PATIENCE {
                bail!("the prompt is not heard");
            }
            self.step(&silence()).await?;
            heard_since = heard_since.or(self.last_loud);
        }
        let (mut onset, mut ended) = (None, None);
        for codes in word {
            while !self.step(codes).await? {}
            if is_loud(codes) {
                let said = Instant::now();
                onset.get_or_insert(said);
                ended = Some(said);
            }
        }
        let (onset, ended) = onset.zip(ended).context("the word has no sound")?;
        let known = loop {
            self.step(&silence()).await?;
            let known = generator.understood_at(index);
            let is_silent = self.last_loud.is_none_or(|last| last.elapsed() > SILENT);
            if let Some(known) = known.filter(|_| is_silent) {
                break known;
            }
            if ended.elapsed() > PATIENCE {
                bail!("{}", if is_silent { "no event tells the word" } else { "the prompt goes on" });
            }
        };
        let last = self.last_loud.context("the prompt was not heard")?;
        Ok(Times {
            // The last packet with sound lasts a frame.
            silenced: last.saturating_duration_since(onset) + FRAME,
            understood: known.saturating_duration_since(ended),
        })
    }

    /// A millisecond; says the frame if it is time, and tells whether it was.
    async fn step(&mut self, codes: &Codes) -> anyhow::Result<bool> {
        let is_due = Instant::now() >= self.next;
        if is_due {
            self.next += FRAME;
            // Whoever paused does not make up for it.
            self.next = self.next.max(Instant::now());
            self.say(codes)?;
        }
        let mut buffer = [0; 2_048];
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            let packet = rtp::Packet::parse(&buffer[..length]);
            if packet.is_ok_and(|packet| packet.payload_type == rtp::PCMU && is_loud(packet.payload)) {
                self.last_loud = Some(Instant::now());
            }
        }
        sleep(STEP).await;
        Ok(is_due)
    }

    fn say(&mut self, codes: &Codes) -> anyhow::Result<()> {
        let packet = rtp::Packet {
            payload_type: rtp::PCMU,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * SAMPLES as u32,
            ssrc: 7,
            payload: codes,
            ..rtp::Packet::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut buffer = [0; 256];
        let length = packet.write(&mut buffer).context("a frame fits into a packet")?;
        self.socket.send_to(&buffer[..length], self.peer)?;
        Ok(())
    }
}

impl Generator {
    /// The socket to which callers are spoken.
    fn ear(&self) -> anyhow::Result<UdpSocket> {
        Ok(self.traffic.media.try_clone()?)
    }

    fn media_of(&self, index: usize) -> Option<SocketAddr> {
        self.traffic.state.borrow().calls.get(index)?.media
    }

    fn understood_at(&self, index: usize) -> Option<Instant> {
        self.traffic.state.borrow().calls.get(index)?.understood
    }

    /// The application plays a long prompt into which the caller may say the word.
    async fn listen_to_words(&self, index: usize, word: &str) -> anyhow::Result<()> {
        let (caller, connection) = {
            let mut state = self.traffic.state.borrow_mut();
            let call = state.calls.get_mut(index).context("there is a call")?;
            call.understood = None;
            (call.caller.clone(), call.connection.clone().context("the call has no connection")?)
        };
        let prompt = application::long_sound_url(self.traffic.application);
        self.traffic.client.listen_to_words(&connection, &caller, &prompt, word).await
    }
}
