//! The demo line among the applications: from events to the menu, from the menu to commands.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{
    Answer, Application, CallEvent, CallEventKind, CallNotice, CallOptions, Callback, CustomHeaders,
    DtmfOptions, InProcessApp, IncomingCall, NoticeKind, Outcome, Play, Recognize, Recognized,
};
use event_edge::InProcessEvent;
use exchange::{Command, Reply};
use identifier::{CallConnectionId, CommunicationIdentifier, PhoneNumber, ResourceId};
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use media_plan::{PlaySource, SpeechService, Tone};
use switchboard::Board;
use tokio::sync::mpsc;

use crate::menu::{Deed, Happened, Menu};

/// The events of this many calls may wait; the line itself never takes long.
const MAILBOX: usize = 4_096;
/// The api-version whose events the line understands.
const API_VERSION: &str = "2026-03-12";
/// How long a key is awaited after the menu, and during the echo.
const MENU_PATIENCE: Duration = Duration::from_secs(6);
const ECHO_PATIENCE: Duration = Duration::from_secs(120);
/// How long the other phone rings.
const RING_FOR: Duration = Duration::from_secs(20);

/// The demo line.
pub struct DemoLine {
    board: Board,
    numbers: Vec<PhoneNumber>,
    calls: HashMap<CallConnectionId, Caller>,
}

/// Somebody who calls the line.
struct Caller {
    menu: Menu,
    who: CommunicationIdentifier,
    resource: ResourceId,
    /// The number that was dialled; shown to the other phone.
    dialled: PhoneNumber,
    other: Option<CommunicationIdentifier>,
}

impl DemoLine {
    /// A line that answers these service numbers, and where it is told of calls: register the sender
    /// as [`InProcessApp::DemoLine`], and [`run`](Self::run) the line with the receiver.
    pub fn new(board: Board, numbers: Vec<PhoneNumber>) -> (Self, mpsc::Sender<InProcessEvent>, Inbox) {
        let (sender, inbox) = mpsc::channel(MAILBOX);
        (Self { board, numbers, calls: HashMap::new() }, sender, Inbox(inbox))
    }

    /// Answers calls until nobody tells of any more.
    pub async fn run(mut self, mut inbox: Inbox) {
        while let Some(event) = inbox.0.recv().await {
            match event {
                InProcessEvent::IncomingCall { notice, claimed: false } => self.on_incoming(notice).await,
                InProcessEvent::IncomingCall { claimed: true, .. } => {}
                InProcessEvent::Event(event) => self.on_event(event).await,
            }
        }
    }

    async fn on_incoming(&mut self, notice: CallNotice) {
        let (call, resource) = (notice.call, notice.resource);
        let NoticeKind::IncomingCall(incoming) = notice.kind else { return };
        let IncomingCall { dialled, from, .. } = *incoming;
        let Some(dialled) = dialled.filter(|number| self.numbers.contains(number)) else { return };
        let application = Application {
            resource,
            callback: Callback::InProcess(InProcessApp::DemoLine),
            api_version: API_VERSION.into(),
        };
        // The voice of the platform, which needs no service of its own.
        let options = CallOptions { speech: Some("embedded".into()), ..CallOptions::default() };
        let answer = Answer { application, answered_by: None, operation_context: None, options };
        match self.board.command(Command::Answer { call, answer }).await {
            Ok(Reply::Call(properties)) => {
                let caller = Caller { menu: Menu::Answering, who: from, resource, dialled, other: None };
                self.calls.insert(properties.connection, caller);
            }
            Ok(Reply::Accepted(_) | Reply::Participants(_) | Reply::Recording(_)) => {}
            Err(reason) => tracing::info!(call.id = %call, %reason, "the demo line could not answer"),
        }
    }

