//! What the platform itself knows: who is in which call.

use expect_test::expect;
use identifier::CallId;
use presence::{CallSize, SessionState};

use crate::scene::{ADELE, Scene, minutes};

#[test]
fn somebody_in_a_call_is_busy_until_it_ends() {
    let mut scene = Scene::new();
    let call = CallId::from_u128(1);
    scene.says("desk", SessionState::Available, 240);
    scene.engine.handle_join(ADELE, call, CallSize::TwoParty, scene.now);
    scene.hear().pass(minutes(120));
    scene.engine.handle_size(call, CallSize::Group, scene.now);
    scene.hear();
    scene.engine.handle_end(call, scene.now);
    scene.hear();
    scene
        .check(expect![["0 Available/Available, 0 Busy/InACall, 120 Busy/InAConferenceCall, 120 Away/Away"]]);
}

#[test]
fn somebody_who_leaves_one_of_two_calls_is_still_busy() {
    let mut scene = Scene::new();
    let (first, second) = (CallId::from_u128(1), CallId::from_u128(2));
    scene.engine.handle_join(ADELE, first, CallSize::TwoParty, scene.now);
    scene.engine.handle_join(ADELE, second, CallSize::Group, scene.now);
    scene.hear();
    scene.engine.handle_leave(ADELE, second, scene.now);
    scene.hear();
    scene.engine.handle_leave(ADELE, first, scene.now);
    scene.hear();
    scene.check(expect!["0 Busy/InAConferenceCall, 0 Busy/InACall, 0 Offline/Offline"]);
    assert_eq!(scene.engine.people(), 0);
}
