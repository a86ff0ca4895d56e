//! Applications that live in this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use call_engine::{CallEvent, CallNotice, InProcessApp};
use tokio::sync::mpsc;
use tracing::error;

/// What an application in this process is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InProcessEvent {
    /// A fact about a call that it controls.
    Event(CallEvent),
    /// A call waits for an application.
    IncomingCall {
        /// The call.
        notice: CallNotice,
        /// Somebody else subscribed to it and will be told.
        claimed: bool,
    },
}

/// Who is there.
#[derive(Debug, Default)]
pub(crate) struct InProcessApps {
    apps: Mutex<HashMap<InProcessApp, mpsc::Sender<InProcessEvent>>>,
}

impl InProcessApps {
    pub(crate) fn register(&self, app: InProcessApp, events: mpsc::Sender<InProcessEvent>) {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner).insert(app, events);
    }

    pub(crate) fn tell(&self, app: InProcessApp, event: CallEvent) {
        let apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        match apps.get(&app) {
            Some(events) => send(app, events, InProcessEvent::Event(event)),
            None => error!("an event for {app:?}, which does not run in this process, is lost"),
        }
    }

    pub(crate) fn tell_all(&self, notice: &CallNotice, claimed: bool) {
        let apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        for (app, events) in apps.iter() {
            send(*app, events, InProcessEvent::IncomingCall { notice: notice.clone(), claimed });
        }
    }
}

// The application chose the size of its mailbox; one that cannot keep up loses its call, not ours.
fn send(app: InProcessApp, events: &mpsc::Sender<InProcessEvent>, event: InProcessEvent) {
    if let Err(refused) = events.try_send(event) {
        let why = match refused {
            mpsc::error::TrySendError::Full(_) => "its mailbox is full",
            mpsc::error::TrySendError::Closed(_) => "it has stopped",
        };
        error!("an event for {app:?} is lost: {why}");
    }
}
