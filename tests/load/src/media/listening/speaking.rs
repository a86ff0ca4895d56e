//! From somebody's mouth to their own ear: through the media engine, and through an application.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use codec::{Law, tone};
use identifier::TapId;
use media_edge::{Negotiated, RtpCodec};
use media_plan::{MediaPlan, MediaRequest, Tap};
use rtp::Packet;

use super::application::{Application, Habit};
use super::keepers::{Hall, hall};
use super::purposes::{somebody, streaming};
use crate::cores::{Cores, stay_on};
use crate::distribution::Distribution;
use crate::gaps::Gaps;
use crate::media::platform::{Platform, call_id, leg_id};
use crate::reaction::ReactionRow;
use crate::voice::{Codes, SAMPLES, is_loud, silence};

const FRAME: Duration = Duration::from_millis(20);
/// Frames of sound in each burst.
const BURST: usize = 5;
/// It is silent for so long before the next, and a little longer each time: phones keep their own time.
const PAUSE: Duration = Duration::from_millis(250);
const LONGER: Duration = Duration::from_millis(7);
/// A burst of which nothing came back by then is lost.
const PATIENCE: Duration = Duration::from_millis(1_500);

const ENGINE: &str = "mouth to ear in the media engine";
const ECHO: &str = "mouth to ear through an application that echoes";
const ANSWER: &str = "end of speech to the answer of an application";

/// Speaks so often in each of the ways.
pub(crate) fn measure_speaking(tries: usize, cores: Cores, gaps: &mut Gaps) -> Vec<ReactionRow> {
    let mut measure = |work, habit| {
        let measured = speak(habit, tries, cores);
        gaps.check(work, measured).map(|times| ReactionRow::new(work, tries, &times))
    };
    let engine = measure(ENGINE, None);
    let floor_ms = engine.as_ref().and_then(|row| row.p50_ms);
    let echo = measure(ECHO, Some(Habit::Echoes))
        .map(|row| row.above("frame and jitter: the media engine", floor_ms).within(60.0));
    // That it is silent shows in the frame after the last.
    let floor_ms = floor_ms.map(|ms| ms + FRAME.as_secs_f64() * 1_000.0);
    let answer = measure(ANSWER, Some(Habit::Answers))
        .map(|row| row.above("the same, and the frame without speech", floor_ms).within(60.0));
    [engine, echo, answer].into_iter().flatten().collect()
}

/// From the first frame with sound to the first that comes back; to an application that answers, from the last.
fn speak(habit: Option<Habit>, tries: usize, cores: Cores) -> anyhow::Result<Distribution> {
    stay_on(cores.generator)?;
    let application = Application::start(habit.unwrap_or(Habit::Listens))?;
    let folder = tempfile::tempdir()?;
    let Hall { listeners, told } = hall(folder.path(), false);
    let platform = Platform::with_listeners(cores.measured, listeners)?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let (call, leg) = (call_id(0), leg_id(0, 0));
    let peer = platform.media().open(call, leg)?.address;
    platform.media().connect(leg, Negotiated::plain(socket.local_addr()?, RtpCodec::Pcmu, rtp::PCMU));
    let hears = if habit.is_none() { BTreeSet::from([leg]) } else { BTreeSet::new() };
    let plan = MediaPlan { hears: [(leg, hears)].into(), ..MediaPlan::default() };
    platform.media().request(call, MediaRequest::Connect(plan));
    if habit.is_some() {
        let purpose = streaming(application.address, false, 16_000, true);
        let tap = Tap { id: TapId::from_u128(1), voices: [(leg, somebody())].into(), purpose };
        platform.media().request(call, MediaRequest::Listen(tap));
        told.wait_for(1)?;
    }
    let counts_from = if habit == Some(Habit::Answers) { BURST - 1 } else { 0 };
    let times = Mouth { socket, peer, sequence: 0 }.speak(tries, counts_from)?;
    told.check()?;
    Ok(times)
}

struct Mouth {
    socket: UdpSocket,
    peer: SocketAddr,
    sequence: u16,
}

impl Mouth {
    fn speak(&mut self, tries: usize, counts_from: usize) -> anyhow::Result<Distribution> {
        let loud = burst();
        let mut times = Distribution::default();
        let mut next = Instant::now();
        let mut quiet_since = next;
        for number in 0..tries {
            let pause = PAUSE + LONGER * number as u32;
            let (mut said, mut counted, mut has_come) = (0, None::<Instant>, false);
            let begin = Instant::now();
            loop {
                let now = Instant::now();
                if now >= next {
                    next += FRAME;
                    let may_speak = said > 0 || quiet_since.elapsed() >= pause;
                    let codes = loud.get(said).filter(|_| may_speak);
                    self.say(codes.unwrap_or(&silence()))?;
                    if codes.is_some() {
                        if said == counts_from {
                            counted = Some(Instant::now());
                        }
                        said += 1;
                    }
                }
                while let Some(is_loud) = self.hear() {
                    if !is_loud {
                        continue;
                    }
                    quiet_since = Instant::now();
                    if let Some(counted) = counted.filter(|_| !has_come) {
                        times.add(counted.elapsed());
                        has_come = true;
                    }
                }
                let is_lost = begin.elapsed() > pause + PATIENCE;
                if said >= loud.len() && has_come || is_lost {
                    break;
                }
                thread::sleep(Duration::from_micros(200));
            }
        }
        Ok(times)
    }

    fn say(&mut self, codes: &Codes) -> anyhow::Result<()> {
        let packet = Packet {
            payload_type: rtp::PCMU,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * SAMPLES as u32,
            ssrc: 1,
            payload: codes,
            ..Packet::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        let mut buffer = [0; 256];
        let length = packet.write(&mut buffer).unwrap_or_default();
        self.socket.send_to(&buffer[..length], self.peer)?;
        Ok(())
    }

    /// Whether there is sound in the next packet that has come.
    fn hear(&self) -> Option<bool> {
        let mut buffer = [0; 2_048];
        let (length, _) = self.socket.recv_from(&mut buffer).ok()?;
        Some(Packet::parse(&buffer[..length]).is_ok_and(|packet| is_loud(packet.payload)))
    }
}

fn burst() -> Vec<Codes> {
    let samples = tone::sine(8_000, 1_000.0, FRAME * BURST as u32, 0.5).samples;
    let frame = |samples: &[i16; SAMPLES]| {
        let mut codes = silence();
        Law::Mu.encode(samples, &mut codes);
        codes
    };
    samples.as_chunks().0.iter().map(frame).collect()
}
