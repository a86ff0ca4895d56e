//! Phones register, and are called where they are.

use call_engine::{EndCause, LegReport};
use sip_edge::DigestOffer;

use crate::peer::{Message, Peer};
use crate::world::{DEMO_1, Setting, World, to_phone};

#[tokio::test]
async fn a_phone_is_challenged_registers_and_is_called() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    let registered = register(&mut phone, "secret", "Expires: 120\r\n", "MD5").await;
    assert!(registered.0.starts_with("SIP/2.0 200"), "{}", registered.0);
    let contact = registered.header("Contact").unwrap();
    assert!(contact.contains(&phone.local.to_string()) && contact.contains("expires=1"), "{contact}");

    let leg = world.dial(to_phone(DEMO_1));
    let invite = phone.expect("INVITE sip:demo-1@").await;
    phone.reply(&invite, "486 Busy Here", "Reason: Q.850;cause=17\r\n", "").await;
    let outcome = world.ended(leg).await;
    assert_eq!((outcome.cause, outcome.q850), (EndCause::Busy, Some(17)));
    phone.expect("ACK").await;
}

#[tokio::test]
async fn sha_256_is_taken_as_well() {
    let mut setting = Setting::default();
    setting.config.digest = DigestOffer::Sha256OrMd5;
    let world = World::with(setting).await;
    let mut phone = Peer::phone(world.udp()).await;
    let registered = register(&mut phone, "secret", "", "SHA-256").await;
    assert!(registered.0.starts_with("SIP/2.0 200"), "{}", registered.0);
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    assert!(register(&mut phone, "guess", "", "MD5").await.0.starts_with("SIP/2.0 403"));
    phone.user = "nobody".into();
    assert!(register(&mut phone, "secret", "", "MD5").await.0.starts_with("SIP/2.0 403"));

    let leg = world.dial(to_phone(DEMO_1));
    assert_eq!(world.ended(leg).await.cause, EndCause::Unavailable, "nobody is registered");
}

#[tokio::test]
async fn too_short_a_time_and_removal() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    let brief = register(&mut phone, "secret", "Expires: 10\r\n", "MD5").await;
    assert!(brief.0.starts_with("SIP/2.0 423"), "{}", brief.0);
    assert_eq!(brief.header("Min-Expires").as_deref(), Some("60"));

    assert!(register(&mut phone, "secret", "", "MD5").await.0.starts_with("SIP/2.0 200"));
    let removed = register(&mut phone, "secret", "Expires: 0\r\n", "MD5").await;
    assert_eq!(removed.header("Contact"), None);
    let leg = world.dial(to_phone(DEMO_1));
    assert_eq!(
        world.report(leg).await,
        LegReport::Ended(call_engine::LegOutcome::local(EndCause::Unavailable))
    );
}

/// Registers with a challenge in between; the final response.
pub async fn register(phone: &mut Peer, password: &str, headers: &str, algorithm: &str) -> Message {
    let user = phone.user.clone();
    phone.ask("REGISTER", &user, headers, "").await;
    let challenge = phone.expect("SIP/2.0 401").await;
    let credentials = answer_to(&challenge, &user, "REGISTER", password, algorithm);
    let headers = format!("{headers}Authorization: {credentials}\r\n");
    phone.ask("REGISTER", &user, &headers, "").await;
    phone.receive().await
}

/// The value of an Authorization header.
pub fn answer_to(challenge: &Message, user: &str, method: &str, password: &str, algorithm: &str) -> String {
    use aws_lc_rs::digest;
    use md5::{Digest, Md5};
    let hash = |text: String| -> String {
        let bytes = match algorithm {
            "MD5" => Md5::digest(text.as_bytes()).to_vec(),
            _ => digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec(),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let line = challenge.header("WWW-Authenticate").unwrap();
    let value =
        |name: &str| line.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (realm, nonce) = (value("realm"), value("nonce"));
    let secret = hash(format!("{user}:{realm}:{password}"));
    let request = hash(format!("{method}:sip:ringdown"));
    let response = hash(format!("{secret}:{nonce}:00000001:abc:auth:{request}"));
    format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"sip:ringdown\", response=\"{response}\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"abc\""
    )
}

/// In hexadecimal digits.
pub fn md5(text: &str) -> String {
    use md5::{Digest, Md5};
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
