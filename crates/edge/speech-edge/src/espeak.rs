//! The voice that comes with the platform: `espeak-ng`, one child process for each speech.
//!
//! A process of its own because its licence is not ours, and because what it makes of strange
//! input shall cost one prompt and nothing else. Words go through its standard input, never
//! through a command line or a shell.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::{OnceCell, Semaphore};

use crate::spoken::{Mouth, Spoken};
use crate::ssml;
use crate::text_to_speech::{Speaking, Speech, SpeechError, TextToSpeech, Words};
use crate::voice::{Wanted, read_list};
use crate::wave::{NoSound, Reader};

/// Words in a minute; espeak-ng's own 175 is hurried on a phone.
const SPEED: &str = "160";
/// espeak-ng's sound is of this rate.
const RATE_HZ: u32 = 22_050;
/// Bytes of phonemes.
const MOST_PHONEMES: u64 = 64 << 10;
/// What is taken of its sound at once: 370 ms.
const PIECE: usize = 16 << 10;

/// What one speech may cost.
#[derive(Clone, Copy, Debug)]
pub struct EspeakLimits {
    /// Children that run at the same time; others wait.
    pub at_once: usize,
    /// From the request to the end of the sound.
    pub time: Duration,
    /// The longest sound.
    pub sound: Duration,
    /// The most characters of a text or document.
    pub characters: usize,
}

impl Default for EspeakLimits {
    fn default() -> Self {
        Self {
            at_once: 4,
            time: Duration::from_secs(15),
            sound: Duration::from_secs(600),
            characters: 16_000,
        }
    }
}

/// espeak-ng. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Espeak(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    program: String,
    limits: EspeakLimits,
    turns: Semaphore,
    languages: OnceCell<Vec<String>>,
}

impl Default for Espeak {
    fn default() -> Self {
        Self::new("espeak-ng", EspeakLimits::default())
    }
}

impl TextToSpeech for Espeak {
    fn speak(&self, speech: Speech) -> Speaking {
        let inner = self.0.clone();
        Box::pin(Spoken::begin(|mouth| async move {
            let time = inner.limits.time;
            let speaking = inner.speak(speech, mouth);
            tokio::time::timeout(time, speaking).await.unwrap_or(Err(SpeechError::TooSlow(time)))
        }))
    }
}

impl Espeak {
    /// The voice of this program (a name that is searched for in `PATH`, or a path).
    pub fn new(program: &str, limits: EspeakLimits) -> Self {
        Self(Arc::new(Inner {
            program: program.to_owned(),
            limits,
            turns: Semaphore::new(limits.at_once),
            languages: OnceCell::new(),
        }))
    }

    /// Whether the program can be run; for a clear word at the start instead of at the first call.
    /// A program that does not answer in the time of one speech does not hold up the start.
    pub async fn check(&self) -> Result<(), SpeechError> {
        let time = self.0.limits.time;
        let listed = tokio::time::timeout(time, self.0.languages()).await;
        listed.unwrap_or(Err(SpeechError::TooSlow(time))).map(|_| ())
    }

