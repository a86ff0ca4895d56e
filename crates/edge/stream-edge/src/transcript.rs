//! One transcript: ears, a socket, and in the end perhaps a summary.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use media_edge::{TapFeed, TapReports, TapSound, Track, What};
use media_plan::{Purpose, Tap, TapEnd, TapReport, Transcription};
use outbound_http::WebSocket;
use speech_edge::{EarError, Mind, SpeechToText, Utterance};
use tokio_tungstenite::tungstenite::Message;

use crate::connection::{self, Dialled, Ended, Retries};
use crate::session::{in_time, say_goodbye};
use crate::speakers::Speakers;
use crate::surroundings::StreamSurroundings;
use crate::transcript_frames::{self, Said};

/// Utterances that are kept for a summary; the oldest are left out.
const MOST_REMEMBERED: usize = 5_000;
/// After the end of the sound, what was said is waited for so long.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Failures of ears in a row that are borne: who speaks on gets another.
const MOST_FAILURES: u32 = 3;

struct Transcript {
    tap: Arc<Tap>,
    transcription: Transcription,
    speakers: Speakers,
    mind: Arc<Mind>,
    remembered: VecDeque<Utterance>,
    reports: TapReports,
    /// Wishes that came and are not told yet.
    news: Vec<Arc<Tap>>,
    failures: u32,
}

/// Until the tap is over, or cannot go on.
pub(crate) async fn run(
    around: StreamSurroundings,
    ears: Arc<dyn SpeechToText>,
    mind: Arc<Mind>,
    feed: TapFeed,
    transcription: Transcription,
) {
    let TapFeed { tap, mut sound, reports, .. } = feed;
    let speakers = Speakers::new(ears, &transcription, &tap.voices);
    let mut transcript = Transcript {
        tap,
        transcription,
        speakers,
        mind,
        remembered: VecDeque::new(),
        reports,
        news: Vec::new(),
        failures: 0,
    };
    let why = transcript.keep(&around, &mut sound).await;
    // Nobody waits for the media thread any more.
    drop(sound);
    transcript.conclude(why).await;
}

impl Transcript {
    /// Why it ended by itself; `None`: it was ended.
    async fn keep(&mut self, around: &StreamSurroundings, sound: &mut TapSound) -> Option<TapEnd> {
        tokio::select! {
            biased;
            ready = self.speakers.ready() => if let Err(error) = ready {
                self.lament(&error);
                return Some(error.end());
            },
            () = sound.over() => return None,
        }
        let mut retries = Retries::default();
        loop {
            let socket = match connection::dial(around, &self.transcription.socket, sound).await {
                Dialled::Open(socket) => *socket,
                Dialled::Failed(why) => {
                    return Some(if retries.is_first() { why } else { TapEnd::Interrupted });
                }
                Dialled::Over => return None,
            };
            self.reports.tell(TapReport::Started);
            let since = Instant::now();
            let (mut sink, mut stream) = socket.split();
            let ended = self.converse(&mut sink, &mut stream, sound).await;
            say_goodbye(&mut sink, &mut stream, ended).await;
            match ended {
                Ended::Over => return None,
                Ended::For(why) => return Some(why),
                Ended::Lost if retries.again(since.elapsed(), sound).await => {}
                Ended::Lost => return Some(TapEnd::Interrupted),
            }
        }
    }

    async fn converse(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        stream: &mut SplitStream<WebSocket>,
        sound: &mut TapSound,
    ) -> Ended {
        let metadata = transcript_frames::metadata(&self.tap, &self.transcription);
        if let Err(ended) = in_time(sink.send(metadata), sound).await {
            return ended;
        }
        loop {
            let mut message = None;
            tokio::select! {
                biased;
                said = self.speakers.next() => match said {
                    Ok(said) => message = self.write(said).await,
                    Err(error) => if let Some(why) = self.bear(&error) {
                        return Ended::For(why);
                    },
                },
                is_on = sound.ready() => match is_on {
                    true => self.listen(sound),
                    false => return self.say_last_words(sink, sound).await,
                },
                came = stream.next() => match came {
                    None => return Ended::Lost,
                    Some(Err(error)) => return connection::broken(&error),
                    Some(Ok(Message::Close(frame))) => return connection::closed(frame.as_ref()),
                    // Applications have nothing to say here.
                    Some(Ok(_)) => {}
                },
            }
            if let Err(ended) = self.tell(sink, sound, message).await {
                return ended;
            }
        }
    }

