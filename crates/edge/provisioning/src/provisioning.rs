//! The one way in which a tenant's telephone system changes.

mod sourced;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use entropy::Entropy;
use identifier::TenantId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::{CommitError, Store, StoreError, TenantChange, TenantObject};
use tenant::{Directory, NumberOwner};
use tenant_document::{
    FIRST_LINE, Fault, Faults, Kind, Object, Objects, PolicyType, TenantDocument, same_name,
};
use tokio::sync::Mutex;

use crate::change::{Change, differences};
use crate::company::{Company, KeptObjects, company, kept};
use crate::compile::patterns;
use crate::gate::{self, ObjectFault};
use crate::ids;
use crate::names::Names;
use crate::refusal::Refusal;
use crate::view::{Filter, show};
use crate::warning::warnings;

pub use sourced::{SourcedUser, Synchronized};

use sourced::Sourced;

/// Another telephone system of a tenant, to be looked at or to be in force.
pub struct Enactment {
    /// The name of the tenant.
    pub tenant: String,
    /// What calls would know of it.
    pub company: Company,
    /// What keeps it; nothing where it is only looked at.
    pub change: Option<TenantChange>,
}

/// Checks a company against all others; where it is to be kept, makes it durable and lets calls see it: all of that or
/// nothing.
pub type Enact =
    Arc<dyn Fn(Enactment) -> Pin<Box<dyn Future<Output = Result<(), CommitError>> + Send>> + Send + Sync>;

/// Tells the operators that have trunks for a tenant of a name.
pub type Operators = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// What provisioning stands among.
pub struct Surroundings {
    /// Where objects are kept.
    pub store: Store,
    /// What is in force.
    pub directory: Arc<dyn Fn() -> Arc<Directory> + Send + Sync>,
    /// The operators whose trunks a tenant of this name may consent to.
    pub operators: Operators,
    /// Keeps a company and puts it into force.
    pub enact: Enact,
    /// For ids.
    pub entropy: Entropy,
}

/// Changes tenants' telephone systems. Cheap to clone.
#[derive(Clone)]
pub struct Provisioning {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    directory: Arc<dyn Fn() -> Arc<Directory> + Send + Sync>,
    operators: Operators,
    enact: Enact,
    // One change after the other: each is made upon what the one before has left.
    entropy: Mutex<Entropy>,
    // What was read of each tenant, so that a small change need not read all of it again.
    known: RwLock<HashMap<String, Arc<KeptObjects>>>,
    sourced: Mutex<Sourced>,
}

/// What a change did, or would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The tenant.
    pub tenant: String,
    /// Its version now.
    pub version: i64,
    /// Whether nothing was done.
    pub dry_run: bool,
    /// What differs; empty where nothing does.
    pub changes: Vec<Change>,
    /// What may not be meant so.
    pub warnings: Vec<String>,
    /// What is new or other, as it would stand in a document, where one object was to change and nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yaml: Option<String>,
}

/// A tenant in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantSummary {
    /// Its name.
    pub name: String,
    /// Its id.
    pub tenant_id: String,
    /// How often it was changed; 0 where nobody said anything.
    pub version: i64,
}

impl Provisioning {
    /// Among these surroundings.
    pub fn new(surroundings: Surroundings) -> Self {
        let Surroundings { store, directory, operators, enact, entropy } = surroundings;
        let (entropy, known) = (Mutex::new(entropy), RwLock::default());
        Self {
            inner: Arc::new(Inner {
                store,
                directory,
                operators,
                enact,
                entropy,
                known,
                sourced: Mutex::default(),
            }),
        }
    }

    /// All tenants.
    pub async fn tenants(&self) -> Result<Vec<TenantSummary>, Refusal> {
        let mut summaries = Vec::new();
        for tenant in (self.inner.directory)().tenants() {
            let version = self.inner.store.tenant_version(&tenant.name).await?;
            let (name, tenant_id) = (tenant.name.to_string(), tenant.id.to_string());
            summaries.push(TenantSummary { name, tenant_id, version });
        }
        Ok(summaries)
    }

