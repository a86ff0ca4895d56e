//! RTP packets and telephone events (RFC 3550 §5.1, RFC 4733 §2.3).

use rtp::{Packet, TelephoneEvent};

pub(super) fn run(bytes: &[u8]) {
    if let Ok(event) = TelephoneEvent::parse(bytes) {
        assert_eq!(TelephoneEvent::parse(&event.to_bytes()), Ok(event));
    }
    let Ok(packet) = Packet::parse(bytes) else { return };
    assert!(packet.payload_type < 128);
    assert!(packet.csrcs.len() <= 15 && packet.csrcs.iter().count() == packet.csrcs.len());
    assert!(packet.payload.len() + 12 <= bytes.len());
    let mut buffer = vec![0xaa; bytes.len()];
    let length = packet.write(&mut buffer).expect("what was read fits where it came from");
    assert_eq!(length, bytes.len(), "nothing is lost");
    assert_eq!(Packet::parse(&buffer), Ok(packet));
    assert_eq!(packet.write(&mut buffer[..length - 1]), None, "nothing is written beyond the buffer");
}
