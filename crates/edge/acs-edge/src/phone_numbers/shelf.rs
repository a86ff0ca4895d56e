//! Which numbers are free.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use http_kit::ApiError;
use identifier::{PhoneNumber, TenantId};
use tenant::Directory;

use crate::errand::{Errand, not_kept};
use crate::phone_numbers::inventory::{Inventory, Offer, Wanted};

/// Numbers that are looked up in the store together.
const TOGETHER: usize = 256;

/// What resources of a tenant can have at this moment.
pub(crate) struct Shelf {
    pub(crate) tenant: TenantId,
    inventory: Arc<Inventory>,
    directory: Arc<Directory>,
    named: Taken,
}

/// What the store says of some numbers.
struct Taken {
    /// Those that somebody holds, also resources that are not in the configuration at the moment.
    held: HashSet<String>,
    /// For which search or reservation one is kept aside.
    aside: HashMap<String, String>,
}

impl Taken {
    async fn of(errand: &Errand, numbers: &[String]) -> Result<Self, ApiError> {
        let (store, now_us) = (&errand.edge.store, errand.now().unix_us());
        Ok(Self {
            held: store.held_among(numbers).await.map_err(not_kept)?,
            aside: store.aside_among(numbers, now_us).await.map_err(not_kept)?,
        })
    }
}

impl Shelf {
    /// What there is for whoever asks, who names some numbers. Whoever is going to take something has the turn.
    pub(crate) async fn of(errand: &Errand, named: &[String]) -> Result<Self, ApiError> {
        let directory = errand.directory();
        let tenant = errand.tenant(&directory)?;
        let inventory = (errand.edge.inventory)();
        Ok(Self { tenant, inventory, directory, named: Taken::of(errand, named).await? })
    }

    /// What a number is like that was named, when it is free, or kept aside for `paper`.
    pub(crate) fn free(&self, number: &PhoneNumber, paper: &str) -> Option<&Offer> {
        let Taken { held, aside } = &self.named;
        let is_others = aside.get(number.as_str()).is_some_and(|other| other != paper);
        let is_taken = self.directory.number_owner(number).is_some() || held.contains(number.as_str());
        if is_others || is_taken { None } else { self.inventory.offer_of(self.tenant, number) }
    }

    /// Numbers that are free and wanted, at most so many, in their order.
    pub(crate) async fn find(
        &self,
        errand: &Errand,
        wanted: &Wanted,
        most: usize,
    ) -> Result<Vec<(PhoneNumber, &Offer)>, ApiError> {
        let fitting = self.inventory.of(self.tenant).filter(|offer| wanted.fits(offer));
        let numbers = fitting.flat_map(|offer| offer.range.numbers().map(move |number| (number, offer)));
        let is_free = |number: &PhoneNumber| self.directory.number_owner(number).is_none();
        let mut numbers = numbers.filter(|(number, _)| wanted.takes(number) && is_free(number));
        let mut found = Vec::new();
        while found.len() < most {
            let some: Vec<_> = numbers.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                break;
            }
            let texts: Vec<String> = some.iter().map(|(number, _)| number.to_string()).collect();
            let Taken { held, aside } = Taken::of(errand, &texts).await?;
            let is_free = |number: &str| !held.contains(number) && !aside.contains_key(number);
            found.extend(some.into_iter().filter(|(number, _)| is_free(number.as_str())));
        }
        found.truncate(most);
        Ok(found)
    }
}
