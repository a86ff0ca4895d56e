//! `ringdown replay`: lets a call happen again, and tells whether the same follows.

use clap::Args;
use journal::{Excerpt, Ladder, Line, Picture, Reader, Reveal, Verdict, replay};
use serde_json::{Value, json};

use crate::command_line::Server;
use crate::failure::Failure;

/// Options of `ringdown replay`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown replay --last\n\
    Example: ringdown replay 00000000-5b1c-4b6e-9c3d-7f1e2a3b4c5d --reveal\n\n\
    It reads the journal in the data folder, also when the server is down. The exit status is 0 when the \
    engine does again what it did then.")]
pub struct ReplayOptions {
    /// The call: its id, its serverCallId, or the id of a connection, a correlation or a leg.
    #[arg(required_unless_present = "last")]
    call: Option<String>,
    /// The call that began last.
    #[arg(long, conflicts_with = "call")]
    last: bool,
    /// Show numbers, names and words of people.
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    server: Server,
}

/// Replays it.
pub fn run(options: &ReplayOptions) -> Result<(), Failure> {
    let failed = |error: journal::ReadError| Failure::Happened(format!("cannot {error}"));
    let reader = Reader::open(&options.server.data).map_err(failed)?;
    let name = match &options.call {
        Some(call) => call.clone(),
        None => reader.last().map_err(failed)?.to_string(),
    };
    let excerpt = reader.excerpt(&name).map_err(failed)?;
    let mut ladder = Ladder::new(reveal(options.reveal));
    let lines = ladder.lines(&excerpt);
    let verdict = replay(&excerpt);
    let told = told(&mut ladder, &verdict);
    if options.server.json {
        println!("{:#}", in_json(&excerpt, &lines, &told, &verdict));
    } else {
        println!("{}\n", title(&excerpt));
        println!("{}", Picture::text(&lines));
    }
    match verdict {
        Verdict::Equal { .. } => {
            if !options.server.json {
                println!("{told}");
            }
            Ok(())
        }
        Verdict::Differs(_) | Verdict::Unknown(_) => Err(Failure::Happened(told)),
    }
}

/// Whether people are shown.
pub fn reveal(is_asked: bool) -> Reveal {
    if is_asked { Reveal::Numbers } else { Reveal::Nothing }
}

/// What stands above a ladder.
fn title(excerpt: &Excerpt) -> String {
    let calls: Vec<String> = excerpt.calls.iter().map(ToString::to_string).collect();
    let noun = if calls.len() == 1 { "call" } else { "calls that met:" };
    let day = excerpt.began().and_then(|began| jiff::Timestamp::from_microsecond(began.unix_us()).ok());
    let day = day.map_or(String::new(), |day| format!(", {}", day.strftime("%Y-%m-%d")));
    format!("{noun} {}{day}", calls.join(", "))
}

fn told(ladder: &mut Ladder, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Equal { inputs, outputs } => {
            format!("equal: {inputs} inputs, handled again, led to the same {outputs} outputs")
        }
        Verdict::Differs(difference) => format!(
            "different: from input {} on the engine does not do again what it did then\n  then  {}\n  now   {}",
            difference.sequence,
            ladder.what(&difference.then),
            ladder.what(&difference.now)
        ),
        Verdict::Unknown(why) => format!("cannot replay the call: {why}"),
    }
}

fn in_json(excerpt: &Excerpt, lines: &[Line], told: &str, verdict: &Verdict) -> Value {
    let verdict = match verdict {
        Verdict::Equal { .. } => "equal",
        Verdict::Differs(_) => "different",
        Verdict::Unknown(_) => "unknown",
    };
    let calls: Vec<String> = excerpt.calls.iter().map(ToString::to_string).collect();
    json!({ "calls": calls, "verdict": verdict, "told": told, "lines": lines })
}
