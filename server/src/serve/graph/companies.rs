//! From what is kept of companies to what Graph shows of them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use event_edge::DirectorySource;
use graph_edge::{
    Application, ClientSecret, Companies, Company, Refreshed, ResourceAccount, User, UserDetails,
};
use identifier::{ObjectId, TenantId};
use redact::Secret;
use serde_json::Value;
use store::{Store, StoreError, TenantObjects};
use tenant::Directory;
use tenant_document::{Kind, Object, Objects, TenantDocument, shown_name};
use tokio::sync::Mutex;

/// Calls look at companies too, and cannot wait for them to be read.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// Companies as they are kept; they are read again when the directory is another one.
pub struct KeptCompanies {
    store: Store,
    directory: DirectorySource,
    known: RwLock<Arc<Known>>,
    reading: Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// The directory that was in force when they were read.
    directory: Option<Arc<Directory>>,
    companies: HashMap<TenantId, Arc<Kept>>,
    /// Names and domains, in lower case.
    names: HashMap<String, TenantId>,
    are_any_shown_busy: bool,
}

/// One company, as it is kept.
struct Kept {
    /// With each change another one.
    version: i64,
    /// In lower case.
    domains: Vec<String>,
    /// Whether its people are shown busy while they talk.
    is_shown_busy: bool,
    company: Arc<Company>,
}

impl KeptCompanies {
    /// None is read yet.
    pub fn new(store: Store, directory: DirectorySource) -> Self {
        Self { store, directory, known: RwLock::default(), reading: Mutex::default() }
    }

    /// Reads those again that have changed, if the directory is another one.
    pub async fn read(&self) {
        if self.is_current() {
            return;
        }
        let _turn = self.reading.lock().await;
        if self.is_current() {
            return;
        }
        let directory = (self.directory)();
        let failed =
            |error: StoreError| tracing::error!(%error, "people are shown as they were: cannot {error}");
        let versions = match self.store.tenant_versions().await {
            Ok(versions) => versions,
            Err(error) => return failed(error),
        };
        let before = Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner));
        let mut known = Known { directory: Some(Arc::clone(&directory)), ..Known::default() };
        for tenant in directory.tenants() {
            let Some(version) = versions.get(&*tenant.name) else { continue };
            let same = before.companies.get(&tenant.id).filter(|kept| kept.version == *version);
            let kept = match same {
                Some(same) => Arc::clone(same),
                None => match self.store.tenant_objects(&tenant.name).await {
                    Ok(objects) => Arc::new(Kept::of(tenant.id, &objects)),
                    Err(error) => return failed(error),
                },
            };
            known.names.insert(tenant.name.to_lowercase(), tenant.id);
            known.names.extend(kept.domains.iter().map(|domain| (domain.clone(), tenant.id)));
            known.are_any_shown_busy |= kept.is_shown_busy;
            known.companies.insert(tenant.id, kept);
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
    }

    /// Whether there is a company whose people are shown busy while they talk.
    pub fn are_any_shown_busy(&self) -> bool {
        self.known().are_any_shown_busy
    }

    /// Whether people of this company are shown busy while they talk.
    pub fn is_shown_busy(&self, tenant: TenantId) -> bool {
        self.known().companies.get(&tenant).is_some_and(|kept| kept.is_shown_busy)
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_current(&self) -> bool {
        let directory = (self.directory)();
        self.known().directory.as_ref().is_some_and(|known| Arc::ptr_eq(known, &directory))
    }
}

/// Reads them again soon after the directory has become another one, whether somebody asks or not.
pub async fn keep_current(companies: Weak<KeptCompanies>) {
    while let Some(companies) = companies.upgrade() {
        companies.read().await;
        drop(companies);
        tokio::time::sleep(LOOKED_AT_EVERY).await;
    }
}

impl Companies for KeptCompanies {
    fn company(&self, tenant: TenantId) -> Option<Arc<Company>> {
        self.known().companies.get(&tenant).map(|kept| Arc::clone(&kept.company))
    }

    fn named(&self, name: &str) -> Option<Arc<Company>> {
        let known = self.known();
        let by_id = name.parse().ok();
        let tenant = by_id.or_else(|| known.names.get(&name.to_lowercase()).copied())?;
        known.companies.get(&tenant).map(|kept| Arc::clone(&kept.company))
    }

    fn refresh(&self) -> Refreshed<'_> {
        Box::pin(self.read())
    }
}

impl Kept {
    fn of(tenant: TenantId, kept: &TenantObjects) -> Self {
        let objects = objects_of(kept);
        let said = objects.tenant();
        Self {
            version: kept.version,
            domains: said.iter().flat_map(|said| &said.domains).map(|domain| domain.to_lowercase()).collect(),
            is_shown_busy: said.is_some_and(|said| said.synchronize_personas),
            company: Arc::new(company(tenant, &objects)),
        }
    }
}

/// What was kept by a later version is left out; whoever keeps it says so.
fn objects_of(kept: &TenantObjects) -> Objects {
    let mut objects = Objects::default();
    for row in &kept.objects {
        let kind: Option<Kind> = row.kind.parse().ok();
        let shown = matches!(
            kind,
            Some(Kind::Tenant | Kind::User | Kind::ResourceAccount | Kind::Application | Kind::PhoneNumber)
        );
        let body: Option<Value> = serde_json::from_str(&row.body).ok();
        let object = kind.filter(|_| shown).zip(body);
        if let Some(object) = object.and_then(|(kind, body)| TenantDocument::read_object(kind, &body).ok()) {
            objects.put(object);
        }
    }
    objects
}

