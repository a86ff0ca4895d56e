//! Numbers that help calls back, reserved for whoever called for it (contract: Teams Phone §1.17, §1.18).
//!
//! They are for all exchanges: who calls for help at one is called back at another. What an exchange has to know
//! of them comes with each invitation, so that a call that is replayed is decided as it was then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use identifier::{PhoneNumber, TenantId, UserId};
use tenant::Directory;

/// For so long a number is reserved, in microseconds: 60 minutes.
pub const RESERVED_US: i64 = 3_600_000_000;
/// So many are kept for a tenant; the oldest one gives way.
const MOST: usize = 4_096;

/// A number that is reserved for whoever called for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Whose number it is: companies may hold the same digits.
    pub tenant: TenantId,
    /// The number that help saw.
    pub number: PhoneNumber,
    /// The phone that called for help.
    pub user: UserId,
    /// Until then, in microseconds since 1970.
    pub until_us: i64,
}

/// What an invitation has to do with these numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Nothing.
    Nothing,
    /// Somebody calls for help, and one of these may be reserved for them.
    Help { tenant: TenantId, pool: Vec<PhoneNumber> },
    /// Help calls back this number of this tenant.
    CallBack { tenant: TenantId, number: PhoneNumber },
}

impl Concern {
    /// This phone calls for help.
    pub(crate) fn of_help(directory: &Directory, phone: UserId) -> Self {
        match dial_plan::emergency_pool(directory, phone) {
            Some((tenant, pool)) => Self::Help { tenant, pool: pool.to_vec() },
            None => Self::Nothing,
        }
    }
}

/// For whom a number is reserved, and until when, in microseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Kept {
    user: UserId,
    until_us: i64,
}

type Shelves = HashMap<TenantId, HashMap<PhoneNumber, Kept>>;

/// All that are reserved.
#[derive(Debug, Default)]
pub(crate) struct Callbacks(Mutex<Shelves>);

/// Nobody else reserves anything meanwhile.
#[derive(Debug)]
pub(crate) struct Book<'a>(MutexGuard<'a, Shelves>);

impl Callbacks {
    /// What was kept from before a restart; what is reserved already stays as it is.
    pub(crate) fn restore(&self, kept: Vec<Reservation>) {
        let mut book = self.open();
        for Reservation { tenant, number, user, until_us } in kept {
            let is_new = book.0.get(&tenant).is_none_or(|shelf| !shelf.contains_key(&number));
            if is_new {
                book.put(tenant, number, Kept { user, until_us });
            }
        }
    }

    /// Whether nothing is reserved, and nobody calls back.
    pub(crate) fn is_empty(&self) -> bool {
        self.open().0.is_empty()
    }

    /// Whether a number of a tenant is reserved.
    pub(crate) fn has(&self, tenant: TenantId, number: &PhoneNumber, now_us: i64) -> bool {
        self.open().find(tenant, number, now_us).is_some()
    }

    pub(crate) fn open(&self) -> Book<'_> {
        Book(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book<'_> {
    /// What decides a call, of all that is reserved, the oldest first.
    pub(crate) fn about(&self, concern: &Concern, now_us: i64) -> Vec<(PhoneNumber, UserId)> {
        let (tenant, numbers) = match concern {
            Concern::Nothing => return Vec::new(),
            Concern::Help { tenant, pool } => (*tenant, &pool[..]),
            Concern::CallBack { tenant, number } => (*tenant, std::slice::from_ref(number)),
        };
        let found = numbers.iter().filter_map(|number| Some((number, self.find(tenant, number, now_us)?)));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(_, kept)| kept.until_us);
        found.into_iter().map(|(number, kept)| (number.clone(), kept.user)).collect()
    }

    /// Reserves a number; for whoever had it, it is no longer.
    pub(crate) fn reserve(
        &mut self,
        tenant: TenantId,
        number: PhoneNumber,
        user: UserId,
        now_us: i64,
    ) -> Reservation {
        self.0.retain(|_, shelf| {
            shelf.retain(|_, kept| kept.until_us > now_us);
            !shelf.is_empty()
        });
        let until_us = now_us.saturating_add(RESERVED_US);
        self.put(tenant, number.clone(), Kept { user, until_us });
        Reservation { tenant, number, user, until_us }
    }

