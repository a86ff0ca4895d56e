//! A server of Microsoft Graph with a company that a test may change.

use std::num::NonZeroU32;
use std::sync::{Arc, RwLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use access::ContextKey;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use clock::Now;
use event_edge::{EventSettings, Events, Surroundings};
use graph_edge::{
    Application, ClientSecret, Companies, Company, Graph, GraphParts, Permission, Signer, User, UserDetails,
};
use graph_source::{Source, SourceSettings};
use identifier::{ObjectId, TenantId};
use outbound_http::{AllowedNetwork, OutboundHttp, OutboundPolicy};
use redact::Secret;
use store::Store;
use tokio::net::TcpListener;

const TENANT: TenantId = TenantId::from_u128(0xc0);
pub const APPLICATION: ObjectId = ObjectId::from_u128(0xd1);

pub struct Directory {
    pub origin: String,
    /// Paths that were asked for.
    pub asked: Arc<RwLock<Vec<String>>>,
    company: Arc<OneCompany>,
    _graph: Graph,
    _data: tempfile::TempDir,
}

struct OneCompany(RwLock<Arc<Company>>);

impl Companies for OneCompany {
    fn company(&self, tenant: TenantId) -> Option<Arc<Company>> {
        (tenant == TENANT).then(|| Arc::clone(&self.0.read().unwrap()))
    }

    fn named(&self, name: &str) -> Option<Arc<Company>> {
        self.company(TENANT).filter(|_| name == "contoso.example")
    }
}

pub fn person(number: u128, name: &str) -> User {
    User {
        id: ObjectId::from_u128(number),
        user_principal_name: format!("user-{number}@contoso.example").into(),
        display_name: name.into(),
        account_enabled: true,
        details: UserDetails { department: Some("Sales".into()), ..UserDetails::default() },
        is_human: true,
    }
}

fn company(people: Vec<User>) -> Arc<Company> {
    let application = Application {
        client_id: APPLICATION,
        name: "ringdown".into(),
        secrets: vec![ClientSecret::of(&Secret::new("a & secret".into()))],
        permissions: Permission::ALL.to_vec(),
    };
    Arc::new(Company::new(TENANT, people, Vec::new(), vec![application]))
}

pub fn http(allow_private: Vec<AllowedNetwork>) -> OutboundHttp {
    OutboundHttp::new(OutboundPolicy { allow_private, ..OutboundPolicy::default() }).unwrap()
}

impl Directory {
    pub async fn open(people: Vec<User>, requests_per_second: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let start = Instant::now();
        let clock: event_edge::Clock = Arc::new(move || {
            let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            Now::new(start.elapsed().as_micros() as u64, unix.as_micros() as i64)
        });
        let http = http(vec![AllowedNetwork::Loopback]);
        let surroundings = Surroundings {
            store: store.clone(),
            http: http.clone(),
            clock: clock.clone(),
            directory: Arc::new(Arc::default),
            contexts: Arc::new(ContextKey::new(&Secret::new([3; 32]))),
            lateness: Arc::default(),
        };
        let events = Events::start(surroundings, EventSettings::default()).await.unwrap();
        let (signing, publishing) = (events.clone(), events.clone());
        let company = Arc::new(OneCompany(RwLock::new(company(people))));
        let graph = Graph::start(GraphParts {
            companies: Arc::clone(&company) as Arc<dyn Companies>,
            signer: Signer {
                sign: Arc::new(move |claims| signing.sign(claims)),
                key_set: Arc::new(move || publishing.signing_keys()),
            },
            origin: origin.clone(),
            clock,
            store,
            http,
            events,
            reachability: Arc::new(|_, _| {}),
            requests_per_second: NonZeroU32::new(requests_per_second),
        });
        let graph = graph.await.unwrap();
        let asked: Arc<RwLock<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        let router = graph.router().layer(from_fn(move |request: Request, next: Next| {
            heard.write().unwrap().push(request.uri().path().to_owned());
            next.run(request)
        }));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, asked, company, _graph: graph, _data: data }
    }

    pub fn has(&self, people: Vec<User>) {
        *self.company.0.write().unwrap() = company(people);
    }

    pub fn settings(&self) -> SourceSettings {
        SourceSettings {
            endpoint: format!("{}/", self.origin),
            authority: format!("{}/contoso.example", self.origin),
            client_id: APPLICATION.to_string(),
            client_secret: Secret::new("a & secret".into()),
        }
    }

    pub fn source(&self) -> Source {
        Source::new(http(vec![AllowedNetwork::Loopback]), self.settings())
    }

    /// One whose operator lets it reach nothing here.
    pub fn fenced_source(&self) -> Source {
        Source::new(http(Vec::new()), self.settings())
    }

    pub fn source_with(&self, settings: SourceSettings) -> Source {
        Source::new(http(vec![AllowedNetwork::Loopback]), settings)
    }
}
