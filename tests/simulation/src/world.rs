//! A world: one exchange, everybody around it, and virtual time.

mod rules;

use std::hash::{DefaultHasher, Hash, Hasher};

use call_engine::{CallEventKind, LegReport, LegRequest, ReferOutcome, RejectReason};
use clock::Now;
use exchange::{Command, Exchange, Limits, Reply};
use identifier::{CallConnectionId, CommunicationIdentifier, Home, ResourceId};
use journal::{Excerpt, Ladder, Picture, Reveal, Said, Scribe, Seen};
use media_plan::MediaReport;

use crate::agenda::{Agenda, Happening, Seed};
use crate::applications::{Applications, Ask};
use crate::media::Media;
use crate::neighborhood;
use crate::post::Post;
use crate::signaling::{Signaling, Sound};
use crate::tally::Tally;
use crate::watch::{Broken, Connections, Floor, Listeners, Operations, Records, Verdict};

/// The day ends after this time: everybody goes home.
const DAY_MS: u64 = 240_000;
/// A look makes nothing.
const NO_SEED: entropy::Seed = entropy::Seed::from_number(0);
/// No world needs more steps.
const MOST_STEPS: u64 = 400_000;

/// One exchange, and everybody around it.
#[derive(Debug)]
pub struct World {
    agenda: Agenda,
    exchange: Exchange,
    signaling: Signaling,
    media: Media,
    applications: Applications,
    post: Post,
    floor: Floor,
    connections: Connections,
    operations: Operations,
    records: Records,
    listeners: Listeners,
    /// What entered the exchange and what left it, as in production.
    scribe: Scribe<Vec<u8>>,
    /// How often what happened.
    pub(crate) tally: Tally,
    /// What the exchange reacts to.
    cause: Cause,
}

/// What the exchange reacts to, as far as a rule asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Answer,
    /// A trunk has connected its caller with somebody else by itself.
    Referral,
    PlaybackFinished,
    /// An application holds a call that others made.
    Join,
    Else,
}

impl World {
    /// The world of a seed, before anything has happened.
    pub fn new(seed: Seed) -> Self {
        let mut agenda = Agenda::new(seed);
        let limits = Limits {
            calls: if agenda.chance(10) { 3 } else { 1_000 },
            participants: if agenda.chance(10) { 3 } else { 350 },
            queued_operations: agenda.number(1, 8) as usize,
            connections: agenda.number(1, 4) as usize,
            same_number_twice: agenda.chance(20),
            tones_wait_for_answer: agenda.chance(20),
        };
        let post = Post::new(agenda.dice.fork());
        // Quiet days, and now and then a busy hour.
        let (calls_in, calls_out, span_ms) = match agenda.number(0, 3) {
            0 => (agenda.number(8, 20), agenda.number(4, 12), 40_000),
            _ => (agenda.number(1, 6), agenda.number(0, 4), DAY_MS / 2),
        };
        for _ in 0..calls_in {
            agenda.between_ms(0, span_ms, Happening::CallIn);
        }
        for _ in 0..calls_out {
            agenda.between_ms(0, span_ms, Happening::CallOut);
        }
        agenda.after_ms(DAY_MS, Happening::Curtain);
        let directory = neighborhood::directory();
        Self {
            agenda,
            scribe: Scribe::new(Home::default(), limits, &directory, Vec::new()),
            exchange: Exchange::new(Home::default(), directory, limits),
            signaling: Signaling::default(),
            media: Media::default(),
            applications: Applications::default(),
            post,
            floor: Floor::default(),
            connections: Connections::default(),
            operations: Operations::default(),
            records: Records::default(),
            listeners: Listeners::default(),
            tally: Tally::default(),
            cause: Cause::Else,
        }
    }

    /// Lets everything happen.
    pub(crate) fn run(&mut self) -> Verdict {
        for _ in 0..MOST_STEPS {
            if !self.step()? {
                self.check_nothing_left()?;
                return self.check_replays();
            }
        }
        Err(Broken(format!("the world still turns after {MOST_STEPS} steps")))
    }

    fn now(&self) -> Now {
        self.agenda.now()
    }

