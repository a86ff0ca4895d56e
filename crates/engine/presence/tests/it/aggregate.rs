//! What follows from what several say (contract: Teams Phone §1.21, §12 vector 6).

use expect_test::expect;
use presence::{Limits, PreferredState, PresenceEngine, SessionState, TooMuch};

use crate::scene::{ADELE, Scene, minutes};

#[test]
fn of_sessions_the_busiest_counts() {
    let mut scene = Scene::new();
    scene.says("desk", SessionState::Available, 60).says("centre", SessionState::InACall, 60);
    scene.says("meeting", SessionState::Presenting, 60).says("phone", SessionState::Away, 60);
    scene.clears("meeting").clears("centre").clears("desk").clears("phone");
    scene.check(expect![[
        "0 Available/Available, 0 Busy/InACall, 0 DoNotDisturb/Presenting, 0 Busy/InACall, 0 Available/Available, 0 Away/Away, 0 Offline/Offline"
    ]]);
}

#[test]
fn a_wish_without_a_session_is_not_shown() {
    let mut scene = Scene::new();
    scene.prefers(PreferredState::DoNotDisturb, minutes(60));
    scene.check(expect![""]);
    scene.says("desk", SessionState::Available, 30).pass(minutes(90));
    scene.check(expect!["0 DoNotDisturb/DoNotDisturb, 30 Offline/Offline"]);
}

#[test]
fn a_wish_counts_for_more_than_a_call() {
    let mut scene = Scene::new();
    scene.says("centre", SessionState::InACall, 60).prefers(PreferredState::Available, minutes(10));
    scene.pass(minutes(20)).prefers(PreferredState::OffWork, minutes(10)).prefers_nothing();
    scene.check(expect![[
        "0 Busy/InACall, 0 Available/Available, 10 Busy/InACall, 20 Offline/OffWork, 20 Busy/InACall"
    ]]);
}

#[test]
fn a_session_that_nobody_renews_fades_and_ends() {
    let mut scene = Scene::new();
    scene.says("desk", SessionState::Available, 60).pass(minutes(70));
    scene.check(expect![[
        "0 Available/Available, 5 Available/AvailableInactive, 10 Away/Away, 60 Offline/Offline"
    ]]);
}

#[test]
fn a_session_that_is_renewed_does_not_fade() {
    let mut scene = Scene::new();
    for _ in 0..10 {
        scene.says("desk", SessionState::Available, 5).pass(minutes(4));
    }
    scene.check(expect!["0 Available/Available"]);
}

#[test]
fn somebody_active_at_one_place_is_active() {
    let mut scene = Scene::new();
    scene.says("desk", SessionState::Available, 60).pass(minutes(6));
    scene.says("phone", SessionState::Available, 60).pass(minutes(5)).clears("phone");
    scene.check(expect![[
        "0 Available/Available, 5 Available/AvailableInactive, 6 Available/Available, 11 Available/AvailableInactive, 11 Away/Away"
    ]]);
}

#[test]
fn of_two_that_say_as_much_the_later_is_right() {
    let mut scene = Scene::new();
    scene.says("a", SessionState::InAConferenceCall, 60).pass(minutes(1)).says(
        "b",
        SessionState::InACall,
        60,
    );
    scene.pass(minutes(1)).says("a", SessionState::InAConferenceCall, 60);
    scene.check(expect![["0 Busy/InAConferenceCall, 1 Busy/InACall, 2 Busy/InAConferenceCall"]]);
}

#[test]
fn wishes_live_a_day_or_a_week() {
    let lives = |state: PreferredState| state.usual_life().as_secs() / (24 * 60 * 60);
    assert_eq!(PreferredState::ALL.map(lives), [7, 1, 1, 7, 7, 7]);
}

#[test]
fn nobody_opens_sessions_without_end() {
    let mut engine = PresenceEngine::new(Limits { people: 1, sessions: 2 });
    let now = Scene::new().now;
    let mut set = |person: u128, application: &str| {
        let person = identifier::ObjectId::from_u128(person);
        engine.set_presence(person, application, SessionState::Away, minutes(5), now)
    };
    assert_eq!([set(1, "a"), set(1, "b"), set(1, "a")], [Ok(()), Ok(()), Ok(())]);
    assert_eq!(set(1, "c"), Err(TooMuch::Sessions(2)));
    assert_eq!(set(2, "a"), Err(TooMuch::People(1)));
}

#[test]
fn whoever_has_left_the_company_is_offline_and_forgotten() {
    let mut scene = Scene::new();
    scene.says("desk", SessionState::Available, 60).prefers(PreferredState::Busy, minutes(60));
    scene.engine.forget(ADELE, scene.now);
    scene.hear();
    scene.check(expect!["0 Available/Available, 0 Busy/Busy, 0 Offline/Offline"]);
    assert_eq!(scene.engine.people(), 0);
    assert!(scene.engine.poll_timeout().is_none());
}
