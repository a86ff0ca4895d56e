//! What happened, a line each, on one axis of time: signaling, media, requests of applications and
//! what they are told.

use call_engine::{CallEvent, CallNotice, CallRecord, LegReport, LegRequest};
use clock::Now;
use exchange::Command;
use identifier::{CallId, LegId};
use jiff::Timestamp;
use media_plan::MediaRequest;
use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::excerpt::{Excerpt, Item};
use crate::input::{Input, Output};
use crate::names::Names;
use crate::replay::What;
use crate::wording::{Reveal, commands, events, legs, media};

/// The lane of applications.
pub(crate) const APP: &str = "app";
/// The lane of those who subscribed to events.
pub(crate) const EVENTS: &str = "events";
/// The lane of media.
pub(crate) const MEDIA: &str = "media";
/// The lane of the platform, at one end of every line.
pub(crate) const HUB: &str = "ringdown";

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The input that it is, or that it followed from.
    pub sequence: u64,
    /// Milliseconds since the first line.
    pub milliseconds: f64,
    /// RFC 3339, in UTC.
    pub at: String,
    /// Whence: a leg, `app`, `events`, `media` or `ringdown`.
    pub from: String,
    /// Whither.
    pub to: String,
    /// What.
    pub text: String,
}

/// Makes lines of what happened; the names it gives stay.
#[derive(Debug, Default)]
pub struct Ladder {
    reveal: Reveal,
    names: Names,
    began: Option<Now>,
}

impl Ladder {
    /// With numbers and names of people hidden, or not.
    pub fn new(reveal: Reveal) -> Self {
        Self { reveal, ..Self::default() }
    }

    /// All of an excerpt.
    pub fn lines(&mut self, excerpt: &Excerpt) -> Vec<Line> {
        excerpt.items.iter().flat_map(|item| self.item(item, |call| excerpt.calls.contains(&call))).collect()
    }

    /// One item; of an entry that touched several calls only what concerns those that are `wanted`.
    pub fn item(&mut self, item: &Item, wanted: impl Fn(CallId) -> bool) -> Vec<Line> {
        match item {
            Item::Setting(_) => Vec::new(),
            Item::Gap(count) => {
                let at = self.began.unwrap_or(Now::new(0, 0));
                let text = format!("… {count} inputs were not kept: the journal could not keep up");
                vec![self.line(0, at, HUB.to_owned(), HUB.to_owned(), text)]
            }
            Item::Entry(entry) => self.entry(entry, wanted),
        }
    }

    fn entry(&mut self, entry: &Entry, wanted: impl Fn(CallId) -> bool) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut add = |ladder: &mut Self, (from, to, text): (String, String, String)| {
            lines.push(ladder.line(entry.head.sequence, entry.head.at, from, to, text));
        };
        let input = self.input(&entry.body.input);
        add(self, input);
        if let Some(broken) = &entry.body.broken {
            let text = format!("!! this broke an assumption: {broken}; the legs of the call are hung up");
            add(self, between(HUB, HUB, text));
        }
        for output in entry.body.outputs.iter().filter(|output| wanted(output.call())) {
            let output = self.output(output);
            add(self, output);
        }
        if let Some(reply) = &entry.body.reply {
            let text = commands::reply(reply, self.reveal);
            add(self, between(HUB, APP, text));
        }
        lines
    }

    fn line(&mut self, sequence: u64, at: Now, from: String, to: String, text: String) -> Line {
        let began = *self.began.get_or_insert(at);
        let microseconds = at.monotonic_us() as f64 - began.monotonic_us() as f64;
        let moment = Timestamp::from_microsecond(at.unix_us()).unwrap_or(Timestamp::MAX);
        Line {
            sequence,
            milliseconds: microseconds / 1e3,
            at: moment.to_string(),
            from,
            to,
            text: harmless(&text),
        }
    }

    fn input(&mut self, input: &Input) -> (String, String, String) {
        match input {
            Input::Invitation(leg, invitation, _) => {
                self.names.arrives(*leg);
                let text = legs::invitation(invitation, &mut self.names, self.reveal);
                between(&self.names.leg(*leg), HUB, text)
            }
            Input::Leg(leg, report) => {
                let text = legs::report(*leg, report, &mut self.names, self.reveal);
                if *report == LegReport::Answered {
                    self.names.connects(*leg);
                }
                between(&self.names.leg(*leg), HUB, text)
            }
            Input::Media(_, report) => {
                between(MEDIA, HUB, media::report(report, &mut self.names, self.reveal))
            }
            Input::Command(command, _) => self.command(command),
            Input::Timeout => between(HUB, HUB, "a timer is due".to_owned()),
            Input::HangUpAll => {
                between(HUB, HUB, "the platform stops: every leg that is left is hung up".to_owned())
            }
        }
    }

    fn command(&mut self, command: &Command) -> (String, String, String) {
        between(APP, HUB, commands::command(command, &mut self.names, self.reveal))
    }

    fn output(&mut self, output: &Output) -> (String, String, String) {
        match output {
            Output::Leg(_, leg, request) => self.leg(*leg, request),
            Output::Media(_, request) => self.media(request),
            Output::Event(event) => self.event(event),
            Output::Notice(notice) => self.notice(notice),
            Output::Record(record) => self.record(record),
        }
    }

    fn leg(&mut self, leg: LegId, request: &LegRequest) -> (String, String, String) {
        let text = legs::request(leg, request, &self.names, self.reveal);
        between(HUB, &self.names.leg(leg), text)
    }

    fn media(&mut self, request: &MediaRequest) -> (String, String, String) {
        between(HUB, MEDIA, media::request(request, &mut self.names, self.reveal))
    }

    fn event(&mut self, event: &CallEvent) -> (String, String, String) {
        between(HUB, APP, events::event(event, self.reveal))
    }

    fn notice(&mut self, notice: &CallNotice) -> (String, String, String) {
        between(HUB, EVENTS, events::notice(notice, self.reveal))
    }

    fn record(&mut self, record: &CallRecord) -> (String, String, String) {
        between(HUB, HUB, events::record(record, self.reveal))
    }

    /// One side of a difference, in words.
    pub fn what(&mut self, what: &What) -> String {
        match what {
            What::Output(output) => {
                let (from, to, text) = self.output(output);
                let whole = match self.reveal {
                    Reveal::Numbers => format!("\n    {output:?}"),
                    Reveal::Nothing => String::new(),
                };
                harmless(&format!("{from} -> {to}  {text}")) + &whole
            }
            What::Reply(reply) => format!("the answer {reply}"),
            What::Broken(broken) => format!("a broken assumption: {broken}"),
            What::Nothing => "nothing".to_owned(),
        }
    }
}

fn between(from: &str, to: &str, text: String) -> (String, String, String) {
    (from.to_owned(), to.to_owned(), text)
}

/// Some of it are strangers' words: nothing in it may steer the terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{b7}' } else { letter }).collect()
}
