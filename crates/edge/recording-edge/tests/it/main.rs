//! What whoever records a call, or looks for its recordings, relies on.

mod chunks;
mod crash;
mod files;
mod object_storage;
mod pauses;
mod storage_fails;
mod studio;
mod voices;