    async fn tell(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        sound: &mut TapSound,
        message: Option<Message>,
    ) -> Result<(), Ended> {
        if let Some(message) = message {
            in_time(sink.send(message), sound).await?;
        }
        for tap in std::mem::take(&mut self.news) {
            if let Some(metadata) = self.change(tap).await {
                in_time(sink.send(metadata), sound).await?;
            }
        }
        Ok(())
    }

    /// Takes what there is to be heard.
    fn listen(&mut self, sound: &mut TapSound) {
        let (speakers, news) = (&mut self.speakers, &mut self.news);
        // What comes after a change is heard when the change is made.
        while news.is_empty()
            && sound.take(|heard| match heard.what {
                What::Voice(Track::Leg(leg), samples) => speakers.hear(heard.frame, leg, samples),
                What::Changed(tap) => news.push(tap),
                What::Voice(..) | What::EndOfFrame | What::Key(..) => {}
            })
        {}
    }

    /// Another wish is in force. What the application is told of it, if it hears of it.
    async fn change(&mut self, tap: Arc<Tap>) -> Option<Message> {
        self.tap = tap;
        self.speakers.seat(&self.tap.voices);
        let Purpose::Transcribe(wish) = &self.tap.purpose else { return None };
        let before = std::mem::replace(&mut self.transcription, wish.clone());
        let now = &self.transcription;
        if now.paused {
            self.speakers.finish();
        } else {
            self.speakers.change(now);
        }
        let is_asked_to_sum_up = before.summary.is_none() && now.summary.is_some();
        let is_heard_otherwise = before.listening != now.listening;
        let is_otherwise = is_heard_otherwise
            || (before.intermediate, before.redacted, before.paused)
                != (now.intermediate, now.redacted, now.paused);
        if is_otherwise {
            self.reports.tell(TapReport::Changed);
        }
        if is_asked_to_sum_up {
            self.sum_up().await;
        }
        is_heard_otherwise.then(|| transcript_frames::metadata(&self.tap, &self.transcription))
    }

    async fn write(&mut self, said: Said) -> Option<Message> {
        self.failures = 0;
        let masked = self.transcription.redacted.then(|| self.mind.redacted(&said.phrase.text));
        let masked = masked.filter(|masked| **masked != *said.phrase.text);
        if !said.is_final {
            return Some(transcript_frames::said(&said, masked.as_deref(), None));
        }
        let text = masked.as_deref().unwrap_or(&said.phrase.text);
        let sentiment = match self.transcription.listening.sentiment {
            true => Some(self.mind.sentiment(text).await),
            false => None,
        };
        if self.remembered.len() >= MOST_REMEMBERED {
            self.remembered.pop_front();
        }
        self.remembered.push_back(Utterance { speaker: said.who.clone(), text: text.into() });
        Some(transcript_frames::said(&said, masked.as_deref(), sentiment))
    }

    /// Why it is over, if ears fail too often.
    fn bear(&mut self, error: &EarError) -> Option<TapEnd> {
        self.failures += 1;
        self.lament(error);
        (self.failures > MOST_FAILURES).then(|| error.end())
    }

    fn lament(&self, error: &EarError) {
        tracing::warn!(
            call_connection.id = %self.transcription.socket.connection,
            "a speaker of connection {} is not heard: cannot {error}",
            self.transcription.socket.connection
        );
    }

    /// The sound is over; what was said in it is told still.
    async fn say_last_words(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        sound: &mut TapSound,
    ) -> Ended {
        self.speakers.finish();
        let end = tokio::time::sleep(LAST_WORDS);
        let mut end = std::pin::pin!(end);
        while !self.speakers.is_silent() {
            let said = tokio::select! {
                biased;
                said = self.speakers.next() => said,
                () = &mut end => break,
                // An ear that ends without another word is noticed here.
                () = tokio::time::sleep(LAST_WORDS / 30) => continue,
            };
            if let Ok(said) = said
                && let Some(message) = self.write(said).await
                && in_time(sink.send(message), sound).await.is_err()
            {
                break;
            }
        }
        Ended::Over
    }

    async fn conclude(mut self, why: Option<TapEnd>) {
        if let Some(why) = why {
            self.reports.tell(TapReport::Ended(why));
        }
        if self.transcription.summary.is_some() {
            self.sum_up().await;
        }
    }

    async fn sum_up(&mut self) {
        let language = self.transcription.summary.clone();
        let said = self.remembered.make_contiguous();
        let summary = self.mind.summary(said, language.as_deref()).await;
        self.reports.tell(TapReport::Summary(summary.map_err(|error| error.end())));
    }
}
