//! What the store says of itself.

use redact::Secret;
use store::{OutboxSize, Store, Write};

#[tokio::test]
async fn a_store_knows_how_large_it_is_and_what_waits_in_it() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    assert_eq!(store.outbox_size().await.unwrap(), OutboxSize::default());
    assert!(store.is_writable());
    store.probe().await.unwrap();
    let before = store.disk_size();
    store.probe().await.unwrap();
    assert!(store.disk_size().log > before.log, "it really writes");
    let before = store.disk_size();
    let value = Secret::new("x".repeat(1_000_000));
    store.write(vec![Write::PutSetting { name: "large".to_owned(), value }]).await.unwrap();
    let after = store.disk_size();
    assert!(after.database + after.log >= before.database + before.log + 1_000_000, "{before:?} {after:?}");
}
