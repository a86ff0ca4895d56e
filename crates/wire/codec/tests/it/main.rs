//! Behaviours of the codecs through their public face.

mod files;