    async fn on_event(&mut self, event: CallEvent) {
        let connection = event.connection;
        let Some(caller) = self.calls.get_mut(&connection) else { return };
        if matches!(
            event.kind,
            CallEventKind::CallDisconnected | CallEventKind::AnswerFailed | CallEventKind::CreateCallFailed
        ) {
            self.calls.remove(&connection);
            return;
        }
        let mut next = caller.understand(&event);
        while let Some(happened) = next.take() {
            let Some(caller) = self.calls.get_mut(&connection) else { return };
            let (menu, deeds) = caller.menu.on(happened, clock_on_the_wall(&self.board));
            caller.menu = menu;
            for deed in deeds {
                next = self.carry_out(connection, deed).await.or(next);
            }
        }
    }

    /// Does one thing; what comes of it at once is returned.
    async fn carry_out(&mut self, connection: CallConnectionId, deed: Deed) -> Option<Happened> {
        let caller = self.calls.get_mut(&connection)?;
        let failed = match deed {
            Deed::CallOther(_) => Happened::OtherUnavailable(None),
            Deed::Ask(_) | Deed::Say(_) | Deed::AwaitKey | Deed::Echo(_) | Deed::StopMusic | Deed::HangUp => {
                Happened::Speechless
            }
        };
        let commands = match deed {
            Deed::Ask(words) => vec![caller.recognize(connection, Some(words), MENU_PATIENCE)],
            Deed::AwaitKey => vec![caller.recognize(connection, None, ECHO_PATIENCE)],
            Deed::Say(words) => vec![caller.play(connection, vec![spoken(&words)])],
            Deed::Echo(on) => vec![Command::Echo {
                connection,
                resource: caller.resource,
                participant: caller.who.clone(),
                on,
            }],
            Deed::CallOther(words) => {
                caller.other = other_phone(&self.board, caller);
                let Some(other) = caller.other.clone() else { return Some(Happened::NoOther) };
                vec![
                    caller.play(connection, vec![spoken(&words), PlaySource::HoldMusic]),
                    caller.add(connection, other),
                ]
            }
            Deed::StopMusic => {
                vec![Command::CancelAllMediaOperations { connection, resource: caller.resource }]
            }
            Deed::HangUp => vec![Command::Terminate { connection, resource: caller.resource }],
        };
        for command in commands {
            if let Err(reason) = self.board.command(command).await {
                tracing::info!(call.connection = %connection, %reason, "the demo line could not go on");
                return Some(failed);
            }
        }
        None
    }
}

/// Where the line is told of calls.
pub struct Inbox(mpsc::Receiver<InProcessEvent>);

impl Caller {
    /// What an event means to the menu, if anything.
    fn understand(&self, event: &CallEvent) -> Option<Happened> {
        let result = event.result.as_ref();
        match &event.kind {
            CallEventKind::CallConnected => Some(Happened::Connected),
            CallEventKind::RecognizeCompleted(Recognized::Tones(tones)) => {
                Some(tones.first().map_or(Happened::NoKey, |tone| Happened::Key(*tone)))
            }
            CallEventKind::RecognizeFailed { .. } => match result.map(|result| result.outcome) {
                Some(Outcome::InitialSilenceTimeout | Outcome::InterToneTimeout) => Some(Happened::NoKey),
                Some(_) | None => Some(Happened::Speechless),
            },
            CallEventKind::PlayCompleted => Some(Happened::Said),
            CallEventKind::PlayFailed { .. } => Some(Happened::Speechless),
            CallEventKind::AddParticipantSucceeded { .. } => Some(Happened::OtherAnswered),
            CallEventKind::AddParticipantFailed { .. } => {
                let cause = result.and_then(|result| result.leg.as_ref()).map(|leg| leg.cause);
                Some(Happened::OtherUnavailable(cause))
            }
            CallEventKind::ParticipantsUpdated { participants, .. } => {
                let here = |who: &CommunicationIdentifier| {
                    participants.iter().any(|participant| participant.identifier == *who)
                };
                match &self.other {
                    Some(_) if !here(&self.who) => Some(Happened::CallerLeft),
                    Some(other) if self.menu == Menu::Talking && !here(other) => Some(Happened::OtherLeft),
                    Some(_) | None => None,
                }
            }
            CallEventKind::CallDisconnected
            | CallEventKind::CreateCallFailed
            | CallEventKind::AnswerFailed
            | CallEventKind::CallTransferAccepted { .. }
            | CallEventKind::CallTransferFailed
            | CallEventKind::RemoveParticipantSucceeded { .. }
            | CallEventKind::RemoveParticipantFailed { .. }
            | CallEventKind::CancelAddParticipantSucceeded { .. }
            | CallEventKind::CancelAddParticipantFailed { .. }
            | CallEventKind::PlayStarted
            | CallEventKind::PlayCanceled
            | CallEventKind::RecognizeCompleted(Recognized::Choice { .. } | Recognized::Speech(_))
            | CallEventKind::RecognizeCanceled
            | CallEventKind::ContinuousDtmfRecognitionToneReceived { .. }
            | CallEventKind::ContinuousDtmfRecognitionToneFailed
            | CallEventKind::ContinuousDtmfRecognitionStopped
            | CallEventKind::SendDtmfTonesCompleted
            | CallEventKind::SendDtmfTonesFailed
            | CallEventKind::ConnectFailed
            | CallEventKind::MoveParticipantSucceeded { .. }
            | CallEventKind::MoveParticipantFailed { .. }
            | CallEventKind::MediaStreamingStarted { .. }
            | CallEventKind::MediaStreamingStopped
            | CallEventKind::MediaStreamingFailed
            | CallEventKind::TranscriptionStarted { .. }
            | CallEventKind::TranscriptionStopped
            | CallEventKind::TranscriptionUpdated
            | CallEventKind::TranscriptionFailed
            | CallEventKind::TranscriptionCallSummaryUpdated { .. }
            | CallEventKind::RecordingStateChanged(_)
            | CallEventKind::StartRecordingFailed(_)
            | CallEventKind::HoldFailed => None,
        }
    }

