//! Recordings and their files.

use store::{
    FilesToStore, PageRequest, Recording, RecordingFile, RecordingFileState, RecordingFilter, Store, Write,
};

fn recording(id: &str, resource: &str, started_us: i64) -> Recording {
    Recording {
        id: id.into(),
        resource: resource.into(),
        call: format!("call-of-{id}"),
        format: "wav".into(),
        unmixed: false,
        destination: None,
        started_us,
        ended_us: None,
        end_reason: None,
    }
}

fn file(document: &str, recording: &str, position: i64) -> RecordingFile {
    RecordingFile {
        document: document.into(),
        recording: recording.into(),
        position,
        state: RecordingFileState::Writing,
        file: format!("{document}.wav"),
        channels: 1,
        started_us: position,
        lasted_ms: 0,
        bytes: 0,
        details: "{}".into(),
        end_reason: None,
        location: None,
        announced: false,
        attempts: 0,
        next_attempt_us: None,
        problem: None,
        expires_us: None,
    }
}

async fn open() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    (folder, store)
}

#[tokio::test]
async fn recordings_are_found_by_what_is_known_of_them_newest_first() {
    let (_folder, store) = open().await;
    let rows = [recording("a", "r1", 1), recording("b", "r1", 2), recording("c", "r2", 3)];
    store.write(rows.into_iter().map(Write::OpenRecording).collect()).await.unwrap();
    let end = Write::EndRecording { id: "a".into(), ended_us: 9, reason: "CallEnded".into() };
    let again = Write::EndRecording { id: "a".into(), ended_us: 10, reason: "Late".into() };
    store.write(vec![end, again]).await.unwrap();
    let found = async |filter: RecordingFilter| {
        let page = store.recordings(&filter, &PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|recording| recording.id).collect::<Vec<_>>()
    };
    let any = RecordingFilter::default;
    assert_eq!(found(any()).await, ["c", "b", "a"]);
    assert_eq!(found(RecordingFilter { resource: Some("r1".into()), ..any() }).await, ["b", "a"]);
    assert_eq!(found(RecordingFilter { call: Some("call-of-b".into()), ..any() }).await, ["b"]);
    assert_eq!(found(RecordingFilter { active: Some(true), ..any() }).await, ["c", "b"]);
    assert_eq!(found(RecordingFilter { active: Some(false), ..any() }).await, ["a"]);
    assert_eq!(store.recording("a").await.unwrap().unwrap().end_reason.as_deref(), Some("CallEnded"));
}

#[tokio::test]
async fn a_file_that_was_deleted_stays_deleted_and_takes_the_recording_along() {
    let (_folder, store) = open().await;
    let (first, second) = (file("d1", "a", 0), file("d2", "a", 1));
    let opened = vec![
        Write::OpenRecording(recording("a", "r1", 1)),
        Write::OpenRecordingFile(first.clone()),
        Write::OpenRecordingFile(second.clone()),
        Write::EndRecording { id: "a".into(), ended_us: 9, reason: "CallEnded".into() },
    ];
    store.write(opened).await.unwrap();
    assert_eq!(store.unfinished_recording_files().await.unwrap(), [first.clone(), second.clone()]);
    let stored = RecordingFile {
        state: RecordingFileState::Stored,
        bytes: 70,
        expires_us: Some(100),
        ..first.clone()
    };
    store.write(vec![Write::ChangeRecordingFile(stored.clone())]).await.unwrap();
    assert_eq!(store.recorded_bytes("r1").await.unwrap(), 70);
    assert_eq!(store.expired_recording_files(100, 5).await.unwrap(), std::slice::from_ref(&stored));
    assert!(store.expired_recording_files(99, 5).await.unwrap().is_empty());
    let remove = |document: &str| Write::RemoveRecordingFile(document.into());
    store.write(vec![remove("d1"), Write::ChangeRecordingFile(stored)]).await.unwrap();
    assert_eq!(store.recording_file("d1").await.unwrap(), None);
    assert!(store.recording_of_file("d2").await.unwrap().is_some());
    store.write(vec![remove("d2")]).await.unwrap();
    assert_eq!(store.recording("a").await.unwrap(), None);
}

#[tokio::test]
async fn files_wait_for_their_storage_until_their_time() {
    let (_folder, store) = open().await;
    let waiting = RecordingFile {
        state: RecordingFileState::Finished,
        attempts: 2,
        bytes: 5,
        next_attempt_us: Some(50),
        ..file("d1", "a", 0)
    };
    let opened = vec![
        Write::OpenRecording(recording("a", "r1", 1)),
        Write::OpenRecordingFile(waiting.clone()),
        Write::OpenRecordingFile(file("d2", "a", 1)),
    ];
    store.write(opened).await.unwrap();
    let wanted =
        |now_us| FilesToStore { now_us, most_each: 5, most: 5, may_leave: true, ..Default::default() };
    assert!(store.recording_files_to_store(&wanted(49)).await.unwrap().is_empty());
    assert_eq!(store.recording_files_to_store(&wanted(50)).await.unwrap(), [waiting]);
    for (waiting, count) in [(true, 1), (false, 0)] {
        let filter = RecordingFilter { waiting: Some(waiting), ..RecordingFilter::default() };
        assert_eq!(store.recordings(&filter, &PageRequest::default()).await.unwrap().items.len(), count);
    }
    assert_eq!(store.waiting_recording_files().await.unwrap(), (1, 5));
    assert_eq!(store.open_recordings().await.unwrap().len(), 1);
}

#[tokio::test]
async fn no_resource_keeps_the_files_of_others_waiting() {
    let (_folder, store) = open().await;
    let away = |id: &str| Recording { destination: Some("https://a/b".into()), ..recording(id, "greedy", 1) };
    let mut opened = vec![
        Write::OpenRecording(away("g")),
        Write::OpenRecording(recording("h", "greedy", 1)),
        Write::OpenRecording(recording("m", "modest", 1)),
    ];
    let waits = |document: &str, of: &str, position: i64| {
        Write::OpenRecordingFile(RecordingFile {
            state: RecordingFileState::Finished,
            next_attempt_us: Some(50),
            ..file(document, of, position)
        })
    };
    opened.extend((0..9).map(|number| waits(&format!("g{number}"), "g", number)));
    opened.extend([waits("h0", "h", 7), waits("m0", "m", 8)]);
    store.write(opened).await.unwrap();
    let all = FilesToStore { now_us: 50, most_each: 2, most: 10, may_leave: true, ..Default::default() };
    let documents = async |wanted: FilesToStore| {
        let files = store.recording_files_to_store(&wanted).await.unwrap();
        files.into_iter().map(|file| file.document).collect::<Vec<_>>()
    };
    assert_eq!(documents(all.clone()).await, ["h0", "m0", "g0", "g1"]);
    assert_eq!(documents(FilesToStore { most: 3, ..all.clone() }).await, ["h0", "m0", "g0"]);
    let full = FilesToStore { may_leave: false, ..all.clone() };
    assert_eq!(documents(full).await, ["h0", "m0"], "those that stay need no room");
    let passed_over = vec!["g0".into(), "h0".into()];
    assert_eq!(documents(FilesToStore { passed_over, ..all.clone() }).await, ["m0", "g1", "g2"]);
    let of_one = FilesToStore { full: vec!["greedy".into()], ..all };
    assert_eq!(documents(of_one.clone()).await, ["h0", "m0"]);
    assert_eq!(documents(FilesToStore { everything_leaves: true, ..of_one }).await, ["m0"]);
}
