//! The built-in demo line: an ordinary application that happens to live in this process.
//!
//! It is told of calls as a webhook would be, and uses the same methods as a REST client. It takes
//! a call only when nobody else subscribed to it, so attaching an application replaces it.

mod line;
mod menu;
mod words;

pub use line::{DemoLine, Inbox};
