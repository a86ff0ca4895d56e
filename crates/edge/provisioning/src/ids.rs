//! Ids that nobody wrote: generated once, and kept by the name of what has them.

use std::collections::BTreeMap;

use entropy::Entropy;
use identifier::{ObjectId, TenantId};
use tenant_document::{Object, Objects};

/// Fills in the ids that are missing; gives those that were made, by name.
pub(crate) fn fill(
    objects: Objects,
    tenant: TenantId,
    kept: &BTreeMap<String, String>,
    entropy: &mut Entropy,
) -> (Objects, Vec<(String, String)>) {
    let mut made = Vec::new();
    let mut filled = Objects::default();
    let mut id = |written: &mut Option<String>, name: String| {
        let id = match (&written, kept.get(&name)) {
            (Some(id), _) => id.to_ascii_lowercase(),
            (None, Some(id)) => id.clone(),
            (None, None) => ObjectId::random(entropy).to_string(),
        };
        if kept.get(&name) != Some(&id) {
            made.push((name, id.clone()));
        }
        *written = Some(id);
    };
    for object in objects.iter() {
        let mut object = object.clone();
        let name =
            |field: &str| format!("{}/{}/{field}", object.kind().name(), object.identity().to_lowercase());
        let (first, second) = (name("id"), name("place"));
        match &mut object {
            Object::Tenant(one) => one.tenant_id = Some(tenant.to_string()),
            Object::User(one) => id(&mut one.object_id, first),
            Object::ResourceAccount(one) => id(&mut one.object_id, first),
            Object::CivicAddress(one) => {
                id(&mut one.civic_address_id, first);
                id(&mut one.default_location_id, second);
            }
            Object::Location(one) => id(&mut one.location_id, first),
            _ => {}
        }
        filled.put(object);
    }
    (filled, made)
}
