//! How many calls one core decides in a second, and how long the slowest take, beside bare look-ups.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use dial_plan::{Circumstances, Dialled, Principal, Refusal, Route, explain};
use entropy::Entropy;
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, TrunkName};
use serde::Serialize;
use tenant::Directory;
use tenant::crowd::Crowd;
use tenant::organization::{Pattern, Persona};

use crate::cores::stay_on;

/// What the questions are drawn by.
const SEED: u64 = 5;
/// So many different questions of a kind, so that the caches of a processor hold little of the directory.
const QUESTIONS: usize = 10_000;
/// The most times that are kept of one row.
const MOST_TIMES: usize = 4_000_000;

/// Decisions of one kind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DecisionRow {
    pub(crate) what: &'static str,
    /// How many were measured.
    pub(crate) decided: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// The same questions, only looked up: caller and callee in tables of all of them, and one pattern.
    pub(crate) floor_per_second: f64,
    pub(crate) of_floor: f64,
}

/// A call that somebody wants to make.
struct Question {
    who: Who,
    dialled: Meant,
    calling: Option<PhoneNumber>,
}

enum Who {
    Person(ObjectId),
    Trunk(TrunkName),
    Application(ResourceId, PhoneNumber),
}

enum Meant {
    Text(String),
    Identifier(CommunicationIdentifier),
}

/// A kind of questions: how often it is asked of a hundred, how one is made, and what the answer has to be.
struct Kind {
    name: &'static str,
    share: usize,
    make: fn(&mut Draw) -> Question,
    answer: fn(&Result<Route, Refusal>) -> bool,
}

const KINDS: [Kind; 14] = [
    Kind {
        name: "a colleague's number",
        share: 15,
        make: |draw| draw.of_person(|draw| draw.number(5)),
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "an extension",
        share: 15,
        make: |draw| draw.of_person(|draw| format!("0{:05}", draw.index(5))),
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "a colleague's name",
        share: 5,
        make: |draw| {
            draw.of_person(|draw| format!("person-{}@company-{}.example", draw.index(5), draw.tenant))
        },
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "a colleague who is forwarded to a colleague",
        share: 5,
        make: |draw| draw.of_person(|draw| draw.number(3)),
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "a colleague who is forwarded to a number",
        share: 5,
        make: |draw| draw.of_person(|draw| draw.number(6)),
        answer: |outcome| matches!(outcome, Ok(Route::Person(_) | Route::Gateways { .. })),
    },
    Kind {
        name: "the public network",
        share: 15,
        make: |draw| draw.of_person(Draw::outside),
        answer: |outcome| matches!(outcome, Ok(Route::Gateways { .. })),
    },
    Kind {
        name: "help",
        share: 1,
        make: |draw| draw.of_person(|_| "911".to_owned()),
        answer: |outcome| matches!(outcome, Ok(Route::Emergency { .. })),
    },
    Kind {
        name: "nobody's digits",
        share: 3,
        make: |draw| draw.of_person(|draw| format!("7{:03}", draw.below(1_000))),
        answer: |outcome| matches!(outcome, Err(Refusal::NotFound)),
    },
    Kind {
        name: "another company's number",
        share: 5,
        make: |draw| {
            draw.of_person(|draw| {
                let other = (draw.tenant + 1 + draw.below(draw.crowd.tenants - 1)) % draw.crowd.tenants;
                let index = draw.index(5);
                draw.crowd.number(other, index).to_string()
            })
        },
        answer: Result::is_ok,
    },
    Kind {
        name: "from a gateway to a person",
        share: 15,
        make: |draw| draw.of_gateway(|draw| draw.number(5), Draw::outside_number),
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "from a gateway, by a blocked caller",
        share: 3,
        make: |draw| draw.of_gateway(|draw| draw.number(5), |draw| draw.crowd.nuisance()),
        answer: |outcome| matches!(outcome, Err(Refusal::Blocked)),
    },
    Kind {
        name: "from a gateway to an application",
        share: 5,
        make: |draw| draw.of_gateway(|draw| draw.crowd.line(draw.tenant).to_string(), Draw::outside_number),
        answer: |outcome| matches!(outcome, Ok(Route::ResourceAccount { .. })),
    },
    Kind {
        name: "from an application to a person",
        share: 4,
        make: |draw| {
            draw.tenant = draw.below(draw.crowd.tenants);
            let index = draw.index(5);
            let raw = format!("8:orgid:{}", draw.crowd.person(draw.tenant, index));
            let identifier = CommunicationIdentifier::from_raw_id(&raw);
            draw.of_application(Meant::Identifier(identifier))
        },
        answer: |outcome| matches!(outcome, Ok(Route::Person(_))),
    },
    Kind {
        name: "from an application to the public network",
        share: 4,
        make: |draw| {
            draw.tenant = draw.below(draw.crowd.tenants);
            let outside = draw.outside();
            draw.of_application(Meant::Text(outside))
        },
        answer: |outcome| matches!(outcome, Ok(Route::Gateways { .. })),
    },
];

