//! Running worlds, and telling how to see a failure again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::agenda::Seed;
use crate::line;
use crate::tally::Tally;
use crate::world::World;

/// A world that ran to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The same for the same seed.
    pub fingerprint: u64,
    /// How often what happened.
    pub tally: Tally,
}

/// A world in which a rule was broken.
#[derive(Debug)]
pub struct Failure {
    seed: Seed,
    what: String,
    ladder: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.ladder)?;
        writeln!(f, "seed {}: {}", self.seed.0, self.what)?;
        write!(f, "again: cargo xtask simulate --seed {} --seeds 1", self.seed.0)
    }
}

/// Lines of the ladder that are shown of a failure, unless all of them are asked for.
const SHOWN_LINES: usize = 60;

/// Runs the world of a seed.
pub fn run(seed: Seed) -> Result<Summary, Box<Failure>> {
    let mut world = World::new(seed);
    let broken = match catch_unwind(AssertUnwindSafe(|| {
        line::talk(seed, &mut world.tally).and_then(|()| world.run())
    })) {
        Ok(Ok(())) => {
            let fingerprint = world.fingerprint();
            return Ok(Summary { fingerprint, tally: world.tally });
        }
        Ok(Err(broken)) => broken.0,
        Err(panic) => {
            let reason = match panic.downcast_ref::<String>() {
                Some(text) => format!("panicked: {text}"),
                None => format!("panicked: {:?}", panic.downcast_ref::<&str>()),
            };
            world.broke(&reason);
            reason
        }
    };
    let picture = world.picture();
    let is_whole = std::env::var_os("RINGDOWN_LADDER").is_some();
    let first = if is_whole { 0 } else { picture.lines().count().saturating_sub(SHOWN_LINES) };
    let head = picture.lines().take(usize::from(first > 0));
    let ladder = head.chain(picture.lines().skip(first)).collect::<Vec<_>>().join("\n");
    Err(Box::new(Failure { seed, what: broken, ladder }))
}

/// Runs `count` worlds from `first` on, some of them twice to see that they are the same;
/// the first failure in the order of seeds, or how often what happened.
pub fn run_many(first: Seed, count: u64) -> Result<Tally, Box<Failure>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let every = |worker: u64| {
        let mut tally = Tally::default();
        for number in (worker..count).step_by(workers as usize) {
            let seed = Seed(first.0 + number);
            let summary = run(seed)?;
            tally.add(&summary.tally);
            if number % 10 == 0 && run(seed)? != summary {
                let what = "the same seed gives another world".to_owned();
                return Err(Box::new(Failure { seed, what, ladder: String::new() }));
            }
        }
        Ok(tally)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || every(worker))).collect();
        let mut tally = Tally::default();
        let mut failures: Vec<Box<Failure>> = Vec::new();
        for worker in workers {
            match worker.join().expect("a worker catches what panics in its worlds") {
                Ok(counted) => tally.add(&counted),
                Err(failure) => failures.push(failure),
            }
        }
        failures.sort_by_key(|failure| failure.seed);
        failures.into_iter().next().map_or(Ok(tally), Err)
    })
}
