//! Hold, mute and echo: done at once, and seen in the list of participants.

use call_engine::Mute;
use expect_test::expect;

use crate::world::{World, file, hold, who};

#[test]
fn a_customer_waits_with_music() {
    let mut world = World::group("customer", &["alice", "bob"]);
    world.ask("Hold customer", |call| call.hold(hold("customer")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Hold customer
        0.000  engine -> media  play1 hold music to customer over and over
        0.000  engine -> media  alice hears bob, bob hears alice
        0.000  engine -> app  ParticipantsUpdated 4: customer held, alice, bob
    "#]]);
    world.ask("Unhold customer", |call| call.unhold(&who("customer")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Unhold customer
        0.000  engine -> media  stop play1
        0.000  engine -> media  alice hears bob+customer, bob hears alice+customer, customer hears alice+bob
        0.000  engine -> app  ParticipantsUpdated 5: customer, alice, bob
    "#]]);
}

#[test]
fn everybody_can_be_put_on_hold() {
    let mut world = World::group("customer", &["alice"]);
    world.ask("Hold customer", |call| call.hold(hold("customer")));
    world.ask("Hold alice", |call| call.hold(hold("alice")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Hold customer
        0.000  engine -> media  play1 hold music to customer over and over
        0.000  engine -> media  alice hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: customer held, alice
        0.000  app -> engine  Hold alice
        0.000  engine -> media  play2 hold music to alice over and over
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> app  ParticipantsUpdated 4: customer held, alice held
    "#]]);
}

#[test]
fn music_can_be_changed_while_they_wait() {
    let mut world = World::answered("customer");
    world.ask("Hold", |call| call.hold(hold("customer")));
    world.forget();
    let mut other = hold("customer");
    other.music = Some(file("jingle"));
    world.ask("Hold", |call| call.hold(other));
    world.ladder(expect![[r#"
        0.000  app -> engine  Hold
        0.000  engine -> media  stop play1
        0.000  engine -> media  play2 jingle to customer over and over
    "#]]);
}

#[test]
fn music_that_cannot_be_played_ends_the_hold() {
    let mut world = World::answered("customer");
    let mut request = hold("customer");
    request.music = Some(file("missing"));
    world.ask("Hold", |call| call.hold(request));
    world.failed(1, 0);
    world.ladder(expect![[r#"
        0.000  app -> engine  Hold
        0.000  engine -> media  play1 missing to customer over and over
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> app  ParticipantsUpdated 2: customer held
        0.000  media -> engine  play1 failed
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  HoldFailed (Unplayable(Download); hold)
        0.000  engine -> app  ParticipantsUpdated 3: customer
    "#]]);
}

#[test]
fn the_muted_are_not_heard_until_they_are_unmuted() {
    let mut world = World::group("customer", &["alice"]);
    let mute = |name: &str| Mute { participants: vec![who(name)], operation_context: None };
    world.ask("Mute customer", |call| call.mute(mute("customer")));
    world.ask("Mute customer", |call| call.mute(mute("customer")));
    world.ask("Mute bob", |call| call.mute(mute("bob")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Mute customer
        0.000  engine -> media  alice hears nobody, customer hears alice
        0.000  engine -> app  ParticipantsUpdated 3: customer muted, alice
        0.000  app -> engine  Mute customer
        0.000  app -> engine  Mute bob
        0.000  engine -> app  cannot find the participant in the call
    "#]]);
    world.ask("Unmute customer", |call| call.unmute(mute("customer")));
    world.ask("Unmute customer", |call| call.unmute(mute("customer")));
    world.ask("Unmute bob", |call| call.unmute(mute("bob")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Unmute customer
        0.000  engine -> media  alice hears customer, customer hears alice
        0.000  engine -> app  ParticipantsUpdated 4: customer, alice
        0.000  app -> engine  Unmute customer
        0.000  app -> engine  Unmute bob
        0.000  engine -> app  cannot find the participant in the call
    "#]]);
}

#[test]
fn an_echo_test_is_private() {
    let mut world = World::group("customer", &["alice"]);
    world.ask("Echo", |call| call.echo(&who("customer"), true));
    world.ask("Echo", |call| call.echo(&who("customer"), false));
    world.ladder(expect![[r#"
        0.000  app -> engine  Echo
        0.000  engine -> media  alice hears nobody, customer hears customer
        0.000  app -> engine  Echo
        0.000  engine -> media  alice hears customer, customer hears alice
    "#]]);
}
