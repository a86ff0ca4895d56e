//! The threads that decode for the embedded ear, and the utterances that wait for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use tokio::sync::oneshot;

use crate::ear::{EarError, Phrase};
use crate::lexicon::Lexicon;
use crate::sphinx::Decoder;

/// A decoder never forgets a word; after so many a new one takes its place.
const MOST_WORDS: usize = 8_000;

/// So much better a choice must fit that a decoy was preferred to.
const SURE: f64 = 41.0;

/// Threads, each with decoders of its own. They begin with the first utterance that finds no idle one, and
/// end when this is dropped.
pub(crate) struct DecoderPool {
    jobs: Sender<Job>,
    waiting: Receiver<Job>,
    model: PathBuf,
    most: usize,
    threads: Arc<AtomicUsize>,
    idle: Arc<AtomicUsize>,
}

/// One utterance.
pub(crate) struct Job {
    pub(crate) lexicon: Arc<Lexicon>,
    pub(crate) samples: Vec<i16>,
    pub(crate) least_score: f64,
    pub(crate) answer: oneshot::Sender<Result<Phrase, EarError>>,
}

impl DecoderPool {
    pub(crate) fn new(model: &Path, most: usize, waiting: usize) -> Self {
        let (jobs, taken) = crossbeam_channel::bounded(waiting.max(1));
        let (threads, idle) = Default::default();
        Self { jobs, waiting: taken, model: model.to_owned(), most: most.max(1), threads, idle }
    }

    /// Gives an utterance to the next thread that has time.
    pub(crate) async fn submit(&self, job: Job) -> Result<(), EarError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => EarError::Full,
            TrySendError::Disconnected(_) => EarError::Closed,
        })?;
        if self.idle.load(Ordering::Acquire) == 0 {
            self.start_one();
        }
        Ok(())
    }

    fn start_one(&self) {
        let add = |threads: usize| (threads < self.most).then_some(threads + 1);
        let Ok(number) = self.threads.fetch_update(Ordering::AcqRel, Ordering::Acquire, add) else { return };
        let (jobs, model) = (self.waiting.clone(), self.model.clone());
        let (threads, idle) = (self.threads.clone(), self.idle.clone());
        let started = thread::Builder::new().name(format!("ear-{number}")).spawn(move || {
            let mut worker = Worker { model, decoders: None };
            idle.fetch_add(1, Ordering::AcqRel);
            while let Ok(job) = jobs.recv() {
                idle.fetch_sub(1, Ordering::AcqRel);
                worker.handle(job);
                idle.fetch_add(1, Ordering::AcqRel);
            }
            idle.fetch_sub(1, Ordering::AcqRel);
            threads.fetch_sub(1, Ordering::AcqRel);
        });
        if let Err(error) = started {
            self.threads.fetch_sub(1, Ordering::AcqRel);
            tracing::warn!(reason = %error, "no thread to listen with");
        }
    }
}

struct Worker {
    model: PathBuf,
    /// For grammars, and for phones.
    decoders: Option<(Decoder, Decoder)>,
}

impl Worker {
    fn handle(&mut self, job: Job) {
        let Job { lexicon, samples, least_score, answer } = job;
        if answer.is_closed() {
            return;
        }
        let result = self.decode(&lexicon, &samples, least_score);
        // Whoever asked may have gone.
        let _ = answer.send(result);
    }

    fn decode(&mut self, lexicon: &Lexicon, samples: &[i16], least_score: f64) -> Result<Phrase, EarError> {
        if self.decoders.as_ref().is_none_or(|(grammars, _)| grammars.words() > MOST_WORDS) {
            self.decoders = None;
            let decoders = (Decoder::for_grammars(&self.model)?, Decoder::for_phones(&self.model)?);
            self.decoders = Some(decoders);
        }
        let Some((grammars, phones)) = &mut self.decoders else { return Err(EarError::Closed) };
        for (word, sound) in lexicon.sounds() {
            grammars.add_word(word, sound);
        }
        let samples = dithered(samples);
        let any = phones.hear(&samples);
        let mut hear = |grammar: &str, least_score: f64| {
            if !grammars.set_grammar(grammar) {
                return Err(EarError::Choices("the decoder does not take them"));
            }
            lexicon.judge(&grammars.hear(&samples), &any, least_score)
        };
        match hear(lexicon.choices_and_decoys(), least_score) {
            // What a decoy took may be a choice all the same, if it fits as well as phones do.
            Err(EarError::NoChoice) => hear(lexicon.choices(), least_score + SURE),
            judged => judged,
        }
    }
}

/// With a hiss that nobody hears: the decoder is lost in the perfect silence that some phones send.
/// The same sound gets the same hiss.
fn dithered(samples: &[i16]) -> Vec<i16> {
    const LOUDNESS: i32 = 8;
    let mut state = 12_345_u32;
    let mut hiss = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i32 % (2 * LOUDNESS + 1) - LOUDNESS
    };
    let limit = i32::from(i16::MAX);
    samples
        .iter()
        .map(|sample| (i32::from(*sample) + hiss() + hiss() + hiss()).clamp(-limit, limit) as i16)
        .collect()
}
