//! The table of legs: who takes messages for a leg, and which dialog is whose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use call_engine::LegRequest;
use identifier::{CallId, LegId, TrunkName};
use rsipstack::dialog::DialogId;
use rsipstack::sip::Response;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc;

use crate::guard::{CALL_BACKS, Owner};

/// A leg that does not take this many messages is stuck, and ends.
const ROOM: usize = 64;

/// What reaches the task of a leg.
pub(crate) enum LegMessage {
    /// The engine asks something.
    Request(CallId, LegRequest),
    /// The far end sent a request within the dialog.
    InDialog(Box<Transaction>),
    /// Our answer to the INVITE was acknowledged, with this body.
    Ack(Vec<u8>),
    /// The far end hung up, perhaps saying why.
    Bye {
        /// Our tag of the dialog that it left.
        local_tag: String,
        /// The Q.850 cause of its Reason header.
        q850: Option<u8>,
    },
    /// Our answer to a re-INVITE was acknowledged with this body; `None`: it never was.
    Acknowledged(Option<Vec<u8>>),
    /// What came back for our refresh of the session.
    Refreshed(Option<Box<Response>>),
    /// What came back for our REFER.
    Referred(Option<Box<Response>>),
}

/// Where the task of a leg hears of its messages.
///
/// They lie in boxes: a channel keeps room for 32 values from its beginning, and most legs get a handful.
pub(crate) struct LegMessages(mpsc::Receiver<Box<LegMessage>>);

impl LegMessages {
    /// The next message; `None` when none will come. Nothing is lost when the wait is given up.
    pub async fn recv(&mut self) -> Option<LegMessage> {
        self.0.recv().await.map(|message| *message)
    }
}

/// All legs of this edge, bounded.
pub(crate) struct Legs {
    limit: usize,
    /// Legs of calls for help, beyond the limit.
    for_help: usize,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    legs: HashMap<LegId, Entry>,
    by_dialog: HashMap<DialogId, LegId>,
    for_help: usize,
    call_backs: usize,
    by_trunk: HashMap<TrunkName, u32>,
}

struct Entry {
    owner: Owner,
    door: mpsc::Sender<Box<LegMessage>>,
    dialogs: Vec<DialogId>,
    /// The CSeq of the INVITE whose ACK it waits for.
    awaits_ack: Option<u32>,
    /// Whether its challenges can be answered.
    has_credentials: bool,
    /// The CSeq of its last request with credentials.
    proved: Option<u32>,
    /// Its caller needs help.
    called_for_help: bool,
    /// VoIP headers of a call to ourselves, which its message has no room for.
    voip: VoipHeaders,
    set_up: SetUp,
}

type VoipHeaders = Vec<(Arc<str>, Arc<str>)>;

/// What the operator's statistics say of a leg.
#[derive(Clone, Copy)]
struct SetUp {
    direction: &'static str,
    began: Instant,
    answered: bool,
}

impl Legs {
    pub fn new(limit: usize, for_help: usize) -> Self {
        Self { limit, for_help, tables: Mutex::default() }
    }

    /// Whether there is room for another leg of this owner; `most` is the limit of a trunk.
    pub fn has_room(&self, owner: &Owner, most: Option<u32>) -> bool {
        self.room(&self.lock(), owner, most)
    }

    /// Makes room for a leg; `None` when there is none.
    pub fn add(&self, leg: LegId, owner: Owner, most: Option<u32>) -> Option<LegMessages> {
        let mut tables = self.lock();
        if !self.room(&tables, &owner, most) || tables.legs.contains_key(&leg) {
            return None;
        }
        match &owner {
            Owner::Help => tables.for_help += 1,
            Owner::Trunk(name) => *tables.by_trunk.entry(name.clone()).or_default() += 1,
            Owner::CallBack { trunk, .. } => {
                tables.call_backs += 1;
                *tables.by_trunk.entry(trunk.clone()).or_default() += 1;
            }
            Owner::Source(_) | Owner::Platform => {}
        }
        let (door, messages) = mpsc::channel(ROOM);
        let entry = Entry {
            owner,
            door,
            dialogs: Vec::new(),
            awaits_ack: None,
            has_credentials: false,
            proved: None,
            called_for_help: false,
            voip: Vec::new(),
            set_up: SetUp::begins(),
        };
        tables.legs.insert(leg, entry);
        Some(LegMessages(messages))
    }

