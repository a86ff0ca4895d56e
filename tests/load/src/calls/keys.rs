//! From the end of a pressed key to the event in the application's hands.

use serde::Serialize;

use crate::calls::call::Script;
use crate::calls::generator::Generator;
use crate::calls::here;

/// Calls in which keys are pressed in turn.
const CALLS: usize = 10;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct KeyRow {
    pub(crate) pressed: usize,
    pub(crate) heard: usize,
    /// From the first packet that says that the key is up to the POST.
    pub(crate) end_to_post_p50_ms: Option<f64>,
    pub(crate) end_to_post_p99_ms: Option<f64>,
}

/// Presses keys, one after another.
pub(crate) fn measure_keys(presses: usize, cores: &str) -> anyhow::Result<KeyRow> {
    here(async {
        let (generator, _server) = Generator::beside_server(cores).await?;
        let first = generator.hold(Script::HoldForKeys, 50.0, CALLS).await?;
        let heard = generator.press(first, presses).await?;
        Ok(KeyRow {
            pressed: presses,
            heard: heard.count(),
            end_to_post_p50_ms: heard.percentile(50.0),
            end_to_post_p99_ms: heard.percentile(99.0),
        })
    })
}

/// The rows for people.
pub(crate) fn table(rows: &[KeyRow]) -> String {
    let mut text = format!(
        "{:<36}{:>8}{:>8}{:>12}{:>10}\n",
        "end of a key to event", "pressed", "heard", "p50 ms", "p99 ms"
    );
    for row in rows {
        text.push_str(&format!(
            "{:<36}{:>8}{:>8}{:>12.1}{:>10.1}\n",
            "",
            row.pressed,
            row.heard,
            row.end_to_post_p50_ms.unwrap_or(f64::NAN),
            row.end_to_post_p99_ms.unwrap_or(f64::NAN)
        ));
    }
    text
}
