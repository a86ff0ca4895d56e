//! What people do at the far ends: they answer late or never, press keys, hold, refer, and hang up in every state.

use std::time::Duration;

use call_engine::{EndCause, LegReport};
use identifier::{LegId, UserId};
use media_plan::Tone;
use redact::Pii;

use super::{Act, Leg, Signaling, Sound, State};
use crate::agenda::{Agenda, Happening};
use crate::neighborhood;

impl Signaling {
    /// What becomes of a call that rings somewhere.
    pub(super) fn ring(&mut self, id: LegId, ring_for: Duration, agenda: &mut Agenda) {
        let ring_ms = ring_for.as_millis() as u64;
        let is_phone = self.legs.get(&id).is_some_and(|leg| leg.user.is_some());
        if is_phone && agenda.chance(8) {
            let target = *agenda.pick(&neighborhood::DIALLED).expect("people dial something");
            return agenda.between_ms(20, 5_000, Happening::Act(id, Act::Move(target)));
        }
        agenda.between_ms(20, 2_000, Happening::Act(id, Act::Alert));
        if agenda.chance(20) {
            agenda.between_ms(20, 3_000, Happening::Act(id, Act::SendEarlyMedia));
        }
        let declines = [
            EndCause::Declined,
            EndCause::Busy,
            EndCause::Unavailable,
            EndCause::NotFound,
            EndCause::Forbidden,
            EndCause::NotAcceptable,
            EndCause::Unreachable,
            EndCause::Overloaded,
        ];
        let cause = *agenda.pick(&declines).expect("there are causes");
        match agenda.number(0, 99) {
            0..60 => agenda.between_ms(20, 20_000, Happening::Act(id, Act::Answer)),
            60..75 => agenda.between_ms(1, 8_000, Happening::Act(id, Act::Fail(cause))),
            75..80 => agenda.after_ms(ring_ms, Happening::Act(id, Act::Answer)),
            80..90 => agenda.after_ms(ring_ms, Happening::Act(id, Act::Fail(EndCause::NoAnswer))),
            // Nobody ever answers, and the edge leaves it to the engine.
            _ => {}
        }
    }

    /// What somebody does with a connected phone in the course of a call.
    pub(super) fn live(&mut self, id: LegId, agenda: &mut Agenda) {
        if self.is_over {
            return agenda.between_ms(1, 2_000, Happening::Act(id, Act::Leave));
        }
        if agenda.chance(80) {
            agenda.between_ms(0, 90_000, Happening::Act(id, Act::Leave));
        }
        for _ in 0..agenda.number(0, 10) {
            let tone = *agenda.pick(&Tone::ALL).expect("there are tones");
            let at_ms = agenda.number(0, 60_000);
            if agenda.chance(20) {
                agenda.after_ms(at_ms, Happening::Act(id, Act::PressInSignaling(tone)));
            } else {
                let held_ms = agenda.number(40, 400);
                agenda.after_ms(at_ms, Happening::Act(id, Act::KeyDown(tone)));
                agenda.after_ms(at_ms + held_ms, Happening::Act(id, Act::KeyUp(tone)));
            }
        }
        if agenda.chance(25) {
            agenda.between_ms(0, 30_000, Happening::Act(id, Act::Hold));
            agenda.between_ms(30_000, 60_000, Happening::Act(id, Act::Resume));
        }
        // Whoever got a call by a transfer passes it on in turn.
        let is_transferred = self.legs.get(&id).is_some_and(|leg| leg.transfers > 0);
        if agenda.chance(if is_transferred { 70 } else { 15 }) {
            let target = *agenda.pick(&neighborhood::DIALLED).expect("people dial something");
            agenda.between_ms(0, 40_000, Happening::Act(id, Act::Refer(target)));
        }
        if agenda.chance(15) {
            agenda.between_ms(0, 60_000, Happening::Act(id, Act::BringTogether));
        }
        if agenda.chance(4) {
            agenda.between_ms(0, 60_000, Happening::Act(id, Act::FallSilent));
        }
    }

