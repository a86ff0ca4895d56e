//! Which keys are agreed on, and what is refused instead.

use redact::Secret;
use sdp::{
    AcceptError, AnswerError, Capabilities, CryptoSuite, Encryption, Keys, Origin, OwnKey, accept, answer,
    offer,
};

const THEIRS: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn own_keys(seed: u8) -> Vec<OwnKey> {
    let key = |suite: CryptoSuite| OwnKey {
        suite,
        bytes: Secret::new(vec![seed + suite as u8; suite.key_bytes()]),
    };
    CryptoSuite::ALL.map(key).to_vec()
}

fn capabilities(encryption: Encryption) -> Capabilities {
    Capabilities { encryption, ..Capabilities::all("192.0.2.9:6000".parse().unwrap()) }
}

fn optional() -> Capabilities {
    capabilities(Encryption::Optional(own_keys(1)))
}

fn required() -> Capabilities {
    capabilities(Encryption::Required(own_keys(1)))
}

fn description(streams: &str) -> String {
    format!(
        "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n{}",
        streams.replace("KEY", THEIRS)
    )
}

/// The media line of the answer with its key, or why there is none.
fn answered(capabilities: &Capabilities, streams: &str) -> Result<(String, Option<Keys>), AnswerError> {
    let answer = answer(description(streams), capabilities, Origin::new(1))?;
    let said = |line: &&str| line.starts_with("m=") || line.starts_with("a=crypto");
    let lines: Vec<&str> = answer.text.lines().filter(said).collect();
    Ok((lines.join("\n"), answer.negotiated.keys))
}

#[test]
fn the_offerers_first_suite_is_answered_under_its_number_with_a_key_of_ours() {
    let offered = "m=audio 4000 RTP/SAVP 0\na=crypto:1 AES_CM_256_HMAC_SHA1_80 inline:KEY\na=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:KEY|2^31\na=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:KEY\n";
    for capabilities in [optional(), required()] {
        let (lines, keys) = answered(&capabilities, offered).unwrap();
        let (media, key) = lines.split_once('\n').unwrap();
        assert_eq!(media, "m=audio 6000 RTP/SAVP 0");
        assert!(key.starts_with("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:AwMDAwMD"), "{key}");
        let keys = keys.unwrap();
        assert_eq!(keys.own.bytes.expose()[..], [3; 30]);
        assert_eq!((keys.remote.suite, keys.remote.lifetime), (keys.own.suite, Some(1 << 31)));
    }
}

#[test]
fn a_phone_that_offers_keys_beside_plain_sound_is_answered_with_keys() {
    let offered = "m=audio 4000 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\n";
    let (lines, keys) = answered(&optional(), offered).unwrap();
    assert!(
        lines.starts_with("m=audio 6000 RTP/AVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"),
        "{lines}"
    );
    assert!(keys.is_some());
    let (lines, keys) = answered(&capabilities(Encryption::None), offered).unwrap();
    assert_eq!((lines.as_str(), keys), ("m=audio 6000 RTP/AVP 0", None));
}

#[test]
fn of_two_streams_the_encrypted_one_is_taken_where_there_are_keys() {
    let offered =
        "m=audio 4000 RTP/AVP 0\nm=audio 4002 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\n";
    let (lines, _) = answered(&optional(), offered).unwrap();
    assert!(lines.starts_with("m=audio 0 RTP/AVP 0\nm=audio 6000 RTP/SAVP 0\na=crypto:1"), "{lines}");
    let (lines, _) = answered(&capabilities(Encryption::None), offered).unwrap();
    assert_eq!(lines, "m=audio 6000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0");
}

#[test]
fn plain_sound_is_refused_where_encryption_is_required() {
    assert_eq!(answered(&required(), "m=audio 4000 RTP/AVP 0\n"), Err(AnswerError::NotEncrypted));
    let unknown = "m=audio 4000 RTP/AVP 0\na=crypto:1 F8_128_HMAC_SHA1_80 inline:KEY\n";
    assert_eq!(answered(&required(), unknown), Err(AnswerError::NotEncrypted));
    assert_eq!(answered(&optional(), unknown).unwrap().1, None);
}

