//! What resources administer themselves, over a store of its own and a directory that is built from it.

use std::sync::{Arc, Mutex, RwLock};

use access::SignatureRules;
use acs::phone_numbers::{AssignmentType, Capabilities, Capability, Cost, NumberType};
use acs_edge::{Inventory, Offer, ResourceEdge, TrunkState};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use clock::Now;
use entropy::Entropy;
use http_body_util::BodyExt;
use http_kit::{Gatekeeper, Repeatability};
use identifier::{PhoneNumber, ResourceId, TenantId};
use redact::Secret;
use serde_json::Value;
use store::{Commit, CommitError, Store};
use tenant::{Directory, DirectoryBuilder, NumberOwner, Resource, Tenant};
use tower::ServiceExt;

use crate::surface::{Answered, HOST, KEY, NOW, signed_by, signed_target};

pub const NUMBERS: &str = "api-version=2025-06-01";
pub const ROUTING: &str = "api-version=2023-03-01";
pub const EXTENSION: &str = "api-version=2025-06-30";

const CONTOSO: TenantId = TenantId::from_u128(1);
const FABRIKAM: TenantId = TenantId::from_u128(2);
pub const SALES: ResourceId = ResourceId::from_u128(7);
const SUPPORT: ResourceId = ResourceId::from_u128(8);
const OTHERS: ResourceId = ResourceId::from_u128(9);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A resource of Contoso.
    Sales,
    /// Another one of Contoso.
    Support,
    /// One of Fabrikam.
    Fabrikam,
}

/// The surface.
#[derive(Clone)]
pub struct Office {
    pub store: Store,
    router: Router,
    directory: Arc<RwLock<Arc<Directory>>>,
    now: Arc<Mutex<Now>>,
    pub refuse_to_publish: Arc<Mutex<Option<String>>>,
    _folder: Arc<tempfile::TempDir>,
}

impl Office {
    pub async fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let store = Store::open(folder.path()).await.expect("the store opens");
        let directory = Arc::new(RwLock::new(Arc::new(directory(&[]))));
        let now = Arc::new(Mutex::new(NOW));
        let clock = {
            let now = Arc::clone(&now);
            Arc::new(move || *now.lock().expect("no test panics with it"))
        };
        let source = {
            let directory = Arc::clone(&directory);
            Arc::new(move || Arc::clone(&directory.read().expect("no test panics with it")))
        };
        let refuse_to_publish = Arc::new(Mutex::new(None));
        let commit: Commit = {
            let (store, directory) = (store.clone(), Arc::clone(&directory));
            let refusal = Arc::clone(&refuse_to_publish);
            Arc::new(move |writes| {
                let (store, shared) = (store.clone(), Arc::clone(&directory));
                let refusal = refusal.lock().expect("no test panics with it").clone();
                Box::pin(async move {
                    if let Some(reason) = refusal {
                        return Err(CommitError::Contradiction(reason));
                    }
                    store.write(writes).await?;
                    let held = store.held_numbers().await?;
                    let held: Vec<_> = held.into_iter().map(|held| (held.number, held.resource)).collect();
                    *shared.write().expect("no test panics with it") = Arc::new(self::directory(&held));
                    Ok(())
                })
            })
        };
        let rules = SignatureRules { endpoints: vec![HOST.to_owned()], ..SignatureRules::default() };
        let given = self::directory(&[]);
        let given = given.resources().iter().map(|resource| (resource.id, resource.numbers.clone()));
        let inventory = Arc::new(inventory().with_given(given.collect()));
        let edge = ResourceEdge {
            gatekeeper: Gatekeeper::new(source.clone(), clock.clone(), rules),
            repeatability: Repeatability::durable(store.clone(), clock),
            store: store.clone(),
            directory: source,
            inventory: Arc::new(move || Arc::clone(&inventory)),
            commit,
            trunk_states: Arc::new(|| vec![("sbc.contoso.com".to_owned(), TrunkState::Up)]),
            entropy: Arc::new(Mutex::new(Entropy::from_number(1))),
            turn: Arc::default(),
        };
        Self { store, router: edge.router(), directory, now, refuse_to_publish, _folder: folder }
    }

    /// It is later.
    pub fn wait(&self, seconds: u64) {
        let mut now = self.now.lock().expect("no test panics with it");
        *now = now.advanced(std::time::Duration::from_secs(seconds));
    }

    /// The resource that a number belongs to, in the eyes of calls.
    pub fn owner(&self, number: &str) -> Option<ResourceId> {
        let directory = Arc::clone(&self.directory.read().expect("no test panics with it"));
        match directory.number_owner(&number.parse::<PhoneNumber>().expect("a number")) {
            Some(NumberOwner::Resource(resource)) => Some(resource.id),
            Some(_) | None => None,
        }
    }

    pub async fn get(&self, target: &str) -> Answered {
        self.ask(Who::Sales, "GET", target, Value::Null).await
    }

    pub async fn delete(&self, target: &str) -> Answered {
        self.ask(Who::Sales, "DELETE", target, Value::Null).await
    }

    pub async fn post(&self, target: &str, body: Value) -> Answered {
        self.ask(Who::Sales, "POST", target, body).await
    }

    pub async fn patch(&self, target: &str, body: Value) -> Answered {
        self.ask(Who::Sales, "PATCH", target, body).await
    }

    pub async fn put(&self, target: &str, body: Value) -> Answered {
        self.ask(Who::Sales, "PUT", target, body).await
    }

    /// A signed request of somebody.
    pub async fn ask(&self, who: Who, method: &str, target: &str, body: Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (host, key) = who.signs_with();
        self.send(signed_by(method, target, body.as_bytes(), host, key)).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.expect("a router never fails");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body is in memory").to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("every body is JSON")
        };
        Answered { status: parts.status.as_u16(), body, headers: parts.headers }
    }

    /// Signed by Sales at the moment of the recordings, as recorded otherwise.
    pub async fn repeat(&self, method: &str, target: &str, body: &[u8]) -> Answered {
        self.send(signed_target(method, target, body)).await
    }

    /// Follows an operation to its end; gives how it is.
    pub async fn operation(&self, who: Who, accepted: &Answered) -> Value {
        assert_eq!(accepted.status, 202, "{accepted:?}");
        let location = accepted.header("operation-location");
        let answer = self.ask(who, "GET", &location, Value::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["id"], accepted.header("operation-id"));
        answer.body
    }

    /// Finds numbers; gives the id of the search and what was found.
    pub async fn finds(&self, who: Who, country: &str, wanted: Value) -> (String, Vec<String>) {
        let target = format!("/availablePhoneNumbers/countries/{country}/:search?{NUMBERS}");
        let accepted = self.ask(who, "POST", &target, wanted).await;
        let operation = self.operation(who, &accepted).await;
        assert_eq!(operation["status"], "succeeded", "{operation}");
        let found = self.ask(who, "GET", &accepted.header("location"), Value::Null).await;
        let numbers = found.body["phoneNumbers"].as_array().expect("a list").iter();
        let numbers = numbers.map(|number| number.as_str().expect("a number").to_owned()).collect();
        (accepted.header("search-id"), numbers)
    }

    /// Purchases what a search found; gives how that went.
    pub async fn purchases(&self, who: Who, search: &str) -> Value {
        let target = format!("/availablePhoneNumbers/:purchase?{NUMBERS}");
        let accepted = self.ask(who, "POST", &target, serde_json::json!({ "searchId": search })).await;
        self.operation(who, &accepted).await
    }
}

