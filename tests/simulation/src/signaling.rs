//! The signaling edge and the people behind it: legs that ring, answer late or
//! never, decline, hang up in every state, press keys, hold and refer.

mod people;

use std::collections::BTreeMap;
use std::time::Duration;

use call_engine::{
    Caller, CustomHeaders, Destination, Dial, EndCause, Invitation, LegOutcome, LegReport, LegRequest,
    Origin, ReferOutcome, RejectReason, TransferProgress,
};
use identifier::{CommunicationIdentifier, Home, LegId, UserId};
use media_plan::Tone;
use redact::Pii;

use crate::agenda::{Agenda, Happening};
use crate::neighborhood;

/// What somebody at the far end does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Alert,
    SendEarlyMedia,
    Answer,
    Fail(EndCause),
    /// A phone that rings sends the call elsewhere.
    Move(&'static str),
    TellOfReferral(ReferOutcome),
    /// A caller gives up, or a connected party hangs up.
    Leave,
    PressInSignaling(Tone),
    KeyDown(Tone),
    KeyUp(Tone),
    Hold,
    Resume,
    Refer(&'static str),
    BringTogether,
    FallSilent,
}

/// What media shall know of an act.
#[derive(Debug)]
pub(crate) enum Sound {
    KeyDown(LegId, Tone),
    KeyUp(LegId, Tone),
    Silence(LegId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Pending,
    Up,
    Down,
}

#[derive(Debug)]
struct Leg {
    is_inbound: bool,
    /// Nobody vouches for it.
    is_strangers: bool,
    state: State,
    user: Option<UserId>,
    /// The other end of a call of the platform to itself.
    twin: Option<LegId>,
    /// Reports of one leg arrive in their order.
    not_before_us: u64,
    /// By how many transfers, one upon the other, it came to be called.
    transfers: u32,
}

/// All legs.
#[derive(Debug, Default)]
pub(crate) struct Signaling {
    legs: BTreeMap<LegId, Leg>,
    /// Who asks for a transfer just now: whoever is dialled now is called because of it.
    transferor: Option<LegId>,
    /// Transfers that succeeded to somebody who had been called by a transfer before.
    pub(crate) transfers_of_transfers: u64,
    is_over: bool,
}

impl Signaling {
    /// Somebody calls in.
    pub(crate) fn call_in(&mut self, agenda: &mut Agenda) {
        let id = LegId::at(Home::default(), &mut agenda.dice);
        let user = *agenda.pick(&neighborhood::USERS).expect("there are users");
        let number = *agenda.pick(&neighborhood::PUBLIC_NUMBERS).expect("there are numbers");
        let (origin, from) = match agenda.number(0, 9) {
            0..=4 => {
                let raw = format!("8:acs:{}_{user}", neighborhood::RESOURCES[0]);
                (Origin::Phone(user), CommunicationIdentifier::from_raw_id(&raw))
            }
            5..=7 => {
                let from = CommunicationIdentifier::from_raw_id(&format!("4:{number}"));
                (Origin::Trunk(neighborhood::trunk()), from)
            }
            8 => (Origin::Trunk(neighborhood::trunk()), CommunicationIdentifier::anonymous_phone()),
            _ => (Origin::Stranger, CommunicationIdentifier::anonymous_phone()),
        };
        let dialled = *agenda.pick(&neighborhood::DIALLED).expect("people dial something");
        let up: Vec<LegId> = self.up().collect();
        let replaces = if agenda.chance(6) { agenda.pick(&up).copied() } else { None };
        let user = if let Origin::Phone(user) = &origin { Some(*user) } else { None };
        self.arrive(id, user, None);
        if origin == Origin::Stranger
            && let Some(leg) = self.legs.get_mut(&id)
        {
            leg.is_strangers = true;
        }
        let invitation = Invitation {
            origin,
            from,
            preferred: None,
            client: call_engine::Client::default(),
            display_name: Some(Pii::new("somebody".into())),
            dialled: Pii::new(dialled.into()),
            headers: CustomHeaders::default(),
            diversions: Vec::new(),
            replaces,
        };
        agenda.after_ms(0, Happening::Invite(id, Box::new(invitation)));
        if agenda.chance(40) {
            agenda.between_ms(1, 45_000, Happening::Act(id, Act::Leave));
        }
    }

    fn arrive(&mut self, id: LegId, user: Option<UserId>, twin: Option<LegId>) {
        let leg = Leg {
            is_inbound: true,
            is_strangers: false,
            state: State::Pending,
            user,
            twin,
            not_before_us: 0,
            transfers: 0,
        };
        self.legs.insert(id, leg);
    }

    pub(crate) fn is_strangers(&self, id: LegId) -> bool {
        self.legs.get(&id).is_some_and(|leg| leg.is_strangers)
    }

    fn up(&self) -> impl Iterator<Item = LegId> + '_ {
        self.legs.iter().filter(|(_, leg)| leg.state == State::Up).map(|(id, _)| *id)
    }

    /// The engine asks something of a leg.
    pub(crate) fn on_request(&mut self, id: LegId, request: &LegRequest, agenda: &mut Agenda) {
        // People hang up whenever they like, and most like it when something has just happened.
        if agenda.chance(3) {
            agenda.between_ms(0, 200, Happening::Act(id, Act::Leave));
        }
        match request {
            LegRequest::Dial(dial) => {
                self.dial(id, dial, agenda);
                let before = self.transferor.and_then(|leg| self.legs.get(&leg)).map(|leg| leg.transfers + 1);
                if let (Some(transfers), Some(leg)) = (before, self.legs.get_mut(&id)) {
                    leg.transfers = transfers;
                }
            }
            LegRequest::Ring => self.tell_twin(id, LegReport::Ringing, agenda),
            LegRequest::Progress => self.tell_twin(id, LegReport::EarlyMedia, agenda),
            LegRequest::Answer => self.on_answer(id, agenda),
            LegRequest::Reject(reason) => self.close(id, of_rejection(*reason), agenda),
            LegRequest::Hangup => self.on_hang_up(id, agenda),
            LegRequest::Dismiss => self.on_dismissal(id, agenda),
            LegRequest::TransferProgress(progress) => self.on_progress(id, progress, agenda),
            LegRequest::Divert(to) => self.call_instead(id, &to.destination, agenda),
            LegRequest::Refer(_) => self.on_refer(id, agenda),
            // Phones that read cannot answer.
            LegRequest::Tell(_) => {}
        }
    }

    fn on_answer(&mut self, id: LegId, agenda: &mut Agenda) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state == State::Pending) else { return };
        let has_twin = leg.twin.is_some();
        match agenda.number(0, 19) {
            // The caller's CANCEL crosses our answer.
            0 if !has_twin => return self.close(id, EndCause::Canceled, agenda),
            // The answer is never acknowledged.
            1 if !has_twin => return,
            _ => {}
        }
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.state = State::Up;
        self.report(id, LegReport::Answered, agenda);
        self.tell_twin(id, LegReport::Answered, agenda);
        self.live(id, agenda);
    }

    fn on_hang_up(&mut self, id: LegId, agenda: &mut Agenda) {
        let Some(leg) = self.legs.get(&id) else { return };
        let cause = if leg.state == State::Up { EndCause::HungUp } else { EndCause::Canceled };
        // An answer may cross our CANCEL; then the edge hangs up for us.
        if leg.state == State::Pending && !leg.is_inbound && leg.twin.is_none() && agenda.chance(15) {
            self.report(id, LegReport::Answered, agenda);
        }
        self.close(id, cause, agenda);
    }

    /// Whoever is sent out hangs up, and now and then never says so.
    fn on_dismissal(&mut self, id: LegId, agenda: &mut Agenda) {
        let cause = if agenda.chance(10) { EndCause::Unreachable } else { EndCause::HungUp };
        self.close(id, cause, agenda);
    }

    /// Something that was seen reaches the exchange.
    pub(crate) fn reaches(&mut self, id: LegId, report: &LegReport) {
        self.transferor = matches!(report, LegReport::TransferRequested { .. }).then_some(id);
    }

    /// Nothing follows any more from what reached the exchange.
    pub(crate) fn is_dealt_with(&mut self) {
        self.transferor = None;
    }

    fn on_progress(&mut self, id: LegId, progress: &TransferProgress, agenda: &mut Agenda) {
        let is_transferred = self.legs.get(&id).is_some_and(|leg| leg.transfers > 0);
        if is_transferred && *progress == TransferProgress::Succeeded {
            self.transfers_of_transfers += 1;
        }
        let leaves = match progress {
            TransferProgress::Trying => agenda.chance(30),
            TransferProgress::Succeeded => agenda.chance(60),
            TransferProgress::Failed(_) => false,
        };
        if leaves {
            agenda.between_ms(0, 500, Happening::Act(id, Act::Leave));
        }
    }

    /// A trunk is asked to connect its caller with somebody else by itself.
    fn on_refer(&mut self, id: LegId, agenda: &mut Agenda) {
        let outcome = match agenda.number(0, 9) {
            0..3 => ReferOutcome::Refused,
            3..7 => ReferOutcome::Succeeded,
            7..9 => ReferOutcome::Failed(LegOutcome::local(EndCause::Busy)),
            // It says nothing at all.
            _ => return,
        };
        agenda.between_ms(1, 80_000, Happening::Act(id, Act::TellOfReferral(outcome)));
    }

    /// The phone said that its user is elsewhere, and the dial plan let the call go there.
    fn call_instead(&mut self, id: LegId, destination: &Destination, agenda: &mut Agenda) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state == State::Pending) else { return };
        leg.user = if let Destination::Phone(user) = destination { Some(*user) } else { None };
        if let Destination::Platform(number) = destination {
            let number = number.to_string();
            return self.call_itself(id, &number, &Caller::default(), &CustomHeaders::default(), agenda);
        }
        self.ring(id, Duration::from_secs(60), agenda);
    }

    fn dial(&mut self, id: LegId, dial: &Dial, agenda: &mut Agenda) {
        let user = if let Destination::Phone(user) = dial.destination { Some(user) } else { None };
        let leg = Leg {
            is_inbound: false,
            is_strangers: false,
            state: State::Pending,
            user,
            twin: None,
            not_before_us: agenda.now_us(),
            transfers: 0,
        };
        self.legs.insert(id, leg);
        if let Destination::Platform(number) = &dial.destination {
            let number = number.to_string();
            return self.call_itself(id, &number, &dial.caller, &dial.headers, agenda);
        }
        if self.is_over {
            return agenda.between_ms(1, 100, Happening::Act(id, Act::Fail(EndCause::Unavailable)));
        }
        self.ring(id, dial.ring_for, agenda);
    }

    /// A call of the platform to itself arrives again.
    fn call_itself(
        &mut self,
        id: LegId,
        number: &str,
        caller: &Caller,
        headers: &CustomHeaders,
        agenda: &mut Agenda,
    ) {
        let twin = LegId::at(Home::default(), &mut agenda.dice);
        self.arrive(twin, None, Some(id));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.twin = Some(twin);
        }
        let from = caller.number.clone();
        let invitation = Invitation {
            origin: Origin::Platform,
            from: from.map_or_else(CommunicationIdentifier::anonymous_phone, CommunicationIdentifier::phone),
            preferred: None,
            client: call_engine::Client::default(),
            display_name: caller.display_name.clone(),
            dialled: Pii::new(number.into()),
            headers: headers.clone(),
            diversions: Vec::new(),
            replaces: None,
        };
        agenda.between_ms(1, 20, Happening::Invite(twin, Box::new(invitation)));
    }

    /// Whether an invitation that is under way still arrives.
    pub(crate) fn arrives(&self, id: LegId) -> bool {
        self.legs.get(&id).is_some_and(|leg| leg.state != State::Down)
    }

    fn close(&mut self, id: LegId, cause: EndCause, agenda: &mut Agenda) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.state != State::Down) else { return };
        let twin = leg.twin;
        self.report(id, LegReport::Ended(LegOutcome::local(cause)), agenda);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.state = State::Down;
        }
        if let Some(twin) = twin {
            self.close(twin, cause, agenda);
        }
    }

    fn tell_twin(&mut self, id: LegId, report: LegReport, agenda: &mut Agenda) {
        let Some(twin) = self.legs.get(&id).and_then(|leg| leg.twin) else { return };
        let is_answer = report == LegReport::Answered;
        let is_pending = self.legs.get(&twin).is_some_and(|leg| leg.state == State::Pending);
        if is_pending {
            self.report(twin, report, agenda);
            if let Some(leg) = self.legs.get_mut(&twin)
                && is_answer
            {
                leg.state = State::Up;
            }
        }
    }

    /// Once or, now and then, twice.
    fn report_again(&mut self, id: LegId, report: LegReport, agenda: &mut Agenda) {
        if agenda.chance(15) {
            self.report(id, report.clone(), agenda);
        }
        self.report(id, report, agenda);
    }

    /// What an edge saw arrives a little later, after what it saw on the same leg before.
    fn report(&mut self, id: LegId, report: LegReport, agenda: &mut Agenda) {
        let Some(leg) = self.legs.get_mut(&id).filter(|leg| leg.state != State::Down) else { return };
        let delay_us = if agenda.chance(30) { 0 } else { agenda.number(0, 300_000) };
        let at_us = (agenda.now_us() + delay_us).max(leg.not_before_us);
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.not_before_us = at_us + 1;
        }
        agenda.at(at_us, Happening::Report(id, report));
    }
}

fn of_rejection(reason: RejectReason) -> EndCause {
    match reason {
        RejectReason::Declined => EndCause::Declined,
        RejectReason::Busy => EndCause::Busy,
        RejectReason::Forbidden | RejectReason::Identity(_) => EndCause::Forbidden,
        RejectReason::NotFound => EndCause::NotFound,
        RejectReason::NoAnswer => EndCause::Unavailable,
        RejectReason::Overloaded => EndCause::Overloaded,
        RejectReason::Looping => EndCause::Unavailable,
    }
}