    /// Makes a tenant what a document says, all of it or nothing.
    pub async fn apply(&self, text: &str, dry_run: bool) -> Result<Outcome, Refusal> {
        let document = TenantDocument::read(text)?;
        let said = document.objects.tenant();
        let said = said.ok_or_else(|| Refusal::Told("find out which tenant is meant".to_owned()))?;
        let (name, id) = self.tenant(&said.name)?;
        if let Some(written) = &said.tenant_id
            && !same_name(written, &id.to_string())
        {
            let reason = format!("on this server the tenant has the id {id}; write that, or leave it out");
            return Err(faults(vec![Fault {
                line: document.origin(Kind::Tenant, &said.name).and_then(|origin| origin.line("tenantId")),
                path: "tenant.tenantId".to_owned(),
                value: Some(format!("{written:?}")),
                reason,
            }]));
        }
        let mut entropy = self.inner.entropy.lock().await;
        let kept = self.kept(&name).await?;
        let mut wanted = document.objects.clone();
        self.protect(&name, &kept.objects, &mut wanted, Some(&document)).await?;
        self.commit(&name, id, &kept, wanted, Some(&document), dry_run, &mut entropy).await
    }

    /// A document that makes a tenant what it is.
    pub async fn export(&self, tenant: &str) -> Result<String, Refusal> {
        let (name, id) = self.tenant(tenant)?;
        let kept = self.kept(&name).await?;
        let mut objects = kept.objects.clone();
        if objects.tenant().is_none() {
            objects.put(nameless(&name, id)?);
        }
        Ok(TenantDocument::write(&objects))
    }

    /// The objects of a kind, with what follows from others; Global ones where nobody said anything too.
    pub async fn list(&self, tenant: &str, kind: Kind, filter: &Filter) -> Result<Vec<Value>, Refusal> {
        let (name, _) = self.tenant(tenant)?;
        let kept = self.kept(&name).await?;
        let names = Names::of(&kept.objects);
        let global = kind.global().filter(|global| kept.objects.get(kind, &global.identity()).is_none());
        let objects = global.iter().chain(kept.objects.of(kind));
        let shown = objects.map(|object| show(object, &names));
        Ok(shown.filter(|shown| filter.wants(shown)).collect())
    }

    /// One object, by name or id.
    pub async fn get(&self, tenant: &str, kind: Kind, identity: &str) -> Result<Value, Refusal> {
        let (name, _) = self.tenant(tenant)?;
        let kept = self.kept(&name).await?;
        let names = Names::of(&kept.objects);
        if let Some(object) = names.find(kind, identity) {
            return Ok(show(object, &names));
        }
        match kind.global().filter(|_| same_name(identity, "Global")) {
            Some(global) => Ok(global.to_json()),
            None => Err(unknown(kind, identity)),
        }
    }

    /// Makes an object of which there is none.
    pub async fn create(
        &self,
        tenant: &str,
        kind: Kind,
        body: &Value,
        dry_run: bool,
    ) -> Result<Outcome, Refusal> {
        let object = TenantDocument::read_object(kind, body)?;
        self.change(tenant, dry_run, |objects| {
            let (kind, identity) = (object.kind(), object.identity());
            objects.add(object).map_err(|_| Refusal::Exists { kind: kind.noun(), identity })
        })
        .await
    }

    /// Changes the fields of an object that are said; a Global one, and what the tenant says of itself, is always
    /// there.
    pub async fn set(
        &self,
        tenant: &str,
        kind: Kind,
        identity: &str,
        patch: &Map<String, Value>,
        dry_run: bool,
    ) -> Result<Outcome, Refusal> {
        let (name, id) = self.tenant(tenant)?;
        self.change(tenant, dry_run, |objects| {
            let found = Names::of(objects).find(kind, identity).cloned();
            let found = match (found, kind) {
                (Some(found), _) => found,
                (None, Kind::Tenant) => nameless(&name, id)?,
                (None, _) => kind
                    .global()
                    .filter(|_| same_name(identity, "Global"))
                    .ok_or_else(|| unknown(kind, identity))?,
            };
            objects.put(patched(&found, patch)?);
            Ok(())
        })
        .await
    }

