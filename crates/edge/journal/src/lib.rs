//! What entered the owner's mailbox, and what followed, written down so that a call can be lived again.
//!
//! A [`Scribe`] writes on the exchange's own thread, into memory; a thread of its own brings it
//! to disk. An [`Excerpt`] is what the journal holds of one call; [`replay`](fn@replay) runs the
//! engine over it, and the [`Ladder`] shows it.

mod picture;

mod ladder;
mod names;
mod wording;

mod replay;

mod reader;

mod excerpt;

mod keeper;

mod scribe;

mod entry;
mod folder;
mod frame;
mod input;

pub use entry::{Body, Entry, Head};
pub use excerpt::{Excerpt, Item, Setting};
pub use frame::FORMAT;
pub use input::{Input, Output, Said, Seen};
pub use keeper::{Desk, Journal, StartError};
pub use ladder::{Ladder, Line};
pub use picture::Picture;
pub use reader::{Follower, ReadError, Reader};
pub use replay::{Difference, Verdict, What, replay};
pub use scribe::{Scribe, Sink};
pub use wording::Reveal;
