//! A media thread: the only place that waits, and only for the clock.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clock::Now;
use crossbeam_channel::{Receiver, TryRecvError};
use identifier::CallId;
use media_engine::FRAME_MS;
use media_plan::MediaRequest;

use crate::arrival::Arrivals;
use crate::bell::Ringer;
use crate::doorbells::Doorbells;
use crate::live_call::LiveCall;
use crate::mailbox::{Command, Mailbox};
use crate::meters;
use crate::punctuality::Punctuality;
use crate::reporter::{Departure, Reporter};

/// Calls are spread over the frame, so that the work of a thread, and the packets on the wire,
/// do not come all at once.
pub(crate) const PHASES: usize = 4;
/// From one phase to the next.
const STEP: Duration = Duration::from_millis(FRAME_MS as u64 / PHASES as u64);
/// Half a frame before a call's own phase its sockets are read as well: keys are reported sooner.
const HALF: usize = PHASES / 2;
/// A thread that is further behind than this was asleep with its machine: it does not catch up.
const ASLEEP: Duration = Duration::from_millis(500);

type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Starts a thread; it ends when all mailboxes to it are gone.
pub(crate) fn start(
    number: usize,
    reporter: Reporter,
    clock: Clock,
    punctuality: Punctuality,
    ringer: Ringer,
) -> Mailbox {
    let (mailbox, commands) = Mailbox::new();
    let (calls, arrivals) = Default::default();
    let doorbells = std::array::from_fn(|_| Doorbells::new());
    let works = Clockwork {
        calls,
        doorbells,
        arrivals,
        commands,
        reporter,
        clock,
        punctuality,
        ringer,
        rings: false,
    };
    thread::Builder::new()
        .name(format!("media-{number}"))
        .spawn(move || works.run())
        .expect("the system has a thread to spare when it starts");
    mailbox
}

struct Clockwork {
    calls: [HashMap<CallId, LiveCall>; PHASES],
    /// Of the sockets of each phase.
    doorbells: [Doorbells; PHASES],
    arrivals: Arrivals,
    commands: Receiver<Command>,
    reporter: Reporter,
    clock: Clock,
    punctuality: Punctuality,
    ringer: Ringer,
    /// Something happened in this step that taps hear of.
    rings: bool,
}