fn company(tenant: TenantId, objects: &Objects) -> Company {
    let usage = objects.tenant().and_then(|tenant| tenant.usage_location.clone());
    let users = objects.users().filter_map(|user| user_of(user, usage.as_deref()));
    let numbers = numbers_by_holder(objects);
    let accounts = objects.resource_accounts().filter_map(|account| account_of(account, &numbers));
    let applications = objects.of(Kind::Application).filter_map(application_of);
    Company::new(tenant, users.collect(), accounts.collect(), applications.collect())
}

fn user_of(said: &tenant_document::User, usage: Option<&str>) -> Option<User> {
    let text = |text: &Option<String>| text.as_deref().map(Into::into);
    let name = &said.user_principal_name;
    Some(User {
        id: said.object_id.as_deref()?.parse().ok()?,
        user_principal_name: name.as_str().into(),
        display_name: shown_name(&said.display_name, name).into(),
        account_enabled: !said.account_disabled,
        details: UserDetails {
            given_name: text(&said.given_name),
            surname: text(&said.surname),
            mail: text(&said.mail),
            job_title: text(&said.job_title),
            department: text(&said.department),
            office_location: text(&said.office),
            mobile_phone: text(&said.mobile_phone),
            business_phones: said.business_phones.iter().map(|phone| phone.as_str().into()).collect(),
            preferred_language: text(&said.voicemail.prompt_language),
            usage_location: said.usage_location.as_deref().or(usage).map(Into::into),
        },
        is_human: true,
    })
}

/// Numbers by who holds them, as whoever assigned them wrote it: by name or by id, in small letters.
fn numbers_by_holder(objects: &Objects) -> HashMap<String, &str> {
    let held = objects.phone_numbers().filter_map(|number| {
        let holder = number.assigned_pstn_target_id.as_ref()?;
        Some((holder.to_lowercase(), number.telephone_number.as_str()))
    });
    // Of several the one that was written first.
    let mut numbers = HashMap::new();
    for (holder, number) in held {
        numbers.entry(holder).or_insert(number);
    }
    numbers
}

fn account_of(
    said: &tenant_document::ResourceAccount,
    numbers: &HashMap<String, &str>,
) -> Option<ResourceAccount> {
    let id: ObjectId = said.object_id.as_deref()?.parse().ok()?;
    let name = &said.user_principal_name;
    let number = numbers.get(&name.to_lowercase()).or_else(|| numbers.get(&id.to_string()));
    Some(ResourceAccount {
        id,
        user_principal_name: name.as_str().into(),
        display_name: shown_name(&said.display_name, name).into(),
        app_id: said.application_id.parse().ok()?,
        phone_number: number.map(|number| format!("tel:{number}").into()),
        acs_resource_id: said.acs_resource_id.as_deref().map(Into::into),
    })
}

fn application_of(object: &Object) -> Option<Application> {
    let Object::Application(said) = object else { return None };
    let permission = |said: &tenant_document::GraphPermission| {
        let text = serde_json::to_value(said).ok()?;
        text.as_str()?.parse().ok()
    };
    Some(Application {
        client_id: said.client_id.parse().ok()?,
        name: shown_name(&said.display_name, &said.client_id).into(),
        secrets: said.secrets.iter().map(|hash| ClientSecret::of(&Secret::new(hash.clone()))).collect(),
        permissions: said.permissions.iter().filter_map(permission).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTOSO: &str = "
tenant: { name: Contoso, domains: [contoso.example], usageLocation: US }
users:
- { userPrincipalName: adele@contoso.example, objectId: 00000000-0000-0000-0000-0000000000a1, department: Sales }
resourceAccounts:
- userPrincipalName: line@contoso.example
  objectId: 00000000-0000-0000-0000-0000000000b1
  applicationId: 00000000-0000-0000-0000-0000000000d1
  licenses: [TeamsPhoneResourceAccount]
applications:
- clientId: 00000000-0000-0000-0000-0000000000d1
  secrets: [\"sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\"]
  permissions: [Directory.Read.All, Presence.Read, Presence.Read.All, Presence.ReadWrite, Presence.ReadWrite.All,
    TeamsResourceAccount.Read.All, User.Read, User.Read.All, User.ReadBasic.All]
phoneNumbers:
- { telephoneNumber: \"+14255550100\", numberType: OperatorConnect, assignedPstnTargetId: line@contoso.example }
";

    #[test]
    fn graph_shows_what_the_document_says() {
        let document = TenantDocument::read(CONTOSO).unwrap_or_else(|faults| panic!("{faults}"));
        let company = company(TenantId::from_u128(1), &document.objects);
        let adele = company.user_named("ADELE@contoso.example").expect("she is there");
        assert_eq!(
            (&*adele.display_name, adele.details.department.as_deref()),
            ("adele@contoso.example", Some("Sales"))
        );
        assert_eq!(adele.details.usage_location.as_deref(), Some("US"));
        let line = &company.resource_accounts()[0];
        assert_eq!(line.phone_number.as_deref(), Some("tel:+14255550100"));
        assert!(!company.user(line.id).expect("it is a user too").account_enabled);
        let desk = company.application(ObjectId::from_u128(0xd1)).expect("it is registered");
        assert_eq!(
            desk.permissions,
            graph_edge::Permission::ALL,
            "Graph knows each permission of the document"
        );
        assert_eq!(desk.secrets, [ClientSecret::of(&Secret::new("secret".to_owned()))]);
    }
}
