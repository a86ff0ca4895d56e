//! The page that Prometheus reads.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::catalogue::catalogue;

/// Renders all numbers. Cheap to clone.
#[derive(Clone)]
pub struct Exposition {
    handle: PrometheusHandle,
    process: metrics_process::Collector,
}

/// Why the numbers of this process are collected elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("collect metrics: something else in this process already does")]
pub struct InstallError;

impl Exposition {
    /// What the page is, as its header says.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins to collect for the whole process; what was counted before is not seen.
    ///
    /// # Errors
    /// When it was called before.
    pub fn install() -> Result<Self, InstallError> {
        let mut builder = PrometheusBuilder::new();
        for metric in catalogue() {
            if !metric.buckets.is_empty() {
                let matcher = Matcher::Full(metric.name.to_owned());
                builder = builder
                    .set_buckets_for_metric(matcher, metric.buckets)
                    .expect("the buckets of the table are not empty");
            }
        }
        let recorder = builder.build_recorder();
        catalogue().iter().for_each(|metric| metric.begin(&recorder));
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_| InstallError)?;
        let process = metrics_process::Collector::default();
        process.describe();
        Ok(Self { handle, process })
    }

    /// The page, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.process.collect();
        self.handle.render()
    }

    /// Sorts what histograms were given into their buckets; to be called every few seconds, or what
    /// was given piles up until somebody reads the page.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }
}
