//! Real sound of phones through real RTP sockets, into real WebSockets and back.

mod app;
mod hearing;
// It has more habits than are needed here.
#[allow(dead_code)]
#[path = "../../../media-edge/tests/it/phone.rs"]
mod phone;
mod speaking;
mod stage;
mod transcribing;
mod trouble;
