//! People who come from another directory: what that says of them is read-only here, all else is the company's own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use redact::Secret;
use serde_json::{Map, Value};
use tenant_document::{Kind, Object, Objects, TenantDocument, same_name};

use super::{Outcome, Provisioning, faults, foreign, located, merge, nameless};
use crate::gate::{self, ObjectFault};
use crate::ids;
use crate::names::Names;
use crate::refusal::Refusal;

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

/// How often people who do not go together with the rest are left out before all is refused.
const ROUNDS: usize = 4;

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
        let directory = (self.inner.directory)();
        let mut left_out: HashMap<String, String> = HashMap::new();
        for _ in 0..ROUNDS {
            let mut wanted = kept.objects.clone();
            if wanted.tenant().is_none() {
                wanted.put(nameless(&name, id)?);
            }
            let mut merging = Merging {
                before: &before,
                wanted: &mut wanted,
                taken: HashSet::new(),
                conflicts: Vec::new(),
            };
            merging.take(people, &left_out);
            merging.part();
            let Merging { taken, mut conflicts, .. } = merging;
            let mut filled = wanted.clone();
            ids::fill(&mut filled, &kept.objects, id, &kept.ids, &mut entropy.clone());
            let found = gate::check(&filled, &kept.objects, &|number| foreign(&directory, number));
            let known = left_out.len();
            for fault in &found {
                let is_theirs = fault.kind == Kind::User
                    && people.iter().any(|one| same_name(&one.user_principal_name, &fault.identity));
                if is_theirs {
                    let reason = format!("{}: {}", fault.field, fault.reason);
                    left_out.entry(fault.identity.to_lowercase()).or_insert(reason);
                }
            }
            if left_out.len() > known {
                continue;
            }
            conflicts.extend(left_out.iter().map(|(who, reason)| format!("{who} is not taken: {reason}")));
            conflicts.sort();
            // Whoever is taken is protected before they are there, and no longer than they are.
            let together: HashSet<String> = before.union(&taken).cloned().collect();
            self.know_sourced(&name, together).await?;
            let outcome = self.commit(&name, id, &kept, wanted, None, false, &mut entropy).await?;
            self.know_sourced(&name, taken).await?;
            return Ok(Synchronized { outcome, conflicts });
        }
        Err(Refusal::Told("take the people of the directory: too many do not go together".to_owned()))
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

fn object_id(person: &Object) -> Option<String> {
    Some(person.to_json()["objectId"].as_str()?.to_lowercase())
}

fn is_sourced(person: &Object, sourced: &HashSet<String>) -> bool {
    object_id(person).is_some_and(|id| sourced.contains(&id))
}

fn fault(identity: &str, field: &str, value: Option<String>) -> ObjectFault {
    let reason = "the person comes from another directory, which says this; change it there".to_owned();
    ObjectFault { kind: Kind::User, identity: identity.to_owned(), field: field.to_owned(), value, reason }
}

/// People of the directory on their way into the objects of a tenant.
struct Merging<'a> {
    before: &'a HashSet<String>,
    wanted: &'a mut Objects,
    /// Ids of those who come from the directory now.
    taken: HashSet<String>,
    conflicts: Vec<String>,
}

impl Merging<'_> {
    fn take(&mut self, people: &[SourcedUser], left_out: &HashMap<String, String>) {
        let by_id: HashMap<String, Object> = self
            .wanted
            .of(Kind::User)
            .filter_map(|person| Some((object_id(person)?, person.clone())))
            .collect();
        for person in people {
            let (id, name) = (person.object_id.to_lowercase(), &person.user_principal_name);
            let known = by_id.get(&id);
            if left_out.contains_key(&name.to_lowercase()) {
                // As they were, if they were.
                self.taken.extend(known.filter(|_| self.before.contains(&id)).map(|_| id));
                continue;
            }
            if known.is_none() && !person.is_enabled {
                continue;
            }
            match self.take_one(person, known) {
                Ok(()) => {
                    self.taken.insert(id);
                }
                Err(reason) => {
                    self.conflicts.push(format!("{name} is not taken: {reason}"));
                    self.taken.extend(known.filter(|_| self.before.contains(&id)).map(|_| id));
                }
            }
        }
    }

    fn take_one(&mut self, person: &SourcedUser, known: Option<&Object>) -> Result<(), String> {
        let name = &person.user_principal_name;
        let is_same = known.is_some_and(|known| same_name(&known.identity(), name));
        let other = Names::of(self.wanted).principal(name).filter(|_| !is_same);
        if other.is_some() {
            return Err("the company has somebody else of this name".to_owned());
        }
        if let Some(known) = known.filter(|_| !is_same)
            && let Some(user) = gate::users_of(self.wanted, known).first()
        {
            return Err(format!("they were {} before, and {user} names them so", known.identity()));
        }
        let mut body = known.map_or_else(|| Value::Object(Map::new()), Object::to_short_json);
        let mut said: Map<String, Value> =
            OWNED.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        said.extend(person.fields.clone());
        said.insert("objectId".to_owned(), person.object_id.clone().into());
        said.insert("userPrincipalName".to_owned(), name.clone().into());
        said.insert("accountDisabled".to_owned(), (!person.is_enabled).into());
        merge(&mut body, &said);
        let taken = TenantDocument::read_object(Kind::User, &body).map_err(|faults| faults.to_string())?;
        if let Some(known) = known.filter(|_| !is_same) {
            self.wanted.remove(Kind::User, &known.identity());
        }
        self.wanted.put(taken);
        Ok(())
    }

    /// Those whom the directory does not know any more are gone, unless something here needs them: then they are
    /// closed.
    fn part(&mut self) {
        let people: Vec<Object> = self.wanted.of(Kind::User).cloned().collect();
        for person in people {
            let Some(id) = object_id(&person) else { continue };
            if !self.before.contains(&id) || self.taken.contains(&id) {
                continue;
            }
            let identity = person.identity();
            let Some(user) = gate::users_of(self.wanted, &person).into_iter().next() else {
                self.wanted.remove(Kind::User, &identity);
                continue;
            };
            let mut body = person.to_short_json();
            merge(&mut body, &Map::from_iter([("accountDisabled".to_owned(), true.into())]));
            if let Ok(closed) = TenantDocument::read_object(Kind::User, &body) {
                self.wanted.put(closed);
            }
            self.conflicts.push(format!(
                "{identity} is gone from the directory and is closed, not removed: {user} uses them"
            ));
            self.taken.insert(id);
        }
    }
}