    fn recognize(
        &self,
        connection: CallConnectionId,
        words: Option<String>,
        initial_silence: Duration,
    ) -> Command {
        let recognize = Recognize {
            target: self.who.clone(),
            prompts: words.iter().map(|words| spoken(words)).collect(),
            interrupt_prompt: true,
            interrupt: true,
            initial_silence,
            dtmf: Some(DtmfOptions::Collect {
                max_tones: Some(1),
                stop_tones: Vec::<Tone>::new(),
                inter_tone: Duration::from_secs(1),
            }),
            speech: None,
            operation_context: None,
            callback: None,
        };
        Command::Recognize { connection, resource: self.resource, recognize }
    }

    fn play(&self, connection: CallConnectionId, sources: Vec<PlaySource>) -> Command {
        let play = Play {
            sources,
            audience: vec![self.who.clone()],
            repeat: false,
            interrupt: true,
            operation_context: None,
            callback: None,
        };
        Command::Play { connection, resource: self.resource, play }
    }

    fn add(&self, connection: CallConnectionId, target: CommunicationIdentifier) -> Command {
        Command::AddParticipant {
            connection,
            resource: self.resource,
            target,
            caller_number: Some(self.dialled.clone()),
            display_name: None,
            headers: CustomHeaders::default(),
            ring_for: Some(RING_FOR),
            operation_context: None,
            callback: None,
        }
    }
}

/// A phone of the same resource that is not the caller's.
fn other_phone(board: &Board, caller: &Caller) -> Option<CommunicationIdentifier> {
    let directory = board.directory();
    let own = directory.phone_of(&caller.who).map(|phone| phone.user);
    let resource = directory.resource(caller.resource)?;
    let other = directory
        .phones()
        .iter()
        .find(|phone| phone.resource == caller.resource && Some(phone.user) != own)?;
    Some(CommunicationIdentifier::from_raw_id(&resource.user_raw_id(other.user)))
}

fn spoken(words: &str) -> PlaySource {
    PlaySource::Text {
        text: Arc::from(words),
        locale: Some("en-US".into()),
        voice: None,
        voice_name: None,
        service: SpeechService::default(),
        cache_id: None,
    }
}

fn clock_on_the_wall(board: &Board) -> Time {
    let now = Timestamp::from_microsecond(board.now().unix_us()).unwrap_or(Timestamp::UNIX_EPOCH);
    now.to_zoned(TimeZone::system()).time()
}
