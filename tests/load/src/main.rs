//! How much this machine carries, beside the floor measured in the same run.
//!
//! `make bench` prints tables and writes the same rows as JSON. Everything is measured in several
//! rounds, one after another; each row is the middle one of its kind.

mod calls;
mod cores;
mod decisions;
mod distribution;
mod gaps;
mod machine;
mod media;
mod reaction;
mod report;
mod rounds;
mod tones;
mod voice;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{Parser, ValueEnum};
use tenant::crowd::Crowd;

use crate::calls::{CallRow, Course, Kind};
use crate::cores::{Cores, stay_on};
use crate::gaps::Gaps;
use crate::machine::Machine;
use crate::media::{ListenRow, Work};
use crate::report::{Report, SCHEMA, Settings};

/// Legs to which others listen.
const LISTENED_TO: usize = 300;

/// Measures calls (a second, through the whole server) and media (legs on one core, beside a bare UDP echo).
#[derive(Parser)]
#[command(after_help = "Example: make bench ARGS=\"--what media --legs 300 --rounds 5\"")]
struct Arguments {
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = What::ALL)]
    what: Vec<What>,
    /// Calls in a second instead of the usual rates; several, for a curve.
    #[arg(long, value_delimiter = ',')]
    rates: Vec<f64>,
    /// Legs in each measurement of media cost; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [600])]
    legs: Vec<usize>,
    /// What the legs of media do.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Work::ALL)]
    works: Vec<Work>,
    /// Who listens to calls that are listened to.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = media::Kind::ALL)]
    listeners: Vec<media::Kind>,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A short run that shows that everything works; its numbers mean little.
    #[arg(long)]
    quick: bool,
    /// The server; the one beside this program when absent.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Where the result goes.
    #[arg(long, default_value = "target/bench.json")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// An application answers by REST and plays a prompt.
    Prompt,
    /// An application answers by REST.
    Answer,
    /// The demo line answers.
    Line,
    /// The same, called by SIPp.
    Sipp,
    /// A phone calls a phone.
    Bridge,
    /// What a call costs beside held ones, and memory.
    Growth,
    /// What a call costs with and without the journal from which it is replayed.
    Journal,
    /// From a key to its event.
    Keys,
    /// The cost of legs beside a floor.
    Media,
    /// Legs on a core before a packet is late.
    Capacity,
    /// The cost of calls that are recorded, transcribed and streamed.
    Listening,
    /// How soon something follows from what somebody says.
    Reactions,
    /// Where calls go, in a directory of many companies; and how soon a company's document holds.
    Decisions,
    /// Speech and music that are taken for keys, and keys in noise that are missed.
    Tones,
}

impl What {
    const ALL: [Self; 14] = [
        Self::Prompt,
        Self::Answer,
        Self::Line,
        Self::Sipp,
        Self::Bridge,
        Self::Growth,
        Self::Journal,
        Self::Keys,
        Self::Media,
        Self::Capacity,
        Self::Listening,
        Self::Reactions,
        Self::Decisions,
        Self::Tones,
    ];
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse().shortened();
    let (began, cores) = (Instant::now(), Cores::choose()?);
    let mut report = Report {
        schema: SCHEMA,
        measured_at: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        revision: machine::revision(),
        machine: Machine::describe(),
        settings: Settings {
            rounds: arguments.rounds,
            seconds: arguments.seconds,
            generator_core: cores.generator,
            measured_core: cores.measured,
            quick: arguments.quick,
        },
        took_seconds: 0.0,
        calls: Vec::new(),
        growth: Vec::new(),
        memory: Vec::new(),
        keys: Vec::new(),
        media: Vec::new(),
        joining: Vec::new(),
        capacity: Vec::new(),
        listening: Vec::new(),
        reactions: Vec::new(),
        decisions: Vec::new(),
        tones: Vec::new(),
        not_measured: Vec::new(),
    };
    if let Some(server) = &arguments.server {
        calls::use_server(server);
    }
    stay_on(cores.generator)?;
    let mut gaps = Gaps::default();
    measure_calls(&arguments, cores, &mut report, &mut gaps);
    measure_media(&arguments, cores, &mut report, &mut gaps);
    measure_listeners(&arguments, cores, &mut report, &mut gaps);
    measure_decisions(&arguments, cores, &mut report, &mut gaps);
    if arguments.wants(What::Tones) {
        eprintln!("keys in sound ...");
        let (minutes, presses) = if arguments.quick { (0.5, 1) } else { (60.0, 25) };
        report.tones = gaps.check("keys in sound", tones::measure(minutes, presses)).unwrap_or_default();
    }
    report.not_measured = gaps.into_all();
    report.machine.load_after = machine::load();
    report.took_seconds = began.elapsed().as_secs_f64();
    report.write(&arguments.out)?;
    println!("{}\nas JSON: {}", report.text(), arguments.out.display());
    Ok(())
}