    /// Takes an object out that nothing uses. A Global one says again what it says by default.
    pub async fn remove(
        &self,
        tenant: &str,
        kind: Kind,
        identity: &str,
        dry_run: bool,
    ) -> Result<Outcome, Refusal> {
        self.change(tenant, dry_run, |objects| {
            let found = Names::of(objects).find(kind, identity).cloned();
            let found = found.ok_or_else(|| unknown(kind, identity))?;
            let users = gate::users_of(objects, &found);
            let found = found.identity();
            let is_global = kind.has_global() && same_name(&found, "Global");
            if kind == Kind::Tenant {
                return Err(Refusal::Told(
                    "remove what the tenant says of itself; change it instead".to_owned(),
                ));
            }
            if !is_global && let Some((first, rest)) = users.split_first() {
                let users = match rest.len() {
                    0 => first.clone(),
                    more => format!("{first}, and {more} more do"),
                };
                return Err(Refusal::InUse { what: format!("{} {found}", kind.noun()), users });
            }
            objects.remove(kind, &found);
            Ok(())
        })
        .await
    }

    /// Assigns a policy to a person, a resource account or a group; none takes the assignment away.
    pub async fn grant(
        &self,
        tenant: &str,
        kind: PolicyType,
        to: &str,
        policy: Option<&str>,
        rank: Option<u32>,
        dry_run: bool,
    ) -> Result<Outcome, Refusal> {
        self.change(tenant, dry_run, |objects| {
            let kinds = [Kind::User, Kind::ResourceAccount, Kind::Group];
            let holder = Names::of(objects).find_any(&kinds, to).cloned();
            let holder = holder.ok_or_else(|| unknown(Kind::User, to))?;
            let patch = match holder.kind() {
                Kind::Group => {
                    let policies = holder.to_json()["policies"].as_array().cloned().unwrap_or_default();
                    let mut policies: Vec<Value> =
                        policies.into_iter().filter(|one| one["policyType"] != json!(kind)).collect();
                    policies.extend(policy.map(|policy| {
                        json!({ "policyType": kind, "policyName": policy, "rank": rank.unwrap_or(1) })
                    }));
                    Value::Array(policies)
                }
                _ => json!({ kind.field(): policy }),
            };
            objects.put(patched(&holder, &Map::from_iter([("policies".to_owned(), patch)]))?);
            Ok(())
        })
        .await
    }

    /// All objects of a tenant, with the ids that nobody wrote, and their version.
    pub async fn objects(&self, tenant: &str) -> Result<(i64, Objects), Refusal> {
        let kept = self.kept(tenant).await?;
        Ok((kept.version, kept.objects.clone()))
    }

    /// What is kept of a tenant, which is read only where it is not known.
    async fn kept(&self, name: &str) -> Result<Arc<KeptObjects>, Refusal> {
        let version = self.inner.store.tenant_version(name).await?;
        let known = self.known(name).filter(|known| known.version == version);
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(kept(&self.inner.store, name).await?);
        self.know(name, Arc::clone(&read));
        Ok(read)
    }

