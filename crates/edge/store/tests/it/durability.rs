//! What was acknowledged is there.

use std::time::{Duration, Instant};

use redact::Secret;
use store::{Store, Write};

fn put(name: &str, value: &str) -> Write {
    Write::PutSetting { name: name.into(), value: Secret::new(value.into()) }
}

/// Opens the store again once the former writer has let go of it.
async fn reopen(path: &std::path::Path) -> Store {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match Store::open(path).await {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    store.write(vec![put("a", "1"), put("b", "2")]).await.unwrap();
    store.write(vec![put("a", "3")]).await.unwrap();
    drop(store);
    let store = reopen(data.path()).await;
    assert_eq!(store.setting("a").await.unwrap().unwrap().expose(), "3");
    assert_eq!(store.setting("b").await.unwrap().unwrap().expose(), "2");
    assert_eq!(store.setting("c").await.unwrap(), None);
    let kept = store.setting_or("b", || Secret::new("other".into())).await.unwrap();
    assert_eq!(kept.expose(), "2", "what was generated once stays");
}

#[tokio::test]
async fn many_batches_share_the_disk_and_keep_their_order() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    let waiting: Vec<_> =
        (0..2_000).map(|number| store.enqueue(vec![put("last", &number.to_string())])).collect();
    for done in waiting {
        done.await.unwrap().unwrap();
    }
    assert_eq!(store.setting("last").await.unwrap().unwrap().expose(), "1999");
}