fn measure_calls(arguments: &Arguments, cores: Cores, report: &mut Report, gaps: &mut Gaps) {
    let (lasting, one) = (arguments.lasting(), cores.measured.to_string());
    for course in arguments.courses() {
        report.calls.extend(measure_course(arguments, &course, &one, |row| row.cpu_ms_per_call, gaps));
    }
    if arguments.wants(What::Prompt) && cores.generator != cores.measured {
        // The generator has no core of its own now: what the machine as a whole does.
        let both = format!("{},{}", cores.generator, cores.measured);
        let rates = if arguments.quick { vec![20.0] } else { vec![1_000.0, 2_000.0] };
        let course = Course { work: "REST answer, prompt, both cores", kind: Kind::Prompt, rates };
        report.calls.extend(measure_course(arguments, &course, &both, |row| row.goodput, gaps));
    }
    if arguments.wants(What::Growth) {
        eprintln!("held calls ...");
        let (held, bridged) =
            if arguments.quick { (vec![0, 20], 10) } else { (vec![0, 1_000, 5_000], 1_000) };
        let measured = calls::measure_growth(&held, bridged, lasting, &one);
        (report.growth, report.memory) = gaps.check("held calls", measured).unwrap_or_default();
    }
    if arguments.wants(What::Journal) {
        let rates = vec![if arguments.quick { 20.0 } else { 500.0 }];
        for (work, is_kept) in [("REST answer, journal kept", true), ("REST answer, no journal", false)] {
            calls::keep_journal(is_kept);
            let course = Course { work, kind: Kind::Answer, rates: rates.clone() };
            report.calls.extend(measure_course(arguments, &course, &one, |row| row.cpu_ms_per_call, gaps));
        }
        calls::keep_journal(true);
    }
    if arguments.wants(What::Keys) {
        eprintln!("keys ...");
        let measured = calls::measure_keys(if arguments.quick { 10 } else { 100 }, &one);
        report.keys = gaps.check("keys", measured).into_iter().collect();
    }
}

fn measure_course(
    arguments: &Arguments,
    course: &Course,
    cores: &str,
    key: fn(&CallRow) -> f64,
    gaps: &mut Gaps,
) -> Vec<CallRow> {
    eprintln!("{} ...", course.work);
    rounds::middle(
        arguments.rounds,
        (course.work, gaps),
        |_| calls::measure(course, arguments.lasting(), cores),
        |row| row.rate.to_string(),
        key,
    )
}

fn measure_media(arguments: &Arguments, cores: Cores, report: &mut Report, gaps: &mut Gaps) {
    if arguments.wants(What::Media) || arguments.wants(What::Capacity) {
        eprintln!("media ...");
        report.media = rounds::middle(
            arguments.rounds,
            ("media", gaps),
            |gaps| media::measure(&arguments.legs, &arguments.works, arguments.lasting(), cores, gaps),
            |row| format!("{} {}", row.work, row.legs),
            |row| row.legs_per_core,
        );
    }
    if arguments.wants(What::Media) {
        report.joining = media::measure_joining(if arguments.quick { &[30] } else { &[300, 1_000, 2_000] });
    }
    if arguments.wants(What::Capacity) && !arguments.quick {
        for work in arguments.works.iter().copied() {
            eprintln!("capacity: {} ...", work.name());
            let cost = report.media.iter().rfind(|row| row.work == work.name());
            let legs = cost.map_or(1_000.0, |row| row.legs_per_core);
            let measured = media::measure_capacity(work, legs, Duration::from_secs(2), cores);
            report.capacity.extend(gaps.check(&format!("capacity: {}", work.name()), measured));
        }
    }
}

