//! What an application was told.

use std::collections::BTreeMap;

use serde_json::Value;

/// One event of one POST, as it came.
#[derive(Clone, Debug)]
pub struct Event {
    /// The path and query it was posted to.
    pub target: String,
    /// The headers of the POST, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The event with its envelope.
    pub body: Value,
    /// When it came, on the order of arrival of this receiver.
    pub at: std::time::Instant,
}

impl Event {
    /// Its type without `Microsoft.Communication.`.
    pub fn kind(&self) -> &str {
        let kind = self.body["type"].as_str().or_else(|| self.body["eventType"].as_str()).unwrap_or_default();
        kind.strip_prefix("Microsoft.Communication.").unwrap_or(kind)
    }

    /// Its data.
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// A text of its data.
    pub fn text(&self, name: &str) -> &str {
        self.data()[name]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no text {name}: {}", self.kind(), self.body))
    }

    /// `code` and `subCode` of its result.
    pub fn result(&self) -> (i64, i64) {
        let result = &self.data()["resultInformation"];
        (result["code"].as_i64().unwrap_or(-1), result["subCode"].as_i64().unwrap_or(-1))
    }

    /// The operation context that came back, if one did.
    pub fn operation_context(&self) -> Option<&str> {
        self.data().get("operationContext").and_then(Value::as_str)
    }

    /// The tones that were recognized.
    pub fn tones(&self) -> Vec<&str> {
        let tones = self.data()["dtmfResult"]["tones"].as_array();
        tones.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The raw ids of the participants it lists.
    pub fn participants(&self) -> Vec<&str> {
        let participants = self.data()["participants"].as_array();
        participants.into_iter().flatten().filter_map(|one| one["identifier"]["rawId"].as_str()).collect()
    }
}