    fn known(&self, name: &str) -> Option<Arc<KeptObjects>> {
        self.inner.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn know(&self, name: &str, kept: Arc<KeptObjects>) {
        self.inner.known.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), kept);
    }

    fn tenant(&self, name: &str) -> Result<(String, TenantId), Refusal> {
        let directory = (self.inner.directory)();
        let is_it = |one: &&tenant::Tenant| one.name.eq_ignore_ascii_case(name) || one.id.to_string() == name;
        let found = directory.tenants().iter().find(is_it);
        found.map(|found| (found.name.to_string(), found.id)).ok_or_else(|| {
            let known: Vec<&str> = directory.tenants().iter().map(|tenant| &*tenant.name).collect();
            Refusal::UnknownTenant { name: name.to_owned(), known: known.join(", ") }
        })
    }

    async fn change(
        &self,
        tenant: &str,
        dry_run: bool,
        make: impl FnOnce(&mut Objects) -> Result<(), Refusal>,
    ) -> Result<Outcome, Refusal> {
        let (name, id) = self.tenant(tenant)?;
        let mut entropy = self.inner.entropy.lock().await;
        let kept = self.kept(&name).await?;
        let mut wanted = kept.objects.clone();
        if wanted.tenant().is_none() {
            wanted.put(nameless(&name, id)?);
        }
        make(&mut wanted)?;
        self.protect(&name, &kept.objects, &mut wanted, None).await?;
        self.commit(&name, id, &kept, wanted, None, dry_run, &mut entropy).await
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where all of it comes together")]
    async fn commit(
        &self,
        name: &str,
        id: TenantId,
        kept: &KeptObjects,
        mut wanted: Objects,
        document: Option<&TenantDocument>,
        dry_run: bool,
        entropy: &mut Entropy,
    ) -> Result<Outcome, Refusal> {
        let made = ids::fill(&mut wanted, &kept.objects, id, &kept.ids, entropy);
        let changes = differences(&kept.objects, &wanted);
        let directory = (self.inner.directory)();
        let found = gate::check(&wanted, &kept.objects, &|number| foreign(&directory, number));
        if !found.is_empty() {
            return Err(faults(found.into_iter().map(|fault| located(fault, document)).collect()));
        }
        let has_resource = |id: &str| id.parse().is_ok_and(|id| directory.resource(id).is_some());
        let has_phone = |name: &str| {
            let resource = directory.phone(name).and_then(|phone| directory.resource(phone.resource));
            resource.is_some_and(|resource| resource.tenant == id)
        };
        let mut outcome = Outcome {
            tenant: name.to_owned(),
            version: kept.version,
            dry_run,
            warnings: warnings(&wanted, has_resource, has_phone, |operator| {
                (self.inner.operators)(name).iter().any(|known| known.eq_ignore_ascii_case(operator))
            }),
            yaml: (dry_run && document.is_none()).then(|| yaml(&changes, &wanted)),
            changes,
        };
        if outcome.changes.is_empty() {
            return Ok(outcome);
        }
        let company = company(id, &wanted, &kept.patterns)?;
        let patterns = Arc::new(patterns(company.organization.parts()));
        let change = written(name, kept.version, &outcome.changes, &wanted, made.clone());
        let change = Some(change).filter(|_| !dry_run);
        let enacted = (self.inner.enact)(Enactment { tenant: name.to_owned(), company, change });
        enacted.await.map_err(|error| match error {
            CommitError::Contradiction(reason) => Refusal::Told(reason),
            CommitError::Store(StoreError::Changed { .. }) => Refusal::Busy,
            CommitError::Store(error) => Refusal::Store(error),
        })?;
        if dry_run {
            return Ok(outcome);
        }
        outcome.version += 1;
        let mut ids = Arc::clone(&kept.ids);
        if !made.is_empty() {
            Arc::make_mut(&mut ids).extend(made);
        }
        let now = KeptObjects { version: outcome.version, objects: wanted, ids, patterns };
        self.know(name, Arc::new(now));
        let count = outcome.changes.len();
        tracing::info!(tenant.id = %id, changes = count, "the telephone system of {name} has changed");
        Ok(outcome)
    }
}

/// To whom a number belongs that is of others than companies' telephone systems.
fn foreign(directory: &Directory, number: &str) -> Option<String> {
    match directory.number_owner(&number.parse().ok()?)? {
        NumberOwner::Resource(resource) => Some(format!("the communication resource {}", resource.name)),
        NumberOwner::Phone(phone) => Some(format!("the phone {} of ringdown.toml", phone.name)),
        NumberOwner::Organization(..) => None,
    }
}

