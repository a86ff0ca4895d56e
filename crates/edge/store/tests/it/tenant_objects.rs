//! What companies' administrators say of their telephone systems.

use store::{Store, StoreError, TenantChange, TenantObject, Write};

fn object(kind: &str, identity: &str, body: &str, version: i64) -> TenantObject {
    let (kind, identity, body) = (kind.into(), identity.into(), body.into());
    TenantObject { kind, identity, body, version }
}

fn change(expected: i64, put: &[(&str, &str)], removed: &[&str]) -> Write {
    Write::ChangeTenant(TenantChange {
        tenant: "Contoso".into(),
        expected,
        put: put.iter().map(|(identity, body)| object("User", identity, body, 0)).collect(),
        removed: removed.iter().map(|identity| ("User".to_owned(), (*identity).to_owned())).collect(),
        ids: vec![("user/alice".into(), expected.to_string())],
    })
}

#[tokio::test]
async fn a_change_is_made_upon_the_version_that_it_was_meant_for_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    assert_eq!(store.tenant_objects("Contoso").await.unwrap().version, 0);

    store.write(vec![change(0, &[("alice", "{}"), ("bob", "{}")], &[])]).await.unwrap();
    let late = store.write(vec![change(0, &[("carol", "{}")], &["alice"])]).await.unwrap_err();
    assert!(matches!(late, StoreError::Changed { .. }), "{late}");
    // Whoever is too late does not take others with them.
    let (late, fine) = (
        store.enqueue(vec![change(7, &[], &[])]),
        store.enqueue(vec![change(1, &[("alice", "{1}")], &["bob"])]),
    );
    assert!(late.await.unwrap().is_err());
    fine.await.unwrap().unwrap();

    let kept = store.tenant_objects("Contoso").await.unwrap();
    assert_eq!((kept.version, kept.objects), (2, vec![object("User", "alice", "{1}", 2)]));
    assert_eq!(kept.ids["user/alice"], "1");
    assert!(store.tenant_objects("Fabrikam").await.unwrap().objects.is_empty());
}
