//! The applications: they answer, late or never, ask for anything at random, and crash.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{
    Answer, Application, CallEvent, CallEventKind, CallNotice, CallOptions, Callback, CancelAddParticipant,
    CustomHeaders, DtmfOptions, Hold, Join, MoveParticipants, Mute, NoticeKind, Play, Reading, Recognize,
    RejectReason, RemoveParticipant, SendTones, SpeechOptions, SpokenChoice, StartRecording,
    StreamingOptions, Switch, ToneListening, Transcribe, TranscriptionOptions,
};
use exchange::Command;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, OperationId, RecordingId, ResourceId};
use media_plan::{PlaySource, RecordingFormat, Tone};

use crate::agenda::{Agenda, Happening};
use crate::neighborhood;

/// Something an application will ask for.
#[derive(Debug)]
pub(crate) enum Ask {
    /// About a call that waits.
    Take(CallId, ResourceId),
    /// About a call that it holds; the details are chosen when the time comes.
    Something(CallConnectionId),
}

#[derive(Debug)]
struct Held {
    resource: ResourceId,
    call: CallId,
    has_crashed: bool,
    invitations: Vec<OperationId>,
    recordings: Vec<RecordingId>,
}

/// All applications.
#[derive(Debug, Default)]
pub(crate) struct Applications {
    held: BTreeMap<CallConnectionId, Held>,
    contexts: u64,
    is_over: bool,
}

impl Applications {
    /// A context that no other request has.
    pub(crate) fn context(&mut self) -> Arc<str> {
        self.contexts += 1;
        format!("context-{}", self.contexts).into()
    }

    fn callback(&mut self, agenda: &mut Agenda) -> Option<Callback> {
        let uri = format!("https://receiver-{}/operation", agenda.number(0, 5));
        agenda.chance(20).then(|| Callback::Uri(uri.into()))
    }

    fn application(&mut self, resource: ResourceId, agenda: &mut Agenda) -> Application {
        let uri = format!("https://receiver-{}/call", agenda.number(0, 5));
        Application { resource, callback: Callback::Uri(uri.into()), api_version: "2026-03-12".into() }
    }

    pub(crate) fn on_notice(&mut self, notice: &CallNotice, agenda: &mut Agenda) {
        if let NoticeKind::IncomingCall(_) = &notice.kind {
            let ask = || Happening::Ask(Box::new(Ask::Take(notice.call, notice.resource)));
            match agenda.number(0, 9) {
                0 => {}
                1 => agenda.between_ms(25_000, 40_000, ask()),
                2 => {
                    // Twice, as a retry would.
                    agenda.between_ms(0, 2_000, ask());
                    agenda.between_ms(0, 4_000, ask());
                }
                _ => agenda.between_ms(0, 5_000, ask()),
            }
        }
    }

    pub(crate) fn opened(&mut self, connection: CallConnectionId, call: CallId, resource: ResourceId) {
        let held =
            Held { resource, call, has_crashed: false, invitations: Vec::new(), recordings: Vec::new() };
        self.held.insert(connection, held);
    }

    pub(crate) fn invited(&mut self, connection: CallConnectionId, invitation: OperationId) {
        if let Some(held) = self.held.get_mut(&connection) {
            held.invitations.push(invitation);
        }
    }

    pub(crate) fn records(&mut self, call: CallId, recording: RecordingId) {
        for held in self.held.values_mut().filter(|held| held.call == call) {
            held.recordings.push(recording);
        }
    }

    /// Another call of the same resource, as one that calls it by name would know.
    fn another(
        &self,
        connection: CallConnectionId,
        agenda: &mut Agenda,
    ) -> Option<(CallConnectionId, CallId)> {
        let resource = self.held.get(&connection)?.resource;
        let others: Vec<(CallConnectionId, CallId)> = self
            .held
            .iter()
            .filter(|(_, held)| held.resource == resource)
            .map(|(id, held)| (*id, held.call))
            .collect();
        agenda.pick(&others).copied()
    }

