//! A server with two tenants, of which one is Contoso.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use entropy::Entropy;
use identifier::{ResourceId, TenantId};
use provisioning::{Company, Enactment, Outcome, Provisioning, Refusal, Surroundings};
use store::{CommitError, Store, Write};
use tenant::{Directory, DirectoryBuilder, Resource, Tenant};

pub const CONTOSO: &str = include_str!("../../../../../examples/contoso.yaml");

pub struct Office {
    pub provisioning: Provisioning,
    pub store: Store,
    /// What calls would know of the company that was checked last.
    pub company: Arc<Mutex<Option<Company>>>,
    /// Why nothing goes together with all else, while that is so.
    pub refusal: Arc<Mutex<Option<String>>>,
    published: Arc<AtomicUsize>,
    pub data: tempfile::TempDir,
}

pub const TENANT: TenantId = TenantId::from_u128(1);
pub const RESOURCE: ResourceId = ResourceId::from_u128(7);

fn directory() -> Directory {
    let tenants = [(TENANT, "Contoso"), (TenantId::from_u128(2), "Fabrikam")];
    let resource = |id: u128, tenant: TenantId, number: &str| Resource {
        id: ResourceId::from_u128(id),
        tenant,
        name: format!("resource-{id}").into(),
        hosts: Vec::new(),
        access_keys: Vec::new(),
        numbers: vec![number.parse().unwrap()],
    };
    DirectoryBuilder {
        tenants: tenants.map(|(id, name)| Tenant { id, name: name.into() }).to_vec(),
        resources: vec![
            resource(7, TENANT, "+14255550100"),
            resource(8, TenantId::from_u128(2), "+14255550200"),
        ],
        ..DirectoryBuilder::default()
    }
    .build()
    .unwrap()
}

impl Office {
    pub async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        Self::over(store, data, 1)
    }

    pub fn over(store: Store, data: tempfile::TempDir, seed: u64) -> Self {
        let directory = Arc::new(directory());
        let (company, published) = (Arc::new(Mutex::new(None)), Arc::new(AtomicUsize::new(0)));
        let (known, count) = (Arc::clone(&company), Arc::clone(&published));
        let refusal = Arc::new(Mutex::new(None));
        let (keep, refuses) = (store.clone(), Arc::clone(&refusal));
        let provisioning = Provisioning::new(Surroundings {
            store: store.clone(),
            directory: Arc::new(move || Arc::clone(&directory)),
            operators: Arc::new(|tenant| match tenant {
                "Contoso" => vec!["Telco".to_owned()],
                _ => Vec::new(),
            }),
            enact: Arc::new(move |Enactment { company, change, .. }| {
                *known.lock().unwrap() = Some(company);
                let (store, count, refused) =
                    (keep.clone(), Arc::clone(&count), refuses.lock().unwrap().clone());
                Box::pin(async move {
                    if let Some(reason) = refused {
                        return Err(CommitError::Contradiction(reason));
                    }
                    if let Some(change) = change {
                        store.write(vec![Write::ChangeTenant(change)]).await?;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            }),
            entropy: Entropy::from_number(seed),
        });
        Self { provisioning, store, company, refusal, published, data }
    }

    /// How often something was put into force.
    pub fn published(&self) -> usize {
        self.published.load(Ordering::Relaxed)
    }

    pub async fn apply(&self, text: &str) -> Outcome {
        match self.provisioning.apply(text, false).await {
            Ok(outcome) => outcome,
            Err(refusal) => panic!("{refusal}"),
        }
    }

    /// What is refused, in words.
    pub async fn refused(&self, text: &str) -> String {
        told(self.provisioning.apply(text, false).await)
    }
}

pub fn told(outcome: Result<Outcome, Refusal>) -> String {
    match outcome {
        Ok(outcome) => panic!("it was done: {outcome:?}"),
        Err(refusal) => refusal.to_string(),
    }
}

/// Contoso with other lines in place of some.
pub fn contoso(replaced: &[(&str, &str)]) -> String {
    let mut text = CONTOSO.to_owned();
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    text
}
