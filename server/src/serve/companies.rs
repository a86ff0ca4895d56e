//! Telephone systems of companies, as their administrators keep them, in the directory that calls read.

use std::sync::Arc;

use provisioning::Company;
use store::Store;
use tenant::organization::Organization;
use tenant::{DirectoryBuilder, PhoneOwner};

use crate::failure::Failure;

/// Adds them: session border controllers as trunks, people as owners of phones; `candidate` is in place of what is
/// kept of its tenant.
pub async fn add(
    builder: &mut DirectoryBuilder,
    store: &Store,
    mut candidate: Option<(&str, Company)>,
) -> Result<Vec<Arc<Organization>>, Failure> {
    let mut organizations = Vec::new();
    for tenant in builder.tenants.clone() {
        let company = match candidate.take() {
            Some((name, company)) if *name == *tenant.name => Some(company),
            other => {
                candidate = other;
                provisioning::load(store, &tenant.name, tenant.id).await.map_err(|refusal| {
                    Failure::Happened(format!("cannot use tenant {}: {refusal}", tenant.name))
                })?
            }
        };
        let Some(company) = company else { continue };
        builder.trunks.extend(company.trunks);
        for owner in company.phones {
            let resources = &builder.resources;
            let is_it = |phone: &&mut tenant::Phone| {
                let resource = resources.iter().find(|resource| resource.id == phone.resource);
                *phone.name == *owner.phone && resource.is_some_and(|resource| resource.tenant == tenant.id)
            };
            // A phone that the configuration does not name rings nowhere; its owner was warned.
            if let Some(phone) = builder.phones.iter_mut().find(is_it) {
                phone.owner = Some(PhoneOwner {
                    person: owner.person,
                    persona: owner.persona,
                    on_behalf_of: owner.on_behalf_of,
                });
            }
        }
        organizations.push(Arc::new(company.organization));
    }
    Ok(organizations)
}
