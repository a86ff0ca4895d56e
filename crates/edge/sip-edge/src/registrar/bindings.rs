//! All contacts of all phones.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use identifier::UserId;

use crate::registrar::contact::Contact;

/// Contacts by user, in memory; the keeper has a copy.
#[derive(Debug)]
pub(crate) struct Bindings {
    limit_per_phone: usize,
    by_user: Mutex<HashMap<UserId, Vec<Contact>>>,
}

/// What a registration changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// The contact is valid until its time.
    Bind(Contact),
    /// The contact with this URI is no longer valid.
    Unbind {
        /// Which.
        uri: String,
        /// The registration that said so.
        call_id: String,
        /// The same.
        cseq: u32,
    },
    /// No contact is valid any longer.
    UnbindAll,
}

/// RFC 3261 §10.3: a registration that is older than the one that made the binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("take a registration that came too late")]
pub(crate) struct OutOfOrder;

impl Bindings {
    pub fn new(limit_per_phone: usize) -> Self {
        Self { limit_per_phone, by_user: Mutex::default() }
    }

    /// The contacts of a user that are valid at `now_us`, the freshest first.
    pub fn of(&self, user: UserId, now_us: i64) -> Vec<Contact> {
        let by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let mut contacts = by_user.get(&user).cloned().unwrap_or_default();
        contacts.retain(|contact| contact.expires_us > now_us);
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.expires_us));
        contacts
    }

    /// How many contacts are valid at `now_us`.
    pub fn count(&self, now_us: i64) -> usize {
        let by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        by_user.values().flatten().filter(|contact| contact.expires_us > now_us).count()
    }

    /// Applies all updates or none, and tells which URIs are gone.
    pub fn apply(&self, user: UserId, updates: &[Update], now_us: i64) -> Result<Vec<String>, OutOfOrder> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let before = by_user.get(&user).cloned().unwrap_or_default();
        let mut contacts = before.clone();
        contacts.retain(|contact| contact.expires_us > now_us);
        for update in updates {
            match update {
                Update::Bind(new) => {
                    in_order(&contacts, &new.uri, &new.call_id, new.cseq)?;
                    contacts.retain(|contact| contact.uri != new.uri);
                    contacts.push(new.clone());
                }
                Update::Unbind { uri, call_id, cseq } => {
                    in_order(&contacts, uri, call_id, *cseq)?;
                    contacts.retain(|contact| contact.uri != *uri);
                }
                Update::UnbindAll => contacts.clear(),
            }
        }
        // A phone that registers a new address again and again must not push out anybody else's.
        let surplus = contacts.len().saturating_sub(self.limit_per_phone);
        contacts.drain(..surplus);

        let is_gone = |old: &Contact| !contacts.iter().any(|contact| contact.uri == old.uri);
        let gone = before.iter().filter(|old| is_gone(old)).map(|old| old.uri.clone()).collect();
        if contacts.is_empty() {
            by_user.remove(&user);
        } else {
            by_user.insert(user, contacts);
        }
        Ok(gone)
    }

    /// Puts back a contact that was kept.
    pub fn restore(&self, user: UserId, contact: Contact) {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let contacts = by_user.entry(user).or_default();
        if contacts.len() < self.limit_per_phone {
            contacts.push(contact);
        }
    }
}

fn in_order(contacts: &[Contact], uri: &str, call_id: &str, cseq: u32) -> Result<(), OutOfOrder> {
    let newer = |contact: &&Contact| contact.uri == uri && contact.call_id == call_id && contact.cseq >= cseq;
    if contacts.iter().find(newer).is_some() { Err(OutOfOrder) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use tenant::SipTransport;

    use super::*;

    const USER: UserId = UserId::from_u128(1);

    fn bind(uri: &str, cseq: u32, expires_us: i64) -> Update {
        Update::Bind(Contact {
            uri: uri.to_owned(),
            transport: SipTransport::Udp,
            source: "192.0.2.1:5060".parse().unwrap(),
            call_id: "1".to_owned(),
            cseq,
            expires_us,
        })
    }

    fn uris(bindings: &Bindings, now_us: i64) -> Vec<String> {
        bindings.of(USER, now_us).into_iter().map(|contact| contact.uri).collect()
    }

    #[test]
    fn contacts_come_and_go() {
        let bindings = Bindings::new(2);
        bindings.apply(USER, &[bind("a", 1, 100), bind("b", 1, 200)], 0).unwrap();
        assert_eq!(uris(&bindings, 0), ["b", "a"]);
        assert_eq!(uris(&bindings, 150), ["b"], "one has expired");

        assert_eq!(bindings.apply(USER, &[bind("a", 1, 300)], 0), Err(OutOfOrder));
        assert_eq!(
            bindings.apply(USER, &[bind("c", 1, 300)], 0),
            Ok(vec!["a".to_owned()]),
            "no room for three"
        );
        assert_eq!(bindings.apply(USER, &[Update::UnbindAll], 0), Ok(vec!["b".to_owned(), "c".to_owned()]));
        assert!(uris(&bindings, 0).is_empty());
    }
}
