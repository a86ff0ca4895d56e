//! Behaviours of the codecs through their public face.

mod files;
mod keys_in_sound;
