//! The files themselves.

use std::os::unix::fs::PermissionsExt;

use redact::Secret;
use store::{OpenError, Store};

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("inner");
    // A file that somebody made too open is closed.
    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("ringdown.sqlite"), "").unwrap();
    let store = Store::open(&path).await.unwrap();
    store.put_setting("key", Secret::new("value".into())).await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&path).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name());
    }
    assert!(names.len() >= 3, "the database, its log and the lock: {names:?}");
}

#[tokio::test]
async fn two_processes_cannot_share_a_data_directory() {
    let data = tempfile::tempdir().unwrap();
    let first = Store::open(data.path()).await.unwrap();
    let second = Store::open(data.path()).await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    assert!(second.unwrap_err().to_string().contains("another ringdown process"));
    drop(first);
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_named() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = Store::open(&file.join("data")).await.unwrap_err();
    assert!(refused.to_string().contains("file/data"), "{refused}");
    std::fs::write(
        data.path().join("ringdown.sqlite"),
        "this is no database, however long it is".repeat(200),
    )
    .unwrap();
    assert!(matches!(
        Store::open(data.path()).await,
        Err(OpenError::Database { .. } | OpenError::Migration(_))
    ));
}
