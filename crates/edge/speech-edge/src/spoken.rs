//! Speech while it is spoken: its beginning is heard before its end is there.

use std::future::Future;

use codec::Pcm;
use tokio::sync::mpsc;

use crate::text_to_speech::SpeechError;

/// Parts that wait to be taken; whoever speaks waits then.
const WAITING: usize = 16;

/// Speech of which the first part is there. Who drops it ends the speaking.
#[derive(Debug)]
pub struct Spoken {
    rate_hz: u32,
    first: Option<Pcm>,
    rest: mpsc::Receiver<Result<Pcm, SpeechError>>,
}

/// Where a voice puts what it says.
pub(crate) struct Mouth(mpsc::Sender<Result<Pcm, SpeechError>>);

impl Spoken {
    /// Samples per second: the provider's own rate, the same in all parts.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// The next part; `None` at the end, and after an error.
    pub async fn next(&mut self) -> Option<Result<Pcm, SpeechError>> {
        match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.rest.recv().await,
        }
    }

    /// All of it.
    pub async fn whole(mut self) -> Result<Pcm, SpeechError> {
        let mut whole = Pcm { rate_hz: self.rate_hz, samples: Vec::new() };
        while let Some(part) = self.next().await {
            whole.samples.extend(part?.samples);
        }
        Ok(whole)
    }

    /// Lets `speak` speak, until it is done or nobody listens, and gives its speech out once there is something to
    /// hear. Where it says nothing at all, there was nothing to say.
    pub(crate) async fn begin<Speak>(speak: impl FnOnce(Mouth) -> Speak) -> Result<Self, SpeechError>
    where
        Speak: Future<Output = Result<(), SpeechError>> + Send + 'static,
    {
        let (sender, mut rest) = mpsc::channel(WAITING);
        let speaking = speak(Mouth(sender.clone()));
        tokio::spawn(async move {
            let spoken = tokio::select! {
                spoken = speaking => spoken,
                () = sender.closed() => return,
            };
            if let Err(error) = spoken {
                // Whoever does not listen any more need not know.
                let _ = sender.send(Err(error)).await;
            }
        });
        let first = rest.recv().await.ok_or(SpeechError::Empty)??;
        Ok(Self { rate_hz: first.rate_hz, first: Some(first), rest })
    }
}

impl Mouth {
    /// Says the next part, if there is anything in it. Waits where nobody has taken the parts before it.
    pub(crate) async fn say(&self, part: Pcm) {
        if !part.samples.is_empty() {
            // Where nobody listens any more, the speaking is ended as a whole.
            let _ = self.0.send(Ok(part)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(samples: usize) -> Pcm {
        Pcm { rate_hz: 8_000, samples: vec![1; samples] }
    }

    #[tokio::test]
    async fn the_first_part_is_there_before_the_last() {
        let (go_on, told) = tokio::sync::oneshot::channel();
        let mut spoken = Spoken::begin(|mouth| async move {
            mouth.say(part(0)).await;
            mouth.say(part(3)).await;
            told.await.map_err(|_| SpeechError::Failed)?;
            mouth.say(part(4)).await;
            Err(SpeechError::Failed)
        })
        .await
        .unwrap();
        assert_eq!(spoken.next().await, Some(Ok(part(3))));
        go_on.send(()).unwrap();
        assert_eq!(spoken.next().await, Some(Ok(part(4))));
        assert_eq!(spoken.next().await, Some(Err(SpeechError::Failed)));
        assert_eq!(spoken.next().await, None);
    }

    #[tokio::test]
    async fn a_voice_to_which_nobody_listens_stops() {
        let (stopped, is_stopped) = tokio::sync::oneshot::channel::<()>();
        let spoken = Spoken::begin(|mouth| async move {
            let _stopped = stopped;
            mouth.say(part(1)).await;
            std::future::pending().await
        });
        drop(spoken.await.unwrap());
        assert!(is_stopped.await.is_err());
    }

    #[tokio::test]
    async fn a_voice_that_says_nothing_had_nothing_to_say() {
        let spoken = Spoken::begin(|_| async { Ok(()) }).await;
        assert_eq!(spoken.err(), Some(SpeechError::Empty));
    }
}
