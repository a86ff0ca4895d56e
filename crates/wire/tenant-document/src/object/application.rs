//! Applications that may ask the Microsoft Graph of this server about the company.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// An application that may ask Microsoft Graph about the company.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["clientId"]))]
pub struct Application {
    /// Its client id, a GUID.
    #[schemars(extend("format" = "guid"))]
    pub client_id: String,
    /// For people.
    #[schemars(length(max = 256))]
    pub display_name: String,
    /// The SHA-256 of its secrets, as sha256: and 64 hexadecimal digits; what sha256sum prints.
    #[schemars(length(max = 4), inner(length(min = 71, max = 71)))]
    pub secrets: Vec<String>,
    /// What it may do.
    #[schemars(length(max = 32))]
    pub permissions: Vec<GraphPermission>,
}

/// A permission of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum GraphPermission {
    #[serde(rename = "Directory.Read.All")]
    DirectoryReadAll,
    #[serde(rename = "Presence.Read")]
    PresenceRead,
    #[serde(rename = "Presence.Read.All")]
    PresenceReadAll,
    #[serde(rename = "Presence.ReadWrite")]
    PresenceReadWrite,
    #[serde(rename = "Presence.ReadWrite.All")]
    PresenceReadWriteAll,
    #[serde(rename = "TeamsResourceAccount.Read.All")]
    TeamsResourceAccountReadAll,
    #[serde(rename = "User.Read")]
    UserRead,
    #[serde(rename = "User.Read.All")]
    UserReadAll,
    #[serde(rename = "User.ReadBasic.All")]
    UserReadBasicAll,
}

impl TenantObject for Application {
    fn identity(&self) -> String {
        self.client_id.clone()
    }

    fn check(&self, checker: &mut Checker) {
        for (index, secret) in self.secrets.iter().enumerate() {
            let hash = secret.strip_prefix("sha256:").unwrap_or_default();
            if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let reason = "only the hash of a secret is written down: sha256: and what \
                              `printf %s \"$SECRET\" | sha256sum` prints";
                checker.refuse_field(format!("secrets[{index}]"), reason);
            }
        }
        for (index, permission) in self.permissions.iter().enumerate() {
            if self.permissions[..index].contains(permission) {
                checker.refuse_field(format!("permissions[{index}]"), "it is there twice; keep one of them");
            }
        }
    }
}
