//! Packets through the public face.

mod control;
mod packet;
