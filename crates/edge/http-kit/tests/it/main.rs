//! Behaviours of the HTTP kit over real sockets and files.

mod dev_ca;
mod listener;
mod repeatability;
