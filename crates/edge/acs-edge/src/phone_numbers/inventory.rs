//! What can be purchased.

use std::collections::HashMap;
use std::sync::Arc;

use acs::phone_numbers::{AssignmentType, Capabilities, Capability, Cost, NumberType};
use identifier::{NumberRange, PhoneNumber, ResourceId, TenantId};

use crate::phone_numbers::number_plan;

/// Gives the inventory in force.
pub type InventorySource = Arc<dyn Fn() -> Arc<Inventory> + Send + Sync>;

/// Numbers that are reached over a trunk, and what they are like.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Whose resources may have them.
    pub tenant: TenantId,
    /// The numbers.
    pub range: NumberRange,
    /// ISO 3166-1 alpha-2.
    pub country: Box<str>,
    /// What kind of numbers.
    pub number_type: NumberType,
    /// For whom; for both when absent.
    pub assignment: Option<AssignmentType>,
    /// What they can do.
    pub capabilities: Capabilities,
    /// What they begin with after the calling code of the country.
    pub area_code: Option<Box<str>>,
    /// The city.
    pub locality: Option<Box<str>>,
    /// The state or province.
    pub division: Option<Box<str>>,
    /// What each costs.
    pub cost: Cost,
    /// Who brings their calls, as the operator calls them.
    pub operator: Box<str>,
}

/// All of it, of all tenants; ranges do not overlap.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    offers: Vec<Offer>,
    /// What the operator has given to resources, in its order.
    given: HashMap<ResourceId, Vec<PhoneNumber>>,
}

impl Inventory {
    /// What these offer.
    pub fn new(mut offers: Vec<Offer>) -> Self {
        offers.sort_by_key(|offer| offer.range);
        Self { offers, given: HashMap::new() }
    }

    /// The same, where the operator has given these numbers to resources for good.
    #[must_use]
    pub fn with_given(mut self, mut given: HashMap<ResourceId, Vec<PhoneNumber>>) -> Self {
        for numbers in given.values_mut() {
            numbers.sort();
            numbers.dedup();
        }
        self.given = given;
        self
    }

    /// What the operator has given to a resource, in its order.
    pub(crate) fn given(&self, resource: ResourceId) -> &[PhoneNumber] {
        self.given.get(&resource).map_or(&[], Vec::as_slice)
    }

    /// What resources of a tenant may have, in the order of the numbers.
    pub(crate) fn of(&self, tenant: TenantId) -> impl Iterator<Item = &Offer> {
        self.offers.iter().filter(move |offer| offer.tenant == tenant)
    }

    /// What a number of a tenant is like.
    pub(crate) fn offer_of(&self, tenant: TenantId, number: &PhoneNumber) -> Option<&Offer> {
        // Ranges are in their order and do not overlap, but neighbors may be of other tenants.
        let after = self.offers.partition_point(|offer| !offer.range.begins_after(number));
        let offer = self.offers[..after].last()?;
        (offer.tenant == tenant && offer.range.contains(number)).then_some(offer)
    }
}

impl Offer {
    /// For whom its numbers are.
    pub(crate) fn assignments(&self) -> Vec<AssignmentType> {
        match self.assignment {
            Some(one) => vec![one],
            None => AssignmentType::ALL.to_vec(),
        }
    }

    /// What its numbers begin with after the calling code, as far as that is known.
    pub(crate) fn area(&self) -> Option<String> {
        let first = self.range.numbers().next()?;
        self.area_code.as_deref().map(str::to_owned).or_else(|| number_plan::area_code(&first))
    }
}

/// What somebody looks for; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) country: String,
    pub(crate) number_type: Option<NumberType>,
    pub(crate) assignment: Option<AssignmentType>,
    pub(crate) calling: Option<Capability>,
    pub(crate) sms: Option<Capability>,
    pub(crate) area_code: Option<String>,
    pub(crate) locality: Option<String>,
    pub(crate) division: Option<String>,
    /// One of them, where there are any.
    pub(crate) prefixes: Vec<String>,
}

impl Wanted {
    /// Whether numbers of this offer can be meant.
    pub(crate) fn fits(&self, offer: &Offer) -> bool {
        let is_same = |wanted: &Option<String>, known: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| known.is_some_and(|known| known.eq_ignore_ascii_case(wanted)))
        };
        *self.country == *offer.country
            && self.number_type.is_none_or(|wanted| wanted == offer.number_type)
            && self.assignment.is_none_or(|wanted| offer.assignment.is_none_or(|known| known == wanted))
            && self.calling.is_none_or(|wanted| offer.capabilities.calling.covers(wanted))
            && self.sms.is_none_or(|wanted| offer.capabilities.sms.covers(wanted))
            && is_same(&self.locality, offer.locality.as_deref())
            && is_same(&self.division, offer.division.as_deref())
            && match (&self.area_code, offer.area()) {
                (Some(wanted), Some(known)) => *wanted == known,
                (Some(_) | None, None) | (None, Some(_)) => true,
            }
    }

    /// Whether a number of an offer that fits is meant.
    pub(crate) fn takes(&self, number: &PhoneNumber) -> bool {
        let national = number_plan::national(number);
        self.area_code.as_deref().is_none_or(|code| national.starts_with(code))
            && (self.prefixes.is_empty()
                || self.prefixes.iter().any(|prefix| national.starts_with(&**prefix)))
    }
}
