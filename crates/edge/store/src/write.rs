//! Everything that can be written, as values: what one batch makes durable together.

use redact::Secret;
use sqlx::{Sqlite, Transaction};

use crate::aside::{self, Aside};
use crate::binding::{self, Binding};
use crate::call_record::CallRecord;
use crate::connection::{self, Connection};
use crate::consent::{self, Consent};
use crate::dead_letter::{self, DeadLetter};
use crate::delivery_attempt::{Arrival, DeliveryAttempt};
use crate::graph_subscription::{self, GraphSubscription};
use crate::held_number::{self, HeldNumber};
use crate::kept_for_a_while::{self, KeptForAWhile};
use crate::ongoing_call::OngoingCall;
use crate::outbox::{self, Delivery};
use crate::personal_call::{self, PersonalCall};
use crate::presence::{self, KeptPresence};
use crate::recording::{self, Recording};
use crate::recording_file::{self, RecordingFile};
use crate::repeatability::RecordedAnswer;
use crate::retention;
use crate::secret_setting;
use crate::sip_routing::SipRouting;
use crate::store::StoreError;
use crate::subscription::{self, Subscription};
use crate::tenant_object::TenantChange;
use crate::told_recording::{self, ToldRecording};

pub(crate) type Tx<'a> = Transaction<'a, Sqlite>;

/// One fact to be kept.
#[derive(Clone, Debug)]
pub enum Write {
    /// A generated id, key or token; replaces what was there.
    PutSetting {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret<String>,
    },
    /// An application holds a call.
    OpenConnection(Connection),
    /// The application learned that it is connected.
    EstablishConnection {
        /// The connection.
        id: String,
        /// What the application called the request that made it.
        operation_context: Option<String>,
    },
    /// The application no longer holds the call.
    CloseConnection(String),
    /// Two parties talk.
    StartCall(OngoingCall),
    /// A call is over.
    EndCall(CallRecord),
    /// A call as somebody had it.
    KeepPersonalCall(PersonalCall),
    /// Nothing is known any more of the calls of a person, by object id.
    ForgetPersonalCalls(String),
    /// An event that must reach somebody; the same id twice is one delivery.
    PutDelivery(Delivery),
    /// Somebody was tried.
    PutAttempt(DeliveryAttempt),
    /// It will be tried again.
    PostponeDelivery {
        /// The delivery.
        id: String,
        /// Attempts so far.
        attempts: i64,
        /// When.
        next_attempt_us: i64,
    },
    /// It arrived.
    SettleDelivery {
        /// The delivery.
        id: String,
        /// Attempts that it took.
        attempts: i64,
        /// When.
        at_us: i64,
        /// The attempt that it took; those before it are kept on their own.
        attempt: Option<Arrival>,
    },
    /// It was given up.
    BuryDelivery(DeadLetter),
    /// A dead letter is tried again, as the same event.
    ReviveDeadLetter {
        /// The delivery.
        id: String,
        /// Its new place in the order.
        sequence: i64,
    },
    /// A dead letter is of no more interest.
    RemoveDeadLetter(String),
    /// A subscription, new or changed.
    PutSubscription(Subscription),
    /// A subscription is gone.
    RemoveSubscription(String),
    /// What a repeated request is answered with.
    PutAnswer(RecordedAnswer),
    /// A registered contact, new or refreshed.
    PutBinding(Binding),
    /// A contact is gone.
    RemoveBinding {
        /// Of whom.
        address_of_record: String,
        /// Where.
        contact: String,
    },
    /// A call is recorded.
    OpenRecording(Recording),
    /// A recording is over.
    EndRecording {
        /// The recording.
        id: String,
        /// When.
        ended_us: i64,
        /// Why.
        reason: String,
    },
    /// An application was told how a recording stands that goes on.
    PutToldRecording(ToldRecording),
    /// An application was told of the end of a recording.
    RemoveToldRecording(String),
    /// A file of a recording begins.
    OpenRecordingFile(RecordingFile),
    /// A file of a recording is further than it was; one that was deleted stays deleted.
    ChangeRecordingFile(RecordingFile),
    /// A file of a recording is deleted, and with the last one the recording.
    RemoveRecordingFile(String),
    /// A resource holds a number, or something else is known of it.
    PutHeldNumber(HeldNumber),
    /// Nobody holds a number any more.
    RemoveHeldNumber(String),
    /// A resource has set up its direct routing.
    PutSipRouting(SipRouting),
    /// A resource consents.
    PutConsent(Consent),
    /// A resource takes a consent back.
    RemoveConsent {
        /// The resource.
        resource: String,
        /// The tenant.
        tenant: String,
        /// The person or resource account.
        object: String,
    },
    /// Something that is forgotten by itself.
    KeepForAWhile(KeptForAWhile),
    /// It is forgotten before its time.
    RemoveKept(String),
    /// Numbers are kept aside.
    SetAside(Aside),
    /// What a paper kept aside is free again.
    RemoveAside(String),
    /// Something is said about somebody's presence.
    PutPresence(KeptPresence),
    /// Nothing is said about somebody's presence any more.
    RemovePresence(String),
    /// A subscription of Graph, new or renewed.
    PutGraphSubscription(GraphSubscription),
    /// A subscription of Graph is gone.
    RemoveGraphSubscription(String),
    /// The telephone system of a tenant changes, if it is of the version that the change was made upon.
    ChangeTenant(TenantChange),
    /// Settled deliveries are forgotten.
    ForgetDeliveries(Vec<String>),
    /// Dead letters are forgotten.
    ForgetDeadLetters(Vec<String>),
    /// Calls of people that are too old or too many, by their ids.
    ForgetOldPersonalCalls(Vec<String>),
    /// What has expired is forgotten, and the oldest call records.
    ForgetExpired {
        /// The time.
        now_us: i64,
        /// How many call records stay.
        call_records: i64,
    },
}

