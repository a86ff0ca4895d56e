//! Reports, names and goodbyes.

use proptest::prelude::*;
use rtp::control::{self, CompoundWriter, ControlPacket, ParseControlError, ReportBlock, SenderInfo};

const INFO: SenderInfo = SenderInfo { ntp: 0x0102_0304_0506_0708, timestamp: 9, packets: 10, bytes: 1_600 };
const BLOCK: ReportBlock = ReportBlock {
    ssrc: 7,
    fraction_lost: 25,
    lost: -3,
    highest_sequence: 0x1_0005,
    jitter: 12,
    last_sender_report: 0x0304_0506,
    delay_since: 65_536,
};

#[test]
fn a_compound_reads_back() {
    let mut buffer = [0xaa; 256];
    let length = CompoundWriter::new(&mut buffer)
        .sender_report(1, INFO, &[BLOCK])
        .cname(1, "ringdown@example.org")
        .bye(1)
        .finish();
    let parts: Vec<_> = control::parse(&buffer[..length]).map(Result::unwrap).collect();
    let ControlPacket::SenderReport { ssrc: 1, info: INFO, reports } = parts[0] else { panic!("{parts:?}") };
    assert_eq!(reports.iter().collect::<Vec<_>>(), [BLOCK]);
    assert_eq!(parts[1..], [ControlPacket::SourceDescription, ControlPacket::Bye { ssrc: Some(1) }]);
}

#[test]
fn a_listener_reports_too() {
    let mut buffer = [0; 64];
    let length = CompoundWriter::new(&mut buffer).receiver_report(3, &[]).finish();
    assert_eq!(buffer[..length], [0x80, 201, 0, 1, 0, 0, 0, 3]);
}

#[test]
fn a_part_that_does_not_fit_is_left_out() {
    let mut buffer = [0; 12];
    let length = CompoundWriter::new(&mut buffer).receiver_report(3, &[]).cname(3, "long name").finish();
    assert_eq!(length, 8);
}

#[test]
fn a_compound_that_ends_early_is_refused_there() {
    let parts: Vec<_> = control::parse(&[0x80, 201, 0, 1, 0, 0, 0, 3, 0x80, 200, 0, 9]).collect();
    assert!(parts[0].is_ok());
    assert_eq!(parts[1..], [Err(ParseControlError::Truncated)]);
    assert_eq!(control::parse(&[0x81, 200, 0, 0]).last(), Some(Err(ParseControlError::Truncated)));
    assert_eq!(control::parse(&[0x81, 201, 0, 0]).last(), Some(Err(ParseControlError::Truncated)));
    assert_eq!(control::parse(&[0, 0, 0, 0]).last(), Some(Err(ParseControlError::Version)));
}

proptest! {
    #[test]
    fn arbitrary_datagrams_never_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        kind in 199_u8..206,
        words in 0_u8..50,
    ) {
        control::parse(&bytes).for_each(drop);
        if let [version, packet_type, high, low, ..] = bytes.as_mut_slice() {
            *version = 0x80 | *version & 0x3f;
            (*packet_type, *high, *low) = (kind, 0, words);
        }
        for part in control::parse(&bytes).flatten() {
            if let ControlPacket::SenderReport { reports, .. } | ControlPacket::ReceiverReport { reports, .. } = part {
                reports.iter().for_each(drop);
            }
        }
    }
}
