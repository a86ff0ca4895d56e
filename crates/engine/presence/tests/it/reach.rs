//! What calls to somebody meet.

use expect_test::expect;
use identifier::CallId;
use presence::{Activity, Availability, CallSize, PreferredState, Reach, SessionState};

use crate::scene::{ADELE, Scene, minutes};

fn reach(scene: &mut Scene) -> Option<Reach> {
    let reach = scene.engine.poll_reach().map(|(person, reach)| {
        assert_eq!(person, ADELE);
        reach
    });
    scene.hear();
    reach
}

#[test]
fn whoever_does_not_want_to_be_disturbed_is_not_for_as_long_as_it_is_shown() {
    let mut scene = Scene::new();
    scene.prefers(PreferredState::DoNotDisturb, minutes(60));
    assert_eq!(reach(&mut scene), None, "nobody is there whom it could disturb");
    scene.says("desk", SessionState::Available, 30);
    assert_eq!(reach(&mut scene), Some(Reach::DoNotDisturb));
    scene.says("desk", SessionState::InACall, 30);
    assert_eq!(reach(&mut scene), None, "that is less");
    scene.pass(minutes(31));
    assert_eq!(reach(&mut scene), Some(Reach::Free), "the session has ended");
    scene.prefers_nothing().says("desk", SessionState::Presenting, 30);
    assert_eq!(reach(&mut scene), Some(Reach::DoNotDisturb));
    scene.clears("desk");
    assert_eq!(reach(&mut scene), Some(Reach::Free));
    assert_eq!(reach(&mut scene), None, "each once");
    assert_eq!(scene.engine.people(), 0);
}

#[test]
fn applications_say_that_somebody_is_in_a_call_and_the_platform_knows_its_own() {
    let mut scene = Scene::new();
    scene.engine.handle_join(ADELE, CallId::from_u128(1), CallSize::TwoParty, scene.now);
    assert_eq!(reach(&mut scene), None);
    scene.says("desk", SessionState::InAConferenceCall, 30);
    assert_eq!(reach(&mut scene), Some(Reach::InACall));
    scene.prefers(PreferredState::Available, minutes(60));
    assert_eq!(reach(&mut scene), Some(Reach::Free), "a wish counts for more");
    scene.prefers(PreferredState::Busy, minutes(60));
    assert_eq!(reach(&mut scene), None, "whoever is busy is called all the same");
}

#[test]
fn nobody_is_forgotten_before_calls_know() {
    let mut scene = Scene::new();
    scene.says("desk", SessionState::Presenting, 5);
    assert_eq!(reach(&mut scene), Some(Reach::DoNotDisturb));
    scene.pass(minutes(6));
    assert_eq!(scene.engine.people(), 1);
    assert_eq!(reach(&mut scene), Some(Reach::Free));
    assert_eq!(scene.engine.people(), 0);
}

#[test]
fn another_process_is_told_as_well() {
    let mut scene = Scene::new();
    scene.engine.set_presence(ADELE, "desk", SessionState::Presenting, minutes(30), scene.now).expect("room");
    let mut kept = None;
    while let Some((_, one)) = scene.engine.poll_record() {
        kept = Some(one);
    }
    let mut next = Scene::new();
    next.engine.handle_kept(ADELE, kept.expect("it is kept"), next.now);
    assert_eq!(reach(&mut next), Some(Reach::DoNotDisturb));
}

#[test]
fn what_another_directory_shows_counts_as_long_as_it_is_asked() {
    let mut scene = Scene::new();
    let hears = |scene: &mut Scene, availability, activity| {
        let heard = scene.engine.hear_elsewhere(ADELE, (availability, activity), minutes(3), scene.now);
        heard.expect("there is room");
        scene.hear();
    };
    hears(&mut scene, Availability::Busy, Activity::InAMeeting);
    assert_eq!(reach(&mut scene), None);
    hears(&mut scene, Availability::Busy, Activity::InACall);
    assert_eq!(reach(&mut scene), Some(Reach::InACall));
    hears(&mut scene, Availability::DoNotDisturb, Activity::DoNotDisturb);
    assert_eq!(reach(&mut scene), Some(Reach::DoNotDisturb));
    hears(&mut scene, Availability::Offline, Activity::Offline);
    assert_eq!(reach(&mut scene), Some(Reach::Free));
    hears(&mut scene, Availability::DoNotDisturb, Activity::DoNotDisturb);
    scene.pass(minutes(4));
    scene.check(expect![[
        r#"0 Busy/InAMeeting, 0 Busy/InACall, 0 DoNotDisturb/DoNotDisturb, 0 Offline/Offline, 0 DoNotDisturb/DoNotDisturb, 3 Offline/Offline"#
    ]]);
}