impl Write {
    pub(crate) async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        match self {
            Self::PutSetting { name, value } => secret_setting::put(tx, name, value).await,
            Self::OpenConnection(connection) => Connection::insert_all(tx, &[connection]).await,
            Self::EstablishConnection { id, operation_context } => {
                connection::establish_all(tx, &[(id, operation_context.as_deref())]).await
            }
            Self::CloseConnection(id) => connection::remove_all(tx, &[id]).await,
            Self::StartCall(call) => OngoingCall::insert_all(tx, &[call]).await,
            Self::EndCall(record) => CallRecord::insert_all(tx, &[record]).await,
            Self::KeepPersonalCall(call) => PersonalCall::insert_all(tx, &[call]).await,
            Self::ForgetPersonalCalls(person) => personal_call::forget(tx, person).await,
            Self::PutDelivery(delivery) => Delivery::insert_all(tx, &[delivery]).await,
            Self::PutAttempt(attempt) => DeliveryAttempt::insert_all(tx, &[attempt]).await,
            Self::PostponeDelivery { id, attempts, next_attempt_us } => {
                outbox::postpone(tx, id, *attempts, *next_attempt_us).await
            }
            Self::SettleDelivery { id, attempts, at_us, attempt } => {
                outbox::settle_all(tx, &[(id, *attempts, *at_us, attempt.as_ref())]).await
            }
            Self::BuryDelivery(letter) => letter.insert(tx).await,
            Self::ReviveDeadLetter { id, sequence } => dead_letter::revive(tx, id, *sequence).await,
            Self::RemoveDeadLetter(id) => dead_letter::remove(tx, id).await,
            Self::PutSubscription(subscription) => subscription.put(tx).await,
            Self::RemoveSubscription(id) => subscription::remove(tx, id).await,
            Self::PutAnswer(answer) => answer.insert(tx).await,
            Self::PutBinding(binding) => binding.put(tx).await,
            Self::RemoveBinding { address_of_record, contact } => {
                binding::remove(tx, address_of_record, contact).await
            }
            Self::OpenRecording(recording) => recording.insert(tx).await,
            Self::EndRecording { id, ended_us, reason } => recording::end(tx, id, *ended_us, reason).await,
            Self::PutToldRecording(told) => told.insert(tx).await,
            Self::RemoveToldRecording(id) => told_recording::remove(tx, id).await,
            Self::OpenRecordingFile(file) => file.insert(tx).await,
            Self::ChangeRecordingFile(file) => file.change(tx).await,
            Self::RemoveRecordingFile(document) => recording_file::remove(tx, document).await,
            Self::PutHeldNumber(number) => number.put(tx).await,
            Self::RemoveHeldNumber(number) => held_number::remove(tx, number).await,
            Self::PutSipRouting(routing) => routing.put(tx).await,
            Self::PutConsent(consent) => consent.put(tx).await,
            Self::RemoveConsent { resource, tenant, object } => {
                consent::remove(tx, resource, tenant, object).await
            }
            Self::KeepForAWhile(kept) => kept.put(tx).await,
            Self::RemoveKept(id) => kept_for_a_while::remove(tx, id).await,
            Self::SetAside(aside) => aside.put(tx).await,
            Self::RemoveAside(paper) => aside::remove(tx, paper).await,
            Self::PutPresence(kept) => kept.put(tx).await,
            Self::RemovePresence(person) => presence::remove(tx, person).await,
            Self::PutGraphSubscription(subscription) => subscription.put(tx).await,
            Self::RemoveGraphSubscription(id) => graph_subscription::remove(tx, id).await,
            Self::ChangeTenant(change) => change.apply(tx).await,
            Self::ForgetDeliveries(ids) => retention::forget_deliveries(tx, ids).await,
            Self::ForgetDeadLetters(ids) => retention::forget_dead_letters(tx, ids).await,
            Self::ForgetOldPersonalCalls(ids) => retention::forget_personal_calls(tx, ids).await,
            Self::ForgetExpired { now_us, call_records } => {
                retention::forget_expired(tx, *now_us, *call_records).await
            }
        }
    }
}
