//! Everything that is SIP. The parsers are private to `sip-edge`, and so is what must hold of them.

pub(super) use sip_edge::fuzzing::{digest, message, stream, uri};
