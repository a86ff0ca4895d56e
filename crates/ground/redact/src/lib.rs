//! Values that do not print: [`Secret`] for keys and passwords, [`Pii`] for people.

mod redacted;

pub use redacted::{Pii, Secret};
