//! The media edge and phones made of sockets, on loopback.

mod bridging;
mod codecs;
mod encryption;
mod keys;
mod lifecycle;
mod moving;
mod phone;
mod playing;
mod stage;
mod tapping;
