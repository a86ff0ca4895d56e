//! From a name or an id to an object, and from who holds numbers to the numbers.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::str::FromStr;

use identifier::ObjectId;
use tenant_document::{Kind, Object, Objects, PhoneNumber, SharedCallingRoutingPolicy, folded};

/// How long an id is as text.
const ID_LENGTH: usize = 36;

/// Objects by name and by id. What takes all objects to know is found out when it is first wanted.
pub(crate) struct Names<'a> {
    objects: &'a Objects,
    by_id: OnceCell<HashMap<(Kind, String), &'a Object>>,
    numbers: OnceCell<HashMap<String, Vec<&'a PhoneNumber>>>,
    pooled: OnceCell<HashMap<&'a str, &'a SharedCallingRoutingPolicy>>,
}

impl<'a> Names<'a> {
    pub fn of(objects: &'a Objects) -> Self {
        Self { objects, by_id: OnceCell::new(), numbers: OnceCell::new(), pooled: OnceCell::new() }
    }

    /// The object of a kind that has this name or id.
    pub fn find(&self, kind: Kind, name: &str) -> Option<&'a Object> {
        self.objects.get(kind, name).or_else(|| {
            if name.len() != ID_LENGTH {
                return None;
            }
            let by_id = self.by_id.get_or_init(|| by_id(self.objects));
            by_id.get(&(kind, name.to_ascii_lowercase())).copied()
        })
    }

    /// The object of one of several kinds that has this name or id.
    pub fn find_any(&self, kinds: &[Kind], name: &str) -> Option<&'a Object> {
        kinds.iter().find_map(|kind| self.find(*kind, name))
    }

    /// A person or a resource account.
    pub fn principal(&self, name: &str) -> Option<&'a Object> {
        self.find_any(&[Kind::User, Kind::ResourceAccount], name)
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

    /// The numbers of a person or a resource account, in their order.
    pub fn numbers_of(&self, principal: &Object) -> Vec<&'a PhoneNumber> {
        let numbers = self.numbers.get_or_init(|| {
            let mut numbers: HashMap<String, Vec<&PhoneNumber>> = HashMap::new();
            for number in self.objects.phone_numbers() {
                if let Some(holder) = &number.assigned_pstn_target_id {
                    numbers.entry(folded(holder)).or_default().push(number);
                }
            }
            numbers
        });
        let mut found: Vec<&PhoneNumber> =
            called(principal).iter().filter_map(|name| numbers.get(name)).flatten().copied().collect();
        found.sort_by_key(|number| number.telephone_number.as_str());
        found
    }

    /// The shared calling policy among whose emergency numbers a number is.
    pub fn pooled(&self, number: &str) -> Option<&'a SharedCallingRoutingPolicy> {
        let pooled = self.pooled.get_or_init(|| {
            let mut pooled = HashMap::new();
            for policy in self.objects.shared_calling_routing_policies() {
                for number in &policy.emergency_numbers {
                    pooled.entry(number.as_str()).or_insert(policy);
                }
            }
            pooled
        });
        pooled.get(number).copied()
    }
}

/// What a person or a resource account is called where something is assigned to them: by name, and by id.
pub(crate) fn called(principal: &Object) -> Vec<String> {
    let id = match principal {
        Object::User(one) => one.object_id.as_deref(),
        Object::ResourceAccount(one) => one.object_id.as_deref(),
        _ => None,
    };
    std::iter::once(folded(&principal.identity())).chain(id.map(str::to_ascii_lowercase)).collect()
}

/// The ids that an object has.
pub(crate) fn ids_of(object: &Object) -> [Option<&String>; 2] {
    match object {
        Object::User(one) => [one.object_id.as_ref(), None],
        Object::ResourceAccount(one) => [one.object_id.as_ref(), None],
        Object::CivicAddress(one) => [one.civic_address_id.as_ref(), one.default_location_id.as_ref()],
        Object::Location(one) => [one.location_id.as_ref(), None],
        _ => [None, None],
    }
}

/// The kinds of objects that have ids.
pub(crate) const WITH_IDS: [Kind; 4] =
    [Kind::User, Kind::ResourceAccount, Kind::CivicAddress, Kind::Location];

fn by_id(objects: &Objects) -> HashMap<(Kind, String), &Object> {
    let mut by_id = HashMap::new();
    for object in WITH_IDS.iter().flat_map(|kind| objects.of(*kind)) {
        for id in ids_of(object).into_iter().flatten() {
            by_id.insert((object.kind(), id.to_ascii_lowercase()), object);
        }
    }
    by_id
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
