//! What a session says of its stream.

use std::time::Duration;

use rtp_session::Statistics;

use crate::phone::{PHONE, World, address};

#[test]
fn a_session_counts_what_came_what_did_not_and_what_it_did_not_take() {
    let mut world = World::new();
    for _ in 0..10 {
        world.says(1);
        world.heard();
        world.wait(20);
    }
    let smooth = world.session.take_statistics();
    assert_eq!((smooth.received, smooth.lost, smooth.late, smooth.jitter), (10, 0, 0, Some(Duration::ZERO)));

    // Two packets are lost, one of them comes after all, far too late; somebody else and noise come too.
    let lost = world.voice(rtp::PCMU, 2);
    world.voice(rtp::PCMU, 2);
    for _ in 0..10 {
        world.says(1);
        world.heard();
        world.wait(20);
    }
    world.session.handle_packet(&lost, address(PHONE), world.now);
    world.session.handle_packet(&lost, address("203.0.113.5:5"), world.now);
    world.session.handle_packet(b"no RTP", address(PHONE), world.now);
    let rough = world.session.take_statistics();
    assert_eq!((rough.received, rough.late, rough.strangers, rough.malformed), (13, 1, 1, 1));
    assert_eq!(rough.lost, 1, "one came after all, before anybody asked");
    assert!(rough.jitter.is_some_and(|jitter| jitter > Duration::ZERO));

    let nothing = Statistics { jitter: rough.jitter, ..Statistics::default() };
    assert_eq!(world.session.take_statistics(), nothing, "everything is told once");
    let mut buffer = [0; 256];
    assert!(world.session.write_frame(Some(&[0; 160]), &mut buffer).is_some());
    assert_eq!(world.session.take_statistics().sent, 1);
}
