//! Where people come from: a snapshot of one company's directory, and the port that gives it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use identifier::{ObjectId, TenantId};

use crate::application::Application;
use crate::resource_account::ResourceAccount;
use crate::user::User;

/// One company, as Graph shows it; never changes once made.
#[derive(Clone, Debug, Default)]
pub struct Company {
    tenant: Option<TenantId>,
    users: Vec<User>,
    accounts: Vec<ResourceAccount>,
    applications: HashMap<ObjectId, Application>,
    by_id: HashMap<ObjectId, usize>,
    by_name: HashMap<Box<str>, usize>,
    /// Another one when something about people is other.
    edition: u64,
}

/// What [`Companies::refresh`] waits for.
pub type Refreshed<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Gives the companies of this server as they are now.
pub trait Companies: Send + Sync {
    /// By the id of its tenant.
    fn company(&self, tenant: TenantId) -> Option<Arc<Company>>;

    /// By a domain, the name of the tenant, or its id as text.
    fn named(&self, name: &str) -> Option<Arc<Company>>;

    /// Waits until what was changed before is seen.
    fn refresh(&self) -> Refreshed<'_> {
        Box::pin(std::future::ready(()))
    }
}

impl Company {
    /// A company with these people; resource accounts are people too, who cannot sign in.
    pub fn new(
        tenant: TenantId,
        mut users: Vec<User>,
        accounts: Vec<ResourceAccount>,
        applications: Vec<Application>,
    ) -> Self {
        users.extend(accounts.iter().map(ResourceAccount::user));
        users.sort_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        let by_id = users.iter().enumerate().map(|(index, user)| (user.id, index)).collect();
        let name = |user: &User| user.user_principal_name.to_lowercase().into_boxed_str();
        let by_name = users.iter().enumerate().map(|(index, user)| (name(user), index)).collect();
        let mut edition = DefaultHasher::new();
        users.hash(&mut edition);
        let edition = edition.finish();
        let applications =
            applications.into_iter().map(|application| (application.client_id, application)).collect();
        Self { tenant: Some(tenant), users, accounts, applications, by_id, by_name, edition }
    }

    /// The tenant.
    pub fn tenant(&self) -> TenantId {
        self.tenant.unwrap_or(TenantId::from_u128(0))
    }

    /// All people, by id.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// A word for people as they are; another one when something about them is other.
    pub(crate) fn edition(&self) -> String {
        format!("{:016x}", self.edition)
    }

    /// All resource accounts.
    pub fn resource_accounts(&self) -> &[ResourceAccount] {
        &self.accounts
    }

    /// Somebody by id.
    pub fn user(&self, id: ObjectId) -> Option<&User> {
        self.by_id.get(&id).map(|index| &self.users[*index])
    }

    /// Somebody by id or by user principal name.
    pub fn user_named(&self, text: &str) -> Option<&User> {
        let by_id = text.parse().ok().and_then(|id| self.user(id));
        by_id.or_else(|| self.by_name.get(text.to_lowercase().as_str()).map(|index| &self.users[*index]))
    }

    /// An application by its client id.
    pub fn application(&self, client_id: ObjectId) -> Option<&Application> {
        self.applications.get(&client_id)
    }
}
