//! Worlds from a seed: whatever is said in whatever order, the machine shows what the slow model finds.

use std::collections::HashMap;
use std::time::Duration;

use clock::Now;
use entropy::Entropy;
use identifier::{CallId, ObjectId};
use presence::{
    Activity, Availability, CallSize, KeptPerson, PreferredState, PresenceEngine, Reach, SessionState,
};

use crate::slow_model::{Said, SlowModel};

const PEOPLE: u64 = 3;
const STEPS: usize = 400;

struct World {
    seed: u64,
    entropy: Entropy,
    engine: PresenceEngine,
    model: SlowModel,
    now: Now,
    began: Now,
    told: HashMap<ObjectId, (Availability, Activity)>,
    reach: HashMap<ObjectId, Reach>,
    kept: HashMap<ObjectId, KeptPerson>,
    calls: bool,
}

#[test]
fn the_machine_shows_what_the_slow_model_finds() {
    for seed in 0..200 {
        World::new(seed, true).run();
    }
}

/// The process dies again and again; calls die with it, so there are none here.
#[test]
fn a_machine_that_dies_and_begins_anew_shows_the_same() {
    for seed in 1_000..1_100 {
        World::new(seed, false).run();
    }
}

impl World {
    fn new(seed: u64, calls: bool) -> Self {
        let now = Now::new(0, 1_800_000_000_000_000);
        Self {
            seed,
            entropy: Entropy::from_number(seed),
            engine: PresenceEngine::default(),
            model: SlowModel::default(),
            now,
            began: now,
            told: HashMap::new(),
            reach: HashMap::new(),
            kept: HashMap::new(),
            calls,
        }
    }

    fn run(mut self) {
        for step in 0..STEPS {
            match self.entropy.below(10) {
                0..4 => self.pass(),
                4 if !self.calls => self.die(),
                _ => self.say(),
            }
            self.hear();
            for person in (0..PEOPLE).map(|person| ObjectId::from_u128(person.into())) {
                let presence = self.engine.presence(person);
                let shown = (presence.availability, presence.activity);
                let expected = self.model.words(person, self.now.since(self.began));
                assert_eq!(shown, expected, "seed {}, step {step}, person {person}", self.seed);
                let told =
                    self.told.get(&person).copied().unwrap_or((Availability::Offline, Activity::Offline));
                assert_eq!(told, expected, "told: seed {}, step {step}, person {person}", self.seed);
                let is_left_alone = self.reach.get(&person) == Some(&Reach::DoNotDisturb);
                let wants_to_be = shown.0 == Availability::DoNotDisturb;
                assert_eq!(
                    is_left_alone, wants_to_be,
                    "calls: seed {}, step {step}, person {person}",
                    self.seed
                );
            }
        }
        self.now = self.now.advanced(PreferredState::LONGEST);
        self.engine.handle_timeout(self.now);
        for call in (0..3).map(CallId::from_u128) {
            self.engine.handle_end(call, self.now);
        }
        self.hear();
        assert_eq!(self.engine.people(), 0, "seed {}: nobody is left when all is over", self.seed);
        assert!(self.engine.poll_timeout().is_none());
        assert!(self.kept.is_empty(), "seed {}: nothing is kept when all is over", self.seed);
    }

    fn pass(&mut self) {
        let step = Duration::from_secs(self.entropy.below(400));
        self.now = self.now.advanced(step);
        self.engine.handle_timeout(self.now);
    }

    fn die(&mut self) {
        // A process that begins anew counts its time from another beginning.
        let unix_us = self.now.unix_us();
        let monotonic_us = self.now.monotonic_us();
        self.now = Now::new(monotonic_us, unix_us);
        self.engine = PresenceEngine::default();
        self.reach.clear();
        for (person, kept) in self.kept.drain() {
            self.engine.handle_kept(person, kept, self.now);
        }
    }

    fn hear(&mut self) {
        while let Some((person, presence)) = self.engine.poll_change() {
            self.told.insert(person, (presence.availability, presence.activity));
        }
        while let Some((person, reach)) = self.engine.poll_reach() {
            self.reach.insert(person, reach);
        }
        while let Some((person, kept)) = self.engine.poll_record() {
            if kept.is_empty() {
                self.kept.remove(&person);
            } else {
                self.kept.insert(person, kept);
            }
        }
    }

    fn say(&mut self) {
        let person = ObjectId::from_u128(self.entropy.below(PEOPLE).into());
        let application = format!("app-{}", self.entropy.below(3));
        let lives = Duration::from_secs(60 * (5 + self.entropy.below(30)));
        let call = CallId::from_u128(self.entropy.below(3).into());
        let size = if self.entropy.below(2) == 0 { CallSize::TwoParty } else { CallSize::Group };
        let now = self.now;
        let engine = &mut self.engine;
        let (whom, said) = match self.entropy.below(if self.calls { 10 } else { 6 }) {
            0..3 => {
                let state = SessionState::ALL[self.entropy.below(5) as usize];
                engine.set_presence(person, &application, state, lives, now).expect("there is room");
                (Some(person), Said::Presence { application, state, lives })
            }
            3 => {
                engine.clear_presence(person, &application, now);
                (Some(person), Said::Cleared { application })
            }
            4 => {
                let state = PreferredState::ALL[self.entropy.below(6) as usize];
                engine.prefer(person, state, lives, now).expect("there is room");
                (Some(person), Said::Preferred { state, lives })
            }
            5 => {
                engine.clear_preferred(person, now);
                (Some(person), Said::PreferredCleared)
            }
            6 => {
                engine.handle_join(person, call, size, now);
                (Some(person), Said::Joined { call, size })
            }
            7 => {
                engine.handle_leave(person, call, now);
                (Some(person), Said::Left { call })
            }
            8 => {
                engine.handle_size(call, size, now);
                (None, Said::Sized { call, size })
            }
            _ => {
                engine.handle_end(call, now);
                (None, Said::Ended { call })
            }
        };
        self.model.say(self.now.since(self.began), whom, said);
    }
}
