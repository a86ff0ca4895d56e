//! The process itself; its memory, descriptors and processor time have Prometheus' usual names.

use crate::instrument::{Described, Gauge};
use crate::label::Label;

/// Which program runs.
pub static BUILD: Gauge<1> =
    Gauge::new("ringdown_build_info", &[Label::configured("version")], "always 1; which version runs");

/// Whether new calls are taken.
pub static READY: Gauge<0> = Gauge::new(
    "ringdown_ready",
    &[],
    "1: new calls are taken; 0: the server is draining, or its store cannot be written",
);

pub(crate) const ALL: &[Described] = &[BUILD.described(), READY.described()];
