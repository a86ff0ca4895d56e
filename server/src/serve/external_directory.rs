//! Microsoft Graph of a real tenant as a source of its people and of their presence.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use configuration::{Configuration, DirectoryEntry};
use graph_edge::Graph;
use graph_source::{Source, SourceSettings, SourcedPerson};
use identifier::ObjectId;
use outbound_http::OutboundHttp;
use provisioning::{Provisioning, SourcedUser};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// People whose presence becomes known in one go.
const TOGETHER: usize = 650;

/// Asks the directories of all tenants that have one, until `stop`.
pub fn start(
    configuration: &Configuration,
    http: &OutboundHttp,
    provisioning: &Provisioning,
    graph: &Graph,
    stop: &CancellationToken,
) {
    for tenant in &configuration.tenants {
        let Some(entry) = tenant.directory.clone() else { continue };
        let settings = SourceSettings {
            endpoint: entry.endpoint.clone(),
            authority: entry.authority.clone(),
            client_id: entry.client_id.clone(),
            client_secret: entry.client_secret.clone(),
        };
        let asked = Asked {
            tenant: tenant.name.clone(),
            entry,
            source: Source::new(http.clone(), settings),
            provisioning: provisioning.clone(),
            graph: graph.clone(),
            told: HashMap::new(),
        };
        let stop = stop.clone();
        tokio::spawn(async move { stop.run_until_cancelled(asked.run()).await });
    }
}

/// The directory of one tenant.
struct Asked {
    tenant: String,
    entry: DirectoryEntry,
    source: Source,
    provisioning: Provisioning,
    graph: Graph,
    /// What was last said of each kind of question, so that it is not said again and again.
    told: HashMap<&'static str, String>,
}

impl Asked {
    async fn run(mut self) {
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds.max(1)));
        let people_every = seconds(self.entry.people_seconds);
        let presence_every = (self.entry.presence_seconds > 0).then(|| seconds(self.entry.presence_seconds));
        let mut people_at = Instant::now();
        loop {
            if people_at <= Instant::now() {
                let outcome = self.people().await;
                self.tell("people", outcome);
                people_at = Instant::now() + people_every;
            }
            if let Some(every) = presence_every {
                // Two questions may fail before nothing is known any more.
                let outcome = self.presence(3 * every).await;
                self.tell("presence", outcome);
            }
            let rest = people_at.saturating_duration_since(Instant::now());
            tokio::time::sleep(presence_every.map_or(rest, |every| every.min(rest))).await;
        }
    }

    /// Takes over who has changed there. Says who was not taken.
    async fn people(&mut self) -> Result<Option<String>, String> {
        let people = self.source.people().await.map_err(|error| error.to_string())?;
        let Some(people) = people else { return Ok(self.told.get("people").cloned()) };
        let people: Vec<SourcedUser> = people.into_iter().map(user).collect();
        let taken = self.provisioning.synchronize(&self.tenant, &people).await;
        match taken {
            Ok(taken) => {
                let (tenant, changes) = (&self.tenant, taken.outcome.changes.len());
                tracing::info!(changes, "the people of {tenant} are those of its directory");
                Ok((!taken.conflicts.is_empty()).then(|| taken.conflicts.join("; ")))
            }
            Err(refusal) => {
                // All are looked at again next time.
                self.source.forget();
                Err(refusal.to_string())
            }
        }
    }

    async fn presence(&mut self, lives: Duration) -> Result<Option<String>, String> {
        let sourced = self.provisioning.sourced(&self.tenant).await.map_err(|refusal| refusal.to_string())?;
        let mut people: Vec<ObjectId> = sourced.iter().filter_map(|id| id.parse().ok()).collect();
        people.sort_unstable();
        for some in people.chunks(TOGETHER) {
            let told = self.source.presences(some).await.map_err(|error| error.to_string())?;
            // Words that are newer than this program say nothing to it.
            let told = told.into_iter().filter_map(|one| {
                Some((one.person, one.availability.parse().ok()?, one.activity.parse().ok()?))
            });
            // Whom it did not ask for it does not hear of.
            let told = told.filter(|(person, ..)| people.binary_search(person).is_ok());
            let heard = self.graph.hear_elsewhere(told.collect(), lives).await;
            heard.map_err(|error| error.to_string())?;
        }
        Ok(None)
    }

    fn tell(&mut self, what: &'static str, outcome: Result<Option<String>, String>) {
        let tenant = &self.tenant;
        let (words, failed) = match outcome {
            Ok(None) => {
                if self.told.remove(what).is_some() {
                    tracing::info!("the directory of {tenant} tells {what} without a word left out");
                }
                return;
            }
            Ok(Some(words)) => (words, false),
            Err(words) => (words, true),
        };
        if self.told.get(what) == Some(&words) {
            return;
        }
        if failed {
            tracing::warn!("{what} of {tenant} stay as they are: cannot {words}");
        } else {
            tracing::warn!("not all {what} of the directory of {tenant} are taken: {words}");
        }
        self.told.insert(what, words);
    }
}

fn user(person: SourcedPerson) -> SourcedUser {
    let mut fields = Map::new();
    let texts = [
        ("displayName", person.display_name),
        ("givenName", person.given_name),
        ("surname", person.surname),
        ("mail", person.mail),
        ("jobTitle", person.job_title),
        ("department", person.department),
        ("office", person.office_location),
        ("mobilePhone", person.mobile_phone),
        ("usageLocation", person.usage_location),
    ];
    for (field, text) in texts {
        if let Some(text) = text {
            fields.insert(field.to_owned(), Value::String(text));
        }
    }
    if !person.business_phones.is_empty() {
        fields.insert("businessPhones".to_owned(), person.business_phones.into());
    }
    SourcedUser {
        object_id: person.id,
        user_principal_name: person.user_principal_name,
        fields,
        is_enabled: person.account_enabled,
    }
}
