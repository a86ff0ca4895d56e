//! Which numbers are free.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use acs::phone_numbers::{AvailabilityStatus, ReservationStatus};
use http_kit::ApiError;
use identifier::{PhoneNumber, TenantId};
use tenant::Directory;

use crate::errand::{Errand, conflict, not_kept, understood};
use crate::phone_numbers::inventory::{Inventory, Offer, Wanted};
use crate::phone_numbers::papers::{self, MOST_PAPERS, RESERVATION, Reserved, SEARCH, Search};

/// What resources of a tenant can have at this moment.
pub(crate) struct Shelf {
    pub(crate) tenant: TenantId,
    inventory: Arc<Inventory>,
    directory: Arc<Directory>,
    /// Also of resources that are not in the configuration at the moment.
    held: HashSet<String>,
    /// For which search or reservation a number is kept aside.
    aside: HashMap<String, String>,
    /// How many of them there are of the resource that asks.
    papers: usize,
}

impl Shelf {
    /// What there is for whoever asks. Whoever is going to take something has the turn.
    pub(crate) async fn of(errand: &Errand) -> Result<Self, ApiError> {
        let directory = errand.directory();
        let tenant = errand.tenant(&directory)?;
        let inventory = (errand.edge.inventory)();
        let held = errand.edge.store.held_numbers().await.map_err(not_kept)?;
        let mut shelf = Self {
            tenant,
            inventory,
            directory,
            held: held.into_iter().map(|held| held.number).collect(),
            aside: HashMap::new(),
            papers: 0,
        };
        shelf.see_papers(errand).await?;
        Ok(shelf)
    }

    async fn see_papers(&mut self, errand: &Errand) -> Result<(), ApiError> {
        let (now_us, own) = (errand.now().unix_us(), errand.resource.to_string());
        for kept in errand.edge.store.kept_of_kind(SEARCH, now_us).await.map_err(not_kept)? {
            let search: Search = understood(SEARCH, &kept.document)?;
            if search.purchased || search.until_us <= now_us {
                continue;
            }
            self.papers += usize::from(kept.resource == own);
            self.aside
                .extend(search.result.phone_numbers.into_iter().map(|number| (number, kept.id.clone())));
        }
        for kept in errand.edge.store.kept_of_kind(RESERVATION, now_us).await.map_err(not_kept)? {
            let Reserved { reservation, until_us, .. } = understood(RESERVATION, &kept.document)?;
            if reservation.status != ReservationStatus::Active || until_us <= now_us {
                continue;
            }
            self.papers += usize::from(kept.resource == own);
            let numbers = reservation.phone_numbers.unwrap_or_default().into_values();
            let reserved = numbers.filter(|number| number.status == Some(AvailabilityStatus::Reserved));
            let numbers = reserved.filter_map(|number| number.phone_number);
            self.aside.extend(numbers.map(|number| (number, kept.id.clone())));
        }
        Ok(())
    }

    /// Whether the resource may have more kept aside.
    pub(crate) fn check_room(&self) -> Result<(), ApiError> {
        if self.papers < MOST_PAPERS {
            return Ok(());
        }
        let minutes = papers::KEPT_ASIDE.as_secs() / 60;
        Err(conflict(format!(
            "cannot keep more numbers aside: there are {MOST_PAPERS} searches and reservations; purchase them, delete \
             reservations, or wait {minutes} minutes"
        )))
    }

    /// What a number is like, when it is free, or kept aside for `paper`.
    pub(crate) fn free(&self, number: &PhoneNumber, paper: &str) -> Option<&Offer> {
        let is_others = self.aside.get(number.as_str()).is_some_and(|other| other != paper);
        let is_taken = self.directory.number_owner(number).is_some() || self.held.contains(number.as_str());
        if is_others || is_taken { None } else { self.inventory.offer_of(self.tenant, number) }
    }

    /// Numbers that are free and wanted, at most so many, in their order.
    pub(crate) fn find(&self, wanted: &Wanted, most: usize) -> Vec<(PhoneNumber, &Offer)> {
        let fitting = self.inventory.of(self.tenant).filter(|offer| wanted.fits(offer));
        let numbers = fitting.flat_map(|offer| offer.range.numbers().map(move |number| (number, offer)));
        let is_free = |number: &PhoneNumber| {
            !self.aside.contains_key(number.as_str())
                && !self.held.contains(number.as_str())
                && self.directory.number_owner(number).is_none()
        };
        numbers.filter(|(number, _)| wanted.takes(number) && is_free(number)).take(most).collect()
    }
}
