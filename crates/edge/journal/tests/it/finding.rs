//! A call is found by whatever id somebody has of it.

use exchange::Limits;
use journal::{Journal, ReadError, Reader, Verdict, replay};

use crate::world::World;

const MEGABYTE: u64 = 1 << 20;

#[test]
fn a_call_is_found_by_every_id_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::start(folder.path(), 16 * MEGABYTE, 1, "test").unwrap();
    let mut world = World::new(Limits::default(), journal.desk());
    world.whole_call();
    let (leg, wanted) = world.whole_call();
    // Too late: it is about this call all the same.
    assert!(world.hang_up(wanted.connection).is_err());
    world.whole_call();
    journal.close();

    let reader = Reader::open(folder.path()).unwrap();
    let names = [
        wanted.call.to_string(),
        wanted.call.to_string().replace('-', ""),
        wanted.call.server_call_id(),
        wanted.connection.to_string(),
        wanted.correlation.to_string(),
        leg.to_string(),
    ];
    for name in names {
        let excerpt = reader.excerpt(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(excerpt.calls.iter().collect::<Vec<_>>(), [&wanted.call], "{name}");
        assert!(matches!(replay(&excerpt), Verdict::Equal { inputs: 5, .. }), "{name}");
    }
    assert!(matches!(reader.excerpt("somebody"), Err(ReadError::Unknown(_))));
    assert!(matches!(reader.excerpt(&"0".repeat(32)), Err(ReadError::Unknown(_))));
    assert_ne!(reader.last().unwrap(), wanted.call);
}

#[test]
fn a_call_is_followed_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::start(folder.path(), 16 * MEGABYTE, 1, "test").unwrap();
    let mut world = World::new(Limits::default(), journal.desk());
    let leg = world.call();
    let call = world.answer();
    let mut written = journal.written();
    // Written in one go or in two, before the last word of it is.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let reader = Reader::open(folder.path()).unwrap();
    let (excerpt, mut follower) = runtime.block_on(async {
        loop {
            match reader.follow(&call.call.to_string()) {
                Ok((excerpt, follower)) if excerpt.entries().count() == 2 => return (excerpt, follower),
                Ok(_) | Err(ReadError::Unknown(_)) => written.changed().await.unwrap(),
                Err(error) => panic!("{error}"),
            }
        }
    });
    assert!(!follower.is_over() && excerpt.lost() == 0);
    world.report(leg, call_engine::LegReport::Answered);
    let hung_up = call_engine::LegOutcome::local(call_engine::EndCause::HungUp);
    world.report(leg, call_engine::LegReport::Ended(hung_up));
    journal.close();
    assert_eq!(follower.more().unwrap().len(), 2);
    assert!(follower.is_over());
    assert_eq!(follower.more().unwrap().len(), 0);
}