    pub(crate) fn on_event(&mut self, event: &CallEvent, agenda: &mut Agenda) {
        if self.is_over {
            return;
        }
        let something = |agenda: &mut Agenda, most_ms| {
            let ask = Happening::Ask(Box::new(Ask::Something(event.connection)));
            agenda.between_ms(0, most_ms, ask);
        };
        if event.kind == CallEventKind::CallConnected {
            for _ in 0..agenda.number(0, 14) {
                something(agenda, 70_000);
            }
        } else if agenda.chance(20) {
            something(agenda, 100);
        }
    }

    pub(crate) fn curtain(&mut self) {
        self.is_over = true;
    }

    /// An application calls somebody.
    pub(crate) fn call_out(&mut self, agenda: &mut Agenda) -> Command {
        let resource = *agenda.pick(&neighborhood::RESOURCES).expect("there are resources");
        let count = if agenda.chance(30) { agenda.number(2, 4) } else { 1 };
        let everybody = neighborhood::targets();
        let targets = (0..count).filter_map(|_| agenda.pick(&everybody).cloned()).collect();
        Command::CreateCall {
            application: self.application(resource, agenda),
            targets,
            caller_number: agenda.chance(90).then(|| neighborhood::own_number(resource)),
            account: None,
            display_name: None,
            source: None,
            operation_context: agenda.chance(90).then(|| self.context()),
            options: options_of_call(agenda),
        }
    }

    /// What an application does with a call that waits.
    pub(crate) fn take(&mut self, call: CallId, resource: ResourceId, agenda: &mut Agenda) -> Command {
        match agenda.number(0, 19) {
            0 => Command::Reject { call, resource, reason: RejectReason::Busy },
            1 => {
                Command::Reject { call, resource: neighborhood::RESOURCES[1], reason: RejectReason::Declined }
            }
            2..=4 => {
                let everybody = neighborhood::targets();
                let target = agenda.pick(&everybody).expect("there is somebody").clone();
                Command::Redirect { call, resource, target }
            }
            _ => Command::Answer {
                call,
                answer: Answer {
                    application: self.application(resource, agenda),
                    answered_by: None,
                    operation_context: agenda.chance(90).then(|| self.context()),
                    options: options_of_call(agenda),
                },
            },
        }
    }

    /// Who may be asked about: participants are looked up first.
    pub(crate) fn holder(&self, connection: CallConnectionId) -> Option<(ResourceId, CallId)> {
        self.held.get(&connection).filter(|held| !held.has_crashed).map(|held| (held.resource, held.call))
    }

    /// Whose connection it is.
    pub(crate) fn resource_of(&self, connection: CallConnectionId) -> Option<ResourceId> {
        self.held.get(&connection).map(|held| held.resource)
    }

