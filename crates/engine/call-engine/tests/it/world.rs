//! An engine in virtual time, with people whose names stand for their identifiers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{
    AddParticipant, Answer, Application, CallEngine, CallEvent, CallEventKind, CallMut, CallOptions,
    CallProperties, CallRecord, Callback, Called, Caller, CancelAddParticipant, CreateCall, CreateCallError,
    CustomHeaders, Destination, Diversion, DtmfOptions, EndCause, Hold, Invitation, Invitee, LegOutcome,
    LegReport, LegRequest, Limits, NoticeKind, Origin, ParticipantView, Play, Recognize, Recognized,
    ReferOutcome, RejectReason, RemoveParticipant, ResultInformation, SendTones, TakeError, ToneListening,
    Transfer,
};
use clock::Now;
use entropy::Seed;
use expect_test::Expect;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, Home, LegId, OperationId, PhoneNumber, PlaybackId,
    ResourceId, TapId, UserId,
};
use media_plan::{
    Grammar, MediaPlan, MediaReport, MediaRequest, PlaySource, Purpose, Tap, TapReport, Tone, Understood,
};
use redact::Pii;

pub const RESOURCE: ResourceId = ResourceId::from_u128(1);
pub const SERVICE_NUMBER: &str = "+14255550100";

/// The world of one scenario.
pub struct World {
    pub engine: CallEngine,
    pub now: Now,
    ladder: String,
    legs: HashMap<String, LegId>,
    names: HashMap<LegId, String>,
    playbacks: Vec<(PlaybackId, CallId)>,
    taps: Vec<(TapId, CallId)>,
    pub tone_operations: Vec<OperationId>,
    pub offered: Option<CallId>,
    pub call: Option<CallId>,
    pub connection: Option<CallConnectionId>,
    pub invitation: Option<OperationId>,
    pub events: Vec<CallEvent>,
    pub records: Vec<CallRecord>,
    dialled: Vec<LegId>,
    /// Of the last call that was made, or sent elsewhere.
    pub diversions: Vec<Diversion>,
}

/// The identifier of somebody: `alice` is a user, `+1…` a number.
pub fn who(name: &str) -> CommunicationIdentifier {
    let raw = if name.starts_with('+') { format!("4:{name}") } else { format!("8:acs:r_{name}") };
    CommunicationIdentifier::from_raw_id(&raw)
}

pub fn name(identifier: &CommunicationIdentifier) -> String {
    let raw = identifier.raw_id();
    raw.strip_prefix("8:acs:r_").or(raw.strip_prefix("4:")).unwrap_or(&raw).to_owned()
}

/// Where somebody is reached: users by phone, numbers over a trunk.
pub fn invitee(name: &str) -> Invitee {
    let identifier = who(name);
    let destination = match identifier.phone_number() {
        Some(number) => {
            Destination::Trunk { trunk: identifier::TrunkName::new("carrier"), number: number.clone() }
        }
        None => Destination::Phone(user(name)),
    };
    Invitee::new(identifier, destination)
}

pub fn user(name: &str) -> UserId {
    UserId::from_u128(name.bytes().fold(0, |sum, byte| sum * 256 + u128::from(byte)))
}

pub fn file(name: &str) -> PlaySource {
    PlaySource::File { uri: name.into(), cache_id: None }
}

pub fn play(sources: &[&str]) -> Play {
    Play {
        sources: sources.iter().map(|source| file(source)).collect(),
        audience: Vec::new(),
        repeat: false,
        interrupt: false,
        operation_context: Some(format!("play {}", sources.join("+")).into()),
        callback: None,
    }
}

pub fn recognize(target: &str, prompts: &[&str]) -> Recognize {
    Recognize {
        target: who(target),
        prompts: prompts.iter().map(|prompt| file(prompt)).collect(),
        interrupt_prompt: true,
        interrupt: false,
        initial_silence: Duration::from_secs(5),
        dtmf: Some(DtmfOptions::Collect {
            max_tones: Some(3),
            stop_tones: vec![Tone::Pound],
            inter_tone: Duration::from_secs(2),
        }),
        speech: None,
        operation_context: Some("recognize".into()),
        callback: None,
    }
}

