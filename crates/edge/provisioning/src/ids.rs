//! Ids that nobody wrote: generated once, and kept by the name of what has them.

use std::collections::BTreeMap;

use entropy::Entropy;
use identifier::{ObjectId, TenantId};
use tenant_document::{Kind, Object, Objects};

use crate::names::WITH_IDS;

/// Fills in the ids that are missing of what is other than `before`, where all have theirs; gives those that were
/// made, by name.
pub(crate) fn fill(
    objects: &mut Objects,
    before: &Objects,
    tenant: TenantId,
    kept: &BTreeMap<String, String>,
    entropy: &mut Entropy,
) -> Vec<(String, String)> {
    let mut made = Vec::new();
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
    let kinds = WITH_IDS.iter().chain([&Kind::Tenant]);
    let differing = kinds.flat_map(|kind| objects.differing(before, *kind));
    let differing: Vec<Object> = differing.filter_map(|(_, is)| is.cloned()).collect();
    for mut object in differing {
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
        objects.put(object);
    }
    made
}
