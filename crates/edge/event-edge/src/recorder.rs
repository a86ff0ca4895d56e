//! What happened becomes durable, and only then leaves.
//!
//! Two tasks: the first turns batches into rows and hands them to the store in the order in which
//! they came; the second waits for the store, answers the switchboard, and lets events go.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acs::grid::{CallEndReason, GridEvent, GridSchema};
use call_engine::{
    CallEvent, CallEventKind, CallNotice, CallProperties, Callback, InProcessApp, NoticeKind, RecordingStatus,
};
use clock::Now;
use event_delivery::Candidate;
use identifier::{CallConnectionId, CallId, DeliveryId, ResourceId};
use serde_json::Value;
use store::{
    Connection, Delivery, DeliveryKind, DeliveryState, OngoingCall, StoreError, ToldRecording, Write,
};
use switchboard::{Batch, Committed, Ledger, Station};
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use crate::call_record;
use crate::callback_body::callback_event;
use crate::core::Core;
use crate::grid_body::{self, grid_event};
use crate::personal_calls;
use crate::postman::Mail;
use crate::reservation;

/// Batches that may wait to be made durable. The switchboard cannot wait, so what comes beyond is
/// refused aloud.
const WAITING: usize = 65_536;

/// The mouth of the recorder.
pub(crate) struct Recorder {
    core: Arc<Core>,
    batches: mpsc::UnboundedSender<Submitted>,
    waiting: Arc<AtomicUsize>,
}

struct Submitted {
    batch: Batch,
    done: oneshot::Sender<Result<(), Arc<str>>>,
    since: Now,
}

/// What one batch comes to.
#[derive(Default)]
pub(crate) struct Entry {
    pub(crate) writes: Vec<Write>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) asides: Vec<Aside>,
}

/// What stays in this process.
pub(crate) enum Aside {
    Event(InProcessApp, Box<CallEvent>),
    IncomingCall { notice: Box<CallNotice>, claimed: bool },
}

struct Settling {
    stored: oneshot::Receiver<Result<(), StoreError>>,
    entry: Entry,
    done: oneshot::Sender<Result<(), Arc<str>>>,
    since: Now,
}

impl Recorder {
    pub(crate) fn start(core: &Arc<Core>, mail: mpsc::Sender<Mail>) -> Self {
        let (batches, submitted) = mpsc::unbounded_channel();
        let (settle, settling) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        tokio::spawn(record(Arc::clone(core), submitted, settle));
        tokio::spawn(release(Arc::clone(core), settling, mail, Arc::clone(&waiting)));
        Self { core: Arc::clone(core), batches, waiting }
    }
}

impl Ledger for Recorder {
    fn commit(&self, batch: Batch) -> Committed {
        let (done, committed) = oneshot::channel();
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            for event in &batch.events {
                error!(event.id = %event.id, call.id = %event.call, "event {} of call {} is lost: {WAITING} batches wait for the disk", event.id, event.call);
            }
            for record in &batch.records {
                error!(call.id = %record.call, "the record of call {} is lost: {WAITING} batches wait for the disk", record.call);
            }
            let _ = done.send(Err("too much waits for the disk".into()));
            return committed;
        }
        let since = self.core.now();
        self.core.around.lateness.begin(Station::Ledger);
        if let Err(refused) = self.batches.send(Submitted { batch, done, since }) {
            let _ = refused.0.done.send(Err("the event edge has stopped".into()));
        }
        committed
    }
}

async fn record(
    core: Arc<Core>,
    mut submitted: mpsc::UnboundedReceiver<Submitted>,
    settle: mpsc::UnboundedSender<Settling>,
) {
    while let Some(Submitted { batch, done, since }) = submitted.recv().await {
        let mut entry = Entry::default();
        entry.take(&core, batch);
        let stored = core.around.store.enqueue(std::mem::take(&mut entry.writes));
        if settle.send(Settling { stored, entry, done, since }).is_err() {
            return;
        }
    }
}

