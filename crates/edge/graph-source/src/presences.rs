//! Presence of people of the source (Graph: `getPresencesByUserId`).

use identifier::ObjectId;
use serde_json::{Value, json};

use crate::asking::{Source, SourceError};

/// People who may be asked for at once.
const AT_ONCE: usize = 650;

/// What somebody is shown as there, in Graph's two words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedPresence {
    /// Who.
    pub person: ObjectId,
    /// How available they are.
    pub availability: String,
    /// What they do.
    pub activity: String,
}

impl Source {
    /// What these people are shown as now; whoever is not known there is left out.
    pub async fn presences(&mut self, people: &[ObjectId]) -> Result<Vec<SourcedPresence>, SourceError> {
        let url = self.at("communications/getPresencesByUserId");
        let mut presences = Vec::new();
        for some in people.chunks(AT_ONCE) {
            let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
            let mut answer = self.ask(&url, Some(&json!({ "ids": ids }))).await?;
            let Some(Value::Array(told)) = answer.get_mut("value").map(Value::take) else {
                return Err(SourceError::Unreadable(url));
            };
            presences.extend(told.iter().take(some.len()).filter_map(presence));
        }
        Ok(presences)
    }
}

fn presence(said: &Value) -> Option<SourcedPresence> {
    let text = |name: &str| said[name].as_str().map(String::from);
    Some(SourcedPresence {
        person: said["id"].as_str()?.parse().ok()?,
        availability: text("availability")?,
        activity: text("activity")?,
    })
}
