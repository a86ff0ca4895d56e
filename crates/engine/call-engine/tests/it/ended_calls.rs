//! What an application is told of a call that is over.

use call_engine::{EndCause, FindError};

use crate::world::{RESOURCE, World, ended};

#[test]
fn an_ended_call_is_remembered_for_a_while() {
    let mut world = World::answered("customer");
    let connection = world.connection.unwrap();
    world.report("customer", ended(EndCause::HungUp));
    let find = |world: &mut World, resource| world.engine.call(connection, resource, world.now).err();
    assert_eq!(find(&mut world, RESOURCE), Some(FindError::AlreadyTerminated));
    world.wait(3_600);
    assert_eq!(find(&mut world, RESOURCE), Some(FindError::NotFound));
}

#[test]
fn another_resource_never_finds_a_call() {
    let mut world = World::answered("customer");
    let connection = world.connection.unwrap();
    let stranger = identifier::ResourceId::from_u128(99);
    assert_eq!(world.engine.call(connection, stranger, world.now).err(), Some(FindError::NotFound));
    world.report("customer", ended(EndCause::HungUp));
    assert_eq!(world.engine.call(connection, stranger, world.now).err(), Some(FindError::NotFound));
}

#[test]
fn every_call_leaves_one_record() {
    let mut world = World::answered("customer");
    world.wait(7);
    world.report("customer", ended(EndCause::HungUp));
    world.wait(100);
    let [record] = &world.records[..] else { panic!("{} records", world.records.len()) };
    assert_eq!(record.lasted().as_secs(), 7);
    assert_eq!(record.connection, world.connection);
    assert_eq!(record.participants.len(), 1);
}
