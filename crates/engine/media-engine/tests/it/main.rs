//! Calls as graphs: who hears what, frame by frame.

mod any_order;
mod call;
mod codecs;
mod end;
mod growing;
mod playing;
mod receivers;
mod talking;
mod tapping;