fn measure_listeners(arguments: &Arguments, cores: Cores, report: &mut Report, gaps: &mut Gaps) {
    if arguments.wants(What::Listening) {
        eprintln!("listeners ...");
        let legs = if arguments.quick { 20 } else { LISTENED_TO };
        report.listening = rounds::middle(
            arguments.rounds,
            ("listeners", gaps),
            |gaps| {
                let lasting = Duration::from_secs(arguments.seconds);
                media::measure_listening(&arguments.listeners, legs, lasting, cores, gaps)
            },
            |row| row.work.to_owned(),
            ListenRow::weight,
        );
    }
    if arguments.wants(What::Reactions) {
        eprintln!("reactions ...");
        let (bursts, words) = if arguments.quick { (3, 2) } else { (40, 15) };
        report.reactions = media::measure_speaking(bursts, cores, gaps);
        let measured = calls::measure_words(words, &cores.measured.to_string());
        report.reactions.extend(gaps.check("words", measured).unwrap_or_default());
    }
}

fn measure_decisions(arguments: &Arguments, cores: Cores, report: &mut Report, gaps: &mut Gaps) {
    if !arguments.wants(What::Decisions) {
        return;
    }
    eprintln!("decisions ...");
    let small = Crowd { tenants: 20, numbers: 2_000, rules: 200 };
    let crowd = if arguments.quick { small } else { Crowd::LARGE };
    let lasting = Duration::from_millis(if arguments.quick { 20 } else { arguments.seconds * 250 });
    report.decisions = rounds::middle(
        arguments.rounds,
        ("decisions", gaps),
        |_| decisions::measure(crowd, lasting, cores.measured),
        |row| row.what.to_owned(),
        |row| row.per_second,
    );
    let tries = if arguments.quick { 1 } else { 10 };
    let measured = calls::measure_documents(tries, &cores.measured.to_string());
    report.reactions.extend(gaps.check("documents", measured).unwrap_or_default());
}

impl Arguments {
    fn wants(&self, what: What) -> bool {
        self.what.contains(&what)
    }

    /// How long each measurement lasts.
    fn lasting(&self) -> Duration {
        if self.quick { Duration::from_millis(500) } else { Duration::from_secs(self.seconds) }
    }

    fn shortened(self) -> Self {
        if self.quick { Self { rounds: 1, seconds: 1, legs: vec![60], ..self } } else { self }
    }

    /// Half of the goal, the goal, and more than can be done; a few in a quick run.
    fn courses(&self) -> Vec<Course> {
        let all = [
            (
                What::Prompt,
                "REST answer, prompt, hang up",
                Kind::Prompt,
                vec![500.0, 1_000.0, 1_500.0, 2_000.0],
            ),
            (What::Answer, "REST answer, hang up, no media", Kind::Answer, vec![1_000.0, 2_000.0, 3_000.0]),
            (What::Line, "demo line answers, hang up", Kind::DemoLine, vec![1_000.0, 2_000.0, 3_000.0]),
            (What::Sipp, "the same, called by SIPp", Kind::Sipp, vec![100.0, 400.0]),
            (
                What::Bridge,
                "phone to phone (B2BUA, media)",
                Kind::Bridge,
                vec![300.0, 600.0, 1_200.0, 2_400.0],
            ),
        ];
        let wanted = all.into_iter().filter(|(what, ..)| self.wants(*what));
        wanted
            .map(|(_, work, kind, usual)| {
                let rates = match (self.rates.is_empty(), self.quick) {
                    (false, _) => self.rates.clone(),
                    (true, true) => vec![20.0],
                    (true, false) => usual,
                };
                Course { work, kind, rates }
            })
            .collect()
    }
}
