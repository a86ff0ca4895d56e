//! What Prometheus reads off a running server.

use crate::platform::Platform;

/// One reading of `/metrics`.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// The whole page.
    pub page: String,
}

impl Metrics {
    /// Reads them as Prometheus does: with the token that lies in the data folder.
    pub async fn of(platform: &Platform) -> Self {
        let token =
            std::fs::read_to_string(platform.data().join("metrics-token")).expect("the token is there");
        let url = format!("{}/metrics", platform.ready.web);
        let answer = reqwest::Client::new().get(url).bearer_auth(token).send().await.expect("it answers");
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        Self { page: answer.text().await.expect("a page") }
    }

    /// The sum of all series of this name whose labels contain all of `labels` (`reason="stranger"`).
    ///
    /// # Panics
    /// When there is none: a misspelled name would be zero for ever.
    #[track_caller]
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let values: Vec<f64> = self
            .page
            .lines()
            .filter_map(|line| {
                let (series, value) = line.rsplit_once(' ')?;
                let (found, inner) = series.split_once('{').unwrap_or((series, ""));
                let matches = found == name && labels.iter().all(|label| inner.contains(label));
                matches.then(|| value.parse().ok()).flatten()
            })
            .collect();
        assert!(!values.is_empty(), "there is no {name} with {labels:?} in\n{}", self.page);
        values.iter().sum()
    }
}
