//! Calls for help: what nobody may do to them while they last, and the security desk, which is told, and listens
//! (contract: Teams Phone §1.12, §1.16).
//!
//! The desk comes in when those who help have answered. It never keeps them waiting, and the call does not end
//! with it, nor go on for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::Now;
use identifier::{LegId, UserId};
use media_plan::{MediaReport, Tone};
use redact::Pii;

use super::Call;
use crate::leg::Role;
use crate::leg_port::{Caller, CustomHeaders, LegRequest, Tell};
use crate::request::Invitee;
use crate::stage;
use crate::timing;

/// What goes with a call for help.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallForHelp {
    /// Who is called into it to listen.
    pub desk: Vec<DeskMember>,
    /// Whose phones read of it.
    pub told: Vec<UserId>,
    /// What they read.
    pub message: Option<Pii<Arc<str>>>,
}

/// Somebody of the security desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskMember {
    /// Where they are reached.
    pub invitee: Invitee,
    /// Whether they may speak when they press `*6`; nobody hears them before.
    pub may_speak: bool,
}

/// A call for help while it lasts.
#[derive(Debug, Default)]
pub(crate) struct Helping {
    /// Those who are called in once help has answered, with what they see.
    waiting: Vec<DeskMember>,
    caller: Caller,
    /// Those who are called in or listen, in the order of their hunts.
    called: Vec<(crate::hunt::HuntId, bool)>,
    /// Those who listen: whether they may speak, and whether the key before was `*`.
    listening: BTreeMap<LegId, Listener>,
}

#[derive(Clone, Copy, Debug)]
struct Listener {
    may_speak: bool,
    star: bool,
}

impl Call {
    /// Whether it is for help: then applications and phones leave it as it is.
    pub(crate) fn is_for_help(&self) -> bool {
        self.help.is_some()
    }

    /// The desk reads of it at once, and is called in when help has answered.
    pub(crate) fn prepare_help(&mut self, leg: LegId, help: CallForHelp, caller: Caller) {
        let CallForHelp { desk, told, message } = help;
        for user in told {
            let Some(text) = message.clone() else { break };
            self.stage.ask(leg, LegRequest::Tell(Box::new(Tell { user, text })));
        }
        self.help = Some(Helping { waiting: desk, caller, ..Helping::default() });
    }

    /// Help has answered.
    pub(super) fn call_desk_in(&mut self, now: Now) {
        let Some(help) = &mut self.help else { return };
        for DeskMember { invitee, may_speak } in std::mem::take(&mut help.waiting) {
            let ring_for = timing::invitation(&invitee.destination, None);
            let call = stage::Call {
                invitee,
                caller: help.caller.clone(),
                headers: CustomHeaders::default(),
                diversions: Vec::new(),
                ring_for,
                limit: None,
                role: Role::Desk,
            };
            help.called.push((self.stage.dial(call, now), may_speak));
        }
    }

    /// Somebody of the desk has answered: they hear everybody, and nobody hears them.
    pub(super) fn seat(&mut self, leg: LegId, hunt: Option<crate::hunt::HuntId>, now: Now) {
        let Some(help) = &mut self.help else { return self.stage.hang_up(leg, now) };
        let may_speak = help.called.iter().any(|(called, may)| Some(*called) == hunt && *may);
        help.listening.insert(leg, Listener { may_speak, star: false });
        self.stage.join(leg, now);
        if let Some(participant) = self.stage.participant_mut(|one| one.leg == leg) {
            participant.is_muted = true;
        }
    }

    /// Those who talk, without those who only listen.
    pub(super) fn is_help_alive(&self) -> Option<bool> {
        let help = self.help.as_ref()?;
        let talking = self.stage.participants.iter().filter(|one| !help.listening.contains_key(&one.leg));
        let least = if self.recital.is_some() { 1 } else { 2 };
        Some(talking.count() >= least)
    }

    /// `*6` of somebody of the desk who may speak: they are heard, or not any more.
    pub(super) fn on_desk_media(&mut self, report: &MediaReport) {
        let MediaReport::ToneStarted(leg, tone) = report else { return };
        let Some(listener) = self.help.as_mut().and_then(|help| help.listening.get_mut(leg)) else { return };
        let speaks = listener.star && *tone == Tone::Six && listener.may_speak;
        listener.star = *tone == Tone::Asterisk;
        if speaks && let Some(one) = self.stage.participant_mut(|one| one.leg == *leg) {
            one.is_muted = !one.is_muted;
            self.stage.is_roster_changed = true;
        }
    }

    /// Somebody of the desk has left, or anybody else.
    pub(super) fn leaves_desk(&mut self, leg: LegId) -> bool {
        self.help.as_mut().is_some_and(|help| help.listening.remove(&leg).is_some())
    }
}
