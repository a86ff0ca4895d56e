//! The administration surface over real HTTP.

mod rest;
mod surface;
