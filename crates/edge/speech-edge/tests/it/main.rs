//! The embedded voice, with the real espeak-ng.

mod limits;
mod speaking;