    fn room(&self, tables: &Tables, owner: &Owner, most: Option<u32>) -> bool {
        let others = tables.legs.len() - tables.for_help - tables.call_backs.min(CALL_BACKS);
        match owner {
            Owner::Help => tables.for_help < self.for_help || tables.legs.len() < self.limit,
            Owner::CallBack { .. } if tables.call_backs < CALL_BACKS => true,
            Owner::Trunk(name) | Owner::CallBack { trunk: name, .. } => {
                let own = tables.by_trunk.get(name).copied().unwrap_or(0);
                others < self.limit && most.is_none_or(|most| own < most)
            }
            Owner::Source(_) | Owner::Platform => others < self.limit,
        }
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

    /// An INVITE of the leg goes out with this Call-ID. What comes back may overtake the response that
    /// makes a dialog of it.
    pub fn add_invite(&self, leg: LegId, call_id: &str) {
        self.add_dialog(leg, invited(call_id));
    }

    /// The far end of the leg is known: from now on nobody else makes a dialog of its INVITEs.
    pub fn settle(&self, leg: LegId) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.get_mut(&leg) else { return };
        let invites: Vec<_> = entry.dialogs.extract_if(.., |dialog| dialog.local_tag.is_empty()).collect();
        for invite in invites {
            tables.by_dialog.remove(&invite);
        }
    }

    /// It has answered the INVITE with this CSeq, and shall hear of the ACK.
    pub fn await_ack(&self, leg: LegId, sequence: u32) {
        if let Some(entry) = self.lock().legs.get_mut(&leg) {
            entry.awaits_ack = Some(sequence);
        }
    }

    /// An ACK has come. Its leg hears of it once, and before everything that comes after it.
    pub fn acknowledge(&self, dialog: &DialogId, sequence: u32, body: &[u8]) {
        let mut tables = self.lock();
        let Some(leg) = tables.by_dialog.get(dialog).copied() else { return };
        let awaited = tables.legs.get_mut(&leg).map(|entry| &mut entry.awaits_ack);
        if let Some(awaited) = awaited.filter(|awaited| **awaited == Some(sequence)) {
            *awaited = None;
            drop(tables);
            self.send(leg, LegMessage::Ack(body.to_vec()));
        }
    }

    /// Challenges of its far end can be answered.
    pub fn add_credentials(&self, leg: LegId) {
        if let Some(entry) = self.lock().legs.get_mut(&leg) {
            entry.has_credentials = true;
        }
    }

    /// A request of ours with this CSeq carries credentials.
    pub fn note_proof(&self, dialog: &DialogId, sequence: u32) {
        if let Some(leg) = self.of_message(dialog)
            && let Some(entry) = self.lock().legs.get_mut(&leg)
        {
            entry.proved = Some(sequence);
        }
    }

    /// Whether a challenge to the request with this CSeq is for a leg, and cannot be answered: there is nothing
    /// to answer it with, or what there was is not believed.
    pub fn is_challenged_in_vain(&self, dialog: &DialogId, sequence: u32) -> bool {
        let leg = self.of_message(dialog);
        let tables = self.lock();
        let entry = leg.and_then(|leg| tables.legs.get(&leg));
        entry.is_some_and(|entry| !entry.has_credentials || entry.proved == Some(sequence))
    }

    /// It calls ourselves, and these are for whoever takes the call.
    pub fn keep_voip(&self, leg: LegId, headers: VoipHeaders) {
        if let Some(entry) = self.lock().legs.get_mut(&leg) {
            entry.voip = headers;
        }
    }

