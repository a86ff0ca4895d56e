//! A switchboard with the demo line attached as an application is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use call_engine::{
    Callback, CustomHeaders, EndCause, InProcessApp, Invitation, LegOutcome, LegReport, LegRequest, Origin,
};
use demo_line::DemoLine;
use entropy::Entropy;
use event_edge::InProcessEvent;
use exchange::Limits;
use identifier::{CallId, CommunicationIdentifier, LegId, ResourceId, TenantId, UserId};
use media_plan::{MediaPlan, MediaReport, MediaRequest, PlaySource, Tone};
use redact::{Pii, Secret};
use switchboard::{Batch, Board, Committed, Ledger, LegPort, MediaPort, Ports};
use tenant::{Directory, DirectoryBuilder, Phone, Resource, Tenant};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

pub const SERVICE_NUMBER: &str = "+14255550100";
pub const OTHER_NUMBER: &str = "+14255550101";
const PATIENCE: Duration = Duration::from_secs(10);

/// What the platform asked of phones and of media, in order.
#[derive(Debug)]
pub enum Asked {
    Leg(LegId, LegRequest),
    Media(MediaRequest),
}

/// The stage.
pub struct Stage {
    pub board: Board,
    pub callers: Vec<UserId>,
    asked: mpsc::UnboundedReceiver<Asked>,
    pub call: Option<CallId>,
}

struct Port(mpsc::UnboundedSender<Asked>);

impl LegPort for Port {
    fn request(&self, _: CallId, leg: LegId, request: LegRequest) {
        let _ = self.0.send(Asked::Leg(leg, request));
    }
}

impl MediaPort for Port {
    fn request(&self, _: CallId, request: MediaRequest) {
        let _ = self.0.send(Asked::Media(request));
    }
}

/// Durable at once; events of the demo line go to the demo line.
struct Straight {
    line: mpsc::Sender<InProcessEvent>,
    claimed: bool,
    calls: Mutex<mpsc::UnboundedSender<CallId>>,
}

impl Ledger for Straight {
    fn commit(&self, batch: Batch) -> Committed {
        for notice in batch.notices {
            let _ = self.calls.lock().unwrap().send(notice.call);
            let event = InProcessEvent::IncomingCall { notice, claimed: self.claimed };
            self.line.try_send(event).expect("room in the mailbox");
        }
        for event in batch.events {
            assert_eq!(event.application.callback, Callback::InProcess(InProcessApp::DemoLine));
            self.line.try_send(InProcessEvent::Event(event)).expect("room in the mailbox");
        }
        let (durable, committed) = oneshot::channel();
        let _ = durable.send(Ok(()));
        committed
    }
}

impl Stage {
    /// A call of the first phone to `number`; somebody else has subscribed to it when it is `claimed`.
    pub async fn with_call_to(number: &str, claimed: bool) -> (Self, LegId) {
        let (directory, callers) = directory();
        let board = Board::start(1, Arc::new(directory), Limits::default());
        let (line, sender, inbox) = DemoLine::new(board.clone(), vec![SERVICE_NUMBER.parse().unwrap()]);
        tokio::spawn(line.run(inbox));
        let (say, asked) = mpsc::unbounded_channel();
        let (calls, mut called) = mpsc::unbounded_channel();
        board.attach(Ports {
            legs: Arc::new(Port(say.clone())),
            media: Arc::new(Port(say)),
            ledger: Arc::new(Straight { line: sender, claimed, calls: Mutex::new(calls) }),
            journal: None,
        });
        let leg = board.new_leg();
        assert!(board.invite(leg, invitation(callers[0], &board, number)));
        let call = timeout(PATIENCE, called.recv()).await.expect("a notice of the call");
        (Self { board, callers, asked, call }, leg)
    }

