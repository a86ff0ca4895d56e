//! Change notifications: who wants to be told when somebody's presence changes, for at most an hour.

mod definition;
mod encryption;
mod endpoint;
mod notification;
mod registry;

pub(crate) use definition::{NewSubscription, Renewal, Subscription};
pub(crate) use endpoint::Endpoints;
pub(crate) use registry::{Subscriptions, TooMany, Whose};
