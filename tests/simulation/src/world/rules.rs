//! What must hold in a world: after every step, and when the last one has gone home.

use call_engine::CallEventKind;
use exchange::{Command, Reply};
use journal::{Excerpt, Ladder, Picture, Reveal, Verdict as Replayed, replay};

use super::{Cause, NO_SEED, World};
use crate::watch::{Broken, Verdict, rule};

impl World {
    /// Nothing is reported as done that was not seen to be done.
    pub(super) fn check_cause(&self, kind: &CallEventKind) -> Verdict {
        let needed = match kind {
            CallEventKind::PlayCompleted => Cause::PlaybackFinished,
            CallEventKind::CallConnected if self.cause == Cause::Join => Cause::Join,
            CallEventKind::CallConnected | CallEventKind::AddParticipantSucceeded { .. } => Cause::Answer,
            CallEventKind::CallTransferAccepted { .. } if self.cause == Cause::Referral => Cause::Referral,
            CallEventKind::CallTransferAccepted { .. } => Cause::Answer,
            _ => return Ok(()),
        };
        rule!(self.cause == needed, "{kind:?} follows from {:?}", self.cause);
        Ok(())
    }

    /// What must hold after every step.
    pub(super) fn check(&mut self) -> Verdict {
        self.floor.check()?;
        self.operations.check(self.agenda.now_us())?;
        let now = self.now();
        for connection in self.connections.open() {
            let Some(resource) = self.applications.resource_of(connection) else { continue };
            let properties =
                self.exchange.handle_command(Command::Properties { connection, resource }, NO_SEED, now);
            let roster =
                self.exchange.handle_command(Command::Participants { connection, resource }, NO_SEED, now);
            let seen = match (properties, roster) {
                (Ok(Reply::Call(properties)), Ok(Reply::Participants(roster))) => {
                    self.floor.check_seen(properties.call, roster.len())?;
                    Some((properties.state, roster))
                }
                _ => None,
            };
            self.connections.check(connection, seen)?;
        }
        Ok(())
    }

    /// Every call can be lived again, alone with those it met, and the same follows.
    pub(super) fn check_replays(&mut self) -> Verdict {
        let (mut calls, mut circles) = (0, 0);
        for excerpt in Excerpt::all(self.scribe.sink()) {
            match replay(&excerpt) {
                Replayed::Equal { .. } => {}
                Replayed::Differs(difference) => {
                    let mut ladder = Ladder::new(Reveal::Numbers);
                    let lines = ladder.lines(&excerpt);
                    let (then, now) = (ladder.what(&difference.then), ladder.what(&difference.now));
                    return Err(Broken(format!(
                        "{}replayed alone, input {} gave {now}\nand not {then}",
                        Picture::text(&lines),
                        difference.sequence,
                    )));
                }
                Replayed::Unknown(why) => return Err(Broken(format!("a call cannot be replayed: {why}"))),
            }
            calls += excerpt.calls.len();
            circles += 1;
        }
        self.tally.add_to("transfer of a transfer", self.signaling.transfers_of_transfers);
        self.tally.add_to("replayed call", calls as u64);
        self.tally.add_to("replayed alone", circles);
        Ok(())
    }

    /// What must hold when the last one has gone home.
    pub(super) fn check_nothing_left(&self) -> Verdict {
        self.connections.check_closed()?;
        self.operations.check_empty()?;
        self.floor.check_empty()?;
        self.records.check_complete()?;
        self.listeners.check_closed()?;
        self.post.check_empty()?;
        rule!(self.media.is_idle(), "something is still played");
        let (calls, legs) = (self.exchange.call_count(), self.exchange.leg_count());
        let timers = self.exchange.timer_count();
        rule!(calls + legs + timers == 0, "{calls} calls, {legs} legs and {timers} timers are left");
        Ok(())
    }
}
