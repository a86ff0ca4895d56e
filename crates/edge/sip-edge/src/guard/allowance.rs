//! How often something may happen: so often at once, and so often in a second after that.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Those who have not been heard of for long are forgotten at most this often, in microseconds.
const SWEEP_US: i64 = 1_000_000;

/// An allowance for each of many, in bounded memory.
#[derive(Debug)]
pub(crate) struct Allowance<K> {
    per_second: f64,
    at_once: f64,
    /// So many are told apart; those who come when there is no room share one allowance.
    limit: usize,
    accounts: Mutex<Accounts<K>>,
}

#[derive(Debug)]
struct Accounts<K> {
    of: HashMap<K, Account>,
    of_others: Account,
    swept_us: i64,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    left: f64,
    seen_us: i64,
}

impl<K: Clone + Eq + Hash> Allowance<K> {
    pub fn new(per_second: f64, at_once: u32, limit: usize) -> Self {
        let full = Account { left: f64::from(at_once), seen_us: 0 };
        let accounts = Accounts { of: HashMap::new(), of_others: full, swept_us: 0 };
        Self { per_second, at_once: f64::from(at_once), limit, accounts: Mutex::new(accounts) }
    }

    /// Uses one; `false` when nothing is left.
    pub fn take(&self, key: &K, now_us: i64) -> bool {
        self.with(key, now_us, |account| {
            let has_one = account.left >= 1.0;
            account.left -= if has_one { 1.0 } else { 0.0 };
            has_one
        })
    }

    /// Whether one is left.
    pub fn has(&self, key: &K, now_us: i64) -> bool {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.of.get(key).is_none_or(|account| self.left(*account, now_us) >= 1.0)
    }

    fn with(&self, key: &K, now_us: i64, change: impl FnOnce(&mut Account) -> bool) -> bool {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if !accounts.of.contains_key(key) && accounts.of.len() >= self.limit {
            self.sweep(&mut accounts, now_us);
        }
        let has_room = accounts.of.len() < self.limit;
        let fresh = Account { left: self.at_once, seen_us: now_us };
        let account = match accounts.of.get_mut(key) {
            Some(account) => account,
            None if has_room => accounts.of.entry(key.clone()).or_insert(fresh),
            None => &mut accounts.of_others,
        };
        account.left = self.left(*account, now_us);
        account.seen_us = now_us;
        change(account)
    }

    fn left(&self, account: Account, now_us: i64) -> f64 {
        let passed_s = now_us.saturating_sub(account.seen_us).max(0) as f64 / 1e6;
        (account.left + passed_s * self.per_second).min(self.at_once)
    }

    /// Who has all of it left need not be remembered.
    fn sweep(&self, accounts: &mut Accounts<K>, now_us: i64) {
        if now_us.saturating_sub(accounts.swept_us) < SWEEP_US {
            return;
        }
        accounts.swept_us = now_us;
        accounts.of.retain(|_, account| self.left(*account, now_us) < self.at_once);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn so_often_at_once_and_then_so_often_in_a_second() {
        let allowance = Allowance::new(2.0, 3, 10);
        let taken = |now_us| (0..9).filter(|_| allowance.take(&"a", now_us)).count();
        assert_eq!([taken(0), taken(SECOND), taken(SECOND), taken(100 * SECOND)], [3, 2, 0, 3]);
        assert!(allowance.take(&"b", 0), "everybody has an allowance of their own");
        assert!(!allowance.has(&"a", 100 * SECOND) && allowance.has(&"b", 100 * SECOND));
    }

    #[test]
    fn memory_is_bounded_and_those_who_were_there_are_not_forgotten() {
        let allowance = Allowance::new(1.0, 2, 3);
        for key in 0..1000 {
            allowance.take(&key, 0);
        }
        assert_eq!(allowance.accounts.lock().unwrap().of.len(), 3);
        assert!(!allowance.take(&1000, 0), "the others have used up what they share");
        assert!(allowance.take(&0, 0), "who came first has something left");
        assert!(allowance.take(&1000, 5 * SECOND), "after some time there is room again");
        assert_eq!(allowance.accounts.lock().unwrap().of.len(), 1);
    }
}
