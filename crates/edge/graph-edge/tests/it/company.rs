//! Contoso, and Fabrikam beside it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use graph_edge::{
    Application, ClientSecret, Companies, Company, Permission, Refreshed, ResourceAccount, User, UserDetails,
};
use identifier::{ObjectId, TenantId};
use redact::Secret;

pub const CONTOSO: TenantId = TenantId::from_u128(0xc0);
pub const FABRIKAM: TenantId = TenantId::from_u128(0xfa);
pub const ADELE: ObjectId = ObjectId::from_u128(0xa1);
pub const ALEX: ObjectId = ObjectId::from_u128(0xa2);
pub const DIEGO: ObjectId = ObjectId::from_u128(0xe0);
pub const LINE: ObjectId = ObjectId::from_u128(0xb1);
/// May do everything.
pub const DESK: ObjectId = ObjectId::from_u128(0xd1);
/// May do everything too, and is another one.
pub const OTHER: ObjectId = ObjectId::from_u128(0xd2);
/// May do nothing.
pub const POOR: ObjectId = ObjectId::from_u128(0xd3);
pub const SECRET: &str = "a secret that nobody guesses";

/// Companies that a test may change.
#[derive(Default)]
pub struct Town {
    pub contoso: RwLock<Option<Arc<Company>>>,
    pub fabrikam: RwLock<Option<Arc<Company>>>,
    /// How often it was looked whether they are others.
    pub refreshed: AtomicUsize,
}

impl Companies for Town {
    fn company(&self, tenant: TenantId) -> Option<Arc<Company>> {
        let town = if tenant == CONTOSO { &self.contoso } else { &self.fabrikam };
        town.read().unwrap().clone().filter(|company| company.tenant() == tenant)
    }

    fn named(&self, name: &str) -> Option<Arc<Company>> {
        match name {
            "contoso.example" => self.company(CONTOSO),
            id => self.company(id.parse().ok()?),
        }
    }

    fn refresh(&self) -> Refreshed<'_> {
        self.refreshed.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}

pub fn town() -> Town {
    Town {
        contoso: RwLock::new(Some(contoso(true))),
        fabrikam: RwLock::new(Some(fabrikam())),
        ..Town::default()
    }
}

pub fn contoso(with_desk: bool) -> Arc<Company> {
    company(with_desk, "Adele Vance", true)
}

/// The same where Adele is called something else.
pub fn contoso_with(adele: &str) -> Arc<Company> {
    company(true, adele, true)
}

/// The same where Adele cannot sign in.
pub fn contoso_closed() -> Arc<Company> {
    company(true, "Adele Vance", false)
}

fn company(with_desk: bool, adele: &str, is_open: bool) -> Arc<Company> {
    let mut users = vec![
        User { account_enabled: is_open, ..user(ADELE, "adele", adele, "Sales", "Account Executive") },
        user(ALEX, "alex", "Alex Wilber", "Support", "Agent"),
    ];
    let agents =
        ["Diego Siciliani", "Grady Archie", "Isaiah Langer", "Johanna Lorenz", "Lee Gu", "Lidia Holloway"];
    for (number, name) in agents.into_iter().enumerate() {
        let id = ObjectId::from_u128(0xe0 + number as u128);
        users.push(user(id, &name.to_lowercase().replace(' ', "."), name, "Support", "Agent"));
    }
    let account = ResourceAccount {
        id: LINE,
        user_principal_name: "line@contoso.example".into(),
        display_name: "Contoso Line".into(),
        app_id: DESK,
        phone_number: Some("tel:+14255550100".into()),
        acs_resource_id: Some("00000000-0000-0000-0000-000000000007".into()),
    };
    let mut applications = vec![application(OTHER, Permission::ALL), application(POOR, &[])];
    if with_desk {
        applications.push(application(DESK, Permission::ALL));
    }
    Arc::new(Company::new(CONTOSO, users, vec![account], applications))
}

fn fabrikam() -> Arc<Company> {
    let users = vec![user(ObjectId::from_u128(0xf1), "megan", "Megan Bowen", "Sales", "Manager")];
    Arc::new(Company::new(FABRIKAM, users, Vec::new(), vec![application(DESK, Permission::ALL)]))
}

pub fn user(id: ObjectId, name: &str, display_name: &str, department: &str, title: &str) -> User {
    let (given, family) = display_name.split_once(' ').unwrap_or((display_name, ""));
    User {
        id,
        user_principal_name: format!("{name}@contoso.example").into(),
        display_name: display_name.into(),
        account_enabled: true,
        details: UserDetails {
            given_name: Some(given.into()),
            surname: Some(family.into()),
            mail: Some(format!("{name}@contoso.example").into()),
            department: Some(department.into()),
            job_title: Some(title.into()),
            business_phones: vec!["+1 425 555 0101".into()],
            ..UserDetails::default()
        },
        is_human: true,
    }
}

fn application(client_id: ObjectId, permissions: &[Permission]) -> Application {
    Application {
        client_id,
        name: "an application".into(),
        secrets: vec![ClientSecret::of(&Secret::new(SECRET.into()))],
        permissions: permissions.to_vec(),
    }
}
