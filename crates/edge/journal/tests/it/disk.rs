//! What is on the disk: not too much, for nobody else, and readable after any end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use exchange::Limits;
use journal::{Journal, ReadError, Reader, Verdict, replay};

use crate::world::World;

const MEGABYTE: u64 = 1 << 20;

fn files(data: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(data.join("journal")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn size(data: &Path) -> u64 {
    files(data).iter().map(|file| fs::metadata(file).unwrap().len()).sum()
}

#[test]
fn a_journal_stays_within_its_bound_and_forgets_the_oldest() {
    let data = tempfile::tempdir().unwrap();
    let most = MEGABYTE;
    let mut calls = Vec::new();
    // A process that lives on, and starts anew again and again.
    for run in 0..4 {
        let journal = Journal::start(data.path(), most, run, "test").unwrap();
        let mut world = World::new(Limits::default(), journal.desk());
        let mut written = journal.written();
        for _ in 0..20 {
            for _ in 0..10 {
                calls.push(world.whole_call().1.call);
            }
            // Slowly enough that nothing is lost.
            tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap()
                .block_on(written.changed())
                .unwrap();
        }
        journal.close();
        assert!(size(data.path()) <= most, "{} bytes", size(data.path()));
    }
    let reader = Reader::open(data.path()).unwrap();
    let last = reader.excerpt(&calls.last().unwrap().to_string()).unwrap();
    assert!(matches!(replay(&last), Verdict::Equal { .. }));
}

#[test]
fn only_the_owner_can_read_it() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path(), MEGABYTE, 1, "test").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(journal.folder()), 0o700);
    assert!(files(data.path()).iter().all(|file| mode(file) == 0o600));
}

#[test]
fn a_torn_end_costs_the_last_entry_and_no_other() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path(), 16 * MEGABYTE, 1, "test").unwrap();
    let mut world = World::new(Limits::default(), journal.desk());
    let (_, whole) = world.whole_call();
    let (_, torn) = world.whole_call();
    journal.close();
    let file = files(data.path()).pop().unwrap();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();

    let reader = Reader::open(data.path()).unwrap();
    let replayed = |call: identifier::CallId| replay(&reader.excerpt(&call.to_string()).unwrap());
    assert!(matches!(replayed(whole.call), Verdict::Equal { inputs: 4, .. }));
    assert!(matches!(replayed(torn.call), Verdict::Equal { inputs: 3, .. }));
}

#[test]
fn what_the_keeper_has_no_room_for_leaves_a_gap_that_is_told() {
    let data = tempfile::tempdir().unwrap();
    // So small that one burst does not fit.
    let journal = Journal::start(data.path(), MEGABYTE, 1, "test").unwrap();
    let mut world = World::new(Limits::default(), journal.desk());
    let leg = world.call();
    let call = world.answer();
    for _ in 0..20_000 {
        assert!(
            world
                .ask(exchange::Command::Properties {
                    connection: call.connection,
                    resource: crate::world::RESOURCE
                })
                .is_ok()
        );
    }
    world.report(leg, call_engine::LegReport::Answered);
    journal.close();
    let excerpt = Reader::open(data.path()).unwrap().excerpt(&call.call.to_string()).unwrap();
    assert!(excerpt.lost() > 0, "everything found room");
    assert!(excerpt.lost() + (excerpt.entries().count() as u64) == 20_003);
    // Looks change nothing, so that the rest happens again all the same.
    assert!(matches!(replay(&excerpt), Verdict::Equal { .. }));
}

#[test]
fn a_journal_of_another_program_is_not_guessed_at() {
    let data = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(data.path()), Err(ReadError::None(_))));
    let folder = data.path().join("journal");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("0000000001.journal"), b"ringdown journal\n\x63\x00").unwrap();
    let error = Reader::open(data.path()).unwrap().last().unwrap_err();
    assert!(error.to_string().contains("it has format 99"), "{error}");
}
