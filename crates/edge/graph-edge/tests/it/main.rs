//! The surface of Graph through its router, with a real store, real deliveries and real endpoints.

mod authentication;
mod company;
mod delegation;
mod encrypted_notifications;
mod endpoint;
mod limits;
mod presence;
mod resource_accounts;
mod restart;
mod subscriptions;
mod tokens;
mod users;
mod world;
