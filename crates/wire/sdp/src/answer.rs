//! Our answer to somebody's offer.

use std::fmt::Write;

use crate::capabilities::{Capabilities, Negotiated, Origin};
use crate::description::{Choice, Description, ParseError, Stream};
use crate::offer::{audio, session};

/// Our answer, and what it agrees on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The description to be sent.
    pub text: String,
    /// What both sides do from now on.
    pub negotiated: Negotiated,
}

/// Why an offer cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is no session description: SIP 400.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
    /// It has no audio stream with a codec of ours: SIP 488.
    #[error("answer an offer that has no codec of ours")]
    NothingInCommon,
}

/// Answers `offer`: the first audio stream with a codec of ours is taken, in the
/// offerer's order of preference, and every other stream is rejected with port 0.
pub fn answer(
    offer: impl AsRef<[u8]>,
    capabilities: &Capabilities,
    origin: Origin,
) -> Result<Answer, AnswerError> {
    let description = Description::parse(offer.as_ref())?;
    let (taken, choice) = description
        .streams
        .iter()
        .enumerate()
        .find_map(|(index, stream)| Some((index, stream.audio_choice(capabilities)?)))
        .ok_or(AnswerError::NothingInCommon)?;
    let negotiated = agree(&choice, capabilities);

    let mut text = session(capabilities, origin);
    for (index, stream) in description.streams.iter().enumerate() {
        if index == taken {
            let codec = [(choice.payload_type, choice.codec)];
            audio(
                &mut text,
                capabilities.address.port(),
                &stream.protocol,
                &codec,
                choice.telephone_event,
                negotiated.direction,
            );
        } else {
            reject(&mut text, stream);
        }
    }
    Ok(Answer { text, negotiated })
}

fn agree(choice: &Choice, capabilities: &Capabilities) -> Negotiated {
    Negotiated {
        remote: choice.remote,
        codec: choice.codec,
        payload_type: choice.payload_type,
        telephone_event: choice.telephone_event,
        own_telephone_event: choice.telephone_event,
        direction: choice.direction.reversed().within(capabilities.direction),
        held: !choice.direction.receives(),
    }
}

/// RFC 3264 §6: a stream that is rejected keeps its place, with port 0.
fn reject(text: &mut String, stream: &Stream) {
    let _ = write!(text, "m={} 0 {}", stream.media, stream.protocol);
    for format in &stream.formats {
        let _ = write!(text, " {format}");
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(offer: &str, expected: Expect) {
        let capabilities = Capabilities::all("192.0.2.9:6000".parse().unwrap());
        let answered = match answer(offer.replace('\n', "\r\n"), &capabilities, Origin::new(7)) {
            Ok(answer) => {
                let Negotiated { remote, codec, payload_type, telephone_event, direction, held, .. } =
                    answer.negotiated;
                format!(
                    "{}{remote} {codec:?} {payload_type} {telephone_event:?} {direction:?} held={held}\n",
                    answer.text.replace("\r\n", "\n")
                )
            }
            Err(error) => format!("cannot {error}\n"),
        };
        expected.assert_eq(&answered);
    }

    #[test]
    fn a_plain_phone() {
        check(
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 8 0 96\na=rtpmap:96 telephone-event/8000\na=rtcp:4001\n",
            expect![[r#"
                v=0
                o=- 7 1 IN IP4 192.0.2.9
                s=-
                c=IN IP4 192.0.2.9
                t=0 0
                m=audio 6000 RTP/AVP 8 96
                a=rtpmap:8 PCMA/8000
                a=rtpmap:96 telephone-event/8000
                a=fmtp:96 0-15
                a=ptime:20
                a=sendrecv
                192.0.2.1:4000 Pcma 8 Some(96) SendRecv held=false
            "#]],
        );
    }

    #[test]
    fn video_and_secure_streams_are_rejected_in_their_place() {
        check(
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\nm=video 5000 RTP/AVP 96 97\nm=audio 4002 RTP/SAVP 0\nm=audio 4000 RTP/AVP 111 0\nc=IN IP4 192.0.2.2\na=rtpmap:111 opus/48000/2\n",
            expect![[r#"
                v=0
                o=- 7 1 IN IP4 192.0.2.9
                s=-
                c=IN IP4 192.0.2.9
                t=0 0
                m=video 0 RTP/AVP 96 97
                m=audio 0 RTP/SAVP 0
                m=audio 6000 RTP/AVP 0
                a=rtpmap:0 PCMU/8000
                a=ptime:20
                a=sendrecv
                192.0.2.2:4000 Pcmu 0 None SendRecv held=false
            "#]],
        );
    }

    #[test]
    fn hold_in_all_its_forms() {
        let hold = |connection: &str, attribute: &str| {
            let offer = format!(
                "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=-\nc=IN IP4 {connection}\nt=0 0\nm=audio 4000 RTP/AVP 0\n{attribute}"
            );
            let capabilities = Capabilities::all("192.0.2.9:6000".parse().unwrap());
            let Negotiated { direction, held, .. } =
                answer(offer, &capabilities, Origin::new(7)).unwrap().negotiated;
            (direction, held)
        };
        use crate::direction::Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
        assert_eq!(hold("192.0.2.1", "a=sendonly\n"), (RecvOnly, true));
        assert_eq!(hold("192.0.2.1", "a=inactive\n"), (Inactive, true));
        assert_eq!(hold("0.0.0.0", ""), (RecvOnly, true));
        assert_eq!(hold("192.0.2.1", "a=recvonly\n"), (SendOnly, false));
        assert_eq!(hold("192.0.2.1", ""), (SendRecv, false));
    }

    #[test]
    fn nothing_in_common() {
        check(
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 18\n",
            expect![[r#"
                cannot answer an offer that has no codec of ours
            "#]],
        );
        check(
            "hello\n",
            expect![[r#"
            cannot read a session description without a v=0 line at its top
        "#]],
        );
    }
}
