//! Who writes down what an exchange is told and what it says, on the exchange's own thread.
//!
//! Everything is written from where it lies, into memory that is used again; nothing is copied
//! first, and nothing waits.

use borsh::BorshSerialize;
use call_engine::{CallEvent, CallNotice, CallRecord, LegRequest, Limits};
use clock::Now;
use exchange::{Command, CommandError, Exchange, Reply};
use identifier::{CallId, Home};
use tenant::Directory;

use crate::entry::Head;
use crate::frame::{self, Kind};
use crate::input::{Said, Seen, Subject};

/// Where frames go.
pub trait Sink: Send {
    /// What holds for all that follows: the limits and the directory of an exchange.
    fn setting(&mut self, home: Home, frame: &[u8]);
    /// One input with all that followed from it.
    fn entry(&mut self, home: Home, frame: &[u8]);
}

/// For a journal in memory.
impl Sink for Vec<u8> {
    fn setting(&mut self, _: Home, frame: &[u8]) {
        self.extend_from_slice(frame);
    }

    fn entry(&mut self, _: Home, frame: &[u8]) {
        self.extend_from_slice(frame);
    }
}

/// Writes for one exchange.
#[derive(Debug)]
pub struct Scribe<S> {
    sink: S,
    home: Home,
    limits: Limits,
    sequence: u64,
    draft: Draft,
    frame: Vec<u8>,
}

/// The entry that is being written.
#[derive(Debug, Default)]
struct Draft {
    is_open: bool,
    at: Option<Now>,
    meets: bool,
    makes_calls: bool,
    subject: Subject,
    calls: Vec<CallId>,
    known_before: usize,
    names: Vec<u128>,
    load: u32,
    input: Vec<u8>,
    outputs: Vec<u8>,
    output_count: u32,
}

impl<S: Sink> Scribe<S> {
    /// Begins to write for an exchange at `home`.
    pub fn new(home: Home, limits: Limits, directory: &Directory, sink: S) -> Self {
        let mut scribe = Self { sink, home, limits, sequence: 0, draft: Draft::default(), frame: Vec::new() };
        scribe.directory(directory);
        scribe
    }

    /// What was written, or where it went.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Another directory is in force.
    pub fn directory(&mut self, directory: &Directory) {
        let (home, limits) = (self.home, self.limits);
        frame::put(&mut self.frame, Kind::Setting, |frame| {
            write(frame, &(home, limits));
            write(frame, directory);
        });
        self.sink.setting(home, &self.frame);
    }

    /// Something enters the exchange; to be called before the exchange hears of it.
    pub fn seen(&mut self, exchange: &Exchange, seen: Seen<'_>, at: Now) {
        let draft = &mut self.draft;
        draft.clear();
        draft.is_open = true;
        draft.at = Some(at);
        draft.meets = seen.brings_together();
        draft.subject = seen.subject();
        draft.makes_calls = match &seen {
            Seen::Invitation(leg, ..) => {
                draft.name(leg.as_u128());
                true
            }
            Seen::Command(command, _) => matches!(command, Command::CreateCall { .. }),
            Seen::Leg(..) | Seen::Media(..) | Seen::Timeout | Seen::HangUpAll => false,
        };
        if draft.makes_calls {
            draft.load = exchange.call_count() as u32;
        }
        draft.calls.extend(draft.subject.call);
        if let Some(recording) = draft.subject.recording {
            draft.touch(exchange.call_of_recording(recording));
        }
        for connection in draft.subject.connections.into_iter().flatten() {
            draft.name(connection.as_u128());
            let call = exchange.call_of_connection(connection);
            draft.touch(call);
            // Nothing is done with a second one for somebody whose first one is over.
            if call.is_none() {
                break;
            }
        }
        for leg in draft.subject.legs.into_iter().flatten() {
            draft.touch(exchange.call_of_leg(leg));
        }
        if let Seen::Timeout = seen {
            exchange.due_calls(at).for_each(|call| draft.touch(Some(call)));
        }
        draft.known_before = draft.calls.len();
        write(&mut draft.input, &seen);
    }

