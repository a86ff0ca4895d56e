//! Microsoft Graph of a real tenant as a source of its people and of their presence.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use configuration::{Configuration, DirectoryEntry};
use graph_edge::Graph;
use graph_source::{Source, SourceSettings, SourcedPerson};
use identifier::ObjectId;
use outbound_http::OutboundHttp;
use provisioning::{Provisioning, Refusal, SourcedUser};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// People whose presence becomes known in one go.
const TOGETHER: usize = 650;
/// Who was not taken is told of so many.
const SHOWN: usize = 10;

/// Asks the directories of all tenants that have one, until `stop`.
pub fn start(
    configuration: &Configuration,
    http: &OutboundHttp,
    provisioning: &Provisioning,
    graph: &Graph,
    stop: &CancellationToken,
) {
    for tenant in &configuration.tenants {
        let (name, provisioning) = (tenant.name.clone(), provisioning.clone());
        let Some(entry) = tenant.directory.clone() else {
            tokio::spawn(async move { adopt(&name, &provisioning).await });
            continue;
        };
        let (http, graph, stop) = (http.clone(), graph.clone(), stop.clone());
        let begin = move || Asked {
            tenant: name.clone(),
            source: Source::new(
                http.clone(),
                SourceSettings {
                    endpoint: entry.endpoint.clone(),
                    authority: entry.authority.clone(),
                    client_id: entry.client_id.clone(),
                    client_secret: entry.client_secret.clone(),
                },
            ),
            entry: entry.clone(),
            provisioning: provisioning.clone(),
            graph: graph.clone(),
            settled: None,
            told: HashMap::new(),
        };
        tokio::spawn(async move {
            loop {
                let (asked, stopped) = (begin(), stop.clone());
                let (tenant, rest) = (asked.tenant.clone(), asked.people_every());
                let asking =
                    tokio::spawn(async move { stopped.run_until_cancelled(asked.run()).await.is_none() });
                match asking.await {
                    Ok(_) => return,
                    // A mistake of ours in one round does not end all of them.
                    Err(error) => {
                        tracing::error!(%error, "the directory of {tenant} is asked anew in {} s", rest.as_secs());
                    }
                }
                if stop.run_until_cancelled(tokio::time::sleep(rest)).await.is_none() {
                    return;
                }
            }
        });
    }
}

/// Whoever came from a directory that is not asked any more is the company's own.
async fn adopt(tenant: &str, provisioning: &Provisioning) {
    match provisioning.adopt_sourced(tenant).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(
            "{count} people of {tenant} came from a directory that ringdown.toml does not name any more; they are the \
             company's own now"
        ),
        Err(refusal) => tracing::error!(
            "people of {tenant} who came from another directory cannot be changed here: cannot {refusal}"
        ),
    }
}

/// The directory of one tenant.
struct Asked {
    tenant: String,
    entry: DirectoryEntry,
    source: Source,
    provisioning: Provisioning,
    graph: Graph,
    /// The version of the tenant with which all people of the directory went together.
    settled: Option<i64>,
    /// What was last said of each kind of question, so that it is not said again and again.
    told: HashMap<&'static str, String>,
}

impl Asked {
    async fn run(mut self) {
        let people_every = self.people_every();
        let presence_every = (self.entry.presence_seconds > 0)
            .then(|| Duration::from_secs(u64::from(self.entry.presence_seconds)));
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

    fn people_every(&self) -> Duration {
        Duration::from_secs(u64::from(self.entry.people_seconds.max(1)))
    }

    /// Takes over who has changed there; all of them again where not all were taken, or the company has changed since.
    /// Says who was not taken.
    async fn people(&mut self) -> Result<Option<String>, String> {
        let people = self.source.people().await.map_err(|error| error.to_string())?;
        let people = match people {
            Some(people) => people,
            None if self.is_settled().await? => return Ok(None),
            None => self.source.known_people(),
        };
        self.settled = None;
        let people: Vec<SourcedUser> = people.into_iter().map(user).collect();
        match self.provisioning.synchronize(&self.tenant, &people).await {
            Ok(taken) => {
                let (tenant, changes) = (&self.tenant, taken.outcome.changes.len());
                if changes > 0 {
                    tracing::info!(changes, "the people of {tenant} are those of its directory");
                }
                self.settled = taken.conflicts.is_empty().then_some(taken.outcome.version);
                Ok(shortened(&taken.conflicts))
            }
            Err(refusal) => {
                // What is kept here may be other than what was to be kept: all are told and looked at again.
                if matches!(refusal, Refusal::Store(_)) {
                    self.source.forget();
                }
                Err(refusal.to_string())
            }
        }
    }

    async fn is_settled(&self) -> Result<bool, String> {
        let Some(settled) = self.settled else { return Ok(false) };
        let version = self.provisioning.version(&self.tenant).await;
        Ok(version.map_err(|refusal| refusal.to_string())? == settled)
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

/// How many there are, and the first of them.
fn shortened(conflicts: &[String]) -> Option<String> {
    let first = conflicts.get(..SHOWN).unwrap_or(conflicts).join("; ");
    match conflicts.len() {
        0 => None,
        1..=SHOWN => Some(first),
        count => Some(format!("{count} in all, the first {SHOWN}: {first}")),
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