    /// What an application asks of a call that it holds.
    pub(crate) fn something(
        &mut self,
        connection: CallConnectionId,
        present: &[CommunicationIdentifier],
        agenda: &mut Agenda,
    ) -> Option<Command> {
        let another = self.another(connection, agenda);
        let application = self.held.get(&connection).map(|held| held.resource);
        let application = self.application(application?, agenda);
        let held = self.held.get_mut(&connection)?;
        if agenda.chance(3) {
            held.has_crashed = true;
            return None;
        }
        let (invitations, recordings) = (held.invitations.clone(), held.recordings.clone());
        let call = held.call;
        // Now and then somebody else guesses a connection id.
        let resource = if agenda.chance(2) { ResourceId::from_u128(99) } else { held.resource };
        let caller_number = agenda.chance(80).then(|| neighborhood::own_number(held.resource));
        let anybody = neighborhood::targets();
        let outsider = agenda.pick(&anybody)?.clone();
        let somebody = match agenda.pick(present) {
            Some(somebody) if agenda.chance(95) => somebody.clone(),
            _ => outsider.clone(),
        };
        // Always with a context: the checkers tell operations apart by it.
        let operation_context = Some(self.context());
        let callback = self.callback(agenda);
        let listening = || ToneListening {
            target: somebody.clone(),
            operation_context: operation_context.clone(),
            callback: callback.clone(),
        };
        let switch = || Switch { operation_context: operation_context.clone(), callback: callback.clone() };
        Some(match agenda.number(0, 69) {
            0..=10 => Command::Play {
                connection,
                resource,
                play: Play {
                    sources: sources(agenda),
                    audience: if agenda.chance(40) { vec![somebody] } else { Vec::new() },
                    repeat: agenda.chance(15),
                    interrupt: agenda.chance(20),
                    operation_context,
                    callback,
                },
            },
            11..=21 => Command::Recognize {
                connection,
                resource,
                recognize: Recognize {
                    target: somebody,
                    prompts: if agenda.chance(70) { sources(agenda) } else { Vec::new() },
                    interrupt_prompt: agenda.chance(60),
                    interrupt: agenda.chance(20),
                    initial_silence: Duration::from_secs(agenda.number(0, 10)),
                    dtmf: Some(options(agenda)),
                    speech: None,
                    operation_context,
                    callback,
                },
            },
            22..=26 => Command::AddParticipant {
                connection,
                resource,
                target: outsider,
                caller_number,
                display_name: None,
                headers: CustomHeaders::default(),
                ring_for: agenda.chance(50).then(|| Duration::from_secs(agenda.number(0, 40))),
                operation_context,
                callback,
            },
            27..=29 => Command::CancelAddParticipant {
                connection,
                resource,
                cancel: CancelAddParticipant {
                    invitation: *agenda.pick(&invitations)?,
                    operation_context,
                    callback,
                },
            },
            30..=31 => Command::RemoveParticipant {
                connection,
                resource,
                remove: RemoveParticipant { participant: somebody, operation_context, callback },
            },
            32..=33 => Command::Mute {
                connection,
                resource,
                mute: Mute { participants: vec![somebody], operation_context },
            },
            34..=35 => Command::Hold {
                connection,
                resource,
                hold: Hold {
                    target: somebody,
                    music: agenda.chance(50).then(|| file("music")),
                    operation_context,
                    callback,
                },
            },
            36..=37 => Command::Unhold { connection, resource, target: somebody },
            38..=39 => Command::SendTones {
                connection,
                resource,
                send: SendTones {
                    target: somebody,
                    tones: vec![Tone::One; agenda.number(1, 18) as usize],
                    operation_context,
                    callback,
                },
            },
            40..=41 => Command::StartContinuousTones { connection, resource, listening: listening() },
            42 => Command::StopContinuousTones { connection, resource, listening: listening() },
            43..=44 => Command::Transfer {
                connection,
                resource,
                target: outsider,
                transferee: (present.len() > 1 || agenda.chance(30)).then_some(somebody),
                caller_number: caller_number.filter(|_| agenda.chance(50)),
                headers: CustomHeaders::default(),
                operation_context,
                callback,
            },
            45 => Command::CancelAllMediaOperations { connection, resource },
            46 => Command::Echo { connection, resource, participant: somebody, on: agenda.chance(60) },
            47 => Command::Properties { connection, resource },
            48 => Command::HangUp { connection, resource },
            50..=51 => Command::StartStreaming { connection, resource, switch: switch() },
            52 => Command::StopStreaming { connection, resource, switch: switch() },
            53..=54 => Command::StartTranscription {
                connection,
                resource,
                transcribe: transcribe(&switch(), agenda),
            },
            55 => Command::UpdateTranscription {
                connection,
                resource,
                transcribe: transcribe(&switch(), agenda),
            },
            56 => Command::StopTranscription { connection, resource, switch: switch() },
            57 => Command::Summarize { connection, resource, transcribe: transcribe(&switch(), agenda) },
            58..=59 => {
                Command::RecordConnection { connection, resource, recording: recording(application, agenda) }
            }
            60 => Command::RecordCall { call, resource, recording: recording(application, agenda) },
            61 => {
                let recording = *agenda.pick(&recordings)?;
                Command::PauseRecording { recording, resource, pause: agenda.chance(50) }
            }
            62 => Command::StopRecording { recording: *agenda.pick(&recordings)?, resource },
            63..=64 => {
                let join = Join { application, operation_context, options: options_of_call(agenda) };
                Command::Join { call: another?.1, join }
            }
            65..=66 => Command::MoveParticipants {
                connection: another?.0,
                resource,
                moving: MoveParticipants {
                    participants: vec![somebody, outsider],
                    from: connection,
                    operation_context: None,
                    callback,
                },
            },
            67..=69 => Command::Recognize {
                connection,
                resource,
                recognize: Recognize {
                    target: somebody,
                    prompts: if agenda.chance(70) { sources(agenda) } else { Vec::new() },
                    interrupt_prompt: agenda.chance(60),
                    interrupt: agenda.chance(20),
                    initial_silence: Duration::from_secs(agenda.number(0, 10)),
                    dtmf: agenda.chance(50).then(|| options(agenda)),
                    speech: Some(speech(agenda)),
                    operation_context,
                    callback,
                },
            },
            _ => Command::Terminate { connection, resource },
        })
    }
}