    /// Something leaves the exchange.
    pub fn said(&mut self, said: Said<'_>) {
        let draft = &mut self.draft;
        if !draft.is_open {
            return;
        }
        draft.touch(Some(said.call()));
        match said {
            Said::Leg(_, leg, LegRequest::Dial(_)) => draft.name(leg.as_u128()),
            Said::Leg(..) | Said::Media(..) => {}
            Said::Event(CallEvent { connection, correlation, .. }) => {
                draft.name(connection.as_u128());
                draft.name(correlation.as_u128());
            }
            Said::Notice(CallNotice { correlation, .. }) | Said::Record(CallRecord { correlation, .. }) => {
                draft.name(correlation.as_u128());
            }
        }
        draft.output_count += 1;
        write(&mut draft.outputs, &said);
    }

    /// Everything that follows from the input has left; `reply` is what a command was answered.
    pub fn end(&mut self, exchange: &Exchange, reply: Option<&Result<Reply, CommandError>>) {
        self.close(exchange, reply, None);
    }

    /// The input broke an assumption of the exchange.
    pub fn broke(&mut self, exchange: &Exchange, reason: &str) {
        self.close(exchange, None, Some(reason));
    }

    fn close(
        &mut self,
        exchange: &Exchange,
        reply: Option<&Result<Reply, CommandError>>,
        broken: Option<&str>,
    ) {
        let draft = &mut self.draft;
        let Some(at) = draft.at.take().filter(|_| draft.is_open) else { return };
        draft.is_open = false;
        for leg in draft.subject.legs.into_iter().flatten() {
            draft.touch(exchange.call_of_leg(leg));
        }
        if let Some(Ok(Reply::Recording(view))) = reply {
            draft.name(view.recording.as_u128());
        }
        if let Some(Ok(Reply::Call(call))) = reply {
            draft.touch(Some(call.call));
            draft.name(call.connection.as_u128());
            draft.name(call.correlation.as_u128());
        }
        if broken.is_some() && !draft.meets {
            // Their turn has not come: the exchange looks at them again after the one that broke.
            let waiting: Vec<CallId> = exchange.due_calls(at).collect();
            draft.calls.retain(|call| !waiting.contains(call));
            draft.known_before = draft.known_before.min(draft.calls.len());
        }
        // What concerns nobody changes nothing.
        if draft.calls.is_empty() && draft.names.is_empty() {
            return;
        }
        self.sequence += 1;
        let begun = if draft.meets { draft.calls.len() - draft.known_before } else { 0 };
        let head = Head {
            sequence: self.sequence,
            home: self.home,
            at,
            meets: draft.meets,
            begun: begun as u16,
            calls: std::mem::take(&mut draft.calls),
            names: std::mem::take(&mut draft.names),
        };
        let is_lost = matches!(reply, Some(Err(CommandError::CallNotFound)));
        let consulted = exchange.consulted();
        let reply = reply.map(|reply| reply.as_ref().map_err(ToString::to_string));
        let was_forgetful = is_lost && exchange.is_forgetful();
        frame::put(&mut self.frame, Kind::Entry, |frame| {
            write(frame, &head);
            frame.extend_from_slice(&draft.input);
            write(frame, &(draft.load, consulted, draft.output_count));
            frame.extend_from_slice(&draft.outputs);
            write(frame, &(reply, was_forgetful, broken));
        });
        self.sink.entry(self.home, &self.frame);
        (draft.calls, draft.names) = (head.calls, head.names);
    }
}

impl Draft {
    fn clear(&mut self) {
        self.calls.clear();
        self.names.clear();
        self.input.clear();
        self.outputs.clear();
        (self.output_count, self.load) = (0, 0);
    }

    fn touch(&mut self, call: Option<CallId>) {
        if let Some(call) = call
            && !self.calls.contains(&call)
        {
            self.calls.push(call);
        }
    }

    fn name(&mut self, id: u128) {
        if !self.names.contains(&id) {
            self.names.push(id);
        }
    }
}

fn write(bytes: &mut Vec<u8>, value: &impl BorshSerialize) {
    value.serialize(bytes).expect("memory takes everything");
}
