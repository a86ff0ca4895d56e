//! The documents with which applications verify our webhooks (contract: Call Automation §10).

use std::sync::Arc;

use axum::Json;
use serde_json::{Value, json};

/// What the documents say.
#[derive(Clone)]
pub struct PublicKeys {
    /// `iss` of the tokens.
    pub issuer: Arc<str>,
    /// The origin under which the documents are found, without a slash at its end.
    pub origin: Arc<str>,
    /// The keys of now, as a JSON Web Key Set (RFC 7517).
    pub key_set: Arc<dyn Fn() -> Value + Send + Sync>,
}

impl PublicKeys {
    /// `GET /calling/.well-known/acsopenidconfiguration`.
    pub(crate) fn configuration(&self) -> Json<Value> {
        Json(json!({
            "issuer": &*self.issuer,
            "jwks_uri": format!("{}/calling/keys", self.origin),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }))
    }

    /// `GET /calling/keys`.
    pub(crate) fn keys(&self) -> Json<Value> {
        Json((self.key_set)())
    }
}