    /// How one of its voices would say words, in the phonetic alphabet.
    pub(crate) async fn phonemes(&self, voice: &str, words: &str) -> Result<String, SpeechError> {
        let inner = &self.0;
        let asking = async {
            let _turn = inner.turns.acquire().await.map_err(|_| SpeechError::Failed)?;
            let said = ["--stdin", "-q", "--ipa", "-v", voice];
            inner.run(&said, &ssml::speakable(words), MOST_PHONEMES).await
        };
        let time = inner.limits.time;
        let said = tokio::time::timeout(time, asking).await.unwrap_or(Err(SpeechError::TooSlow(time)))?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}

impl Inner {
    async fn speak(&self, speech: Speech, mouth: Mouth) -> Result<(), SpeechError> {
        let (input, markup, own_language) = self.prepare(&speech.words)?;
        let locale = speech.locale.as_deref().or(own_language.as_deref());
        let wanted = Wanted::new(locale, speech.voice, speech.voice_name.as_deref());
        let voice = wanted.argument(self.languages().await?);
        let voice = voice.ok_or_else(|| SpeechError::Locale(wanted.language.into()))?;

        let _turn = self.turns.acquire().await.map_err(|_| SpeechError::Failed)?;
        let mut arguments = vec!["--stdin", "--stdout", "-b", "1", "-s", SPEED, "-v", &voice];
        if markup {
            arguments.push("-m");
        }
        let longest = self.limits.sound;
        self.attend(&arguments, &input, |mut stdout| async move {
            let mut reader = Reader::new(RATE_HZ);
            let mut room = longest.as_millis() as u64 * u64::from(RATE_HZ) / 1_000;
            let mut piece = vec![0; PIECE];
            loop {
                let length = stdout.read(&mut piece).await;
                let length = length.map_err(|error| failed("its output could not be read", &error))?;
                if length == 0 {
                    return Ok(());
                }
                let part = reader.read(&piece[..length]);
                let part = part.map_err(|NoSound| failed("its sound was not understood", &"no WAV file"))?;
                room = room.checked_sub(part.samples.len() as u64).ok_or(SpeechError::TooLong(longest))?;
                mouth.say(part).await;
            }
        })
        .await
    }

    /// What the child reads, whether it is markup, and the language it names.
    fn prepare(&self, words: &Words) -> Result<(String, bool, Option<String>), SpeechError> {
        let limit = self.limits.characters;
        let (Words::Text(written) | Words::Ssml(written)) = words;
        if written.chars().count() > limit {
            return Err(SpeechError::TooManyWords { limit });
        }
        match words {
            Words::Text(text) if text.trim().is_empty() => Err(SpeechError::Empty),
            Words::Text(text) => Ok((ssml::speakable(text), false, None)),
            Words::Ssml(text) => ssml::read(text).map(|document| (document.text, true, document.language)),
        }
    }

    async fn languages(&self) -> Result<&Vec<String>, SpeechError> {
        let list = || async {
            let list = self.run(&["--voices"], "", 1 << 20).await?;
            Ok(read_list(&String::from_utf8_lossy(&list)))
        };
        self.languages.get_or_try_init(list).await
    }

    /// Runs a child and takes at most `limit` bytes of what it says.
    async fn run(&self, arguments: &[&str], input: &str, limit: u64) -> Result<Vec<u8>, SpeechError> {
        self.attend(arguments, input, |stdout| async move {
            let mut output = Vec::new();
            let read = stdout.take(limit).read_to_end(&mut output).await;
            read.map(|_| output).map_err(|error| failed("its output could not be read", &error))
        })
        .await
    }

    /// Runs a child that reads `input`, and gives what `read` makes of its output. Whatever goes wrong ends it.
    async fn attend<Reading, Read>(
        &self,
        arguments: &[&str],
        input: &str,
        read: impl FnOnce(ChildStdout) -> Reading,
    ) -> Result<Read, SpeechError>
    where
        Reading: Future<Output = Result<Read, SpeechError>>,
    {
        let mut child = self.start(arguments)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A child that stops reading is told of by its status.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            Ok(())
        };
        let listen = async {
            let mut complaint = Vec::new();
            if let Some(stderr) = stderr {
                let _ = stderr.take(4_096).read_to_end(&mut complaint).await;
            }
            Ok(complaint)
        };
        let stdout = stdout.ok_or(SpeechError::Failed)?;
        let ((), read, complaint) = tokio::try_join!(write, read(stdout), listen)?;
        let status = child.wait().await.map_err(|error| failed("its status could not be read", &error))?;
        if status.success() {
            return Ok(read);
        }
        Err(failed(
            "it reported a failure",
            &format_args!("{status}: {}", String::from_utf8_lossy(&complaint)),
        ))
    }

    fn start(&self, arguments: &[&str]) -> Result<Child, SpeechError> {
        Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => SpeechError::NotInstalled,
                _ => failed("it could not be started", &error),
            })
    }
}

fn failed(what: &'static str, why: &dyn std::fmt::Display) -> SpeechError {
    tracing::warn!(reason = %why, "espeak-ng: {what}");
    SpeechError::Failed
}
