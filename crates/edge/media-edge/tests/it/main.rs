//! The media edge and phones made of sockets, on loopback.

mod bridging;
mod keys;
mod lifecycle;
mod phone;
mod playing;
mod stage;
