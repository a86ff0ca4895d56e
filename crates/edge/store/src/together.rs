//! Facts of one kind go into the database with one statement.
//!
//! A statement is handed to the thread that talks to SQLite (to a cluster's database: over the network)
//! and waited for, which is dearer than the row that it writes.

use crate::call_record::CallRecord;
use crate::connection::{self, Connection};
use crate::delivery_attempt::{Arrival, DeliveryAttempt};
use crate::ongoing_call::OngoingCall;
use crate::outbox::{self, Delivery};
use crate::personal_call::PersonalCall;
use crate::store::StoreError;
use crate::write::{Tx, Write};

/// Rows of one statement: few numbers, so that few statements have to be prepared.
const PORTIONS: [usize; 4] = [64, 16, 4, 1];

/// A connection that the application has learned of, and what the application called it.
pub(crate) type Established<'a> = (&'a str, Option<&'a str>);
/// A delivery that has arrived, the attempts that it took, when, and the last of them.
pub(crate) type Settled<'a> = (&'a str, i64, i64, Option<&'a Arrival>);

/// What a call leaves behind, in the order in which it has to be written.
#[derive(Default)]
struct Gathered<'a> {
    opened: Vec<&'a Connection>,
    established: Vec<Established<'a>>,
    started: Vec<&'a OngoingCall>,
    deliveries: Vec<&'a Delivery>,
    attempts: Vec<&'a DeliveryAttempt>,
    settled: Vec<Settled<'a>>,
    ended: Vec<&'a CallRecord>,
    personal: Vec<&'a PersonalCall>,
    closed: Vec<&'a str>,
}

/// Writes all of them, each after those that it builds upon.
pub(crate) async fn apply_all<'a>(
    tx: &mut Tx<'_>,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<(), StoreError> {
    let mut gathered = Gathered::default();
    for write in writes {
        if !gathered.take(write) {
            // What is rare is written in its turn.
            gathered.write(tx).await?;
            gathered = Gathered::default();
            write.apply(tx).await?;
        }
    }
    gathered.write(tx).await
}

/// The rows in portions of few sizes.
pub(crate) fn portions<Row>(mut rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    std::iter::from_fn(move || {
        let size = PORTIONS.into_iter().find(|size| *size <= rows.len())?;
        let (portion, rest) = rows.split_at(size);
        rows = rest;
        Some(portion)
    })
}

impl<'a> Gathered<'a> {
    /// `false`: it must be written alone.
    fn take(&mut self, write: &'a Write) -> bool {
        match write {
            Write::OpenConnection(connection) => self.opened.push(connection),
            Write::EstablishConnection { id, operation_context } => {
                self.established.push((id, operation_context.as_deref()));
            }
            Write::StartCall(call) => self.started.push(call),
            Write::PutDelivery(delivery) => self.deliveries.push(delivery),
            Write::PutAttempt(attempt) => self.attempts.push(attempt),
            Write::SettleDelivery { id, attempts, at_us, attempt } => {
                self.settled.push((id, *attempts, *at_us, attempt.as_ref()));
            }
            Write::EndCall(record) => self.ended.push(record),
            Write::KeepPersonalCall(call) => self.personal.push(call),
            Write::CloseConnection(id) => self.closed.push(id),
            Write::PutSetting { .. }
            | Write::ForgetPersonalCalls(_)
            | Write::PostponeDelivery { .. }
            | Write::BuryDelivery(_)
            | Write::ReviveDeadLetter { .. }
            | Write::RemoveDeadLetter(_)
            | Write::PutSubscription(_)
            | Write::RemoveSubscription(_)
            | Write::PutAnswer(_)
            | Write::PutBinding(_)
            | Write::RemoveBinding { .. }
            | Write::OpenRecording(_)
            | Write::EndRecording { .. }
            | Write::PutToldRecording(_)
            | Write::RemoveToldRecording(_)
            | Write::OpenRecordingFile(_)
            | Write::ChangeRecordingFile(_)
            | Write::RemoveRecordingFile(_)
            | Write::PutHeldNumber(_)
            | Write::RemoveHeldNumber(_)
            | Write::PutSipRouting(_)
            | Write::PutConsent(_)
            | Write::RemoveConsent { .. }
            | Write::KeepForAWhile(_)
            | Write::RemoveKept(_)
            | Write::SetAside(_)
            | Write::RemoveAside(_)
            | Write::PutPresence(_)
            | Write::RemovePresence(_)
            | Write::PutGraphSubscription(_)
            | Write::RemoveGraphSubscription(_)
            | Write::ChangeTenant(_)
            | Write::ForgetDeliveries(_)
            | Write::ForgetDeadLetters(_)
            | Write::ForgetOldPersonalCalls(_)
            | Write::ForgetExpired { .. } => return false,
        }
        true
    }

    async fn write(self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        Connection::insert_all(tx, &self.opened).await?;
        connection::establish_all(tx, &self.established).await?;
        OngoingCall::insert_all(tx, &self.started).await?;
        Delivery::insert_all(tx, &self.deliveries).await?;
        DeliveryAttempt::insert_all(tx, &self.attempts).await?;
        outbox::settle_all(tx, &self.settled).await?;
        CallRecord::insert_all(tx, &self.ended).await?;
        PersonalCall::insert_all(tx, &self.personal).await?;
        connection::remove_all(tx, &self.closed).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_portions_of_few_sizes() {
        let rows: Vec<usize> = (0..90).collect();
        let sizes: Vec<usize> = portions(&rows).map(<[usize]>::len).collect();
        assert_eq!(sizes, [64, 16, 4, 4, 1, 1]);
        assert_eq!(portions(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        assert_eq!(portions::<usize>(&[]).count(), 0);
    }
}