impl Who {
    fn signs_with(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::Sales => (HOST, KEY),
            Self::Support => ("support.test", b"the key of support"),
            Self::Fabrikam => ("fabrikam.test", b"the key of fabrikam"),
        }
    }
}

fn directory(held: &[(String, String)]) -> Directory {
    let tenant = |id, name: &str| Tenant { id, name: name.into() };
    let resource = |id: ResourceId, tenant, name: &str, who: Who, number: &str| {
        let (host, key) = who.signs_with();
        let own = held.iter().filter(|(_, resource)| *resource == id.to_string());
        let numbers = own.map(|(number, _)| number.as_str()).chain([number]);
        Resource {
            id,
            tenant,
            name: name.into(),
            hosts: vec![host.split(':').next().unwrap_or_default().into()],
            access_keys: vec![Secret::new(key.into())],
            numbers: numbers.map(|number| number.parse().expect("a number")).collect(),
        }
    };
    let builder = DirectoryBuilder {
        tenants: vec![tenant(CONTOSO, "Contoso"), tenant(FABRIKAM, "Fabrikam")],
        resources: vec![
            resource(SALES, CONTOSO, "sales", Who::Sales, "+14255550100"),
            // One of the range that is offered: the operator has given it away.
            resource(SUPPORT, CONTOSO, "support", Who::Support, "+4930555001"),
            resource(OTHERS, FABRIKAM, "fabrikam", Who::Fabrikam, "+442071234567"),
        ],
        ..DirectoryBuilder::default()
    };
    builder.build().expect("the directory is sound")
}

fn inventory() -> Inventory {
    let offer = |tenant, range: &str, country: &str, number_type| Offer {
        tenant,
        range: range.parse().expect("a range"),
        country: country.into(),
        number_type,
        assignment: None,
        capabilities: Capabilities { calling: Capability::Both, sms: Capability::None },
        area_code: None,
        locality: None,
        division: None,
        cost: Cost::monthly(1.0, "EUR"),
        operator: "carrier".into(),
    };
    Inventory::new(vec![
        Offer {
            area_code: Some("30".into()),
            locality: Some("Berlin".into()),
            division: Some("BE".into()),
            ..offer(CONTOSO, "+4930555000-+4930555009", "DE", NumberType::Geographic)
        },
        Offer {
            capabilities: Capabilities { calling: Capability::Both, sms: Capability::Both },
            assignment: Some(AssignmentType::Application),
            cost: Cost::monthly(2.0, "USD"),
            ..offer(CONTOSO, "+18005550000-+18005550009", "US", NumberType::TollFree)
        },
        offer(CONTOSO, "+14255550110-+14255550119", "US", NumberType::Geographic),
        offer(FABRIKAM, "+442079460000-+442079460009", "GB", NumberType::Geographic),
    ])
}
