//! What goes to an ear, on its way to whoever lends it.
//!
//! Sound gathers behind a lock that is held for one copy of a frame; who lends the ear takes all of it by exchanging
//! two buffers. So a frame is copied once, the buffers stay as small as what gathers, and who lends is woken for
//! several frames together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::ear::EAR_FRAME;

/// Frames that wait for who lends an ear: five seconds, for the while in which a provider is connected to.
pub(crate) const MOST_WAITING: usize = 250;
/// Who lends an ear is woken for so many frames: 100 ms, as providers want them.
pub(crate) const TOGETHER: usize = 5;

/// One thing that an ear hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sound<'a> {
    /// A frame.
    Frame(&'a [i16; EAR_FRAME]),
    /// Frames that were not heard but took their time.
    Lost(u32),
}

/// The end at which sound comes in. When it is dropped, nothing more comes.
#[derive(Debug)]
pub(crate) struct SoundsIn(Arc<Mutex<Queue>>);

/// The end at which it is taken.
#[derive(Debug)]
pub(crate) struct Sounds {
    queue: Arc<Mutex<Queue>>,
    /// What was exchanged last, and how much of it was taken.
    batch: Gathered,
    frames: usize,
    gaps: usize,
}

#[derive(Debug, Default)]
struct Queue {
    gathered: Gathered,
    /// Nothing more comes.
    is_over: bool,
    /// Nobody takes anything any more.
    is_gone: bool,
    waker: Option<Waker>,
}

#[derive(Debug, Default)]
struct Gathered {
    samples: Vec<i16>,
    /// Before the frame with this position, so many were lost.
    gaps: Vec<(usize, u32)>,
}

/// Both ends.
pub(crate) fn open() -> (SoundsIn, Sounds) {
    let queue = Arc::<Mutex<Queue>>::default();
    (SoundsIn(queue.clone()), Sounds { queue, batch: Gathered::default(), frames: 0, gaps: 0 })
}

impl SoundsIn {
    /// A frame; `false`: as many wait as may, and it is lost. Where nobody takes anything any more, nothing is lost.
    pub(crate) fn push(&mut self, frame: &[i16; EAR_FRAME]) -> bool {
        let mut queue = lock(&self.0);
        if queue.is_gone {
            return true;
        }
        if queue.gathered.frames() >= MOST_WAITING {
            queue.gathered.lose(1);
            return false;
        }
        queue.gathered.samples.extend_from_slice(frame);
        let waker = if queue.gathered.frames() >= TOGETHER { queue.waker.take() } else { None };
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// So many frames were lost before they came here.
    pub(crate) fn lose(&mut self, frames: u32) {
        let mut queue = lock(&self.0);
        if frames > 0 && !queue.is_gone {
            queue.gathered.lose(frames);
        }
    }
}

impl Drop for SoundsIn {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.is_over = true;
        let waker = queue.waker.take();
        drop(queue);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Sounds {
    /// Waits until there is something to [`take`](Self::take); `false`: nothing more comes. May be given up and asked
    /// again.
    pub(crate) async fn more(&mut self) -> bool {
        std::future::poll_fn(|context| self.poll_more(context)).await
    }

    /// The next thing of what there is.
    pub(crate) fn take(&mut self) -> Option<Sound<'_>> {
        if let Some((before, lost)) = self.batch.gaps.get(self.gaps)
            && *before == self.frames
        {
            self.gaps += 1;
            return Some(Sound::Lost(*lost));
        }
        let frame = self.batch.samples.as_chunks().0.get(self.frames)?;
        self.frames += 1;
        Some(Sound::Frame(frame))
    }

    /// The next thing, once there is one; `None`: nothing more comes. May be given up and asked again.
    pub(crate) async fn next(&mut self) -> Option<Sound<'_>> {
        if self.more().await { self.take() } else { None }
    }

    fn poll_more(&mut self, context: &Context<'_>) -> Poll<bool> {
        if self.frames < self.batch.frames() || self.gaps < self.batch.gaps.len() {
            return Poll::Ready(true);
        }
        let mut queue = lock(&self.queue);
        if !queue.gathered.is_empty() {
            self.batch.clear();
            (self.frames, self.gaps) = (0, 0);
            std::mem::swap(&mut queue.gathered, &mut self.batch);
            return Poll::Ready(true);
        }
        if queue.is_over {
            return Poll::Ready(false);
        }
        match &mut queue.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Sounds {
    fn drop(&mut self) {
        let mut queue = lock(&self.queue);
        queue.is_gone = true;
        queue.gathered = Gathered::default();
    }
}

impl Gathered {
    fn frames(&self) -> usize {
        self.samples.len() / EAR_FRAME
    }

    fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.gaps.is_empty()
    }

    fn clear(&mut self) {
        self.samples.clear();
        self.gaps.clear();
    }

    /// Losses with nothing between them are one, so that there are no more of them than frames.
    fn lose(&mut self, frames: u32) {
        let at = self.frames();
        match self.gaps.last_mut() {
            Some((before, lost)) if *before == at => *lost = lost.saturating_add(frames),
            _ => self.gaps.push((at, frames)),
        }
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    const FRAME: [i16; EAR_FRAME] = [1; EAR_FRAME];

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_lends_an_ear_is_woken_for_several_frames_and_for_the_end() {
        let count = Arc::new(Count::default());
        let woken = || count.0.load(Ordering::Relaxed);
        let waker = Waker::from(count.clone());
        let context = Context::from_waker(&waker);
        let (mut push, mut sounds) = open();
        for round in 1..=3 {
            assert!(sounds.poll_more(&context).is_pending());
            for _ in 1..TOGETHER {
                push.push(&FRAME);
            }
            assert_eq!(woken(), round - 1);
            push.push(&FRAME);
            assert_eq!(woken(), round);
            assert!(sounds.poll_more(&context).is_ready());
            assert_eq!(std::iter::from_fn(|| sounds.take().map(|_| ())).count(), TOGETHER);
        }
        assert!(sounds.poll_more(&context).is_pending());
        push.push(&FRAME);
        drop(push);
        assert_eq!(woken(), 4);
        assert_eq!(sounds.poll_more(&context), Poll::Ready(true));
        assert_eq!(sounds.take(), Some(Sound::Frame(&FRAME)));
        assert_eq!(sounds.poll_more(&context), Poll::Ready(false));
    }

    #[test]
    fn an_ear_that_nobody_lends_any_more_keeps_nothing() {
        let (mut push, sounds) = open();
        drop(sounds);
        for _ in 0..2 * MOST_WAITING {
            assert!(push.push(&FRAME));
        }
        push.lose(3);
        assert!(lock(&push.0).gathered.is_empty());
    }
}