fn file(name: &str) -> PlaySource {
    PlaySource::File { uri: format!("https://files/{name}.wav").into(), cache_id: None }
}

fn options_of_call(agenda: &mut Agenda) -> CallOptions {
    let streaming = StreamingOptions {
        url: "wss://app/sound".into(),
        unmixed: agenda.chance(50),
        rate_hz: 16_000,
        bidirectional: true,
        keys: true,
        loopback: false,
        start: agenda.chance(50),
    };
    let summary_at_end = agenda.chance(30).then_some(true);
    let transcription = TranscriptionOptions {
        url: "wss://app/words".into(),
        reading: Reading { languages: Some(vec!["en-US".into()]), summary_at_end, ..Reading::default() },
        intermediate: false,
        start: agenda.chance(50),
    };
    CallOptions {
        speech: Some("https://speech/".into()),
        streaming: agenda.chance(50).then_some(streaming),
        transcription: agenda.chance(50).then_some(transcription),
    }
}

fn transcribe(switch: &Switch, agenda: &mut Agenda) -> Transcribe {
    let language = if agenda.chance(50) { "de-DE" } else { "en-US" };
    Transcribe {
        reading: Reading { languages: Some(vec![language.into()]), ..Reading::default() },
        operation_context: switch.operation_context.clone(),
        callback: switch.callback.clone(),
    }
}

fn recording(application: Application, agenda: &mut Agenda) -> StartRecording {
    StartRecording {
        format: RecordingFormat::Wav,
        unmixed: agenda.chance(50),
        channels: Vec::new(),
        paused: agenda.chance(20),
        destination: None,
        announcement: agenda.chance(30).then_some(PlaySource::HoldMusic),
        application: Some(application),
    }
}

fn speech(agenda: &mut Agenda) -> SpeechOptions {
    let choice = |word: &str| SpokenChoice { label: word.into(), phrases: vec![word.into()] };
    SpeechOptions {
        languages: vec!["en-US".into()],
        model: None,
        sentiment: false,
        end_silence: Duration::from_millis(500),
        choices: if agenda.chance(50) { vec![choice("yes"), choice("no")] } else { Vec::new() },
    }
}

fn sources(agenda: &mut Agenda) -> Vec<PlaySource> {
    (0..agenda.number(1, 3)).map(|_| file("prompt")).collect()
}

fn options(agenda: &mut Agenda) -> DtmfOptions {
    if agenda.chance(30) {
        return DtmfOptions::Choices(vec![(Tone::One, "yes".into()), (Tone::Two, "no".into())]);
    }
    DtmfOptions::Collect {
        max_tones: agenda.chance(70).then(|| agenda.number(1, 5) as u32),
        stop_tones: if agenda.chance(50) { vec![Tone::Pound] } else { Vec::new() },
        inter_tone: Duration::from_secs(agenda.number(1, 5)),
    }
}
