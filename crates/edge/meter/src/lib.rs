//! What an operator can read off the running platform: every number, in one table.
//!
//! An edge counts with one line (`meter::CALLS_REFUSED.count(["stranger"])`); the table says under
//! which name, with which labels and in which words Prometheus finds it. A label has values that the
//! table lists, or names from the configuration: what comes from outside never becomes a label.

mod exposition;
mod instrument;
mod label;
mod stopwatch;

mod calls;
mod catalogue;
mod events;
mod http;
mod media;
mod process;
mod recording;
mod sip;
mod store;

pub use calls::*;
pub use catalogue::catalogue;
pub use events::*;
pub use exposition::{Exposition, InstallError};
pub use http::*;
pub use instrument::{Counter, Described, Gauge, Held, Histogram, Kind};
pub use label::{Label, Values};
pub use media::*;
pub use metrics::{Counter as CounterHandle, Gauge as GaugeHandle, Histogram as HistogramHandle};
pub use process::*;
pub use recording::*;
pub use sip::*;
pub use stopwatch::Stopwatch;
pub use store::*;
