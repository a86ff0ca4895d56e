//! What is in force: what the configuration says, with all that resources hold and companies are.
//!
//! It stays in memory beside the directory that is built of it, so that a small change reads nothing again.

use std::sync::Arc;

use configuration::Configuration;
use entropy::Entropy;
use identifier::TenantId;
use provisioning::Company;
use store::{Store, Write};
use tenant::{Directory, DirectoryBuilder};

use crate::failure::Failure;
use crate::serve::companies::Companies;
use crate::serve::directory;
use crate::serve::holdings::Holdings;
use crate::serve::kept::Kept;

/// What is in force, or would be. Cheap to clone where resources hold little.
#[derive(Clone)]
pub struct InForce {
    /// What the operator says: of this, tenants and what is theirs.
    pub configuration: Arc<Configuration>,
    /// The same as parts of a directory.
    pub parts: Arc<DirectoryBuilder>,
    holdings: Arc<Holdings>,
    companies: Arc<Companies>,
}

impl InForce {
    /// With all that is kept.
    pub async fn read(configuration: &Configuration, kept: &mut Kept<'_>) -> Result<Self, Failure> {
        let parts = directory::parts(configuration, kept).await?;
        let holdings = Holdings::read(kept.store()).await?;
        let companies = Companies::read(kept.store(), &parts.tenants).await?;
        Ok(Self {
            configuration: Arc::new(configuration.clone()),
            parts: Arc::new(parts),
            holdings: Arc::new(holdings),
            companies: Arc::new(companies),
        })
    }

    /// The same, with randomness of its own.
    pub async fn read_from(configuration: &Configuration, store: &Store) -> Result<Self, Failure> {
        let entropy = Entropy::from_seed(super::platform::random_seed());
        Self::read(configuration, &mut Kept::new(store, entropy)).await
    }

    /// The directory of it, unless its parts contradict each other.
    pub fn directory(&self) -> Result<Arc<Directory>, Failure> {
        directory::build(&self.configuration, &self.parts, &self.holdings, &self.companies).map(Arc::new)
    }

    /// The same with what is going to be written.
    pub fn with(&self, writes: &[Write]) -> Result<Self, Failure> {
        let mut changed = self.clone();
        let is_held = |write: &Write| {
            matches!(write, Write::PutHeldNumber(_) | Write::RemoveHeldNumber(_) | Write::PutSipRouting(_))
        };
        let is_consent = |write: &Write| matches!(write, Write::PutConsent(_) | Write::RemoveConsent { .. });
        for write in writes.iter().filter(|write| is_held(write)) {
            Arc::make_mut(&mut changed.holdings).take_over(write)?;
        }
        for write in writes.iter().filter(|write| is_consent(write)) {
            Arc::make_mut(&mut changed.companies).take_over(write);
        }
        Ok(changed)
    }

    /// The same with another telephone system of a tenant.
    pub fn with_company(&self, tenant: TenantId, company: Company) -> Self {
        let mut changed = self.clone();
        Arc::make_mut(&mut changed.companies).put(tenant, company);
        changed
    }

    /// The tenant of a name.
    pub fn tenant(&self, name: &str) -> Option<TenantId> {
        self.parts.tenants.iter().find(|tenant| *tenant.name == *name).map(|tenant| tenant.id)
    }
}
