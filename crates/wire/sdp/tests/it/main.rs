//! Offers and answers through the crate's face.

mod encryption;
