//! What the source knows is known here, and nothing is asked twice without need.

use graph_source::{SourceError, SourceSettings};
use identifier::ObjectId;
use redact::Secret;

use crate::directory::{Directory, person};

fn people(count: u128) -> Vec<graph_edge::User> {
    (1..=count).map(|number| person(number, &format!("Person {number}"))).collect()
}

#[tokio::test]
async fn all_people_are_known_at_first_and_then_what_has_changed() {
    let directory = Directory::open(people(250), 1_000).await;
    let mut source = directory.source();
    let known = source.people().await.unwrap().expect("they are new");
    assert_eq!(known.len(), 250);
    assert_eq!(known[0].display_name.as_deref(), Some("Person 1"));
    assert_eq!((known[0].department.as_deref(), known[0].account_enabled), (Some("Sales"), true));
    directory.asked.write().unwrap().clear();
    assert_eq!(source.people().await.unwrap(), None, "nothing has changed");
    assert_eq!(directory.asked.read().unwrap().len(), 1, "which takes one question");

    let mut others = people(249);
    others[0].display_name = "Somebody Else".into();
    directory.has(others);
    let known = source.people().await.unwrap().expect("something has changed");
    assert_eq!(known.len(), 249);
    assert_eq!(known[0].display_name.as_deref(), Some("Somebody Else"));
    assert_eq!(source.people().await.unwrap(), None);
}

#[tokio::test]
async fn a_directory_that_wants_us_to_wait_is_waited_for() {
    let directory = Directory::open(people(420), 3).await;
    let known = directory.source().people().await.unwrap().expect("they are new");
    assert_eq!(known.len(), 420);
    let asked = directory.asked.read().unwrap().len();
    assert!(asked > 6, "it refused at least once: {asked}");
}

#[tokio::test]
async fn presence_is_asked_of_many_at_once() {
    let directory = Directory::open(people(700), 1_000).await;
    let mut source = directory.source();
    let ids: Vec<ObjectId> = (1..=701).map(ObjectId::from_u128).collect();
    let told = source.presences(&ids).await.unwrap();
    assert_eq!(told.len(), 700, "one of them is not known there");
    assert_eq!((told[0].availability.as_str(), told[0].activity.as_str()), ("Offline", "Offline"));
    let asked = directory.asked.read().unwrap().clone();
    assert_eq!(asked.iter().filter(|path| path.ends_with("getPresencesByUserId")).count(), 2);
}

#[tokio::test]
async fn a_directory_that_does_not_tell_is_told_of_with_its_own_words() {
    let directory = Directory::open(people(1), 1_000).await;
    let wrong = SourceSettings { client_secret: Secret::new("a guess".into()), ..directory.settings() };
    let error = directory.source_with(wrong).people().await.unwrap_err();
    let SourceError::Refused { status: 401, message, .. } = &error else { panic!("{error}") };
    assert!(message.contains("secret is wrong"), "{message}");
    let elsewhere =
        SourceSettings { endpoint: format!("{}/nowhere", directory.origin), ..directory.settings() };
    let error = directory.source_with(elsewhere).people().await.unwrap_err();
    assert!(matches!(error, SourceError::Refused { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn a_directory_is_asked_where_the_operator_allows_it() {
    let directory = Directory::open(people(1), 1_000).await;
    let error = directory.fenced_source().people().await.unwrap_err();
    assert!(matches!(error, SourceError::Unreachable { .. }), "{error}");
    assert!(directory.asked.read().unwrap().is_empty());
}
