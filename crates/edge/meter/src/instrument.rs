//! Counters, gauges and histograms that know their names and labels.

use std::time::Duration;

use metrics::{Key, Level, Metadata, SharedString};

use crate::label::{Label, Values};

/// Where the numbers come from, for whoever collects them.
const METADATA: Metadata<'static> = Metadata::new("ringdown", Level::INFO, None);

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It rises and falls.
    Gauge,
    /// How values are spread.
    Histogram,
}

/// One metric of the table, whatever its kind.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// Its name: `ringdown_…`, in base units.
    pub name: &'static str,
    /// One sentence for the operator.
    pub about: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [Label],
    /// Upper bounds of its buckets, for histograms.
    pub buckets: &'static [f64],
}

/// A number that only grows, with `N` labels.
#[derive(Clone, Copy, Debug)]
pub struct Counter<const N: usize> {
    name: &'static str,
    about: &'static str,
    labels: &'static [Label; N],
}

/// A number that rises and falls, with `N` labels.
#[derive(Clone, Copy, Debug)]
pub struct Gauge<const N: usize> {
    name: &'static str,
    about: &'static str,
    labels: &'static [Label; N],
}

/// How values are spread, with `N` labels.
#[derive(Clone, Copy, Debug)]
pub struct Histogram<const N: usize> {
    name: &'static str,
    about: &'static str,
    labels: &'static [Label; N],
    buckets: &'static [f64],
}

impl<const N: usize> Counter<N> {
    pub(crate) const fn new(name: &'static str, labels: &'static [Label; N], about: &'static str) -> Self {
        Self { name, about, labels }
    }

    /// One more. The values stand in the order of the labels.
    pub fn count(&self, values: [&str; N]) {
        self.add(values, 1);
    }

    /// So many more.
    pub fn add(&self, values: [&str; N], more: u64) {
        self.handle(values).increment(more);
    }

    /// For places that count often: afterwards each count is one atomic addition, without a lock or
    /// an allocation. Made before the exposition is installed, it counts for nobody.
    pub fn handle(&self, values: [&str; N]) -> metrics::Counter {
        let key = key(self.name, self.labels, values);
        metrics::with_recorder(|recorder| recorder.register_counter(&key, &METADATA))
    }

    pub(crate) const fn described(&self) -> Described {
        let Self { name, about, labels } = *self;
        Described { name, about, kind: Kind::Counter, labels, buckets: &[] }
    }
}

impl<const N: usize> Gauge<N> {
    pub(crate) const fn new(name: &'static str, labels: &'static [Label; N], about: &'static str) -> Self {
        Self { name, about, labels }
    }

    /// It is now so much.
    pub fn set(&self, values: [&str; N], now: f64) {
        self.handle(values).set(now);
    }

    /// One more until the returned value is dropped.
    pub fn hold(&self, values: [&str; N]) -> Held {
        let gauge = self.handle(values);
        gauge.increment(1.0);
        Held(gauge)
    }

    /// For places that set it often.
    pub fn handle(&self, values: [&str; N]) -> metrics::Gauge {
        let key = key(self.name, self.labels, values);
        metrics::with_recorder(|recorder| recorder.register_gauge(&key, &METADATA))
    }

    pub(crate) const fn described(&self) -> Described {
        let Self { name, about, labels } = *self;
        Described { name, about, kind: Kind::Gauge, labels, buckets: &[] }
    }
}

/// One of what a gauge counts.
#[must_use = "it is counted only while this lives"]
#[derive(Debug)]
pub struct Held(metrics::Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

impl<const N: usize> Histogram<N> {
    pub(crate) const fn new(
        name: &'static str,
        labels: &'static [Label; N],
        buckets: &'static [f64],
        about: &'static str,
    ) -> Self {
        Self { name, about, labels, buckets }
    }

    /// One more value, in the unit of the name.
    pub fn record(&self, values: [&str; N], value: f64) {
        self.handle(values).record(value);
    }

    /// One more value of a metric in seconds.
    pub fn took(&self, values: [&str; N], time: Duration) {
        self.record(values, time.as_secs_f64());
    }

    /// The upper bounds of its buckets but the last, which has none.
    pub const fn bounds(&self) -> &'static [f64] {
        self.buckets
    }

    /// For places that record often.
    pub fn handle(&self, values: [&str; N]) -> metrics::Histogram {
        let key = key(self.name, self.labels, values);
        metrics::with_recorder(|recorder| recorder.register_histogram(&key, &METADATA))
    }

    pub(crate) const fn described(&self) -> Described {
        let Self { name, about, labels, buckets } = *self;
        Described { name, about, kind: Kind::Histogram, labels, buckets }
    }
}

impl Described {
    /// Says what it is, and shows every series that can be known before anything has happened: a
    /// rate over a series that begins with its first event misses that event.
    pub(crate) fn begin(&self, recorder: &impl metrics::Recorder) {
        let (name, about) = (self.name.into(), SharedString::const_str(self.about));
        match self.kind {
            Kind::Counter => recorder.describe_counter(name, None, about),
            Kind::Gauge => recorder.describe_gauge(name, None, about),
            Kind::Histogram => recorder.describe_histogram(name, None, about),
        }
        for key in self.known_series() {
            match self.kind {
                Kind::Counter => drop(recorder.register_counter(&key, &METADATA)),
                Kind::Gauge => drop(recorder.register_gauge(&key, &METADATA)),
                Kind::Histogram => drop(recorder.register_histogram(&key, &METADATA)),
            }
        }
    }

    /// Every combination of listed values; none where a label has names of the operator.
    fn known_series(&self) -> Vec<Key> {
        let mut series = vec![Vec::new()];
        for label in self.labels {
            let Values::Of(known) = label.values else { return Vec::new() };
            let with = |series: &Vec<metrics::Label>| {
                let series = series.clone();
                known.iter().map(move |value| [series.clone(), vec![label.with(value)]].concat())
            };
            series = series.iter().flat_map(with).collect();
        }
        series.into_iter().map(|labels| Key::from_parts(self.name, labels)).collect()
    }
}

fn key<const N: usize>(name: &'static str, labels: &'static [Label; N], values: [&str; N]) -> Key {
    if N == 0 {
        return Key::from_static_name(name);
    }
    let labels: Vec<metrics::Label> =
        labels.iter().zip(values).map(|(label, value)| label.with(value)).collect();
    Key::from_parts(name, labels)
}
