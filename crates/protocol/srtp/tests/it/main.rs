//! What goes in comes out, once, and nothing else does.

mod packets;
mod vectors;