    /// The next thing asked for in which `look` finds something.
    pub async fn next<T>(&mut self, mut look: impl FnMut(&Asked) -> Option<T>) -> T {
        let wait = async {
            loop {
                let asked = self.asked.recv().await.expect("the board runs");
                if let Some(found) = look(&asked) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, wait).await.expect("what the test waits for")
    }

    /// Nothing is asked of any phone but to ring.
    pub async fn stays_unanswered(&mut self) {
        let answered = async {
            loop {
                match self.asked.recv().await {
                    Some(Asked::Leg(_, LegRequest::Ring)) | Some(Asked::Media(_)) => {}
                    other => return other,
                }
            }
        };
        let answered = timeout(Duration::from_millis(200), answered).await;
        assert!(answered.is_err(), "{answered:?}");
    }

    /// The line answers, and the phone acknowledges.
    pub async fn is_answered(&mut self, leg: LegId) {
        self.next(|asked| matches!(asked, Asked::Leg(to, LegRequest::Answer) if *to == leg).then_some(()))
            .await;
        self.board.report_leg(leg, LegReport::Answered);
    }

    /// The next words, which are heard to their end at once.
    pub async fn says(&mut self) -> String {
        let (id, words) = self
            .next(|asked| match asked {
                Asked::Media(MediaRequest::Play(playback)) => {
                    Some((playback.id, words_of(&playback.sources)))
                }
                Asked::Media(_) | Asked::Leg(..) => None,
            })
            .await;
        self.report(MediaReport::Started(id));
        self.report(MediaReport::Finished(id));
        words
    }

    /// The next wish about who hears whom.
    pub async fn plan(&mut self) -> MediaPlan {
        self.next(|asked| match asked {
            Asked::Media(MediaRequest::Connect(plan)) => Some(plan.clone()),
            Asked::Media(_) | Asked::Leg(..) => None,
        })
        .await
    }

    /// The caller presses a key.
    pub fn press(&self, leg: LegId, key: char) {
        let tone = Tone::from_key(key).unwrap();
        self.report(MediaReport::ToneStarted(leg, tone));
        self.report(MediaReport::ToneEnded(leg, tone));
    }

    fn report(&self, report: MediaReport) {
        self.board.report_media(self.call.unwrap(), report, self.board.now());
    }
}

/// A phone that is not there.
pub fn unavailable() -> LegReport {
    LegReport::Ended(LegOutcome::local(EndCause::Unavailable))
}

/// Somebody hangs up.
pub fn hung_up() -> LegReport {
    LegReport::Ended(LegOutcome::local(EndCause::HungUp))
}

fn words_of(sources: &[PlaySource]) -> String {
    let words = sources.iter().map(|source| match source {
        PlaySource::Text { text, .. } => text.to_string(),
        PlaySource::HoldMusic => "♪".to_owned(),
        PlaySource::File { .. } | PlaySource::Ssml { .. } => String::new(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn invitation(caller: UserId, board: &Board, dialled: &str) -> Invitation {
    let raw = board.directory().resources()[0].user_raw_id(caller);
    Invitation {
        origin: Origin::Phone(caller),
        from: CommunicationIdentifier::from_raw_id(&raw),
        preferred: None,
        client: call_engine::Client::default(),
        display_name: None,
        dialled: Pii::new(dialled.into()),
        headers: CustomHeaders::default(),
        diversions: Vec::new(),
        replaces: None,
    }
}

fn directory() -> (Directory, Vec<UserId>) {
    let mut entropy = Entropy::from_number(1);
    let tenant = Tenant { id: TenantId::random(&mut entropy), name: "Contoso".into() };
    let resource = Resource {
        id: ResourceId::random(&mut entropy),
        tenant: tenant.id,
        name: "contoso".into(),
        hosts: Vec::new(),
        access_keys: Vec::new(),
        numbers: vec![SERVICE_NUMBER.parse().unwrap(), OTHER_NUMBER.parse().unwrap()],
    };
    let phone = |name: &str, entropy: &mut Entropy| Phone {
        name: name.into(),
        display_name: name.into(),
        user: UserId::random(entropy),
        resource: resource.id,
        number: None,
        password: Secret::new("secret".into()),
        may_call_out: false,
        owner: None,
    };
    let phones = vec![phone("demo-1", &mut entropy), phone("demo-2", &mut entropy)];
    let callers = phones.iter().map(|phone| phone.user).collect();
    let builder =
        DirectoryBuilder { tenants: vec![tenant], resources: vec![resource], phones, trunks: Vec::new() };
    (builder.build().unwrap(), callers)
}
