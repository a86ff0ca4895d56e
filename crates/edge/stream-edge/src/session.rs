//! One stream of sound to an application, and from it, over as many connections as it takes.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, StreamExt};
use media_edge::{TapFeed, TapSound, TapVoice};
use media_plan::{Streaming, TapEnd, TapReport};
use outbound_http::WebSocket;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::app_message::{AppMessage, Malformed};
use crate::audio_frames::AudioFrames;
use crate::connection::{self, Dialled, Ended};
use crate::pacer::Pacer;
use crate::surroundings::StreamSurroundings;

/// A connection that takes nothing for so long is as good as lost.
const STALL: Duration = Duration::from_secs(30);
/// What is left to be said when the tap is over has this long.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long a goodbye is waited for.
const GOODBYE: Duration = Duration::from_secs(1);
/// How often what waits to be heard is looked at.
const TICK: Duration = Duration::from_millis(20);
/// So many messages in a row that are none end the connection.
const MOST_MALFORMED: u32 = 100;

/// Where the application speaks.
struct Mouth {
    pacer: Pacer,
    voice: TapVoice,
    malformed: u32,
}

/// Until the tap is over, or cannot go on.
pub(crate) async fn run(around: StreamSurroundings, feed: TapFeed, streaming: Streaming) {
    let TapFeed { tap, mut sound, mut reports, voice, .. } = feed;
    let mut frames = AudioFrames::new(&tap, &streaming, (around.clock)().unix_us());
    let mut mouth = voice.map(|voice| Mouth { pacer: Pacer::new(streaming.rate_hz), voice, malformed: 0 });
    let mut retries = connection::Retries::default();
    let why = loop {
        let socket = match connection::dial(&around, &streaming.socket, &mut sound).await {
            Dialled::Open(socket) => socket,
            Dialled::Failed(why) => break Some(if retries.is_first() { why } else { TapEnd::Interrupted }),
            Dialled::Over => break None,
        };
        reports.tell(TapReport::Started);
        let since = Instant::now();
        match converse(*socket, &mut sound, &mut frames, &mut mouth).await {
            Ended::Over => break None,
            Ended::For(why) => break Some(why),
            Ended::Lost if retries.again(since.elapsed(), &mut sound).await => {}
            Ended::Lost => break Some(TapEnd::Interrupted),
        }
    };
    let lost_samples = mouth.map_or(0, |mouth| mouth.pacer.lost());
    if frames.missed > 0 || lost_samples > 0 {
        tracing::info!(
            call_connection.id = %streaming.socket.connection,
            "the stream of connection {} has lost {} frames that the application did not take in time, and {} samples \
             of what it said too far ahead",
            streaming.socket.connection,
            frames.missed,
            lost_samples
        );
    }
    if let Some(why) = why {
        reports.tell(TapReport::Ended(why));
    }
}

async fn converse(
    socket: WebSocket,
    sound: &mut TapSound,
    frames: &mut AudioFrames,
    mouth: &mut Option<Mouth>,
) -> Ended {
    let (mut sink, mut stream) = socket.split();
    let ended = tokio::select! {
        ended = tell(&mut sink, sound, frames) => ended,
        ended = listen(&mut stream, mouth) => ended,
    };
    if let Some(mouth) = mouth
        && ended != Ended::Over
    {
        mouth.malformed = 0;
    }
    say_goodbye(&mut sink, &mut stream, ended).await;
    ended
}

/// Sends what is heard, as fast as it is taken and no faster.
async fn tell(
    sink: &mut SplitSink<WebSocket, Message>,
    sound: &mut TapSound,
    frames: &mut AudioFrames,
) -> Ended {
    let metadata = frames.metadata();
    if let Err(ended) = in_time(sink.send(metadata), sound).await {
        return ended;
    }
    while sound.ready().await {
        loop {
            // Nothing is taken from the ring before there is room: what is not taken in time is missed there.
            let room = std::future::poll_fn(|context| sink.poll_ready_unpin(context));
            if let Err(ended) = in_time(room, sound).await {
                return ended;
            }
            let mut message = None;
            if !sound.take(|heard| message = frames.write(&heard)) {
                break;
            }
            let Some(message) = message else { continue };
            if let Err(error) = sink.start_send_unpin(message) {
                return connection::broken(&error);
            }
        }
        if let Err(ended) = in_time(sink.flush(), sound).await {
            return ended;
        }
    }
    Ended::Over
}

/// Waits for the far end, but not for ever.
pub(crate) async fn in_time(
    work: impl Future<Output = Result<(), Error>>,
    sound: &mut TapSound,
) -> Result<(), Ended> {
    let mut work = pin!(work);
    tokio::select! {
        biased;
        done = &mut work => done.map_err(|error| connection::broken(&error)),
        () = tokio::time::sleep(STALL) => Err(Ended::Lost),
        () = over_for_long(sound) => Err(Ended::Over),
    }
}

async fn over_for_long(sound: &mut TapSound) {
    sound.over().await;
    tokio::time::sleep(LAST_WORDS).await;
}

/// Takes what the application says.
async fn listen(stream: &mut SplitStream<WebSocket>, mouth: &mut Option<Mouth>) -> Ended {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_busy = mouth.as_ref().is_some_and(|mouth| mouth.pacer.is_busy());
        let message = tokio::select! {
            biased;
            _ = ticks.tick(), if is_busy => None,
            message = stream.next() => Some(message),
        };
        match message {
            None => {}
            Some(None) => return Ended::Lost,
            Some(Some(Err(error))) => return connection::broken(&error),
            Some(Some(Ok(Message::Close(frame)))) => return connection::closed(frame.as_ref()),
            Some(Some(Ok(message))) => {
                if let Some(mouth) = mouth
                    && let Some(ended) = mouth.handle(&message)
                {
                    return ended;
                }
            }
        }
        if let Some(mouth) = mouth {
            mouth.pour();
        }
    }
}

impl Mouth {
    fn handle(&mut self, message: &Message) -> Option<Ended> {
        let parsed = match message {
            Message::Text(text) => AppMessage::parse(text),
            Message::Binary(_) => Err(Malformed),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return None,
        };
        match parsed {
            Ok(AppMessage::Audio(chunk)) => self.pacer.push(&chunk, Instant::now()),
            Ok(AppMessage::StopAudio) => {
                self.pacer.stop();
                self.voice.stop();
            }
            Ok(AppMessage::Unknown) => {}
            Err(Malformed) => {
                self.malformed += 1;
                return (self.malformed >= MOST_MALFORMED).then_some(Ended::For(TapEnd::Garbled));
            }
        }
        self.malformed = 0;
        None
    }

    fn pour(&mut self) {
        let voice = &mut self.voice;
        let ahead = voice.waiting();
        self.pacer.pour(Instant::now(), ahead, |frame| {
            // The ring has more room than is ever ahead.
            let _ = voice.say(frame);
        });
    }
}

/// Closes a connection that still stands, and waits a moment for the answer.
pub(crate) async fn say_goodbye<S>(sink: &mut S, stream: &mut SplitStream<WebSocket>, ended: Ended)
where
    S: Sink<Message> + Unpin,
{
    let code = match ended {
        Ended::Over => CloseCode::Normal,
        Ended::For(TapEnd::Garbled) => CloseCode::Unsupported,
        Ended::For(TapEnd::Closed) => CloseCode::Normal,
        // It does not hear us.
        Ended::Lost | Ended::For(_) => return,
    };
    let frame = CloseFrame { code, reason: "".into() };
    let _ = tokio::time::timeout(GOODBYE, async {
        if sink.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    })
    .await;
}