    /// The next thing happens; of things at the same moment the dice choose.
    fn step(&mut self) -> Result<bool, Broken> {
        let exchange = self.exchange.poll_timeout().map(|(deadline, _)| deadline.monotonic_us());
        let doors = [self.agenda.next_at_us(), exchange, self.post.next_at_us()];
        let Some(soonest) = doors.iter().flatten().min().copied() else { return Ok(false) };
        let open: Vec<usize> = (0..3).filter(|door| doors[*door].is_some_and(|at| at <= soonest)).collect();
        let door = *self.agenda.pick(&open).expect("something is the soonest");
        self.agenda.advance_to(soonest);
        self.cause = Cause::Else;
        match door {
            0 => {
                if let Some(happening) = self.agenda.pop() {
                    self.happen(happening)?;
                }
            }
            1 => {
                let now = self.now();
                self.scribe.seen(&self.exchange, Seen::Timeout, now);
                self.exchange.handle_timeout(now);
            }
            _ => self.post.on_timeout(self.now()),
        }
        self.drain()?;
        self.scribe.end(&self.exchange, None);
        self.signaling.is_dealt_with();
        self.post.drain(&mut self.agenda)?;
        self.check()?;
        Ok(true)
    }

    fn happen(&mut self, happening: Happening) -> Verdict {
        let now = self.now();
        match happening {
            Happening::CallIn => self.signaling.call_in(&mut self.agenda),
            Happening::CallOut => {
                let command = self.applications.call_out(&mut self.agenda);
                self.ask(command)?;
            }
            Happening::Invite(leg, invitation) => {
                if self.signaling.arrives(leg) {
                    self.floor.on_invitation(leg);
                    let seed = self.agenda.dice.seed();
                    self.scribe.seen(&self.exchange, Seen::Invitation(leg, &invitation, seed), now);
                    self.exchange.handle_invitation(leg, *invitation, seed, now);
                }
            }
            Happening::Act(leg, act) => {
                let sound = self.signaling.act(leg, act, &mut self.agenda);
                if let Some(sound) = sound {
                    self.hear(&sound);
                }
            }
            Happening::Report(leg, report) => {
                self.tally.count(&format!("leg {}", first_word(&report)));
                self.floor.on_report(leg, &report);
                match report {
                    LegReport::Answered => self.cause = Cause::Answer,
                    LegReport::Referred(ReferOutcome::Succeeded) => self.cause = Cause::Referral,
                    _ => {}
                }
                self.signaling.reaches(leg, &report);
                self.scribe.seen(&self.exchange, Seen::Leg(leg, &report), now);
                self.exchange.handle_leg(leg, report, now);
            }
            Happening::Moment(call, playback, moment) => {
                self.media.on_moment(call, playback, moment, &mut self.agenda);
            }
            Happening::Tapped(call, tap, report) => {
                self.media.on_tapped(call, tap, report, &mut self.agenda);
            }
            Happening::MediaReport(call, report) => {
                if let MediaReport::Tapped(tap, report) = &report {
                    self.floor.on_tapped(*tap, report);
                }
                if let MediaReport::Finished(_) = &report {
                    self.cause = Cause::PlaybackFinished;
                }
                self.scribe.seen(&self.exchange, Seen::Media(call, &report), now);
                self.exchange.handle_media(call, report, now);
            }
            Happening::Ask(ask) => self.on_ask(&ask)?,
            Happening::Post(round) => self.post.on_round(round, now),
            Happening::Curtain => {
                self.signaling.curtain(&mut self.agenda);
                self.applications.curtain();
                for connection in self.connections.open() {
                    if let Some((resource, _)) = self.applications.holder(connection) {
                        self.ask(Command::HangUp { connection, resource })?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What media hears of an act arrives a little later.
    fn hear(&mut self, sound: &Sound) {
        let (leg, report) = match sound {
            Sound::KeyDown(leg, tone) => (leg, MediaReport::ToneStarted(*leg, *tone)),
            Sound::KeyUp(leg, tone) => (leg, MediaReport::ToneEnded(*leg, *tone)),
            Sound::Silence(leg) => (leg, MediaReport::Silent(*leg)),
        };
        if let Some(call) = self.floor.call_of(*leg) {
            self.agenda.after_ms(20, Happening::MediaReport(call, report));
        }
    }

    fn on_ask(&mut self, ask: &Ask) -> Verdict {
        match ask {
            Ask::Take(call, resource) => {
                let command = self.applications.take(*call, *resource, &mut self.agenda);
                self.ask(command)?;
            }
            Ask::Something(connection) => {
                let Some((resource, _)) = self.applications.holder(*connection) else { return Ok(()) };
                let present = self.participants(*connection, resource);
                let command = self.applications.something(*connection, &present, &mut self.agenda);
                if let Some(command) = command {
                    self.ask(command)?;
                }
            }
        }
        Ok(())
    }

    fn participants(
        &mut self,
        connection: CallConnectionId,
        resource: ResourceId,
    ) -> Vec<CommunicationIdentifier> {
        let now = self.now();
        match self.exchange.handle_command(Command::Participants { connection, resource }, NO_SEED, now) {
            Ok(Reply::Participants(views)) => views.into_iter().map(|view| view.identifier).collect(),
            Ok(Reply::Accepted(_) | Reply::Call(_) | Reply::Recording(_)) | Err(_) => Vec::new(),
        }
    }

    /// An application asks; what it starts is watched from now on.
    fn ask(&mut self, command: Command) -> Verdict {
        let now = self.now();
        let name = first_word(&command);
        let connection = command.connection();
        let context = self.operations.asked(&command);
        if let Command::Join { .. } = &command {
            self.cause = Cause::Join;
        }
        let seed = self.agenda.dice.seed();
        self.scribe.seen(&self.exchange, Seen::Command(&command, seed), now);
        let answer = self.exchange.handle_command(command, seed, now);
        let how = if answer.is_ok() { "accepted" } else { "refused" };
        self.tally.count(&format!("{name} {how}"));
        match &answer {
            Ok(Reply::Call(properties)) if connection.is_none() => {
                self.connections.opened(properties.connection);
                self.operations.opened(properties.connection, properties.call);
                let resource = properties.application.resource;
                self.applications.opened(properties.connection, properties.call, resource);
            }
            Ok(Reply::Accepted(accepted)) => {
                if let Some(context) = &context {
                    self.operations.accepted(context, accepted, self.agenda.now_us());
                }
                if let (Some(connection), Some(operation)) = (connection, accepted.operation) {
                    self.applications.invited(connection, operation);
                }
            }
            Ok(Reply::Recording(view)) => {
                if let Some(call) = self.exchange.call_of_recording(view.recording) {
                    self.applications.records(call, view.recording);
                }
            }
            Ok(Reply::Call(_) | Reply::Participants(_)) => {}
            Err(_) => {
                if let Some(context) = &context {
                    self.operations.refused(context);
                }
            }
        }
        let drained = self.drain();
        self.scribe.end(&self.exchange, Some(&answer));
        drained
    }

    /// Everything that the exchange says reaches its listener.
    fn drain(&mut self) -> Verdict {
        while let Some((call, leg, request)) = self.exchange.poll_leg() {
            self.scribe.said(Said::Leg(call, leg, &request));
            self.tally.count(&format!("asked {}", first_word(&request)));
            // A call that is too many, or a stranger's that leads nowhere, is forgotten at once.
            let is_turned_away = self.floor.call_of(leg).is_none()
                && match request {
                    LegRequest::Reject(RejectReason::Overloaded) => true,
                    LegRequest::Reject(_) => self.signaling.is_strangers(leg),
                    _ => false,
                };
            if !is_turned_away {
                self.records.on_call(call);
            }
            self.floor.on_request(call, leg, &request)?;
            self.signaling.on_request(leg, &request, &mut self.agenda);
        }
        while let Some((call, request)) = self.exchange.poll_media() {
            self.scribe.said(Said::Media(call, &request));
            self.records.on_call(call);
            self.floor.on_media(call, &request)?;
            self.media.on_request(call, &request, &mut self.agenda);
        }
        while let Some(event) = self.exchange.poll_event() {
            self.scribe.said(Said::Event(&event));
            self.tally.count(&first_word(&event.kind));
            self.records.on_call(event.call);
            self.check_cause(&event.kind)?;
            if let CallEventKind::MoveParticipantSucceeded { from, .. } = &event.kind {
                self.floor.on_move(event.call);
                self.operations.call_of(*from).into_iter().for_each(|call| self.floor.on_move(call));
            }
            self.listeners.on_event(&event)?;
            self.operations.on_event(&event)?;
            if !Listeners::is_about_a_recording(&event) {
                self.connections.on_event(&event)?;
            }
            self.applications.on_event(&event, &mut self.agenda);
            self.post.on_event(&event, &mut self.agenda);
        }
        while let Some(notice) = self.exchange.poll_notice() {
            self.scribe.said(Said::Notice(&notice));
            self.tally.count(&format!("notice {}", first_word(&notice.kind)));
            self.records.on_notice(&notice)?;
            self.applications.on_notice(&notice, &mut self.agenda);
        }
        while let Some(record) = self.exchange.poll_record() {
            self.scribe.said(Said::Record(&record));
            self.tally.count("CallRecord");
            self.records.on_record(&record)?;
        }
        Ok(())
    }

    /// The same for the same world.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.scribe.sink().hash(&mut hasher);
        hasher.finish()
    }

    /// An input broke an assumption; it shall be seen in the ladder.
    pub(crate) fn broke(&mut self, reason: &str) {
        self.scribe.broke(&self.exchange, reason);
    }

    /// The picture of all that happened.
    pub(crate) fn picture(&self) -> String {
        let excerpt = Excerpt::whole(self.scribe.sink());
        Picture::text(&Ladder::new(Reveal::Numbers).lines(&excerpt))
    }
}

/// The name of a variant.
fn first_word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}
