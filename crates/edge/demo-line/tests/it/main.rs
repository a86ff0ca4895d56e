//! The demo line with a real switchboard; phones, media and the store do what the test says.

mod calls;
mod stage;
