//! What outlives a process.

use std::time::Duration;

use clock::Now;
use presence::{KeptPerson, PreferredState, PresenceEngine, SessionState};
use redact::Pii;

use crate::scene::{ADELE, minutes, words};

fn kept(engine: &mut PresenceEngine) -> KeptPerson {
    std::iter::from_fn(|| engine.poll_record()).last().expect("something must last").1
}

#[test]
fn sessions_and_wishes_outlive_the_process() {
    let start = Now::new(500_000_000, 1_800_000_000_000_000);
    let mut engine = PresenceEngine::default();
    engine.set_presence(ADELE, "desk", SessionState::Available, minutes(60), start).unwrap();
    engine.prefer(ADELE, PreferredState::Busy, minutes(30), start).unwrap();
    assert_eq!(words(&engine.poll_change().unwrap().1), "Busy/Busy");
    let record = kept(&mut engine);

    // The clock of a new process begins anew; the time of day goes on.
    let later = Now::new(0, start.unix_us() + minutes(7).as_micros() as i64);
    let mut engine = PresenceEngine::default();
    engine.handle_kept(ADELE, record.clone(), later);
    assert_eq!(engine.poll_change(), None, "all who want to know were told");
    let later = later.advanced(minutes(23));
    engine.handle_timeout(later);
    assert_eq!(words(&engine.poll_change().unwrap().1), "Away/Away");

    // A process that was down for a day tells what has ended in the meantime.
    let mut engine = PresenceEngine::default();
    engine.handle_kept(ADELE, record, Now::new(0, start.unix_us() + 86_400_000_000));
    assert_eq!(words(&engine.poll_change().unwrap().1), "Offline/Offline");
    assert!(kept(&mut engine).is_empty());
    assert_eq!(engine.people(), 0);
}

#[test]
fn a_change_that_nobody_was_told_of_is_told_by_the_next_process() {
    let start = Now::new(0, 1_800_000_000_000_000);
    let mut engine = PresenceEngine::default();
    engine.set_presence(ADELE, "desk", SessionState::InACall, minutes(60), start).unwrap();
    let record = kept(&mut engine);
    let mut engine = PresenceEngine::default();
    engine.handle_kept(ADELE, record, start.advanced(Duration::from_secs(1)));
    assert_eq!(words(&engine.poll_change().unwrap().1), "Busy/InACall");
}

#[test]
fn words_of_a_person_are_kept_until_they_expire() {
    let start = Now::new(0, 1_800_000_000_000_000);
    let message = presence::StatusMessage {
        content: Pii::new("back at noon".into()),
        content_type: presence::ContentType::Text,
        published_us: start.unix_us(),
        expires_us: Some(start.unix_us() + 60_000_000),
    };
    let mut engine = PresenceEngine::default();
    engine.set_status_message(ADELE, Some(message.clone()), start).unwrap();
    let told = engine.poll_change().unwrap().1;
    assert_eq!((words(&told).as_str(), told.status_message), ("Offline/Offline", Some(message)));
    let record = kept(&mut engine);
    engine.handle_timeout(start.advanced(minutes(1)));
    assert_eq!(engine.poll_change().unwrap().1.status_message, None);

    let mut engine = PresenceEngine::default();
    engine.handle_kept(ADELE, record, start.advanced(Duration::from_secs(59)));
    assert!(engine.presence(ADELE).status_message.is_some());
}
