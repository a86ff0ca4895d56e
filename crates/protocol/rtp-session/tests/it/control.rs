//! Reports of RTCP.

use rtp::control::{self, CompoundWriter, ControlPacket, SenderInfo};

use crate::phone::{World, address};

#[test]
fn every_five_seconds_a_report_says_what_was_sent_and_heard() {
    let mut world = World::new();
    let mut buffer = [0; 256];
    for _ in 0..249 {
        world.says(1);
        world.sent(1);
        world.wait(20);
        assert_eq!(world.session.write_control(world.now, &mut buffer), None);
    }
    let mut report = [0; 64];
    let info = SenderInfo { ntp: 0x1122_3344_5566_7788, ..SenderInfo::default() };
    let length = CompoundWriter::new(&mut report).sender_report(99, info, &[]).finish();
    world.session.handle_control(&report[..length], address("192.0.2.10:9"), world.now);
    world.wait(20);

    let length = world.session.write_control(world.now, &mut buffer).unwrap();
    let parts: Vec<_> = control::parse(&buffer[..length]).map(Result::unwrap).collect();
    let [ControlPacket::SenderReport { ssrc: 1, info, reports }, ControlPacket::SourceDescription] =
        parts[..]
    else {
        panic!("{parts:?}")
    };
    assert_eq!((info.packets, info.bytes), (249, 249 * 160));
    assert_eq!(info.ntp >> 32, 1_700_000_005 + 2_208_988_800);
    let report = reports.iter().next().unwrap();
    assert_eq!((report.ssrc, report.lost, report.fraction_lost), (99, 0, 0));
    assert_eq!((report.last_sender_report, report.delay_since), (0x3344_5566, 1_310));
    assert_eq!(world.session.write_control(world.now, &mut buffer), None);
}

#[test]
fn who_only_listens_reports_as_a_receiver_and_says_goodbye() {
    let mut world = World::new();
    let mut buffer = [0; 256];
    world.says(1);
    let length = world.session.write_bye(world.now, &mut buffer).unwrap();
    let parts: Vec<_> = control::parse(&buffer[..length]).map(Result::unwrap).collect();
    assert!(matches!(
        parts[..],
        [
            ControlPacket::ReceiverReport { ssrc: 1, .. },
            ControlPacket::SourceDescription,
            ControlPacket::Bye { ssrc: Some(1) }
        ]
    ));
}
