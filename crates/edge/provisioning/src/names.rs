//! From a name or an id to an object.

use std::collections::HashMap;
use std::str::FromStr;

use identifier::ObjectId;
use tenant_document::{Kind, Object, Objects};

/// Objects by name and by id.
pub(crate) struct Names<'a> {
    objects: &'a Objects,
    by_id: HashMap<(Kind, String), String>,
}

impl<'a> Names<'a> {
    pub fn of(objects: &'a Objects) -> Self {
        let mut by_id = HashMap::new();
        for object in objects.iter() {
            let ids = match object {
                Object::User(one) => [one.object_id.as_ref(), None],
                Object::ResourceAccount(one) => [one.object_id.as_ref(), None],
                Object::CivicAddress(one) => {
                    [one.civic_address_id.as_ref(), one.default_location_id.as_ref()]
                }
                Object::Location(one) => [one.location_id.as_ref(), None],
                _ => continue,
            };
            for id in ids.into_iter().flatten() {
                by_id.insert((object.kind(), id.to_ascii_lowercase()), object.identity());
            }
        }
        Self { objects, by_id }
    }

    /// The object of a kind that has this name or id.
    pub fn find(&self, kind: Kind, name: &str) -> Option<&'a Object> {
        self.objects.get(kind, name).or_else(|| {
            let identity = self.by_id.get(&(kind, name.to_ascii_lowercase()))?;
            self.objects.get(kind, identity)
        })
    }

    /// The object of one of several kinds that has this name or id.
    pub fn find_any(&self, kinds: &[Kind], name: &str) -> Option<&'a Object> {
        kinds.iter().find_map(|kind| self.find(*kind, name))
    }

    /// The id of a person or resource account.
    pub fn principal(&self, name: &str) -> Option<ObjectId> {
        id_of(self.find_any(&[Kind::User, Kind::ResourceAccount], name)?)
    }

    /// The id of a person.
    pub fn person(&self, name: &str) -> Option<ObjectId> {
        id_of(self.find(Kind::User, name)?)
    }

    /// The id of a resource account.
    pub fn account(&self, name: &str) -> Option<ObjectId> {
        id_of(self.find(Kind::ResourceAccount, name)?)
    }

    /// The id of a place; of an address that is all of it.
    pub fn place(&self, name: &str) -> Option<ObjectId> {
        id_of(self.find_any(&[Kind::Location, Kind::CivicAddress], name)?)
    }
}

/// The id by which calls know an object; of an address that of the place that is all of it.
pub(crate) fn id_of(object: &Object) -> Option<ObjectId> {
    let id = match object {
        Object::User(one) => one.object_id.as_ref(),
        Object::ResourceAccount(one) => one.object_id.as_ref(),
        Object::CivicAddress(one) => one.default_location_id.as_ref(),
        Object::Location(one) => one.location_id.as_ref(),
        _ => None,
    };
    ObjectId::from_str(id?).ok()
}
