//! People who come from another directory: what that says of them is read-only here, all else is the company's own.

mod merging;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use redact::Secret;
use serde_json::{Map, Value};
use tenant_document::{Kind, Object, Objects, TenantDocument};

use super::{Outcome, Provisioning, faults, located, merge};
use crate::gate::ObjectFault;
use crate::refusal::Refusal;

use merging::{Merged, Merging, object_id};

/// What the directory says of a person, in the fields of the document.
const OWNED: [&str; 11] = [
    "objectId",
    "displayName",
    "givenName",
    "surname",
    "mail",
    "jobTitle",
    "department",
    "office",
    "mobilePhone",
    "businessPhones",
    "accountDisabled",
];

/// Ids of people who come from another directory, by tenant.
pub(super) type Sourced = HashMap<String, Arc<HashSet<String>>>;

/// Somebody, as another directory knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedUser {
    /// Their id there, and here.
    pub object_id: String,
    /// Their name in the directory.
    pub user_principal_name: String,
    /// Fields of the tenant document; what is not said is taken away.
    pub fields: Map<String, Value>,
    /// Whether the account is open.
    pub is_enabled: bool,
}

/// What became of people of another directory.
#[derive(Clone, Debug)]
pub struct Synchronized {
    /// What has changed.
    pub outcome: Outcome,
    /// Who was not taken, and why.
    pub conflicts: Vec<String>,
}

impl Provisioning {
    /// Makes the people of a tenant who come from another directory those whom it knows now. Whoever does not go
    /// together with what the company says itself is left as they were, and told.
    pub async fn synchronize(&self, tenant: &str, people: &[SourcedUser]) -> Result<Synchronized, Refusal> {
        let (name, id) = self.tenant(tenant)?;
        let mut entropy = self.inner.entropy.lock().await;
        let kept = self.kept(&name).await?;
        let before = self.sourced(&name).await?;
        let merging = Merging {
            tenant: id,
            name: name.clone(),
            people: people.to_vec(),
            kept: Arc::clone(&kept),
            before: Arc::clone(&before),
            directory: (self.inner.directory)(),
            entropy: entropy.clone(),
        };
        // Many people take a while, and others are served meanwhile.
        let merged = tokio::task::spawn_blocking(move || merging.settle()).await;
        let Merged { wanted, taken, conflicts } = merged.map_err(|error| {
            Refusal::Told(format!("take the people of the directory, which is our fault: {error}"))
        })??;
        // Whoever is taken is protected before they are there, and no longer than they are.
        let together: HashSet<String> = before.union(&taken).cloned().collect();
        self.know_sourced(&name, together).await?;
        let outcome = self.commit(&name, id, &kept, wanted, None, false, &mut entropy).await?;
        self.know_sourced(&name, taken).await?;
        Ok(Synchronized { outcome, conflicts })
    }

    /// The people of a tenant come from another directory no longer: they are the company's own from now on. Says how
    /// many they are.
    pub async fn adopt_sourced(&self, tenant: &str) -> Result<usize, Refusal> {
        let (name, _) = self.tenant(tenant)?;
        let _turn = self.inner.entropy.lock().await;
        let count = self.sourced(&name).await?.len();
        self.know_sourced(&name, HashSet::new()).await?;
        Ok(count)
    }

    /// How often a tenant was changed.
    pub async fn version(&self, tenant: &str) -> Result<i64, Refusal> {
        let (name, _) = self.tenant(tenant)?;
        Ok(self.inner.store.tenant_version(&name).await?)
    }

    /// Ids of the people of a tenant who come from another directory.
    pub async fn sourced(&self, tenant: &str) -> Result<Arc<HashSet<String>>, Refusal> {
        let (name, _) = self.tenant(tenant)?;
        if let Some(known) = self.inner.sourced.lock().await.get(&name) {
            return Ok(Arc::clone(known));
        }
        let kept = self.inner.store.setting(&setting(&name)).await?;
        let kept = kept.as_ref().map_or("", |kept| kept.expose());
        let ids: HashSet<String> = kept.split(',').filter(|id| !id.is_empty()).map(String::from).collect();
        let ids = Arc::new(ids);
        self.inner.sourced.lock().await.insert(name, Arc::clone(&ids));
        Ok(ids)
    }

    async fn know_sourced(&self, name: &str, ids: HashSet<String>) -> Result<(), Refusal> {
        let mut sourced = self.inner.sourced.lock().await;
        if sourced.get(name).is_some_and(|known| **known == ids) {
            return Ok(());
        }
        let mut text: Vec<&str> = ids.iter().map(String::as_str).collect();
        text.sort_unstable();
        self.inner.store.put_setting(&setting(name), Secret::new(text.join(","))).await?;
        sourced.insert(name.to_owned(), Arc::new(ids));
        Ok(())
    }

    /// Lets an administrator change of such people what the directory does not say, and nothing else. A document
    /// need not name them.
    pub(super) async fn protect(
        &self,
        tenant: &str,
        before: &Objects,
        wanted: &mut Objects,
        document: Option<&TenantDocument>,
    ) -> Result<(), Refusal> {
        let sourced = self.sourced(tenant).await?;
        if sourced.is_empty() {
            return Ok(());
        }
        let mut found = Vec::new();
        for person in before.of(Kind::User).filter(|person| is_sourced(person, &sourced)) {
            let identity = person.identity();
            let Some(said) = wanted.get(Kind::User, &identity) else {
                match document {
                    Some(_) => wanted.put(person.clone()),
                    None => found.push(fault(&identity, "userPrincipalName", None)),
                }
                continue;
            };
            if said == person {
                continue;
            }
            let (mut body, owned) = (said.to_short_json(), person.to_short_json());
            let mut missing = Map::new();
            for field in OWNED {
                match (body.get(field), owned.get(field)) {
                    (Some(said), owned) if Some(said) != owned => {
                        found.push(fault(&identity, field, Some(said.to_string())));
                    }
                    (None, Some(_)) if document.is_none() => found.push(fault(&identity, field, None)),
                    (None, Some(owned)) => {
                        missing.insert(field.to_owned(), owned.clone());
                    }
                    _ => {}
                }
            }
            if !missing.is_empty() {
                merge(&mut body, &missing);
                wanted.put(TenantDocument::read_object(Kind::User, &body)?);
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        Err(faults(found.into_iter().map(|fault| located(fault, document)).collect()))
    }
}

fn setting(tenant: &str) -> String {
    format!("directory/{tenant}/people")
}

fn is_sourced(person: &Object, sourced: &HashSet<String>) -> bool {
    object_id(person).is_some_and(|id| sourced.contains(&id))
}

fn fault(identity: &str, field: &str, value: Option<String>) -> ObjectFault {
    let reason = "the person comes from another directory, which says this; change it there".to_owned();
    ObjectFault { kind: Kind::User, identity: identity.to_owned(), field: field.to_owned(), value, reason }
}