/// Draws who calls whom.
struct Draw {
    crowd: Crowd,
    entropy: Entropy,
    /// The company of the question that is being made.
    tenant: usize,
}

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.entropy.below(bound as u64) as usize
    }

    /// Somebody of the company, by the last digit of their place.
    fn index(&mut self, last: usize) -> usize {
        let tens = (self.crowd.numbers_of_one() / 10).max(1);
        self.below(tens) * 10 + last
    }

    fn number(&mut self, last: usize) -> String {
        let index = self.index(last);
        self.crowd.number(self.tenant, index).to_string()
    }

    fn outside_number(&mut self) -> PhoneNumber {
        self.outside().parse().expect("it is a number")
    }

    fn outside(&mut self) -> String {
        let prefix = ["+1425555", "+4420718", "+4930123", "+3314287"][self.below(4)];
        format!("{prefix}{:04}", self.below(10_000))
    }

    fn of_person(&mut self, dialled: impl Fn(&mut Self) -> String) -> Question {
        self.tenant = self.below(self.crowd.tenants);
        let index = self.below(self.crowd.numbers_of_one());
        let who = Who::Person(self.crowd.person(self.tenant, index));
        Question { who, dialled: Meant::Text(dialled(self)), calling: None }
    }

    fn of_gateway(
        &mut self,
        dialled: impl Fn(&mut Self) -> String,
        calling: impl Fn(&mut Self) -> PhoneNumber,
    ) -> Question {
        self.tenant = self.below(self.crowd.tenants);
        let who = Who::Trunk(self.crowd.gateway(self.tenant));
        Question { who, dialled: Meant::Text(dialled(self)), calling: Some(calling(self)) }
    }

    fn of_application(&self, dialled: Meant) -> Question {
        let (resource, line) = (self.crowd.resource(self.tenant), self.crowd.line(self.tenant));
        Question { who: Who::Application(resource, line), dialled, calling: None }
    }
}

impl Question {
    fn ask(&self, directory: &Directory) -> Result<Route, Refusal> {
        let principal = match &self.who {
            Who::Person(person) => Principal::Person { person: *person, persona: Persona::Teams },
            Who::Trunk(name) => Principal::Trunk(name),
            Who::Application(resource, number) => {
                Principal::Application { resource: *resource, caller_number: Some(number) }
            }
        };
        let dialled = match &self.dialled {
            Meant::Text(text) => Dialled::Text(text),
            Meant::Identifier(identifier) => Dialled::Identifier(identifier),
        };
        let circumstances = Circumstances { calling: self.calling.as_ref(), ..Circumstances::default() };
        explain(directory, principal, dialled, &circumstances).outcome
    }
}

/// What a decision cannot do without: who calls and who is called, each in a table of all, and one pattern.
struct Floor {
    callers: HashMap<String, usize>,
    callees: HashMap<String, usize>,
    pattern: Pattern,
}

impl Floor {
    fn new(crowd: Crowd) -> anyhow::Result<Self> {
        let everybody =
            || (0..crowd.tenants).flat_map(|tenant| (0..crowd.numbers_of_one()).map(move |at| (tenant, at)));
        Ok(Self {
            callers: everybody().map(|(tenant, at)| (crowd.person(tenant, at).to_string(), at)).collect(),
            callees: everybody().map(|(tenant, at)| (crowd.number(tenant, at).to_string(), at)).collect(),
            pattern: Pattern::new(r"^\+1(0007|3)(\d{7})$").context("cannot compile a pattern")?,
        })
    }

    fn look_up(&self, (caller, callee): &(String, String)) -> usize {
        let found = |table: &HashMap<String, usize>, key: &str| table.get(key).copied().unwrap_or_default();
        let fits = usize::from(self.pattern.matches(callee));
        found(&self.callers, caller) + found(&self.callees, callee) + fits
    }
}

