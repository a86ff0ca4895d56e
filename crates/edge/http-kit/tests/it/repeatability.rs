//! First answers outlive the process when they are kept in the store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;
use clock::Now;
use http_kit::{Admitted, Answer, Principal, Repeatability};
use identifier::ResourceId;
use store::Store;

fn request(id: &str) -> Admitted {
    let mut headers = HeaderMap::new();
    headers.insert("repeatability-request-id", id.parse().expect("a value"));
    Admitted {
        principal: Principal { resource: ResourceId::from_u128(1) },
        method: Method::POST,
        path: "/calling/callConnections".to_owned(),
        query: None,
        headers,
        body: Bytes::from_static(b"{}"),
    }
}

async fn answer(memory: &Repeatability, id: &str, count: &Arc<AtomicUsize>) -> Answer {
    let count = Arc::clone(count);
    let act = async move {
        let number = count.fetch_add(1, Ordering::SeqCst);
        Answer::json(StatusCode::CREATED, &serde_json::json!({ "number": number }))
    };
    memory.answer(&request(id), act).await.expect("it is the same request")
}

async fn durable(dir: &Path) -> (Store, Repeatability) {
    let store = Store::open(dir).await.expect("the store opens");
    let memory = Repeatability::durable(store.clone(), Arc::new(|| Now::new(0, 0)));
    (store, memory)
}

#[tokio::test]
async fn an_answer_is_given_again_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let count = Arc::new(AtomicUsize::new(0));
    let (store, memory) = durable(dir.path()).await;
    let first = answer(&memory, "1", &count).await;
    drop((store, memory));

    let (_store, memory) = durable(dir.path()).await;
    assert_eq!(answer(&memory, "1", &count).await, first);
    assert_eq!(answer(&memory, "2", &count).await.status, StatusCode::CREATED);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn many_different_requests_are_all_answered() {
    let memory = Repeatability::in_memory(Arc::new(|| Now::new(0, 0)));
    let count = Arc::new(AtomicUsize::new(0));
    for id in 0..500 {
        answer(&memory, &id.to_string(), &count).await;
        answer(&memory, &id.to_string(), &count).await;
    }
    assert_eq!(count.load(Ordering::SeqCst), 500);
}
