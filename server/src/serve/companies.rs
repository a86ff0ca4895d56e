//! Telephone systems of companies, as their administrators keep them, in the directory that calls read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use identifier::TenantId;
use provisioning::{Company, PhoneOwner};
use store::{Consent, ConsentFilter, Store, Write};
use tenant::organization::Organization;
use tenant::{DirectoryBuilder, Tenant, Trunk};

use crate::failure::Failure;

/// What is in force of companies, with the consents of resources to their people and accounts.
#[derive(Clone, Default)]
pub struct Companies {
    kept: HashMap<TenantId, Arc<Kept>>,
    /// By tenant, also where there is no company yet.
    consents: HashMap<String, Arc<Consents>>,
}

/// By resource and object.
type Consents = BTreeMap<(String, String), Consent>;

struct Kept {
    organization: Arc<Organization>,
    trunks: Vec<Trunk>,
    phones: Vec<PhoneOwner>,
    operators: Vec<String>,
}

impl Companies {
    /// All that is kept of these tenants.
    pub async fn read(store: &Store, tenants: &[Tenant]) -> Result<Self, Failure> {
        let mut companies = Self::default();
        let failed = |error| Failure::Happened(format!("cannot read what resources consent to: {error}"));
        for consent in store.consents(&ConsentFilter::default()).await.map_err(failed)? {
            companies.consent(consent);
        }
        for tenant in tenants {
            let company = provisioning::load(store, &tenant.name, tenant.id).await.map_err(|refusal| {
                Failure::Happened(format!("cannot use tenant {}: {refusal}", tenant.name))
            })?;
            if let Some(company) = company {
                companies.put(tenant.id, company);
            }
        }
        Ok(companies)
    }

    /// Takes over another telephone system of a tenant.
    pub fn put(&mut self, tenant: TenantId, company: Company) {
        let Company { organization, trunks, phones, operators } = company;
        let organization = Arc::new(self.consented(tenant, organization));
        self.kept.insert(tenant, Arc::new(Kept { organization, trunks, phones, operators }));
    }

    /// Takes over what is written, as far as it is about consents.
    pub fn take_over(&mut self, write: &Write) {
        let tenant = match write {
            Write::PutConsent(consent) => {
                self.consent(consent.clone());
                &consent.tenant
            }
            Write::RemoveConsent { resource, tenant, object } => {
                let consents = self.consents.entry(tenant.clone()).or_default();
                Arc::make_mut(consents).remove(&(resource.clone(), object.clone()));
                tenant
            }
            _ => return,
        };
        let Ok(tenant) = tenant.parse() else { return };
        let Some(kept) = self.kept.get(&tenant) else { return };
        let organization = Arc::new(self.consented(tenant, (*kept.organization).clone()));
        let (trunks, phones, operators) = (kept.trunks.clone(), kept.phones.clone(), kept.operators.clone());
        self.kept.insert(tenant, Arc::new(Kept { organization, trunks, phones, operators }));
    }

    /// Adds them: session border controllers as trunks, people as owners of phones.
    pub fn add(&self, builder: &mut DirectoryBuilder) -> Vec<Arc<Organization>> {
        let tenants: HashMap<_, _> =
            builder.resources.iter().map(|resource| (resource.id, resource.tenant)).collect();
        let phones = builder.phones.iter().enumerate();
        let phones: HashMap<Box<str>, usize> =
            phones.map(|(index, phone)| (phone.name.clone(), index)).collect();
        let mut organizations = Vec::new();
        for tenant in &builder.tenants {
            let Some(kept) = self.kept.get(&tenant.id) else { continue };
            builder.trunks.extend(kept.trunks.iter().cloned());
            for owner in &kept.phones {
                // A phone that the configuration does not name rings nowhere; its owner was warned.
                let Some(index) = phones.get(owner.phone.as_str()) else { continue };
                let phone = &mut builder.phones[*index];
                if tenants.get(&phone.resource) == Some(&tenant.id) {
                    phone.owner = Some(tenant::PhoneOwner {
                        person: owner.person,
                        persona: owner.persona,
                        on_behalf_of: owner.on_behalf_of,
                    });
                }
            }
            organizations.push(Arc::clone(&kept.organization));
        }
        organizations
    }

    /// Whether a tenant consents to an operator.
    pub fn consents_to(&self, tenant: TenantId, operator: &str) -> bool {
        let kept = self.kept.get(&tenant);
        kept.is_some_and(|kept| kept.operators.iter().any(|known| known.eq_ignore_ascii_case(operator)))
    }

    fn consent(&mut self, consent: Consent) {
        let key = (consent.resource.clone(), consent.object.clone());
        let consents = self.consents.entry(consent.tenant.clone()).or_default();
        Arc::make_mut(consents).insert(key, consent);
    }

    fn consented(&self, tenant: TenantId, organization: Organization) -> Organization {
        let consents = self.consents.get(&tenant.to_string());
        let consents: Vec<Consent> =
            consents.into_iter().flat_map(|consents| consents.values().cloned()).collect();
        provisioning::consented(organization, &consents)
    }
}
