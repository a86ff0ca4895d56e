//! Understanding (the Speech WebSocket protocol: `speech.config`, `speech.context`, sound out; hypotheses and phrases in).

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use outbound_http::{WebSocket, WebSocketRequest};
use tokio_tungstenite::tungstenite::Message;
use url::form_urlencoded;

use super::AzureSpeech;
use super::message::{self, Said};
use crate::answer::{secret_header, unopened};
use crate::ear::{
    EAR_FRAME, Ear, EarError, FRAME_TICKS, Heard, Hearing, Lender, Opening, Phrase, SpeechToText,
};
use crate::sounds::{Sound, Sounds, TOGETHER};
use crate::wave;

/// Until the socket is open.
const CONNECT: Duration = Duration::from_secs(10);
/// For the service to take what we send, and to say what is left after the last sound.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest message that is taken of the service.
const MOST_MESSAGE: usize = 256 << 10;
/// Frames that go in one message at most: what has come while the last was sent.
const AT_ONCE: usize = 25;
/// Lost frames that are sent as silence, so that its times stay ours; more are reckoned.
const MOST_SILENCE: u32 = 100;

impl SpeechToText for AzureSpeech {
    fn check(&self, _: &Hearing) -> Result<(), EarError> {
        Ok(())
    }

    fn listen(&self, hearing: Hearing) -> Opening {
        let azure = self.clone();
        Box::pin(async move {
            let (mut socket, request) = azure.connect(&hearing).await?;
            let now = timestamp();
            let config = message::text("speech.config", &request, &now, &message::config());
            let context = message::text("speech.context", &request, &now, &message::context(&hearing));
            for text in [config, context] {
                send(&mut socket, Message::text(text)).await?;
            }
            send(&mut socket, Message::binary(message::audio(&request, &now, &wave::header(0)))).await?;
            let (ear, lender) = Ear::new();
            let listening = Listening { socket, request, hearing, shift_ticks: 0 };
            tokio::spawn(listening.run(lender));
            Ok(ear)
        })
    }
}

impl AzureSpeech {
    async fn connect(&self, hearing: &Hearing) -> Result<(WebSocket, String), EarError> {
        let languages = &hearing.listening.languages;
        let path = match languages.len() {
            0 | 1 => "speech/recognition/conversation/cognitiveservices/v1",
            // Which of several languages is spoken is found out at another place.
            _ => "speech/universal/v2",
        };
        let url = format!("{}/{path}?{}", self.address.ears(), query(hearing));
        let connection = random_id();
        let mut request =
            WebSocketRequest { timeout: CONNECT, max_message: MOST_MESSAGE, ..WebSocketRequest::new(url) };
        request.headers.insert("ocp-apim-subscription-key", secret_header(self.key.expose())?);
        request.headers.insert("x-connectionid", secret_header(&connection)?);
        let socket = self.http.open(request).await.map_err(|error| unopened(&error))?;
        Ok((socket, random_id()))
    }
}

fn query(hearing: &Hearing) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("language", hearing.listening.languages.first().map_or("en-US", |language| language));
    query.append_pair("format", "detailed").append_pair("wordLevelTimestamps", "true");
    if let Some(model) = &hearing.listening.model {
        query.append_pair("cid", model);
    }
    query.finish()
}

struct Listening {
    socket: WebSocket,
    request: String,
    hearing: Hearing,
    /// What was lost and not sent, before what is said now.
    shift_ticks: u64,
}

impl Listening {
    async fn run(mut self, mut lender: Lender) {
        if let Err(error) = self.converse(&mut lender).await {
            // Whoever does not want to know any more has gone.
            let _ = lender.heard.send(Err(error)).await;
        }
        let _ = tokio::time::timeout(Duration::from_secs(1), self.socket.close(None)).await;
    }

    async fn converse(&mut self, lender: &mut Lender) -> Result<(), EarError> {
        loop {
            tokio::select! {
                biased;
                said = self.socket.next() => {
                    if self.pass_on(said, lender).await? {
                        return Ok(());
                    }
                }
                more = lender.sound.more() => {
                    if !more {
                        break;
                    }
                    let sound = self.bytes_of(&mut lender.sound);
                    let message = message::audio(&self.request, &timestamp(), &sound);
                    send(&mut self.socket, Message::binary(message)).await?;
                }
                () = lender.heard.closed() => return Ok(()),
            }
        }
        send(&mut self.socket, Message::binary(message::audio(&self.request, &timestamp(), &[]))).await?;
        let rest = async {
            loop {
                let said = self.socket.next().await;
                if self.pass_on(said, lender).await? {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, rest).await.unwrap_or(Err(EarError::Timeout))
    }

    /// Tells what was said; true when it was the last.
    async fn pass_on(
        &mut self,
        said: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
        lender: &Lender,
    ) -> Result<bool, EarError> {
        let message = match said {
            Some(Ok(Message::Text(text))) => message::read(&text)?,
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                Said::Other
            }
            Some(Ok(Message::Close(_))) | None => return Err(EarError::Closed),
            Some(Err(tokio_tungstenite::tungstenite::Error::Capacity(_))) => {
                return Err(EarError::Garbled("a message of it is too long"));
            }
            Some(Err(_)) => return Err(EarError::Closed),
        };
        let heard = match message {
            Said::SpeechStarted(at) => Heard::SpeechStarted(at + self.shift_ticks),
            Said::SpeechEnded(at) => Heard::SpeechEnded(at + self.shift_ticks),
            Said::Guess(phrase) if self.hearing.partials => Heard::Partial(self.shifted(phrase)),
            Said::Phrase(phrase) => Heard::Final(self.shifted(phrase)),
            Said::TurnEnded => return Ok(true),
            Said::TurnStarted | Said::Guess(_) | Said::Nothing | Said::Other => return Ok(false),
        };
        lender.heard.send(Ok(heard)).await.map_err(|_| EarError::Closed)?;
        Ok(false)
    }

    fn shifted(&self, mut phrase: Phrase) -> Phrase {
        phrase.offset_ticks = phrase.offset_ticks.saturating_add(self.shift_ticks);
        for word in &mut phrase.words {
            word.offset_ticks = word.offset_ticks.saturating_add(self.shift_ticks);
        }
        phrase
    }

    fn bytes_of(&mut self, sounds: &mut Sounds) -> Bytes {
        let mut bytes = Vec::with_capacity(TOGETHER * EAR_FRAME * 2);
        for _ in 0..AT_ONCE {
            match sounds.take() {
                None => break,
                Some(Sound::Frame(frame)) => {
                    bytes.extend(frame.iter().flat_map(|sample| sample.to_le_bytes()));
                }
                Some(Sound::Lost(lost)) => {
                    let silent = lost.min(MOST_SILENCE);
                    self.shift_ticks += u64::from(lost - silent) * FRAME_TICKS;
                    bytes.resize(bytes.len() + silent as usize * EAR_FRAME * 2, 0);
                }
            }
        }
        bytes.into()
    }
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), EarError> {
    let sent = tokio::time::timeout(PATIENCE, socket.send(message)).await;
    sent.map_err(|_| EarError::Timeout)?.map_err(|_| EarError::Closed)
}

fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// 32 hexadecimal digits.
fn random_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{:016x}{:016x}", RandomState::new().hash_one(0), RandomState::new().hash_one(1))
}