#[test]
fn encrypted_sound_is_refused_where_no_keys_are_exchanged_or_none_are_understood() {
    let offered = "m=audio 4000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\n";
    assert_eq!(answered(&capabilities(Encryption::None), offered), Err(AnswerError::Encrypted));
    assert_eq!(answered(&optional(), "m=audio 4000 RTP/SAVP 0\n"), Err(AnswerError::Encrypted));
    let dtls = "m=audio 4000 UDP/TLS/RTP/SAVP 0\na=fingerprint:sha-1 00\n";
    assert_eq!(answered(&optional(), dtls), Err(AnswerError::NothingInCommon));
}

#[test]
fn two_like_us_agree_on_the_suite_that_costs_least_and_each_knows_the_others_key() {
    let there = capabilities(Encryption::Optional(own_keys(9)));
    for here in [optional(), required()] {
        let text = offer(&here, Origin::new(1));
        let answered = answer(text, &there, Origin::new(2)).unwrap();
        let (theirs, ours) =
            (answered.negotiated.keys.unwrap(), accept(&here, &answered.text).unwrap().keys.unwrap());
        assert_eq!(ours.own.suite, CryptoSuite::AeadAes128Gcm);
        assert_eq!(ours.own.bytes, theirs.remote.bytes);
        assert_eq!(ours.remote.bytes, theirs.own.bytes);
    }
}

#[test]
fn only_an_offer_that_requires_encryption_is_of_the_secure_profile() {
    assert!(offer(&required(), Origin::new(1)).contains("m=audio 6000 RTP/SAVP 0 8 101\r\n"));
    assert!(offer(&optional(), Origin::new(1)).contains("m=audio 6000 RTP/AVP 0 8 101\r\n"));
    let plain = offer(&capabilities(Encryption::None), Origin::new(1));
    assert!(plain.contains("m=audio 6000 RTP/AVP 0 8 101\r\n") && !plain.contains("crypto"));
}

#[test]
fn an_answer_takes_one_of_our_keys_or_it_is_none() {
    let accepted = |capabilities: &Capabilities, stream: &str| {
        accept(capabilities, description(stream)).map(|agreed| agreed.keys.map(|keys| keys.own.suite))
    };
    let right = "m=audio 4000 RTP/SAVP 0\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY\n";
    assert_eq!(accepted(&required(), right), Ok(Some(CryptoSuite::AesCm128HmacSha1_80)));
    for wrong in [
        "m=audio 4000 RTP/SAVP 0\n",
        "m=audio 4000 RTP/AVP 0\n",
        "m=audio 4000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\n",
        "m=audio 4000 RTP/SAVP 0\na=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:KEY\n",
    ] {
        assert_eq!(accepted(&required(), wrong), Err(AcceptError::NotEncrypted), "{wrong}");
    }
    assert_eq!(accepted(&optional(), "m=audio 4000 RTP/AVP 0\n"), Ok(None));
}

#[test]
fn a_far_end_that_sends_our_own_key_back_is_not_believed() {
    let here = required();
    let offered = offer(&here, Origin::new(1));
    let key = offered.lines().find(|line| line.starts_with("a=crypto:2")).unwrap();
    let echoed = description(&format!("m=audio 4000 RTP/SAVP 0\n{key}\n"));
    assert_eq!(accept(&here, echoed), Err(AcceptError::NotEncrypted));
}

#[test]
fn a_flood_of_keys_is_read_to_a_bound() {
    let flood = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY WSH=64\n".repeat(100);
    assert!(answered(&optional(), &format!("m=audio 4000 RTP/SAVP 0\n{flood}")).is_ok());
}

#[test]
fn answers_do_not_print_their_keys() {
    let answer = answer(
        description("m=audio 4000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY\n"),
        &optional(),
        Origin::new(1),
    );
    let printed = format!("{answer:?}");
    assert!(!printed.contains("AgIC") && !printed.contains(THEIRS), "{printed}");
}
