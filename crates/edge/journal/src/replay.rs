//! The engine over what entered it once: does the same follow?

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use exchange::{Command, Exchange};

use crate::entry::Entry;
use crate::excerpt::{Excerpt, Item};
use crate::input::{Input, Output};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that followed then follows now.
    Equal {
        /// Inputs that were handled again.
        inputs: usize,
        /// Outputs that were the same.
        outputs: usize,
    },
    /// Something else follows now.
    Differs(Box<Difference>),
    /// It cannot be told, because of this.
    Unknown(String),
}

/// Where what follows now departs from what followed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which input, as the journal counts.
    pub sequence: u64,
    /// What followed then.
    pub then: What,
    /// What follows now.
    pub now: What,
}

/// One thing that followed, or did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Something left the exchange.
    Output(Box<Output>),
    /// A command was answered so.
    Reply(String),
    /// An assumption was broken.
    Broken(String),
    /// Nothing (more).
    Nothing,
}

/// Lets everything happen again.
pub fn replay(excerpt: &Excerpt) -> Verdict {
    if excerpt.entries().next().is_none() {
        return Verdict::Unknown("the journal holds nothing about it".to_owned());
    }
    if let Some(call) = excerpt.without_beginning() {
        return Verdict::Unknown(format!("the journal no longer holds how call {call} began"));
    }
    let verdict = again(excerpt);
    match (excerpt.lost(), verdict) {
        (0, verdict) | (_, verdict @ Verdict::Equal { .. }) => verdict,
        (lost, Verdict::Differs(difference)) => Verdict::Unknown(format!(
            "{lost} inputs were not kept while it lasted, some of them perhaps its own; from input {} on \
             something else follows",
            difference.sequence
        )),
        (_, verdict @ Verdict::Unknown(_)) => verdict,
    }
}

fn again(excerpt: &Excerpt) -> Verdict {
    let mut exchange: Option<Exchange> = None;
    let (mut inputs, mut outputs) = (0, 0);
    for item in &excerpt.items {
        match (item, &mut exchange) {
            (Item::Setting(setting), Some(exchange)) => {
                exchange.handle_directory(Arc::clone(&setting.directory));
            }
            (Item::Setting(setting), none) => {
                *none = Some(Exchange::new(setting.home, Arc::clone(&setting.directory), setting.limits));
            }
            (Item::Gap(_), _) => {}
            (Item::Entry(_), None) => {
                return Verdict::Unknown("the journal no longer holds the directory of then".to_owned());
            }
            (Item::Entry(entry), Some(exchange)) => {
                if entry.body.input == Input::HangUpAll {
                    continue;
                }
                match step(exchange, entry, excerpt) {
                    Ok(count) => outputs += count,
                    Err(difference) => return Verdict::Differs(difference),
                }
                inputs += 1;
            }
        }
    }
    Verdict::Equal { inputs, outputs }
}

/// Lets one input happen again; how much followed from it.
fn step(exchange: &mut Exchange, entry: &Entry, excerpt: &Excerpt) -> Result<usize, Box<Difference>> {
    let body = &entry.body;
    let differs = |then: What, now: What| Box::new(Difference { sequence: entry.head.sequence, then, now });
    if body.was_forgetful {
        exchange.forget_ended();
    }
    exchange.assume(body.consulted.clone());
    exchange.set_neighbors((body.load as usize).saturating_sub(exchange.call_count()));
    let happened = catch_unwind(AssertUnwindSafe(|| handle(exchange, entry)));
    let then = body.outputs.iter().filter(|output| excerpt.calls.contains(&output.call()));
    let now = drain(exchange);
    let mut now = now.iter();
    let mut count = 0;
    for output in then {
        let follows = now.next();
        if follows != Some(output) {
            let now = follows.map_or(What::Nothing, |output| What::Output(Box::new(output.clone())));
            return Err(differs(What::Output(Box::new(output.clone())), now));
        }
        count += 1;
    }
    if let Some(output) = now.next() {
        return Err(differs(What::Nothing, What::Output(Box::new(output.clone()))));
    }
    match (happened, &body.broken) {
        (Ok(_), Some(broken)) => Err(differs(What::Broken(broken.clone()), What::Nothing)),
        (Err(_), None) => Err(differs(What::Nothing, What::Broken("it breaks an assumption".to_owned()))),
        (Err(_), Some(_)) => Ok(count),
        (Ok(reply), None) if reply == body.reply => Ok(count),
        (Ok(reply), None) => Err(differs(answer(&body.reply), answer(&reply))),
    }
}

type Answered = Option<Result<exchange::Reply, String>>;

fn handle(exchange: &mut Exchange, entry: &Entry) -> Answered {
    let at = entry.head.at;
    match entry.body.input.clone() {
        Input::Invitation(leg, invitation, seed) => exchange.handle_invitation(leg, *invitation, seed, at),
        Input::Leg(leg, report) => exchange.handle_leg(leg, report, at),
        Input::Media(call, report) => exchange.handle_media(call, report, at),
        Input::Command(command, seed) => {
            let command: Command = *command;
            let answered = exchange.handle_command(command, seed, at);
            return Some(answered.map_err(|error| error.to_string()));
        }
        Input::Timeout => exchange.handle_timeout(at),
        Input::HangUpAll => {}
    }
    None
}

fn drain(exchange: &mut Exchange) -> Vec<Output> {
    let mut outputs = Vec::new();
    while let Some((call, leg, request)) = exchange.poll_leg() {
        outputs.push(Output::Leg(call, leg, request));
    }
    while let Some((call, request)) = exchange.poll_media() {
        outputs.push(Output::Media(call, request));
    }
    while let Some(event) = exchange.poll_event() {
        outputs.push(Output::Event(event));
    }
    while let Some(notice) = exchange.poll_notice() {
        outputs.push(Output::Notice(notice));
    }
    while let Some(record) = exchange.poll_record() {
        outputs.push(Output::Record(record));
    }
    outputs
}

fn answer(reply: &Answered) -> What {
    match reply {
        None => What::Nothing,
        Some(Ok(reply)) => What::Reply(format!("{reply:?}")),
        Some(Err(refusal)) => What::Reply(format!("cannot {refusal}")),
    }
}