/// An object with other fields.
fn patched(found: &Object, patch: &Map<String, Value>) -> Result<Object, Refusal> {
    let kind = found.kind();
    let before = found.to_json();
    let mut body = found.to_short_json();
    merge(&mut body, patch);
    let links = ["applicationId", "acsResourceId"];
    let relinked = links.iter().any(|field| patch.get(*field).is_some_and(|value| *value != before[field]));
    // What calls are delivered by learns of a link when it is told to.
    if kind == Kind::ResourceAccount && relinked && !patch.contains_key("synchronized") {
        merge(&mut body, &Map::from_iter([("synchronized".to_owned(), json!(false))]));
    }
    let changed = TenantDocument::read_object(kind, &body)?;
    if !same_name(&changed.identity(), &found.identity()) {
        let renamed = format!("rename {} {}: make a new one instead", kind.noun(), found.identity());
        return Err(Refusal::Told(renamed));
    }
    Ok(changed)
}

/// What is new or other, as it stands in a document.
fn yaml(changes: &[Change], wanted: &Objects) -> String {
    let mut shown = Objects::default();
    for change in changes {
        let kind: Option<Kind> = change.kind.parse().ok();
        if let Some(object) = kind.and_then(|kind| wanted.get(kind, &change.identity)) {
            shown.put(object.clone());
        }
    }
    let text = TenantDocument::write(&shown);
    text.strip_prefix(FIRST_LINE).unwrap_or(&text).trim_start().to_owned()
}

/// A tenant of which nothing was said.
fn nameless(name: &str, id: TenantId) -> Result<Object, Refusal> {
    let body =
        json!({ "name": name, "tenantId": id.to_string(), "domains": [format!("{}.example", domain(name))] });
    Ok(TenantDocument::read_object(Kind::Tenant, &body)?)
}

/// What may be a label of a domain.
fn domain(name: &str) -> String {
    let label: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(63).collect();
    if label.is_empty() { "tenant".to_owned() } else { label }
}

fn merge(body: &mut Value, patch: &Map<String, Value>) {
    let Some(fields) = body.as_object_mut() else { return };
    for (name, value) in patch {
        match (fields.get_mut(name), value) {
            (Some(found @ Value::Object(_)), Value::Object(patch)) => merge(found, patch),
            (_, Value::Null) => {
                fields.remove(name);
            }
            (_, value) => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
}

fn written(
    tenant: &str,
    expected: i64,
    changes: &[Change],
    wanted: &Objects,
    ids: Vec<(String, String)>,
) -> TenantChange {
    let mut change =
        TenantChange { tenant: tenant.to_owned(), expected, put: Vec::new(), removed: Vec::new(), ids };
    for one in changes {
        let Ok(kind) = one.kind.parse::<Kind>() else { continue };
        let (kind_name, identity) = (kind.name().to_owned(), one.identity.to_lowercase());
        match wanted.get(kind, &one.identity) {
            Some(object) => {
                let body = object.to_short_json().to_string();
                change.put.push(TenantObject { kind: kind_name, identity, body, version: expected + 1 });
            }
            None => change.removed.push((kind_name, identity)),
        }
    }
    change
}

fn unknown(kind: Kind, identity: &str) -> Refusal {
    Refusal::UnknownObject { kind: kind.noun(), identity: identity.to_owned() }
}

fn faults(found: Vec<Fault>) -> Refusal {
    match Faults::refuse(found) {
        Err(faults) => Refusal::Faults(faults),
        Ok(()) => Refusal::Told("accept what is said".to_owned()),
    }
}

/// A fault where it stands in the document, or under the name of the object.
fn located(fault: ObjectFault, document: Option<&TenantDocument>) -> Fault {
    let origin = document.and_then(|document| document.origin(fault.kind, &fault.identity));
    let (line, path) = match origin {
        Some(origin) => (origin.line(&fault.field), origin.path(&fault.field)),
        None => (None, format!("{} {}: {}", fault.kind.noun(), fault.identity, fault.field)),
    };
    Fault { line, path, value: fault.value, reason: fault.reason }
}