/// What was said, for sure.
pub fn understood(text: &str, choice: Option<u16>) -> TapReport {
    TapReport::Understood(Understood {
        text: text.into(),
        confidence_ppm: 900_000,
        choice,
        language: None,
        sentiment: None,
    })
}

pub fn add(name: &str) -> AddParticipant {
    AddParticipant {
        invitee: invitee(name),
        caller_number: None,
        display_name: None,
        headers: CustomHeaders::default(),
        ring_for: Some(Duration::from_secs(20)),
        operation_context: Some(format!("add {name}").into()),
        callback: None,
    }
}

pub fn transfer(target: &str, transferee: Option<&str>) -> Transfer {
    Transfer {
        target: invitee(target),
        transferee: transferee.map(who),
        caller_number: None,
        headers: CustomHeaders::default(),
        by_refer: false,
        operation_context: Some("transfer".into()),
        callback: None,
    }
}

pub fn remove(name: &str) -> RemoveParticipant {
    RemoveParticipant {
        participant: who(name),
        operation_context: Some(format!("remove {name}").into()),
        callback: None,
    }
}

pub fn hold(name: &str) -> Hold {
    Hold { target: who(name), music: None, operation_context: Some("hold".into()), callback: None }
}

pub fn listening(name: &str, context: &str) -> ToneListening {
    ToneListening { target: who(name), operation_context: Some(context.into()), callback: None }
}

pub fn send_tones(name: &str, tones: &[Tone]) -> SendTones {
    SendTones {
        target: who(name),
        tones: tones.to_vec(),
        operation_context: Some("send".into()),
        callback: None,
    }
}

pub fn ended(cause: EndCause) -> LegReport {
    LegReport::Ended(LegOutcome::local(cause))
}

