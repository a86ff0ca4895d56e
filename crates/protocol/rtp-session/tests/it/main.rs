//! A session and the phone at its other end.

mod address;
mod codecs;
mod control;
mod keys;
mod phone;
mod sources;
mod statistics;
mod voice;
