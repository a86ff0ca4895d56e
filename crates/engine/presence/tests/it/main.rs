//! Presence through its face.

mod aggregate;
mod calls;
mod kept;
mod random_worlds;
mod reach;
mod scene;
mod slow_model;
