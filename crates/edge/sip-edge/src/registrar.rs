//! Where phones are (RFC 3261 §10).

mod bindings;
mod contact;
mod request;

pub(crate) use bindings::{Bindings, Update};
pub(crate) use contact::Contact;
pub(crate) use request::read_wish;