    fn find(&self, tenant: TenantId, number: &PhoneNumber, now_us: i64) -> Option<Kept> {
        self.0.get(&tenant)?.get(number).copied().filter(|kept| kept.until_us > now_us)
    }

    fn put(&mut self, tenant: TenantId, number: PhoneNumber, kept: Kept) {
        let shelf = self.0.entry(tenant).or_default();
        if shelf.len() >= MOST && !shelf.contains_key(&number) {
            let oldest = shelf.iter().min_by_key(|(_, kept)| kept.until_us).map(|(number, _)| number.clone());
            oldest.map(|oldest| shelf.remove(&oldest));
        }
        shelf.insert(number, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = RESERVED_US;
    const CONTOSO: TenantId = TenantId::from_u128(1);
    const FABRIKAM: TenantId = TenantId::from_u128(2);

    fn number(last: usize) -> PhoneNumber {
        format!("+1425555{last:04}").parse().unwrap()
    }

    fn user(number: u128) -> UserId {
        UserId::from_u128(number)
    }

    /// For whom of a pool of three numbers is reserved, the oldest first.
    fn reserved(callbacks: &Callbacks, tenant: TenantId, now_us: i64) -> Vec<(PhoneNumber, UserId)> {
        let pool = [1, 2, 3].map(number).to_vec();
        callbacks.open().about(&Concern::Help { tenant, pool }, now_us)
    }

    #[test]
    fn the_oldest_of_a_pool_comes_first() {
        let callbacks = Callbacks::default();
        for (at, last) in [1, 2, 3, 1, 9].into_iter().enumerate() {
            callbacks.open().reserve(CONTOSO, number(last), user(last as u128), at as i64);
        }
        let expected = [2, 3, 1].map(|last| (number(last), user(last as u128)));
        assert_eq!(reserved(&callbacks, CONTOSO, 10), expected, "and no other number of the company");
    }

    #[test]
    fn a_company_has_so_many_and_takes_none_of_another() {
        let callbacks = Callbacks::default();
        callbacks.open().reserve(FABRIKAM, number(1), user(7), 0);
        for last in 0..=MOST {
            callbacks.open().reserve(CONTOSO, number(last), user(8), last as i64);
        }
        assert!(!callbacks.has(CONTOSO, &number(0), 0), "the oldest has given way");
        assert!(callbacks.has(CONTOSO, &number(1), 0));
        assert!(callbacks.has(CONTOSO, &number(MOST), 0));
        assert!(callbacks.has(FABRIKAM, &number(1), 0));
    }

    #[test]
    fn companies_with_the_same_digits_are_called_back_by_themselves() {
        let callbacks = Callbacks::default();
        callbacks.open().reserve(CONTOSO, number(1), user(1), 0);
        callbacks.open().reserve(FABRIKAM, number(1), user(2), 0);
        let called = |tenant| {
            let concern = Concern::CallBack { tenant, number: number(1) };
            callbacks.open().about(&concern, 0)
        };
        assert_eq!(called(CONTOSO), [(number(1), user(1))]);
        assert_eq!(called(FABRIKAM), [(number(1), user(2))]);
        assert_eq!(called(TenantId::from_u128(3)), []);
    }

    #[test]
    fn after_an_hour_a_number_is_what_it_was() {
        let callbacks = Callbacks::default();
        assert!(callbacks.is_empty());
        callbacks.open().reserve(CONTOSO, number(1), user(1), 0);
        assert!(callbacks.has(CONTOSO, &number(1), HOUR - 1));
        assert!(!callbacks.has(CONTOSO, &number(2), HOUR - 1));
        assert!(!callbacks.has(CONTOSO, &number(1), HOUR));
        assert_eq!(reserved(&callbacks, CONTOSO, HOUR), []);
    }

    #[test]
    fn what_was_reserved_since_stays_as_it_is() {
        let callbacks = Callbacks::default();
        callbacks.open().reserve(CONTOSO, number(3), user(3), HOUR);
        let kept = |last: usize, until_us| Reservation {
            tenant: CONTOSO,
            number: number(last),
            user: user(9),
            until_us,
        };
        callbacks.restore(vec![kept(2, HOUR + 2), kept(1, HOUR + 1), kept(3, HOUR + 3)]);
        let expected = [(number(1), user(9)), (number(2), user(9)), (number(3), user(3))];
        assert_eq!(reserved(&callbacks, CONTOSO, HOUR), expected);
    }
}
