//! A switchboard whose neighbors do what the test says.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use call_engine::{
    Answer, Application, CallEvent, CallEventKind, CallOptions, Callback, CustomHeaders, EndCause,
    Invitation, LegOutcome, LegReport, LegRequest, Origin,
};
use entropy::Entropy;
use exchange::{Command, Limits, Reply};
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, LegId, ResourceId, TenantId};
use media_plan::MediaRequest;
use redact::Pii;
use switchboard::{Batch, Board, BoardError, Committed, Ledger, LegPort, MediaPort, Ports};
use tenant::{Directory, DirectoryBuilder, Resource, Tenant};
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_secs(10);
pub const SERVICE_NUMBER: &str = "+14255550100";
pub const CALLER: &str = "+14255550199";

/// A board with everything that its exchange said.
pub struct Scripted {
    pub board: Board,
    pub resource: ResourceId,
    pub legs: Receiver<(CallId, LegId, LegRequest)>,
    pub ledger: Arc<ScriptedLedger>,
}

/// Tells whoever waits that something is durable, or why it is not.
type Durable = oneshot::Sender<Result<(), Arc<str>>>;

/// A ledger that is told when something is durable.
pub struct ScriptedLedger {
    batches: Sender<Batch>,
    pub committed: Mutex<Receiver<Batch>>,
    held: Mutex<Option<Vec<Durable>>>,
    broken: Mutex<bool>,
}

struct Legs(Mutex<Sender<(CallId, LegId, LegRequest)>>, Board, bool);
struct NoMedia;

impl LegPort for Legs {
    fn request(&self, call: CallId, leg: LegId, request: LegRequest) {
        assert!(!(self.2 && request == LegRequest::Answer), "a port that breaks an assumption");
        // A phone that says goodbye at once, on the exchange's own thread.
        if request == LegRequest::Hangup {
            self.1.report_leg(leg, ended());
        }
        let _ = self.0.lock().expect("no panic while held").send((call, leg, request));
    }
}

impl MediaPort for NoMedia {
    fn request(&self, _call: CallId, _request: MediaRequest) {}
}

impl Ledger for ScriptedLedger {
    fn commit(&self, batch: Batch) -> Committed {
        let (durable, committed) = oneshot::channel();
        let _ = self.batches.send(batch);
        match &mut *self.held.lock().expect("no panic while held") {
            Some(held) => held.push(durable),
            None if *self.broken.lock().expect("no panic while held") => {
                let _ = durable.send(Err("the disk is full".into()));
            }
            None => {
                let _ = durable.send(Ok(()));
            }
        }
        committed
    }
}

impl ScriptedLedger {
    /// From now on nothing is durable until [`release`](Self::release).
    pub fn hold(&self) {
        *self.held.lock().expect("no panic while held") = Some(Vec::new());
    }

    pub fn release(&self) {
        let held = self.held.lock().expect("no panic while held").take();
        for durable in held.unwrap_or_default() {
            let _ = durable.send(Ok(()));
        }
    }

    /// From now on nothing can be made durable.
    pub fn refuse(&self) {
        *self.broken.lock().expect("no panic while held") = true;
    }

    /// The next batch for which `look` finds something.
    pub fn wait_for<T>(&self, mut look: impl FnMut(&Batch) -> Option<T>) -> T {
        let committed = self.committed.lock().expect("no panic while held");
        loop {
            let batch = committed.recv_timeout(PATIENCE).expect("a batch with what the test waits for");
            if let Some(found) = look(&batch) {
                return found;
            }
        }
    }
}

impl Scripted {
    pub fn start() -> Self {
        Self::start_with(1, Limits::default(), false)
    }

    /// A board of several exchanges.
    pub fn start_several(exchanges: u16) -> Self {
        Self::start_with(exchanges, Limits::default(), false)
    }

    /// A board whose leg port breaks when a leg shall be answered.
    pub fn start_broken() -> Self {
        Self::start_with(1, Limits::default(), true)
    }

    fn start_with(exchanges: u16, limits: Limits, breaks: bool) -> Self {
        let (directory, resource) = directory();
        let board = Board::start(exchanges, Arc::new(directory), limits);
        let (said, legs) = channel();
        let (batches, committed) = channel();
        let ledger = Arc::new(ScriptedLedger {
            batches,
            committed: Mutex::new(committed),
            held: Mutex::new(None),
            broken: Mutex::new(false),
        });
        board.attach(Ports {
            legs: Arc::new(Legs(Mutex::new(said), board.clone(), breaks)),
            media: Arc::new(NoMedia),
            ledger: Arc::clone(&ledger) as Arc<dyn Ledger>,
            journal: None,
        });
        Self { board, resource, legs, ledger }
    }

    /// A phone calls the service number; returns its leg and the call that the application is offered.
    pub fn call_in(&self) -> (LegId, CallId) {
        let leg = self.board.new_leg();
        assert!(self.board.invite(leg, invitation()));
        let call = self.ledger.wait_for(|batch| batch.notices.first().map(|notice| notice.call));
        (leg, call)
    }

    /// The application answers.
    pub async fn answer(&self, call: CallId) -> Result<CallConnectionId, BoardError> {
        match self.board.command(answer(call, self.resource)).await? {
            Reply::Call(properties) => Ok(properties.connection),
            other => panic!("an answered call has properties, not {other:?}"),
        }
    }

    /// The next request for a leg.
    pub fn next_request(&self, leg: LegId, wanted: &LegRequest) {
        loop {
            let (_, about, request) =
                self.legs.recv_timeout(PATIENCE).expect("the request that the test waits for");
            if about == leg && request == *wanted {
                return;
            }
        }
    }
}

pub fn ended() -> LegReport {
    LegReport::Ended(LegOutcome::local(EndCause::HungUp))
}

pub fn event<'a>(batch: &'a Batch, kind: &CallEventKind) -> Option<&'a CallEvent> {
    batch.events.iter().find(|event| event.kind == *kind)
}

pub fn answer(call: CallId, resource: ResourceId) -> Command {
    let application = Application {
        resource,
        callback: Callback::Uri("http://127.0.0.1:7000/callback".into()),
        api_version: "2025-05-15".into(),
    };
    Command::Answer {
        call,
        answer: Answer {
            application,
            answered_by: None,
            operation_context: None,
            options: CallOptions::default(),
        },
    }
}

pub fn invitation() -> Invitation {
    Invitation {
        origin: Origin::Stranger,
        from: CommunicationIdentifier::phone(CALLER.parse().expect("a number")),
        preferred: None,
        client: call_engine::Client::default(),
        display_name: None,
        dialled: Pii::new(SERVICE_NUMBER.into()),
        headers: CustomHeaders::default(),
        diversions: Vec::new(),
        replaces: None,
    }
}

fn directory() -> (Directory, ResourceId) {
    let mut entropy = Entropy::from_number(1);
    let tenant = Tenant { id: TenantId::random(&mut entropy), name: "Contoso".into() };
    let resource = Resource {
        id: ResourceId::random(&mut entropy),
        tenant: tenant.id,
        name: "contoso".into(),
        hosts: Vec::new(),
        access_keys: Vec::new(),
        numbers: vec![SERVICE_NUMBER.parse().expect("a number")],
    };
    let id = resource.id;
    let builder =
        DirectoryBuilder { tenants: vec![tenant], resources: vec![resource], ..DirectoryBuilder::default() };
    (builder.build().expect("nothing is there twice"), id)
}
