//! The phone against SIPp and against a peer of thirty lines.

mod answering;
mod calling;
mod far_end;
mod registering;
mod sipp;
