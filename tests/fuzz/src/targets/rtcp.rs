//! RTCP compounds (RFC 3550 §6).

use rtp::control::{CompoundWriter, ControlPacket, ReportBlock, parse};

pub(super) fn run(bytes: &[u8]) {
    let mut last_failed = false;
    for packet in parse(bytes) {
        assert!(!last_failed, "nothing follows an error");
        match packet {
            Ok(packet) => write_again(&packet),
            Err(_) => last_failed = true,
        }
    }
}

fn write_again(packet: &ControlPacket<'_>) {
    let mut buffer = [0; 1_024];
    match *packet {
        ControlPacket::SenderReport { ssrc, info, reports } => {
            let reports: Vec<ReportBlock> = reports.iter().collect();
            assert!(reports.len() <= 31);
            let length = CompoundWriter::new(&mut buffer).sender_report(ssrc, info, &reports).finish();
            check(&buffer[..length], ssrc, &reports);
        }
        ControlPacket::ReceiverReport { ssrc, reports } => {
            let reports: Vec<ReportBlock> = reports.iter().collect();
            assert!(reports.len() <= 31);
            let length = CompoundWriter::new(&mut buffer).receiver_report(ssrc, &reports).finish();
            check(&buffer[..length], ssrc, &reports);
        }
        ControlPacket::SourceDescription | ControlPacket::Bye { .. } | ControlPacket::Other(_) => {}
    }
}

#[track_caller]
fn check(written: &[u8], sender: u32, about: &[ReportBlock]) {
    match parse(written).next() {
        Some(Ok(
            ControlPacket::SenderReport { ssrc, reports, .. }
            | ControlPacket::ReceiverReport { ssrc, reports },
        )) => {
            assert_eq!((ssrc, reports.iter().collect::<Vec<_>>()), (sender, about.to_vec()));
        }
        other => panic!("what was written reads as {other:?}"),
    }
}
