//! What is written reads back; what is damaged is refused; nothing panics.

use proptest::prelude::*;
use rtp::{Csrcs, Extension, Packet, ParsePacketError, TelephoneEvent};

#[test]
fn a_packet_of_a_phone_is_understood() {
    let datagram =
        [&[0x80, 0x80, 0x12, 0x34, 0, 0, 0, 160, 0xca, 0xfe, 0xba, 0xbe], &[0xff_u8; 160][..]].concat();
    let packet = Packet::parse(&datagram).unwrap();
    assert!(packet.marker);
    assert_eq!((packet.payload_type, packet.sequence, packet.timestamp), (rtp::PCMU, 0x1234, 160));
    assert_eq!((packet.ssrc, packet.payload.len()), (0xcafe_babe, 160));
}

#[test]
fn contributing_sources_extension_and_padding_are_set_aside() {
    let datagram = [
        &[0xb2, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3][..],
        &[0, 0, 0, 10, 0, 0, 0, 11],
        &[0xbe, 0xde, 0, 1, 1, 2, 3, 4],
        b"voice",
        &[0, 0, 3],
    ]
    .concat();
    let packet = Packet::parse(&datagram).unwrap();
    assert_eq!(packet.csrcs.iter().collect::<Vec<_>>(), [10, 11]);
    assert_eq!(packet.extension, Some(Extension { profile: 0xbede, data: &[1, 2, 3, 4] }));
    assert_eq!((packet.payload, packet.padding), (&b"voice"[..], 3));
    let mut buffer = [0; 64];
    let length = packet.write(&mut buffer).unwrap();
    assert_eq!(&buffer[..length], datagram);
}

#[test]
fn damaged_packets_are_refused() {
    assert_eq!(Packet::parse(&[0x80; 11]), Err(ParsePacketError::Truncated));
    assert_eq!(Packet::parse(&[0x40; 12]), Err(ParsePacketError::Version));
    assert_eq!(Packet::parse(&[0x8f; 12]), Err(ParsePacketError::Truncated));
    assert_eq!(
        Packet::parse(&[0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]),
        Err(ParsePacketError::Truncated)
    );
    assert_eq!(Packet::parse(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Err(ParsePacketError::Padding));
    assert_eq!(Packet::parse(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]), Err(ParsePacketError::Padding));
    assert_eq!(Packet::parse(&[0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Err(ParsePacketError::Padding));
}

#[test]
fn a_packet_that_does_not_fit_is_not_written() {
    assert_eq!(Packet { payload: &[0; 9], ..Packet::default() }.write(&mut [0; 20]), None);
    let extension = Some(Extension { profile: 0, data: &[0; 3] });
    assert_eq!(Packet { extension, ..Packet::default() }.write(&mut [0; 64]), None);
}

#[test]
fn an_event_of_rfc_4733_reads_back() {
    let event = TelephoneEvent { event: 11, end: true, volume: 10, duration: 1_600 };
    assert_eq!(event.to_bytes(), [11, 0x8a, 0x06, 0x40]);
    assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Ok(event));
    assert!(TelephoneEvent::parse(&[1, 2, 3]).is_err());
}

proptest! {
    #[test]
    fn arbitrary_datagrams_never_panic_and_what_parses_is_written_again(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        first in 0x80_u8..0xc0,
    ) {
        for head in [bytes.first().copied(), Some(first)] {
            let mut datagram = bytes.clone();
            if let (Some(byte), Some(head)) = (datagram.first_mut(), head) {
                *byte = head;
            }
            if let Ok(packet) = Packet::parse(&datagram) {
                let mut again = [0; 256];
                let length = packet.write(&mut again).unwrap();
                prop_assert_eq!(Packet::parse(&again[..length]), Ok(packet));
                prop_assert_eq!(length, datagram.len());
            }
            let _ = TelephoneEvent::parse(&datagram);
        }
    }

    #[test]
    fn packets_read_back(
        marker: bool,
        payload_type in 0_u8..128,
        (sequence, timestamp, ssrc) in any::<(u16, u32, u32)>(),
        csrcs in proptest::collection::vec(any::<[u8; 4]>(), 0..16),
        extension in proptest::option::of((any::<u16>(), proptest::collection::vec(any::<[u8; 4]>(), 0..5))),
        payload in proptest::collection::vec(any::<u8>(), 0..400),
        padding: u8,
    ) {
        let data = extension.as_ref().map(|(_, data)| data.as_flattened()).unwrap_or_default();
        let packet = Packet {
            marker,
            payload_type,
            sequence,
            timestamp,
            ssrc,
            csrcs: Csrcs::new(csrcs.as_flattened()).unwrap(),
            extension: extension.as_ref().map(|(profile, _)| Extension { profile: *profile, data }),
            payload: &payload,
            padding,
        };
        let mut buffer = [0; 1_500];
        let length = packet.write(&mut buffer).unwrap();
        prop_assert_eq!(Packet::parse(&buffer[..length]), Ok(packet));
    }
}
