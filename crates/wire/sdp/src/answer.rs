//! Our answer to somebody's offer.

use std::fmt::Write;

use crate::capabilities::{Capabilities, Negotiated, Origin};
use crate::codec::{MOST_CODECS, PayloadTypes};
use crate::description::{Choice, Description, Mismatch, ParseError, Stream};
use crate::offer::{Formats, audio, session};

/// Our answer, and what it agrees on. It does not print: there may be keys in its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The description to be sent.
    pub text: String,
    /// What both sides do from now on.
    pub negotiated: Negotiated,
    /// The numbers that an offer of our own in this session must use (RFC 3264 §8.3.2).
    pub payload_types: PayloadTypes,
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
    /// Its sound is not encrypted, and has to be: SIP 488.
    #[error("answer an offer of sound that is not encrypted, or with keys that are not understood")]
    NotEncrypted,
    /// Its sound is encrypted, and we have no keys to give or understand none of its: SIP 488.
    #[error("answer an offer of encrypted sound: keys are not exchanged here, or these are not understood")]
    Encrypted,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("negotiated", &self.negotiated).finish_non_exhaustive()
    }
}

/// Answers `offer`: the first audio stream with a codec of ours is taken, or the first encrypted one where
/// there are keys, with the codec that the offerer prefers. Every other stream is rejected with port 0.
pub fn answer(
    offer: impl AsRef<[u8]>,
    capabilities: &Capabilities,
    origin: Origin,
) -> Result<Answer, AnswerError> {
    let description = Description::parse(offer.as_ref())?;
    let (taken, stream, choice) = choose(&description, capabilities)?;
    let payload_types = stream.payload_types(capabilities.payload_types);
    let negotiated = agree(&choice, capabilities);

    let mut text = session(capabilities, origin);
    for (index, stream) in description.streams.iter().enumerate() {
        if index == taken {
            // One codec: with several, the offerer could change between them without a word.
            let event = choice.telephone_event.map(|event| (event, choice.telephone_event_rate_hz));
            let formats = Formats {
                codecs: &[(choice.payload_type, choice.codec)],
                comfort_noise: choice.comfort_noise,
                telephone_events: event.as_slice(),
            };
            let port = capabilities.address.port();
            let keys: Vec<_> = choice.keys.iter().map(|(tag, keys)| (*tag, &keys.own)).collect();
            audio(&mut text, port, &stream.protocol, &formats, &keys, negotiated.direction);
        } else {
            reject(&mut text, stream);
        }
    }
    Ok(Answer { text, negotiated, payload_types })
}

fn choose<'a>(
    description: &'a Description,
    capabilities: &Capabilities,
) -> Result<(usize, &'a Stream, Choice), AnswerError> {
    let mut plain = None;
    let mut mismatch = Mismatch::Audio;
    for (index, stream) in description.streams.iter().enumerate() {
        match stream.audio_choice(capabilities) {
            Ok(choice) if choice.keys.is_some() => return Ok((index, stream, choice)),
            Ok(choice) => plain = plain.or(Some((index, stream, choice))),
            Err(why) => mismatch = mismatch.max(why),
        }
    }
    plain.ok_or(match mismatch {
        Mismatch::Audio => AnswerError::NothingInCommon,
        Mismatch::Plain => AnswerError::NotEncrypted,
        Mismatch::Encrypted => AnswerError::Encrypted,
    })
}

