//! What has changed is told so that only the application can read it.

use aws_lc_rs::cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::company::{ADELE, DESK};
use crate::endpoint::Endpoint;
use crate::subscriptions::{busy, subscribe, wanted};
use crate::world::World;

#[tokio::test]
async fn only_the_application_reads_what_has_changed() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["desk.example".into()]).unwrap().self_signed(&key).unwrap();
    let mut body = wanted(&world, &endpoint);
    body["includeResourceData"] = json!(true);
    body["encryptionCertificate"] = STANDARD.encode(certificate.der()).into();
    body["encryptionCertificateId"] = json!("the first");
    subscribe(&world, body).await;
    busy(&world, ADELE, ("Busy", "InAConferenceCall")).await;

    let told = endpoint.next().await;
    let sealed = &told["value"][0]["encryptedContent"];
    assert_eq!(sealed["encryptionCertificateId"], "the first");
    assert_eq!(sealed["encryptionCertificateThumbprint"].as_str().unwrap().len(), 40);
    let bytes = |name: &str| STANDARD.decode(sealed[name].as_str().unwrap()).unwrap();
    let private = PrivateDecryptingKey::from_pkcs8(&key.serialize_der()).unwrap();
    let private = OaepPrivateDecryptingKey::new(private).unwrap();
    let mut room = vec![0; private.min_output_size()];
    let symmetric = private.decrypt(&OAEP_SHA1_MGF1SHA1, &bytes("dataKey"), &mut room, None).unwrap();
    let mut data = bytes("data");
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, symmetric), &data, &bytes("dataSignature")).unwrap();
    let vector: [u8; 16] = symmetric[..16].try_into().unwrap();
    let cipher = UnboundCipherKey::new(&AES_256, symmetric).unwrap();
    let plain = PaddedBlockDecryptingKey::cbc_pkcs7(cipher)
        .unwrap()
        .decrypt(&mut data, DecryptionContext::Iv128(FixedLength::from(vector)))
        .unwrap();
    let read: Value = serde_json::from_slice(plain).unwrap();
    assert_eq!(
        read,
        json!({
            "@odata.id": format!("users/{ADELE}/presence"),
            "@odata.type": "#microsoft.graph.presence",
            "id": ADELE.to_string(),
            "availability": "Busy",
            "activity": "InAConferenceCall",
        })
    );
    let token = told["validationTokens"][0].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(
        (&claims["aud"], &claims["azp"]),
        (&json!(DESK.to_string()), &json!("0bf30f3b-4a52-48df-9a82-234910c4a086"))
    );
    assert_eq!(world.ask_as(token, "GET", "/v1.0/users", None).await.status, 401, "it opens nothing here");
}

#[tokio::test]
async fn a_certificate_that_is_none_is_refused() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    let key = rcgen::KeyPair::generate().unwrap();
    let elliptic =
        rcgen::CertificateParams::new(vec!["desk.example".into()]).unwrap().self_signed(&key).unwrap();
    for text in ["not base64!", "AAAA", &STANDARD.encode(elliptic.der()), &"A".repeat(20_000)] {
        let mut body = wanted(&world, &endpoint);
        body["includeResourceData"] = json!(true);
        body["encryptionCertificate"] = json!(text);
        body["encryptionCertificateId"] = json!("the first");
        let answer = world.post("/v1.0/subscriptions", body).await;
        assert_eq!(answer.refusal(), "400 BadRequest");
        assert!(answer.message().contains("encryptionCertificate"));
    }
}