    /// Somebody does something.
    pub(crate) fn act(&mut self, id: LegId, act: Act, agenda: &mut Agenda) -> Option<Sound> {
        let leg = self.legs.get_mut(&id)?;
        let (state, is_inbound, user) = (leg.state, leg.is_inbound, leg.user);
        match (act, state) {
            (_, State::Down) => {}
            (Act::Leave, State::Up) => self.close(id, EndCause::HungUp, agenda),
            (Act::Leave, State::Pending) if is_inbound => self.close(id, EndCause::Canceled, agenda),
            // Several phones of one user alert their people, and each may send sound before.
            (Act::Alert, State::Pending) => self.report_again(id, LegReport::Ringing, agenda),
            (Act::SendEarlyMedia, State::Pending) => self.report_again(id, LegReport::EarlyMedia, agenda),
            (Act::Answer, State::Pending) => {
                leg.state = State::Up;
                self.report(id, LegReport::Answered, agenda);
                self.live(id, agenda);
            }
            (Act::Fail(cause), State::Pending) => self.close(id, cause, agenda),
            (Act::PressInSignaling(tone), State::Up) => self.report(id, LegReport::Tone(tone), agenda),
            (Act::KeyDown(tone), State::Up) => return Some(Sound::KeyDown(id, tone)),
            (Act::KeyUp(tone), State::Up) => return Some(Sound::KeyUp(id, tone)),
            (Act::FallSilent, State::Up) => return Some(Sound::Silence(id)),
            // A session that is refreshed says again how it is.
            (Act::Hold, State::Up) => self.report_again(id, LegReport::Held, agenda),
            (Act::Resume, State::Up) => self.report_again(id, LegReport::Resumed, agenda),
            (Act::Refer(target), State::Up) => {
                let request =
                    LegReport::TransferRequested { target: Pii::new(target.into()), replaces: None };
                self.report_again(id, request, agenda);
            }
            (Act::BringTogether, State::Up) => {
                let other = self.second_line(id, user, agenda);
                let request = LegReport::TransferRequested { target: Pii::new("".into()), replaces: other };
                self.report(id, request, agenda);
            }
            (Act::Move(target), State::Pending) => {
                self.report(id, LegReport::Moved { target: Pii::new(target.into()) }, agenda);
            }
            (Act::TellOfReferral(outcome), State::Up) => {
                self.report(id, LegReport::Referred(outcome), agenda)
            }
            (
                Act::Alert
                | Act::Move(_)
                | Act::TellOfReferral(_)
                | Act::SendEarlyMedia
                | Act::Answer
                | Act::Fail(_)
                | Act::Leave
                | Act::PressInSignaling(_)
                | Act::KeyDown(_)
                | Act::KeyUp(_)
                | Act::FallSilent
                | Act::Hold
                | Act::Resume
                | Act::Refer(_)
                | Act::BringTogether,
                State::Pending | State::Up,
            ) => {}
        }
        None
    }

    /// Another leg of the same phone; sometimes just any leg, which must be refused.
    fn second_line(&self, id: LegId, user: Option<UserId>, agenda: &mut Agenda) -> Option<LegId> {
        let is_any = agenda.chance(10);
        let fits = |leg: &Leg| is_any || (user.is_some() && leg.user == user);
        let lines: Vec<LegId> = self
            .legs
            .iter()
            .filter(|(other, leg)| **other != id && leg.state == State::Up && fits(leg))
            .map(|(other, _)| *other)
            .collect();
        agenda.pick(&lines).copied()
    }

    /// Everybody goes home.
    pub(crate) fn curtain(&mut self, agenda: &mut Agenda) {
        self.is_over = true;
        let open: Vec<LegId> =
            self.legs.iter().filter(|(_, leg)| leg.state != State::Down).map(|(id, _)| *id).collect();
        for id in open {
            agenda.between_ms(0, 5_000, Happening::Act(id, Act::Leave));
        }
    }
}