fn agree(choice: &Choice, capabilities: &Capabilities) -> Negotiated {
    Negotiated {
        remote: choice.remote,
        codec: choice.codec,
        payload_type: choice.payload_type,
        own_payload_type: choice.payload_type,
        also: [None; MOST_CODECS - 1],
        telephone_event: choice.telephone_event,
        own_telephone_event: choice.telephone_event,
        telephone_event_rate_hz: choice.telephone_event_rate_hz,
        comfort_noise: choice.comfort_noise,
        opus: choice.opus,
        keys: choice.keys.as_ref().map(|(_, keys)| keys.clone()),
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
    use crate::codec::Codec;
    use crate::offer::offer;

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

    #[track_caller]
    fn check_all_codecs(offer: &str, expected: Expect) {
        let capabilities = Capabilities {
            codecs: Codec::ALL.to_vec(),
            comfort_noise: true,
            ..Capabilities::all("192.0.2.9:6000".parse().unwrap())
        };
        let offer = format!("v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n{offer}");
        let Answer { text, negotiated, .. } = answer(offer, &capabilities, Origin::new(7)).unwrap();
        let (_, stream) = text.split_once("t=0 0\r\n").unwrap();
        let Negotiated { codec, payload_type, telephone_event_rate_hz, opus, .. } = negotiated;
        let agreed = format!("{codec:?} {payload_type} events={telephone_event_rate_hz} {opus:?}\n");
        expected.assert_eq(&(stream.replace("\r\n", "\n") + &agreed));
    }

    #[test]
    fn opus_is_answered_under_the_number_of_the_offer_with_keys_at_its_rate() {
        check_all_codecs(
            "m=audio 4000 RTP/AVP 96 9 0 13 101 102\na=rtpmap:96 OPUS/48000/2\na=fmtp:96 useinbandfec=1;maxaveragebitrate=24000\na=rtpmap:101 telephone-event/8000\na=rtpmap:102 telephone-event/48000\n",
            expect![[r#"
                m=audio 6000 RTP/AVP 96 102
                a=rtpmap:96 opus/48000/2
                a=fmtp:96 useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000
                a=rtpmap:102 telephone-event/48000
                a=fmtp:102 0-15
                a=ptime:20
                a=sendrecv
                Opus 96 events=48000 OpusReceiver { in_band_fec: true, max_average_bitrate_bps: Some(24000), max_playback_rate_hz: 48000, dtx: false }
            "#]],
        );
    }

    #[test]
    fn a_phone_with_opus_and_keys_as_ever_gets_its_keys_as_ever() {
        check_all_codecs(
            "m=audio 4000 RTP/AVP 96 101\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/8000\n",
            expect![[r#"
                m=audio 6000 RTP/AVP 96 101
                a=rtpmap:96 opus/48000/2
                a=fmtp:96 useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=ptime:20
                a=sendrecv
                Opus 96 events=8000 OpusReceiver { in_band_fec: false, max_average_bitrate_bps: None, max_playback_rate_hz: 48000, dtx: false }
            "#]],
        );
    }

    #[test]
    fn the_offerers_order_decides_and_g722_has_the_clock_of_g711() {
        check_all_codecs(
            "m=audio 4000 RTP/AVP 9 0 96 13 101 102\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/8000\na=rtpmap:102 telephone-event/48000\n",
            expect![[r#"
                m=audio 6000 RTP/AVP 9 13 101
                a=rtpmap:9 G722/8000
                a=rtpmap:13 CN/8000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=ptime:20
                a=sendrecv
                G722 9 events=8000 OpusReceiver { in_band_fec: false, max_average_bitrate_bps: None, max_playback_rate_hz: 48000, dtx: false }
            "#]],
        );
    }

    #[test]
    fn what_only_sounds_like_a_codec_of_ours_is_not_taken() {
        check_all_codecs(
            "m=audio 4000 RTP/AVP 96 9 97 300 8\na=rtpmap:96 opus/16000\na=rtpmap:9 G722/16000\na=rtpmap:97 PCMU/8000/2\n",
            expect![[r#"
                m=audio 6000 RTP/AVP 8
                a=rtpmap:8 PCMA/8000
                a=ptime:20
                a=sendrecv
                Pcma 8 events=8000 OpusReceiver { in_band_fec: false, max_average_bitrate_bps: None, max_playback_rate_hz: 48000, dtx: false }
            "#]],
        );
    }

    #[test]
    fn numbers_mean_the_same_as_long_as_the_session_lasts() {
        let capabilities = Capabilities {
            codecs: Codec::ALL.to_vec(),
            ..Capabilities::all("192.0.2.9:6000".parse().unwrap())
        };
        let theirs = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 101 96 0\na=rtpmap:101 opus/48000/2\na=rtpmap:96 telephone-event/8000\n";
        let answered = answer(theirs, &capabilities, Origin::new(7)).unwrap();
        let later = Capabilities { payload_types: answered.payload_types, ..capabilities };
        let text = offer(&later, Origin::new(7).next());
        assert!(text.contains(" 0 8 9 101 96 110\r\n"), "{text}");
        assert!(text.contains("a=rtpmap:101 opus/48000/2\r\n"), "{text}");
        assert!(text.contains("a=rtpmap:96 telephone-event/8000\r\n"), "{text}");
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
