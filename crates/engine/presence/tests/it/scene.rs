//! One person, and what is said about them minute by minute.

use std::time::Duration;

use clock::Now;
use expect_test::Expect;
use identifier::ObjectId;
use presence::{PreferredState, Presence, PresenceEngine, SessionState};

pub const ADELE: ObjectId = ObjectId::from_u128(7);

pub struct Scene {
    pub engine: PresenceEngine,
    pub now: Now,
    began: Now,
    told: Vec<String>,
}

pub fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

impl Scene {
    pub fn new() -> Self {
        let now = Now::new(0, 1_800_000_000_000_000);
        Self { engine: PresenceEngine::default(), now, began: now, told: Vec::new() }
    }

    pub fn says(&mut self, application: &str, state: SessionState, lives: u64) -> &mut Self {
        let said = self.engine.set_presence(ADELE, application, state, minutes(lives), self.now);
        said.expect("there is room");
        self.hear()
    }

    pub fn clears(&mut self, application: &str) -> &mut Self {
        self.engine.clear_presence(ADELE, application, self.now);
        self.hear()
    }

    pub fn prefers(&mut self, state: PreferredState, lives: Duration) -> &mut Self {
        self.engine.prefer(ADELE, state, lives, self.now).expect("there is room");
        self.hear()
    }

    pub fn prefers_nothing(&mut self) -> &mut Self {
        self.engine.clear_preferred(ADELE, self.now);
        self.hear()
    }

    /// Time passes, and the machine comes back whenever it wanted to.
    pub fn pass(&mut self, time: Duration) -> &mut Self {
        let end = self.now.advanced(time);
        while let Some((deadline, _)) =
            self.engine.poll_timeout().filter(|(deadline, _)| deadline.is_due(end))
        {
            self.now = self.now.advanced(deadline.wait(self.now));
            self.engine.handle_timeout(self.now);
            self.hear();
        }
        self.now = end;
        self.engine.handle_timeout(self.now);
        self.hear()
    }

    pub fn hear(&mut self) -> &mut Self {
        let minute = self.now.since(self.began).as_secs() / 60;
        while let Some((_, presence)) = self.engine.poll_change() {
            self.told.push(format!("{minute} {}", words(&presence)));
        }
        while self.engine.poll_record().is_some() {}
        self
    }

    #[track_caller]
    pub fn check(&self, expected: Expect) {
        expected.assert_eq(&self.told.join(", "));
        assert!(self.told.last().is_none_or(|last| last.ends_with(&words(&self.engine.presence(ADELE)))));
    }
}

pub fn words(presence: &Presence) -> String {
    format!("{}/{}", presence.availability, presence.activity)
}