impl From<&Question> for (String, String) {
    fn from(question: &Question) -> Self {
        let caller = match &question.who {
            Who::Person(person) => person.to_string(),
            Who::Trunk(name) => name.as_str().to_owned(),
            Who::Application(resource, _) => resource.to_string(),
        };
        let callee = match &question.dialled {
            Meant::Text(text) => text.clone(),
            Meant::Identifier(identifier) => identifier.raw_id(),
        };
        (caller, callee)
    }
}

/// Measures each kind, and all of them mixed, for so long each, on a core.
pub(crate) fn measure(crowd: Crowd, lasting: Duration, core: usize) -> anyhow::Result<Vec<DecisionRow>> {
    let thread = std::thread::spawn(move || {
        stay_on(core)?;
        let directory = crowd.directory()?;
        let floor = Floor::new(crowd)?;
        let mut draw = Draw { crowd, entropy: Entropy::from_number(SEED), tenant: 0 };
        let (mut rows, mut mixed) = (Vec::new(), Vec::new());
        for kind in &KINDS {
            let mut questions: Vec<Question> = (0..QUESTIONS).map(|_| (kind.make)(&mut draw)).collect();
            for question in &questions {
                let outcome = question.ask(&directory);
                ensure!((kind.answer)(&outcome), "{} comes to {outcome:?}", kind.name);
            }
            rows.push(row(kind.name, &questions, &directory, &floor, lasting));
            questions.truncate(QUESTIONS * kind.share / 100);
            mixed.append(&mut questions);
        }
        // As they come, not kind by kind.
        for last in (1..mixed.len()).rev() {
            mixed.swap(last, draw.below(last + 1));
        }
        rows.insert(0, row("all kinds, mixed", &mixed, &directory, &floor, lasting));
        Ok(rows)
    });
    thread.join().map_err(|_| anyhow::anyhow!("the thread that decides has panicked"))?
}

fn row(
    what: &'static str,
    questions: &[Question],
    directory: &Directory,
    floor: &Floor,
    lasting: Duration,
) -> DecisionRow {
    let keys: Vec<(String, String)> = questions.iter().map(Into::into).collect();
    let bare = timed(&keys, lasting / 4, |key| {
        black_box(floor.look_up(key));
    });
    let mut decided = timed(questions, lasting, |question| {
        // What is thrown away costs, too.
        drop(black_box(question.ask(directory)));
    });
    let (per_second, floor_per_second) = (a_second(&decided), a_second(&bare));
    decided.sort_unstable();
    let percentile = |percent: usize| {
        let at = (decided.len().saturating_sub(1)) * percent / 100;
        decided.get(at).map_or(0.0, |ns| f64::from(*ns) / 1_000.0)
    };
    DecisionRow {
        what,
        decided: decided.len(),
        per_second,
        p50_us: percentile(50),
        p99_us: percentile(99),
        floor_per_second,
        of_floor: per_second / floor_per_second,
    }
}

/// Nanoseconds of each, again and again for so long.
fn timed<T>(all: &[T], lasting: Duration, mut one: impl FnMut(&T)) -> Vec<u32> {
    let begin = Instant::now();
    let (mut last, mut times) = (begin, Vec::new());
    for item in all.iter().cycle().take(MOST_TIMES) {
        one(item);
        let now = Instant::now();
        times.push(u32::try_from((now - last).as_nanos()).unwrap_or(u32::MAX));
        last = now;
        if now - begin >= lasting {
            break;
        }
    }
    times
}

fn a_second(times: &[u32]) -> f64 {
    let total: u64 = times.iter().map(|ns| u64::from(*ns)).sum();
    times.len() as f64 * 1e9 / total.max(1) as f64
}

/// The rows for people.
pub(crate) fn table(rows: &[DecisionRow]) -> String {
    let mut text = format!(
        "{:<44}{:>12}{:>10}{:>10}{:>14}{:>10}\n",
        "decisions", "a second", "p50 us", "p99 us", "look-ups/s", "of floor"
    );
    for row in rows {
        let DecisionRow { what, per_second, p50_us, p99_us, floor_per_second, of_floor, .. } = row;
        let of_floor = of_floor * 100.0;
        text.push_str(&format!(
            "{what:<44}{per_second:>12.0}{p50_us:>10.1}{p99_us:>10.1}{floor_per_second:>14.0}{of_floor:>9.1}%\n"
        ));
    }
    text
}
