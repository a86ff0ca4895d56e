//! Behaviours of the bodies.

mod request_bodies;
