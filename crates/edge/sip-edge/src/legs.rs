//! The table of legs: who takes messages for a leg, and which dialog is whose.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use call_engine::LegRequest;
use identifier::{CallId, LegId};
use rsipstack::dialog::DialogId;
use rsipstack::sip::Response;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc;

/// A leg that does not take this many messages is stuck, and ends.
const ROOM: usize = 64;

/// What reaches the task of a leg.
pub(crate) enum LegMessage {
    /// The engine asks something.
    Request(CallId, LegRequest),
    /// The far end sent a request within the dialog.
    InDialog(Box<Transaction>),
    /// The far end hung up, perhaps saying why.
    Bye {
        /// The Q.850 cause of its Reason header.
        q850: Option<u8>,
    },
    /// Our answer to a re-INVITE was acknowledged with this body; `None`: it never was.
    Acknowledged(Option<Vec<u8>>),
    /// What came back for our refresh of the session.
    Refreshed(Option<Box<Response>>),
}

/// All legs of this edge, bounded.
pub(crate) struct Legs {
    limit: usize,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    legs: HashMap<LegId, Entry>,
    by_dialog: HashMap<DialogId, LegId>,
}

struct Entry {
    door: mpsc::Sender<LegMessage>,
    dialogs: Vec<DialogId>,
}

impl Legs {
    pub fn new(limit: usize) -> Self {
        Self { limit, tables: Mutex::default() }
    }

    /// Makes room for a leg; `None` when there is none.
    pub fn add(&self, leg: LegId) -> Option<mpsc::Receiver<LegMessage>> {
        let mut tables = self.lock();
        if tables.legs.len() >= self.limit || tables.legs.contains_key(&leg) {
            return None;
        }
        let (door, messages) = mpsc::channel(ROOM);
        tables.legs.insert(leg, Entry { door, dialogs: Vec::new() });
        Some(messages)
    }

    /// Requests within this dialog belong to the leg.
    pub fn add_dialog(&self, leg: LegId, dialog: DialogId) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.get_mut(&leg) else { return };
        if !entry.dialogs.contains(&dialog) {
            entry.dialogs.push(dialog.clone());
            tables.by_dialog.insert(dialog, leg);
        }
    }

    /// The leg is over.
    pub fn remove(&self, leg: LegId) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.remove(&leg) else { return };
        for dialog in entry.dialogs {
            tables.by_dialog.remove(&dialog);
        }
    }

    /// Tells a leg something; a leg that is gone needs no telling. One that is stuck loses its
    /// door, which ends it.
    pub fn send(&self, leg: LegId, message: LegMessage) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.get(&leg) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = entry.door.try_send(message) {
            let (stuck, _) = mpsc::channel(1);
            tables.legs.entry(leg).and_modify(|entry| entry.door = stuck);
        }
    }

    /// Whose dialog this is.
    pub fn of_dialog(&self, dialog: &DialogId) -> Option<LegId> {
        self.lock().by_dialog.get(dialog).copied()
    }

    /// All legs.
    pub fn all(&self) -> Vec<LegId> {
        self.lock().legs.keys().copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