async fn release(
    core: Arc<Core>,
    mut settling: mpsc::UnboundedReceiver<Settling>,
    mail: mpsc::Sender<Mail>,
    waiting: Arc<AtomicUsize>,
) {
    while let Some(Settling { stored, entry, done, since }) = settling.recv().await {
        let stored = stored.await.unwrap_or(Err(StoreError::Closed));
        let now = core.now();
        core.around.lateness.end(Station::Ledger, now.since(since));
        if let Err(error) = &stored {
            // A full disk must not keep an application from its call: what could not be kept is
            // still delivered, and only a crash can lose it now.
            warn!(error = %error, "{} events leave without being kept: cannot {error}", entry.deliveries.len());
        }
        let durable = stored.is_ok();
        let _ = done.send(stored.map_err(|error| format!("cannot {error}").into()));
        entry.asides.into_iter().for_each(|aside| aside.tell(&core));
        if !entry.deliveries.is_empty() {
            core.around.lateness.begin(Station::Outbox);
            let events = Mail::Events { deliveries: entry.deliveries, durable, since: now };
            if mail.send(events).await.is_err() {
                return;
            }
        }
        waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Aside {
    fn tell(self, core: &Core) {
        match self {
            Self::Event(app, event) => core.apps.tell(app, *event),
            Self::IncomingCall { notice, claimed } => core.apps.tell_all(&notice, claimed),
        }
    }
}

impl Entry {
    /// Adds what a batch says, in its order.
    pub(crate) fn take(&mut self, core: &Core, batch: Batch) {
        let opened_us = core.now().unix_us();
        for properties in &batch.opened {
            self.writes.push(Write::OpenConnection(connection(properties, opened_us)));
        }
        for event in batch.events {
            self.event(core, event);
        }
        for notice in &batch.notices {
            self.notice(core, notice, None);
        }
        if !batch.records.is_empty() {
            let directory = (core.around.directory)();
            for record in &batch.records {
                self.writes.push(Write::EndCall(call_record::row(record)));
                let personal = personal_calls::of(record, &directory);
                self.writes.extend(personal.into_iter().map(Write::KeepPersonalCall));
            }
        }
        for closed in &batch.closed {
            self.writes.push(Write::CloseConnection(closed.to_string()));
        }
        self.writes
            .extend(batch.reserved.iter().map(|reserved| Write::KeepForAWhile(reservation::row(reserved))));
    }

    /// Adds a fact for an application.
    pub(crate) fn event(&mut self, core: &Core, event: CallEvent) {
        if event.kind == CallEventKind::CallConnected {
            self.writes.push(Write::EstablishConnection {
                id: event.connection.to_string(),
                operation_context: event.operation_context.as_deref().map(str::to_owned),
            });
        }
        let uri = match &event.application.callback {
            Callback::InProcess(app) => {
                self.asides.push(Aside::Event(*app, Box::new(event)));
                return;
            }
            Callback::Uri(uri) => Arc::clone(uri),
        };
        if let CallEventKind::RecordingStateChanged(status) = &event.kind {
            self.writes.push(if status.is_over {
                Write::RemoveToldRecording(status.recording.to_string())
            } else {
                Write::PutToldRecording(told_recording(&event, status, &uri))
            });
        }
        let spelled = callback_event(&event);
        // The version of the application has no word for it: it is not told.
        let (Some(event_type), Some(body)) = (spelled.event_type(), spelled.body()) else { return };
        self.deliver(
            core,
            Delivery {
                stream: format!("{} {uri}", event.connection),
                event: event.id.to_string(),
                event_type: event_type.full_name(),
                kind: DeliveryKind::Callback,
                destination: uri.to_string(),
                resource: event.application.resource.to_string(),
                call: event.call.to_string(),
                connection: Some(event.connection.to_string()),
                body: String::from_utf8(body).expect("JSON is UTF-8"),
                created_us: event.at.unix_us(),
                ..empty()
            },
        );
    }

    /// Adds a fact for subscribers. `reason` says more about the end of a call than its cause does.
    pub(crate) fn notice(&mut self, core: &Core, notice: &CallNotice, reason: Option<CallEndReason>) {
        self.life_of_call(notice);
        let claimed = self.tell_subscribers(core, notice, reason);
        if matches!(notice.kind, NoticeKind::IncomingCall(_)) {
            self.asides.push(Aside::IncomingCall { notice: Box::new(notice.clone()), claimed });
        }
    }

    fn tell_subscribers(&mut self, core: &Core, notice: &CallNotice, reason: Option<CallEndReason>) -> bool {
        let event_type = grid_body::event_type(&notice.kind);
        if core.registry.interested(notice.resource, event_type).is_empty() {
            return false;
        }
        let event = grid_event(notice, &(core.around.directory)(), &core.around.contexts, reason);
        self.tell(core, notice.resource, notice.call, &event, grid_body::expires_us(notice))
    }

    /// Adds an event for each subscriber of the resource that wants it; says whether any does.
    pub(crate) fn tell(
        &mut self,
        core: &Core,
        resource: ResourceId,
        call: CallId,
        event: &GridEvent,
        expires_us: Option<i64>,
    ) -> bool {
        let event_type = event.data.event_type();
        let interested = core.registry.interested(resource, event_type);
        let subject = event.data.subject();
        let mut spelled: [Option<Value>; 2] = [None, None];
        let mut claimed = false;
        for subscriber in interested {
            let schema = subscriber.spec.event_delivery_schema;
            let value = spelled[schema as usize].get_or_insert_with(|| event.value(schema));
            if !subscriber.wants(Candidate { event_type, subject: &subject, event: value }) {
                continue;
            }
            claimed = true;
            let id = delivery_id(core);
            self.deliver(
                core,
                Delivery {
                    id: id.to_string(),
                    stream: id.to_string(),
                    event: event.id.to_string(),
                    event_type: event_type.to_owned(),
                    kind: kind(schema),
                    destination: subscriber.spec.endpoint.clone(),
                    subscription: Some(subscriber.id.to_string()),
                    resource: resource.to_string(),
                    call: call.to_string(),
                    body: match schema {
                        GridSchema::EventGrid => format!("[{value}]"),
                        GridSchema::CloudEvents => value.to_string(),
                    },
                    created_us: event.unix_us,
                    expires_us,
                    ..empty()
                },
            );
        }
        claimed
    }

    /// What must be known to close the call's record if this process dies first.
    fn life_of_call(&mut self, notice: &CallNotice) {
        if let NoticeKind::CallStarted { started_by, is_two_party } = &notice.kind {
            self.writes.push(Write::StartCall(OngoingCall {
                id: notice.call.to_string(),
                correlation: notice.correlation.to_string(),
                resource: notice.resource.to_string(),
                started_by: started_by.raw_id(),
                is_two_party: *is_two_party,
                started_us: notice.at.unix_us(),
            }));
        }
    }

    fn deliver(&mut self, core: &Core, delivery: Delivery) {
        let id = if delivery.id.is_empty() { delivery_id(core).to_string() } else { delivery.id };
        let sequence = core.sequence.next(core.now().unix_us());
        let delivery = Delivery { id, sequence, ..delivery };
        self.writes.push(Write::PutDelivery(delivery.clone()));
        self.deliveries.push(delivery);
    }
}

fn delivery_id(core: &Core) -> DeliveryId {
    let unix_us = core.now().unix_us();
    core.draw(|entropy| DeliveryId::made_at(unix_us, entropy))
}

/// Marks a callback in the list of open connections that leads into this process.
const IN_PROCESS: &str = "in-process:";

fn connection(properties: &CallProperties, opened_us: i64) -> Connection {
    Connection {
        id: properties.connection.to_string(),
        call: properties.call.to_string(),
        correlation: properties.correlation.to_string(),
        resource: properties.application.resource.to_string(),
        callback: match &properties.application.callback {
            Callback::Uri(uri) => uri.to_string(),
            Callback::InProcess(app) => format!("{IN_PROCESS}{app:?}"),
        },
        api_version: properties.application.api_version.to_string(),
        operation_context: None,
        source: properties.source.as_ref().map(|source| source.raw_id()),
        targets: properties.targets.iter().map(|target| target.raw_id()).collect(),
        answered_for: properties.answered_for.as_ref().map(ToString::to_string),
        joined: properties.has_joined,
        established: false,
        opened_us,
    }
}

/// What must be known to tell the end of a recording if this process dies first.
fn told_recording(event: &CallEvent, status: &RecordingStatus, callback: &str) -> ToldRecording {
    ToldRecording {
        recording: status.recording.to_string(),
        call: event.call.to_string(),
        correlation: event.correlation.to_string(),
        resource: event.application.resource.to_string(),
        callback: callback.to_owned(),
        api_version: event.application.api_version.to_string(),
        connection: status.connection.map(|connection| connection.to_string()),
        since_us: status.since.map(|since| since.unix_us()),
    }
}

/// The callback of a connection of a former process; in-process applications died with it.
pub(crate) fn surviving_callback(connection: &Connection) -> Option<Callback> {
    let dead = connection.callback.starts_with(IN_PROCESS);
    (!dead).then(|| Callback::Uri(connection.callback.as_str().into()))
}

/// Of a connection that is closed.
pub(crate) fn close(id: CallConnectionId) -> Write {
    Write::CloseConnection(id.to_string())
}

const fn kind(schema: GridSchema) -> DeliveryKind {
    match schema {
        GridSchema::EventGrid => DeliveryKind::EventGrid,
        GridSchema::CloudEvents => DeliveryKind::CloudEvent,
    }
}

fn empty() -> Delivery {
    Delivery {
        id: String::new(),
        sequence: 0,
        stream: String::new(),
        event: String::new(),
        event_type: String::new(),
        kind: DeliveryKind::Callback,
        destination: String::new(),
        subscription: None,
        resource: String::new(),
        call: String::new(),
        connection: None,
        body: String::new(),
        state: DeliveryState::Pending,
        attempts: 0,
        created_us: 0,
        expires_us: None,
        next_attempt_us: None,
        settled_us: None,
    }
}
