//! What a caller is told, and asks, before the answer: 180, 183, PRACK (RFC 3262) and UPDATE (RFC 3311).

use call_engine::{EndCause, LegOutcome};
use identifier::CallId;
use rsipstack::sip::{Header, Method, StatusCode};
use rsipstack::transaction::transaction::Transaction;
use tracing::debug;

use crate::dialog::reply_early;
use crate::headers::{allow, session_description, supported};
use crate::inbound::reliable::{Next, Provisional};
use crate::inbound::{Described, Inbound};

/// How far caller and we have come with our descriptions before the answer (RFC 6337 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nothing that the caller has for certain.
    No,
    /// Our offer went out; its answer comes with a PRACK.
    Offered,
    /// Both know of offer and answer. What follows is a new offer.
    Agreed,
}

impl Inbound {
    /// It rings at the callee.
    pub(super) fn ring(&mut self, call: CallId) -> Result<(), LegOutcome> {
        // RFC 3262 §5: the first reliable response to an INVITE without an offer has ours.
        if self.offer.is_none() && self.reliable.is_required() && self.settled == Settled::No {
            self.progress(call)?;
        }
        self.say(Provisional::Ringing);
        Ok(())
    }

    /// Lets the caller hear us before the answer. One without an offer, who cannot give an answer before
    /// ours either, has to wait for it.
    pub(super) fn progress(&mut self, call: CallId) -> Result<(), LegOutcome> {
        if self.early.is_some() {
            return Ok(());
        }
        if self.offer.is_none() && !self.reliable.is_known() {
            self.say(Provisional::Ringing);
            return Ok(());
        }
        let described = self.describe(call)?;
        let text = described.text.clone();
        self.early = Some(described);
        if self.offer.is_none() {
            self.settled = Settled::Offered;
        }
        self.say(Provisional::Described(text));
        Ok(())
    }

    fn say(&mut self, response: Provisional) {
        if !self.reliable.is_for(&response) {
            self.send(response, Vec::new());
        } else if let Some((response, headers)) = self.reliable.push(response) {
            self.send(response, headers.into());
        }
    }

    fn send(&self, response: Provisional, mut headers: Vec<Header>) {
        headers.push(allow());
        let body = match response {
            Provisional::Ringing => None,
            Provisional::Described(text) => {
                headers.push(session_description());
                Some(text.into_bytes())
            }
        };
        if let Err(error) = self.dialog.ringing(Some(headers), body) {
            debug!(leg.id = %self.leg, %error, "a caller cannot hear what comes before the answer");
        }
    }

    /// RFC 3262 §3: until it is acknowledged, at growing intervals.
    pub(super) fn repeat(&mut self) -> Result<(), LegOutcome> {
        match self.reliable.next() {
            Some(Next::GiveUp) => Err(self.refuse(StatusCode::ServerTimeOut, EndCause::Unreachable)),
            Some(Next::Repeat(response, headers)) => {
                self.send(response, headers.into());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A request within the dialog that is not confirmed yet.
    pub(super) fn on_request(&mut self, transaction: Transaction) -> Result<(), LegOutcome> {
        match transaction.original.method {
            Method::PRack => self.on_prack(transaction),
            Method::Update if !transaction.original.body.is_empty() => {
                self.on_update(transaction);
                Ok(())
            }
            _ => {
                self.core.spawn_aside(reply_early(transaction));
                Ok(())
            }
        }
    }

    fn on_prack(&mut self, transaction: Transaction) -> Result<(), LegOutcome> {
        let Some(acknowledged) = self.reliable.acknowledge(&transaction.original) else {
            self.answer_with(transaction, StatusCode::CallTransactionDoesNotExist, None);
            return Ok(());
        };
        let body = transaction.original.body.clone();
        let is_description = matches!(acknowledged, Provisional::Described(_));
        if is_description && self.settled == Settled::Offered {
            self.answer_with(transaction, StatusCode::OK, None);
            self.accept_early(&body)?;
        } else {
            if is_description {
                self.settled = Settled::Agreed;
            }
            self.answer_offer(transaction, &body);
        }
        if let Some((response, headers)) = self.reliable.pop_waiting() {
            self.send(response, headers.into());
        }
        Ok(())
    }

    /// RFC 3262 §5: the answer to our offer is in the PRACK of the response that carried it.
    fn accept_early(&mut self, answer: &[u8]) -> Result<(), LegOutcome> {
        let Some(early) = &mut self.early else { return Ok(()) };
        match early.session.accept(answer) {
            Ok(change) => {
                early.change = change;
                self.settled = Settled::Agreed;
                Ok(())
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "cannot {error}");
                Err(self.refuse(StatusCode::NotAcceptableHere, EndCause::NotAcceptable))
            }
        }
    }

    /// RFC 3311 §5.2: one offer at a time, and the first one first.
    fn on_update(&mut self, transaction: Transaction) {
        let body = transaction.original.body.clone();
        match self.settled {
            Settled::Offered => self.answer_with(transaction, StatusCode::RequestPending, None),
            Settled::No => self.core.spawn_aside(async move {
                let mut transaction = transaction;
                let headers = vec![Header::RetryAfter("1".into())];
                let refused = transaction.reply_with(StatusCode::ServerInternalError, headers, None);
                if let Err(error) = refused.await {
                    debug!(%error, "an UPDATE could not be refused");
                }
            }),
            Settled::Agreed => self.answer_offer(transaction, &body),
        }
    }

    /// Answers what a PRACK or an UPDATE offers, if it offers anything.
    fn answer_offer(&mut self, transaction: Transaction, offer: &[u8]) {
        let early = self.early.as_mut().filter(|_| self.settled == Settled::Agreed && !offer.is_empty());
        let Some(Described { session, change, .. }) = early else {
            return self.answer_with(transaction, StatusCode::OK, None);
        };
        match session.answer(offer) {
            Ok((text, changed)) => {
                *change = changed.or(change.take());
                self.answer_with(transaction, StatusCode::OK, Some(text));
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "an offer before the answer is refused: cannot {error}");
                self.answer_with(transaction, StatusCode::NotAcceptableHere, None);
            }
        }
    }

    fn answer_with(&self, mut transaction: Transaction, status: StatusCode, text: Option<String>) {
        let mut headers = vec![allow(), supported()];
        headers.extend(text.as_ref().map(|_| session_description()));
        self.core.spawn_aside(async move {
            let body = text.map(String::into_bytes);
            if let Err(error) = transaction.reply_with(status, headers, body).await {
                debug!(%error, "a request before the answer could not be answered");
            }
        });
    }
}