    /// What was kept for whoever takes the call of this leg.
    pub fn voip_of(&self, leg: LegId) -> Option<VoipHeaders> {
        self.lock().legs.get(&leg).map(|entry| entry.voip.clone())
    }

    /// Its caller needs help.
    pub fn note_call_for_help(&self, leg: LegId) {
        if let Some(entry) = self.lock().legs.get_mut(&leg) {
            entry.called_for_help = true;
        }
    }

    /// Whether its caller needs help.
    pub fn called_for_help(&self, leg: LegId) -> bool {
        self.lock().legs.get(&leg).is_some_and(|entry| entry.called_for_help)
    }

    /// It is counted as `inbound` or `outbound`.
    pub fn count_as(&self, leg: LegId, direction: &'static str) {
        if let Some(entry) = self.lock().legs.get_mut(&leg) {
            entry.set_up.direction = direction;
            if entry.called_for_help {
                meter::EMERGENCY_CALLS.count(["begun"]);
            }
        }
    }

    /// It is answered.
    pub fn count_answer(&self, leg: LegId) {
        if let Some(entry) = self.lock().legs.get_mut(&leg)
            && !std::mem::replace(&mut entry.set_up.answered, true)
        {
            let SetUp { direction, began, .. } = entry.set_up;
            meter::SIP_CALLS.count([direction, "answered"]);
            meter::SIP_SETUP.took([direction], began.elapsed());
            if entry.called_for_help {
                meter::EMERGENCY_CALLS.count(["answered"]);
            }
        }
    }

    /// It is over; it counts as this unless it was answered.
    pub fn count_end(&self, leg: LegId, outcome: &'static str) {
        if let Some(entry) = self.lock().legs.get(&leg)
            && !entry.set_up.answered
        {
            meter::SIP_CALLS.count([entry.set_up.direction, outcome]);
            if entry.called_for_help {
                meter::EMERGENCY_CALLS.count(["failed"]);
            }
        }
    }

    /// The leg is over.
    pub fn remove(&self, leg: LegId) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.remove(&leg) else { return };
        if matches!(entry.owner, Owner::CallBack { .. }) {
            tables.call_backs -= 1;
        }
        for dialog in entry.dialogs {
            tables.by_dialog.remove(&dialog);
        }
        match entry.owner {
            Owner::Help => tables.for_help -= 1,
            Owner::Trunk(name) | Owner::CallBack { trunk: name, .. } => {
                if let Some(count) = tables.by_trunk.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        tables.by_trunk.remove(&name);
                    }
                }
            }
            Owner::Source(_) | Owner::Platform => {}
        }
    }

    /// Tells a leg something; a leg that is gone needs no telling. One that is stuck loses its
    /// door, which ends it.
    pub fn send(&self, leg: LegId, message: LegMessage) {
        let mut tables = self.lock();
        let Some(entry) = tables.legs.get(&leg) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = entry.door.try_send(Box::new(message)) {
            let (stuck, _) = mpsc::channel(1);
            tables.legs.entry(leg).and_modify(|entry| entry.door = stuck);
        }
    }

    /// Whose dialog this is.
    pub fn of_dialog(&self, dialog: &DialogId) -> Option<LegId> {
        self.lock().by_dialog.get(dialog).copied()
    }

    /// Whose is what came within this dialog, which may not be known yet: one of an INVITE of ours.
    pub fn of_message(&self, dialog: &DialogId) -> Option<LegId> {
        let tables = self.lock();
        let known = tables.by_dialog.get(dialog);
        known.or_else(|| tables.by_dialog.get(&invited(&dialog.call_id))).copied()
    }

    /// All legs.
    pub fn all(&self) -> Vec<LegId> {
        self.lock().legs.keys().copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for all dialogs that an INVITE may make.
fn invited(call_id: &str) -> DialogId {
    DialogId { call_id: call_id.to_owned(), local_tag: String::new(), remote_tag: String::new() }
}

impl SetUp {
    fn begins() -> Self {
        Self { direction: "inbound", began: Instant::now(), answered: false }
    }
}
