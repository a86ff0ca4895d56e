//! Telling what has changed so that only the application can read it.
//!
//! What is told is encrypted under a key of its own (AES-256-CBC, the first half of the key as vector), the key
//! under the application's certificate (RSA-OAEP with SHA-1), and signed with the key (HMAC-SHA256).

use std::sync::Arc;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The longest certificate, as text.
const LONGEST: usize = 16 * 1024;

/// The certificate of an application.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    key: Arc<OaepPublicEncryptingKey>,
    thumbprint: Arc<str>,
}

impl Certificate {
    /// Reads a certificate (X.509, DER in base64), or says what is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "it must be an X.509 certificate in base64, without the lines around it.";
        if text.len() > LONGEST {
            return Err("it is longer than any certificate.");
        }
        let plain: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        let der = STANDARD.decode(plain).map_err(|_| FORM)?;
        let (_, certificate) = X509Certificate::from_der(&der).map_err(|_| FORM)?;
        let key = PublicEncryptingKey::from_der(certificate.public_key().raw).ok();
        let key = key.and_then(|key| OaepPublicEncryptingKey::new(key).ok());
        let key = key.ok_or("its key must be an RSA key of 2048 to 8192 bits.")?;
        let thumbprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        let thumbprint: String = thumbprint.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self { key: Arc::new(key), thumbprint: thumbprint.into() })
    }

    /// `encryptedContent`. `None`: the machine has no randomness or no memory left.
    pub(crate) fn encrypt(&self, told: &Value, certificate_id: &str) -> Option<Value> {
        let mut key = [0; 32];
        rand::fill(&mut key).ok()?;
        let vector: [u8; 16] = key[..16].try_into().ok()?;
        let mut data = told.to_string().into_bytes();
        let cipher = UnboundCipherKey::new(&AES_256, &key).ok()?;
        PaddedBlockEncryptingKey::cbc_pkcs7(cipher)
            .ok()?
            .less_safe_encrypt(&mut data, EncryptionContext::Iv128(FixedLength::from(vector)))
            .ok()?;
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &data);
        let mut sealed = vec![0; self.key.ciphertext_size()];
        let sealed = self.key.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut sealed, None).ok()?;
        Some(json!({
            "data": STANDARD.encode(&data),
            "dataSignature": STANDARD.encode(signature.as_ref()),
            "dataKey": STANDARD.encode(sealed),
            "encryptionCertificateId": certificate_id,
            "encryptionCertificateThumbprint": &*self.thumbprint,
        }))
    }
}