pub fn application() -> Application {
    Application {
        resource: RESOURCE,
        callback: Callback::Uri("https://app/events".into()),
        api_version: "2026-03-12".into(),
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    /// A world with rules of its own.
    pub fn with(limits: Limits) -> Self {
        Self {
            engine: CallEngine::new(Home::default(), limits),
            now: Now::new(0, 0),
            ladder: String::new(),
            legs: HashMap::new(),
            names: HashMap::new(),
            playbacks: Vec::new(),
            taps: Vec::new(),
            tone_operations: Vec::new(),
            offered: None,
            call: None,
            connection: None,
            invitation: None,
            events: Vec::new(),
            records: Vec::new(),
            dialled: Vec::new(),
            diversions: Vec::new(),
        }
    }

    // Stories that many scenarios begin with; what they told is forgotten.

    /// `caller` called, and the application answered.
    pub fn answered(caller: &str) -> Self {
        let mut world = Self::new();
        world.calls(caller);
        world.answer();
        world.report(caller, LegReport::Answered);
        world.forget();
        world
    }

    /// The same, by an application that wants something besides events.
    pub fn answered_wanting(caller: &str, options: CallOptions) -> Self {
        let mut world = Self::new();
        world.calls(caller);
        world.answer_wanting(options);
        world.report(caller, LegReport::Answered);
        world.forget();
        world
    }

    /// The same, through the trunk that leads to the public network.
    pub fn answered_on_a_trunk(caller: &str) -> Self {
        let mut world = Self::new();
        let trunk = Origin::Trunk(identifier::TrunkName::new("carrier"));
        world.offers(caller, Invitation { origin: trunk, ..Self::invitation(caller) });
        world.answer();
        world.report(caller, LegReport::Answered);
        world.forget();
        world
    }

    /// `caller` called, the application answered and brought the others in.
    pub fn group(caller: &str, others: &[&str]) -> Self {
        let mut world = Self::answered(caller);
        for other in others {
            world.add(add(other));
            world.report(other, LegReport::Answered);
        }
        world.forget();
        world
    }

    pub fn forget(&mut self) {
        self.ladder.clear();
        self.events.clear();
    }

    // What people do.

    pub fn invitation(caller: &str) -> Invitation {
        Invitation {
            origin: Origin::Phone(user(caller)),
            from: who(caller),
            preferred: None,
            client: call_engine::Client::default(),
            display_name: Some(Pii::new(caller.into())),
            dialled: Pii::new(SERVICE_NUMBER.into()),
            headers: CustomHeaders::default(),
            diversions: Vec::new(),
            replaces: None,
        }
    }

    /// Another one for each leg that arrives.
    fn seed(&self) -> Seed {
        Seed::from_number(self.legs.len() as u128)
    }

    fn arriving(&mut self, caller: &str) -> LegId {
        let leg = LegId::from_u128(1_000 + self.legs.len() as u128);
        self.legs.insert(caller.to_owned(), leg);
        self.names.insert(leg, caller.to_owned());
        self.line(&format!("{caller} -> engine  calls"));
        leg
    }

    /// Calls the service number.
    pub fn calls(&mut self, caller: &str) {
        self.offers(caller, Self::invitation(caller));
    }

    /// Calls the service number in another way than phones do.
    pub fn offers(&mut self, caller: &str, invitation: Invitation) {
        let leg = self.arriving(caller);
        let called = Called::number(SERVICE_NUMBER.parse().unwrap());
        let seed = self.seed();
        self.engine.offer(leg, invitation, RESOURCE, called, seed, self.now);
        self.drain();
    }

    /// A phone that is called sends the call elsewhere, and the dial plan finds where that is, or does not.
    pub fn moves(&mut self, callee: &str, to: Option<&str>) {
        self.line(&format!("{callee} -> engine  moved to {}", to.unwrap_or("nowhere")));
        let leg = self.leg(callee);
        let to = to.map(|to| (invitee(to).destination, Diversion::deflected(callee)));
        self.engine.divert(leg, to, self.now);
        self.drain();
    }

    /// Calls somebody without any application.
    pub fn dials(&mut self, caller: &str, callee: &str) {
        let leg = self.arriving(caller);
        let shown = Caller { number: None, display_name: Some(Pii::new(caller.into())) };
        let invitation = Self::invitation(caller);
        let seed = self.seed();
        self.engine.connect(leg, invitation, RESOURCE, invitee(callee), shown, seed, self.now);
        self.drain();
    }

    /// The same, where others ring for the callee, too.
    pub fn dials_for(&mut self, caller: &str, callee: Invitee) {
        let leg = self.arriving(caller);
        let shown = Caller { number: None, display_name: Some(Pii::new(caller.into())) };
        let (invitation, seed) = (Self::invitation(caller), self.seed());
        self.engine.connect(leg, invitation, RESOURCE, callee, shown, seed, self.now);
        self.drain();
    }

    /// Calls to take the place of somebody's leg.
    pub fn replaces(&mut self, caller: &str, place: &str) {
        let leg = self.arriving(caller);
        let place = self.leg(place);
        let seed = self.seed();
        self.engine.replace(leg, Self::invitation(caller), place, seed, self.now);
        self.drain();
    }

    pub fn leg(&self, name: &str) -> LegId {
        *self.legs.get(name).unwrap_or_else(|| panic!("{name} has no leg"))
    }

    /// A second name for the leg that somebody has now, so that they can have another one.
    pub fn call_it(&mut self, old: &str, new: &str) {
        let leg = self.leg(old);
        self.legs.insert(new.to_owned(), leg);
        self.names.insert(leg, new.to_owned());
    }

    pub fn report(&mut self, who: &str, report: LegReport) {
        let leg = self.leg(who);
        let text = match &report {
            LegReport::Ended(outcome) => format!("ended: {:?}", outcome.cause),
            LegReport::TransferRequested { replaces, .. } => {
                format!("REFER{}", if replaces.is_some() { " with Replaces" } else { "" })
            }
            LegReport::Referred(ReferOutcome::Failed(outcome)) => {
                format!("referred(failed: {:?})", outcome.cause)
            }
            other => format!("{other:?}").to_lowercase(),
        };
        self.line(&format!("{who} -> engine  {text}"));
        self.engine.handle_leg(leg, report, self.now);
        self.drain();
    }

    pub fn refers(&mut self, transferor: &str, target: &str) {
        self.line(&format!("{transferor} -> engine  REFER to {target}"));
        let leg = self.leg(transferor);
        let caller = Caller { number: None, display_name: Some(Pii::new(transferor.into())) };
        self.engine.refer(leg, Ok((invitee(target), caller)), self.now);
        self.drain();
    }

    pub fn key_down(&mut self, who: &str, tone: Tone) {
        let leg = self.leg(who);
        self.line(&format!("{who} -> media  {} down", tone.key()));
        self.media(MediaReport::ToneStarted(leg, tone));
    }

    pub fn key_up(&mut self, who: &str, tone: Tone) {
        let leg = self.leg(who);
        self.line(&format!("{who} -> media  {} up", tone.key()));
        self.media(MediaReport::ToneEnded(leg, tone));
    }

    /// Keys, 100 ms each, without a pause.
    pub fn presses(&mut self, who: &str, keys: &str) {
        for key in keys.chars() {
            let tone = Tone::from_key(key).unwrap();
            self.key_down(who, tone);
            self.wait_ms(100);
            self.key_up(who, tone);
        }
    }

    // What media sees.

    pub fn media(&mut self, report: MediaReport) {
        let call = self.call.or(self.offered).unwrap_or(CallId::from_u128(0));
        self.engine.handle_media(call, report, self.now);
        self.drain();
    }

    /// The playback of this number, from 1, begins, ends or fails.
    pub fn started(&mut self, number: usize) {
        self.playback(number, "started", MediaReport::Started);
    }

    pub fn finished(&mut self, number: usize) {
        self.playback(number, "finished", MediaReport::Finished);
    }

    pub fn failed(&mut self, number: usize, source: usize) {
        let why = media_plan::Unplayable::Download;
        self.playback(number, "failed", |playback| MediaReport::Failed { playback, source, why });
    }

    fn playback(&mut self, number: usize, what: &str, report: impl FnOnce(PlaybackId) -> MediaReport) {
        let (playback, call) = self.playbacks[number - 1];
        self.line(&format!("media -> engine  play{number} {what}"));
        self.engine.handle_media(call, report(playback), self.now);
        self.drain();
    }

    // What the application does.

    pub fn reject(&mut self, reason: RejectReason) -> Result<(), TakeError> {
        self.line(&format!("app -> engine  Reject {reason:?}"));
        let done = self.engine.reject(self.offered.unwrap(), RESOURCE, reason, self.now);
        self.drain();
        done
    }

    pub fn redirect(&mut self, target: &str) -> Result<(), TakeError> {
        self.line(&format!("app -> engine  Redirect to {target}"));
        let done = self.engine.redirect(self.offered.unwrap(), RESOURCE, invitee(target), self.now);
        self.drain();
        done
    }

    /// Sends the call on to another service number, of another resource.
    pub fn redirect_to_service(&mut self, from: ResourceId, to: ResourceId) -> Result<(), TakeError> {
        self.line("app -> engine  Redirect to a service number");
        let number = "+14255550200".parse().unwrap();
        let done = self.engine.offer_again(self.offered.unwrap(), from, (to, number), self.now);
        self.drain();
        done
    }

    pub fn answer(&mut self) -> CallProperties {
        self.answer_with(true)
    }

    /// Answers, with or without a speech service.
    pub fn answer_with(&mut self, speech: bool) -> CallProperties {
        let speech = speech.then(|| "https://speech/".into());
        self.answer_wanting(CallOptions { speech, ..CallOptions::default() })
    }

    /// Answers, and wants something besides events.
    pub fn answer_wanting(&mut self, options: CallOptions) -> CallProperties {
        self.line("app -> engine  Answer");
        let answer = Answer {
            application: application(),
            answered_by: None,
            operation_context: Some("answer".into()),
            options,
        };
        let properties = self.engine.answer(self.offered.unwrap(), answer, self.now).unwrap();
        self.connection = Some(properties.connection);
        self.call = Some(properties.call);
        self.drain();
        properties
    }

    pub fn try_create(&mut self, targets: &[&str]) -> Result<CallProperties, CreateCallError> {
        self.line("app -> engine  CreateCall");
        let request = CreateCall {
            application: application(),
            targets: targets.iter().map(|target| invitee(target)).collect(),
            caller_number: Some(SERVICE_NUMBER.parse().unwrap()),
            display_name: None,
            source: None,
            operation_context: Some("create".into()),
            options: CallOptions { speech: Some("https://speech/".into()), ..CallOptions::default() },
        };
        let properties = self.engine.create_call(request, Seed::from_number(0), self.now)?;
        self.connection = Some(properties.connection);
        self.call = Some(properties.call);
        self.drain();
        Ok(properties)
    }

    pub fn create(&mut self, targets: &[&str]) -> CallProperties {
        self.try_create(targets).unwrap()
    }

    /// The application asks something of its call; what was refused is written down.
    #[track_caller]
    pub fn ask<T, E: std::fmt::Display>(
        &mut self,
        verb: &str,
        ask: impl FnOnce(CallMut<'_>) -> Result<T, E>,
    ) -> Option<T> {
        self.line(&format!("app -> engine  {verb}"));
        let connection = self.connection.expect("the application holds a call");
        let result = match self.engine.call(connection, RESOURCE, self.now) {
            Ok(call) => ask(call).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let done = match result {
            Ok(done) => Some(done),
            Err(error) => {
                self.line(&format!("engine -> app  cannot {error}"));
                None
            }
        };
        self.drain();
        done
    }

    pub fn add(&mut self, request: AddParticipant) {
        let verb = format!("AddParticipant {}", name(&request.invitee.identifier));
        self.invitation = self.ask(&verb, |call| call.add_participant(request));
    }

    pub fn cancel_add(&mut self) {
        let cancel = CancelAddParticipant {
            invitation: self.invitation.unwrap(),
            operation_context: Some("cancel".into()),
            callback: None,
        };
        self.ask("CancelAddParticipant", |call| call.cancel_add_participant(cancel));
    }

    pub fn play(&mut self, request: Play) {
        let verb = format!("Play ({})", request.operation_context.clone().unwrap_or_default());
        self.ask(&verb, |call| call.play(request));
    }

    pub fn recognize(&mut self, request: Recognize) {
        self.ask("Recognize", |call| call.recognize(request));
    }

    pub fn hang_up(&mut self) {
        self.ask("HangUp", |call| {
            call.hang_up();
            Ok::<_, std::fmt::Error>(())
        });
    }

    pub fn terminate(&mut self) {
        self.ask("Terminate", |call| {
            call.terminate();
            Ok::<_, std::fmt::Error>(())
        });
    }

    // Time.

    pub fn wait(&mut self, seconds: u64) {
        self.wait_ms(seconds * 1_000);
    }

    /// Time passes; the engine is woken exactly when it wants to be.
    pub fn wait_ms(&mut self, wait_ms: u64) {
        let end = self.now.advanced(Duration::from_millis(wait_ms));
        while let Some((deadline, _)) =
            self.engine.poll_timeout().filter(|(deadline, _)| deadline.is_due(end))
        {
            self.now = self.now.advanced(deadline.wait(self.now));
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    // The ladder.

    /// Something that the world does not see by itself.
    pub fn say(&mut self, what: &str) {
        self.drain();
        self.line(what);
    }

    /// Everything that the engine has to say.
    pub fn tell(&mut self) {
        self.drain();
    }

    fn line(&mut self, what: &str) {
        let seconds = self.now.monotonic_us() as f64 / 1e6;
        self.ladder.push_str(&format!("{seconds:.3}  {what}\n"));
    }

    #[track_caller]
    pub fn ladder(&mut self, expected: Expect) {
        expected.assert_eq(&self.ladder);
        self.ladder.clear();
    }

    fn named(&self, leg: LegId) -> String {
        self.names.get(&leg).cloned().unwrap_or_else(|| format!("{leg}"))
    }

    fn drain(&mut self) {
        while let Some((_, leg, request)) = self.engine.poll_leg() {
            if let LegRequest::Dial(dial) = &request {
                self.diversions.clone_from(&dial.diversions);
                self.dialled.push(leg);
                let name = self.engine_name(&request);
                self.legs.insert(name.clone(), leg);
                self.names.insert(leg, name);
            }
            let text = match &request {
                LegRequest::Dial(dial) => {
                    let shown = dial.caller.number.as_ref().map_or("anonymous".to_owned(), |n| n.to_string());
                    format!("dial for {} s as {shown}", dial.ring_for.as_secs())
                }
                LegRequest::Reject(reason) => format!("reject: {reason:?}"),
                LegRequest::Divert(divert) => {
                    self.diversions.push(divert.diversion.clone());
                    format!("divert to {}", place(&divert.destination))
                }
                LegRequest::Refer(refer) => {
                    let in_whose_name = refer.referred_by.as_ref().map_or("nobody", PhoneNumber::as_str);
                    format!("REFER to {} by {in_whose_name}", refer.number)
                }
                LegRequest::TransferProgress(progress) => format!("transfer {progress:?}"),
                other => format!("{other:?}").to_lowercase(),
            };
            let line = format!("engine -> {}  {text}", self.named(leg));
            self.line(&line);
        }
        while let Some((call, request)) = self.engine.poll_media() {
            let text = self.media_text(call, &request);
            self.line(&format!("engine -> media  {text}"));
        }
        while let Some(event) = self.engine.poll_event() {
            let line = format!("engine -> app  {}", event_text(&event));
            self.line(&line);
            self.events.push(event);
        }
        while let Some(notice) = self.engine.poll_notice() {
            if let NoticeKind::IncomingCall(_) = &notice.kind {
                self.offered = Some(notice.call);
            }
            let line = format!("engine -> world  {}", notice_text(&notice.kind));
            self.line(&line);
        }
        while let Some(record) = self.engine.poll_record() {
            self.records.push(record);
        }
    }

    fn engine_name(&self, request: &LegRequest) -> String {
        let LegRequest::Dial(dial) = request else { return String::new() };
        place(&dial.destination)
    }

    fn media_text(&mut self, call: CallId, request: &MediaRequest) -> String {
        match request {
            MediaRequest::Connect(plan) => self.plan_text(plan),
            MediaRequest::Play(playback) => {
                self.playbacks.push((playback.id, call));
                let audience: Vec<String> = playback.audience.iter().map(|leg| self.named(*leg)).collect();
                let sources: Vec<String> = playback.sources.iter().map(source_text).collect();
                let repeat = if playback.repeat { " over and over" } else { "" };
                let number = self.playbacks.len();
                format!("play{number} {} to {}{repeat}", sources.join("+"), audience.join("+"))
            }
            MediaRequest::StopPlayback(id) => {
                let number = self.playbacks.iter().position(|(other, _)| other == id).map(|index| index + 1);
                format!("stop play{}", number.unwrap_or(0))
            }
            MediaRequest::SendTones(sequence) => {
                self.tone_operations.push(sequence.operation);
                let keys: String = sequence.tones.iter().map(|tone| tone.key()).collect();
                format!("send {keys} to {}", self.named(sequence.leg))
            }
            MediaRequest::Listen(tap) => self.tap_text(call, tap),
            MediaRequest::StopListening(id) => format!("stop tap{}", self.tap_number(*id)),
            MediaRequest::Release => "release".to_owned(),
        }
    }

    fn tap_number(&self, id: TapId) -> usize {
        self.taps.iter().position(|(other, _)| *other == id).map_or(0, |index| index + 1)
    }

    fn tap_text(&mut self, call: CallId, tap: &Tap) -> String {
        let is_new = self.tap_number(tap.id) == 0;
        if is_new {
            self.taps.push((tap.id, call));
        }
        let mut voices: Vec<String> = tap.voices.keys().map(|leg| self.named(*leg)).collect();
        voices.sort();
        let voices = if voices.is_empty() { "nobody".to_owned() } else { voices.join("+") };
        let what = match &tap.purpose {
            Purpose::Record(recording) => {
                let state = match (recording.paused, recording.is_stopped) {
                    (false, false) => "",
                    (true, false) => ", paused,",
                    (false, true) => ", stopped,",
                    (true, true) => ", paused, stopped,",
                };
                format!("records{state} {voices}")
            }
            Purpose::Stream(_) => format!("streams {voices}"),
            Purpose::Transcribe(transcription) => {
                let summary =
                    transcription.summary.as_ref().map(|language| format!(", summed up in {language}"));
                let languages = transcription.listening.languages.join("/");
                format!("writes down {voices} in {languages}{}", summary.unwrap_or_default())
            }
            Purpose::Recognize(recognition) => match &recognition.grammar {
                Grammar::Free => format!("understands {voices}"),
                Grammar::Choices(choices) => format!("understands {} choices of {voices}", choices.len()),
            },
        };
        format!("tap{}{} {what}", self.tap_number(tap.id), if is_new { "" } else { " now" })
    }

    /// The tap of this number, from 1.
    pub fn tapped(&mut self, number: usize, report: TapReport) {
        let (tap, call) = self.taps[number - 1];
        let text = match &report {
            TapReport::Understood(understood) => format!("understood \"{}\"", understood.text),
            other => format!("{other:?}").to_lowercase(),
        };
        self.line(&format!("media -> engine  tap{number} {text}"));
        self.engine.handle_media(call, MediaReport::Tapped(tap, report), self.now);
        self.drain();
    }

    fn plan_text(&self, plan: &MediaPlan) -> String {
        let mut lines: Vec<String> = plan
            .legs()
            .map(|listener| {
                let speakers = plan.heard_by(listener);
                let mut names: Vec<String> = speakers.iter().map(|leg| self.named(*leg)).collect();
                names.sort();
                let names = if names.is_empty() { "nobody".to_owned() } else { names.join("+") };
                format!("{} hears {names}", self.named(listener))
            })
            .collect();
        lines.sort();
        if lines.is_empty() { "nobody hears anybody".to_owned() } else { lines.join(", ") }
    }
}

fn source_text(source: &PlaySource) -> String {
    match source {
        PlaySource::File { uri, .. } => uri.to_string(),
        PlaySource::Text { text, .. } => format!("'{text}'"),
        PlaySource::Ssml { .. } => "ssml".to_owned(),
        PlaySource::HoldMusic => "hold music".to_owned(),
    }
}

/// An event in short: its name, what it is about, how it ended, and its context.
pub fn event_text(event: &CallEvent) -> String {
    let context: Arc<str> = event.operation_context.clone().unwrap_or("no context".into());
    let result = event.result.as_ref().map(result_text).unwrap_or_default();
    let kind = match &event.kind {
        CallEventKind::ParticipantsUpdated { sequence, participants } => {
            let people: Vec<String> = participants.iter().map(person_text).collect();
            return format!("ParticipantsUpdated {sequence}: {}", people.join(", "));
        }
        CallEventKind::CallTransferAccepted { target, transferee } => {
            format!("CallTransferAccepted {} to {}", name(transferee), name(target))
        }
        CallEventKind::AddParticipantSucceeded { participant } => {
            format!("AddParticipantSucceeded {}", name(participant))
        }
        CallEventKind::AddParticipantFailed { participant } => {
            format!("AddParticipantFailed {}", name(participant))
        }
        CallEventKind::RemoveParticipantSucceeded { participant } => {
            format!("RemoveParticipantSucceeded {}", name(participant))
        }
        CallEventKind::RemoveParticipantFailed { participant } => {
            format!("RemoveParticipantFailed {}", name(participant))
        }
        CallEventKind::CancelAddParticipantSucceeded { .. } => "CancelAddParticipantSucceeded".to_owned(),
        CallEventKind::CancelAddParticipantFailed { .. } => "CancelAddParticipantFailed".to_owned(),
        CallEventKind::PlayFailed { source } => format!("PlayFailed at source {source}"),
        CallEventKind::RecognizeCompleted(Recognized::Tones(tones)) => {
            let keys: String = tones.iter().map(|tone| tone.key()).collect();
            format!("RecognizeCompleted '{keys}'")
        }
        CallEventKind::RecognizeCompleted(Recognized::Choice { label, .. }) => {
            format!("RecognizeCompleted {label}")
        }
        CallEventKind::RecognizeCompleted(Recognized::Speech(heard)) => {
            format!("RecognizeCompleted \"{}\"", heard.text)
        }
        CallEventKind::RecognizeFailed { source: Some(source) } => {
            format!("RecognizeFailed at source {source}")
        }
        CallEventKind::RecognizeFailed { source: None } => "RecognizeFailed".to_owned(),
        CallEventKind::ContinuousDtmfRecognitionToneReceived { sequence, tone } => {
            format!("ContinuousDtmfRecognitionToneReceived {sequence}: {}", tone.key())
        }
        CallEventKind::RecordingStateChanged(status) => {
            let state = if status.is_active { "active" } else { "inactive" };
            return format!("RecordingStateChanged {state} ({result})");
        }
        CallEventKind::StartRecordingFailed(_) => return format!("StartRecordingFailed ({result})"),
        CallEventKind::MoveParticipantSucceeded { participant, .. } => {
            format!("MoveParticipantSucceeded {}", name(participant))
        }
        CallEventKind::MoveParticipantFailed { participant, .. } => {
            format!("MoveParticipantFailed {}", name(participant))
        }
        CallEventKind::MediaStreamingStarted { resumed } => {
            format!("MediaStreamingStarted{}", if *resumed { " again" } else { "" })
        }
        CallEventKind::TranscriptionStarted { resumed } => {
            format!("TranscriptionStarted{}", if *resumed { " again" } else { "" })
        }
        CallEventKind::TranscriptionCallSummaryUpdated { summary } => {
            format!("TranscriptionCallSummaryUpdated {:?}", summary.as_deref().unwrap_or("none"))
        }
        other => format!("{other:?}"),
    };
    format!("{kind} ({result}; {context})")
}

pub fn result_text(result: &ResultInformation) -> String {
    format!("{:?}", result.outcome)
}

fn person_text(view: &ParticipantView) -> String {
    let muted = if view.is_muted { " muted" } else { "" };
    let held = if view.is_on_hold { " held" } else { "" };
    format!("{}{muted}{held}", name(&view.identifier))
}

fn notice_text(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::IncomingCall(call) => format!("IncomingCall from {}", name(&call.from)),
        NoticeKind::CallStarted { started_by, .. } => format!("CallStarted by {}", name(started_by)),
        NoticeKind::ParticipantAdded { participant, .. } => {
            format!("ParticipantAdded {}", name(participant))
        }
        NoticeKind::ParticipantRemoved { participant, .. } => {
            format!("ParticipantRemoved {}", name(participant))
        }
        NoticeKind::CallEnded { ended_by, cause, lasted, .. } => {
            let by = ended_by.as_ref().map_or("the platform".to_owned(), name);
            format!("CallEnded by {by}: {cause:?} after {} s", lasted.as_secs_f64())
        }
    }
}

fn place(destination: &Destination) -> String {
    match destination {
        Destination::Phone(user) => {
            let bytes = user.as_u128().to_be_bytes();
            String::from_utf8_lossy(&bytes).trim_start_matches('\0').to_owned()
        }
        Destination::Trunk { number, .. } => number.to_string(),
        Destination::Gateways(hops) => hops[0].called.to_string(),
        Destination::Emergency { number, .. } => number.to_string(),
        Destination::Platform(number) => number.to_string(),
    }
}
