//! Calls as graphs: who hears what, frame by frame.

mod call;
mod playing;
mod talking;