impl Clockwork {
    fn run(mut self) {
        let mut due = Instant::now();
        for phase in (0..PHASES).cycle() {
            if self.calls.iter().all(HashMap::is_empty) && self.arrivals.is_empty() {
                // Nobody is there to be late for.
                self.punctuality.rest();
                let Ok(command) = self.commands.recv() else { return };
                self.handle(command);
                due = Instant::now();
            }
            // The schedule is absolute: a tick that is late does not move the next.
            due += STEP;
            let late = Instant::now().saturating_duration_since(due);
            if late > ASLEEP {
                due += late;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let late = Instant::now().saturating_duration_since(due);
            meters::tick(late >= STEP);
            self.punctuality.note(late);
            if self.take_commands().is_break() {
                return;
            }
            self.receive_arrivals();
            self.visit((phase + HALF) % PHASES, LiveCall::listen);
            self.visit(phase, LiveCall::tick);
            self.rings =
                self.calls[phase].values_mut().fold(self.rings, |rings, call| rings | call.take_ring());
            self.reporter.flush();
            if std::mem::take(&mut self.rings) {
                self.ringer.ring();
            }
        }
    }

    /// Does something with every call of a phase. A panic costs one call.
    fn visit(&mut self, phase: usize, visit: fn(&mut LiveCall, Now, &mut Reporter, &mut Doorbells)) {
        let (reporter, doorbells) = (&mut self.reporter, &mut self.doorbells[phase]);
        doorbells.listen();
        let now = (self.clock)();
        let broken = self.calls[phase].extract_if(|id, call| {
            let survived = catch_unwind(AssertUnwindSafe(|| visit(call, now, reporter, doorbells)));
            if survived.is_err() {
                tracing::error!(call.id = %id, "the media of call {id} broke and is given up");
            }
            survived.is_err()
        });
        let broken: Vec<LiveCall> = broken.map(|(_, call)| call).collect();
        for call in broken {
            call.retire(now, &mut self.reporter, &mut self.doorbells[phase]);
        }
    }

    fn take_commands(&mut self) -> std::ops::ControlFlow<()> {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.handle(command),
                Err(TryRecvError::Empty) => return std::ops::ControlFlow::Continue(()),
                Err(TryRecvError::Disconnected) => return std::ops::ControlFlow::Break(()),
            }
        }
    }

    /// Seats the legs that have come, and does what was asked of them on their way.
    fn receive_arrivals(&mut self) {
        while let Some(arrived) = self.arrivals.take() {
            if let Some(leg) = arrived.leg {
                let (call, doorbells) = self.call(arrived.call);
                call.take_in(leg, doorbells);
            }
            arrived.asked.into_iter().for_each(|command| self.execute(command));
        }
    }

    fn handle(&mut self, command: Command) {
        if let Some(command) = self.arrivals.keep(command) {
            self.execute(command);
        }
    }

    fn execute(&mut self, command: Command) {
        let now = (self.clock)();
        match command {
            Command::Open { call, leg, sockets, start } => {
                let (call, doorbells) = self.call(call);
                call.open(leg, sockets, start, now, doorbells);
            }
            Command::Connect { call, leg, terms, protection } => self.with_known(call, |call, _, _| {
                call.connect(leg, terms, protection, now);
            }),
            Command::Close { call, leg } => self.with_known(call, |call, reporter, doorbells| {
                call.close(leg, now, reporter, doorbells);
            }),
            Command::HandOver { call, leg, to } => self.with_known(call, |call, _, doorbells| {
                if let Some(leg) = call.hand_over(leg, doorbells) {
                    // There is room for one, and it is the only one.
                    let _ = to.try_send(leg);
                }
            }),
            Command::Await { call, leg, from } => {
                self.arrivals.expect(call, leg, from);
                self.receive_arrivals();
            }
            Command::Sound { call, playback, source, sound } => self.with_known(call, |call, _, _| {
                call.handle_sound(playback, source, sound);
            }),
            Command::Request { call, request } => self.request(call, request, now),
            Command::Tap { call, tap } => self.call(call).0.begin_tap(*tap),
            Command::ChangeTap { call, tap } => self.with_known(call, |call, _, _| call.change_tap(tap)),
        }
    }

    fn request(&mut self, id: CallId, request: MediaRequest, now: Now) {
        match request {
            MediaRequest::Connect(plan) if !plan.is_empty() => self.call(id).0.arrange(plan),
            MediaRequest::Connect(plan) => self.with_known(id, |call, _, _| call.arrange(plan)),
            MediaRequest::Play(playback) => self.call(id).0.graph.play(playback),
            MediaRequest::StopPlayback(playback) => {
                self.with_known(id, |call, _, _| call.graph.stop(playback))
            }
            MediaRequest::SendTones(tones) => {
                if !self.calls[phase_of(id)].get_mut(&id).is_some_and(|call| call.send_tones(&tones)) {
                    let refused = media_plan::MediaReport::TonesRefused(tones.operation);
                    self.reporter.send(Departure::Report(id, refused, now));
                }
            }
            MediaRequest::StopListening(tap) => {
                self.rings = true;
                self.with_known(id, |call, _, _| call.end_tap(tap));
            }
            // Both ends of a tap are made where there is time: it comes as a command of its own.
            MediaRequest::Listen(_) => {}
            MediaRequest::Release => {
                self.rings = true;
                self.with_known(id, |call, _, _| call.release());
            }
        }
    }

    /// The call, which begins with whatever is said of it first.
    fn call(&mut self, id: CallId) -> (&mut LiveCall, &mut Doorbells) {
        let call = self.calls[phase_of(id)].entry(id).or_insert_with(|| LiveCall::new(id));
        (call, &mut self.doorbells[phase_of(id)])
    }

    /// For what says nothing about an unknown call. A call that has ended is forgotten.
    fn with_known(&mut self, id: CallId, act: impl FnOnce(&mut LiveCall, &mut Reporter, &mut Doorbells)) {
        let calls = &mut self.calls[phase_of(id)];
        let Some(call) = calls.get_mut(&id) else { return };
        act(call, &mut self.reporter, &mut self.doorbells[phase_of(id)]);
        call.hand_off(&mut self.reporter);
        if call.has_ended() {
            calls.remove(&id);
        }
    }
}

fn phase_of(call: CallId) -> usize {
    (call.as_u128() % PHASES as u128) as usize
}
