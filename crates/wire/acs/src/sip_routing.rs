//! Request and response bodies of SIP Routing (contract: Phone numbers §2).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spelling::spelled;

/// `GET /sip`: everything about direct routing, in one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipConfiguration {
    /// Domains of trunks, which can be switched off together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<BTreeMap<String, SipDomain>>,
    /// Trunks by the name in their certificate.
    #[serde(default)]
    pub trunks: BTreeMap<String, SipTrunk>,
    /// In the order in which they are tried.
    #[serde(default)]
    pub routes: Vec<SipRoute>,
}

/// A domain of trunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipDomain {
    /// Whether its trunks are used.
    pub enabled: bool,
}

/// A session border controller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipTrunk {
    /// Where it listens for SIP over TLS.
    pub sip_signaling_port: i64,
    /// Whether it is used; previews only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How it is; previews only, and only when asked for.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub health: Option<TrunkHealth>,
}

/// Which numbers leave through which trunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipRoute {
    /// For people.
    pub name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A .NET regular expression over the number with its plus sign.
    pub number_pattern: String,
    /// In the order in which they are tried.
    #[serde(default)]
    pub trunks: Vec<String>,
}

/// `PATCH /sip`: `null` removes a trunk or a domain, routes are replaced as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SipConfigurationUpdate {
    /// Domains by name.
    pub domains: Option<BTreeMap<String, Option<SipDomainUpdate>>>,
    /// Trunks by the name in their certificate.
    pub trunks: Option<BTreeMap<String, Option<SipTrunkUpdate>>>,
    /// All routes.
    pub routes: Option<Vec<SipRouteUpdate>>,
}

/// What is absent stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SipDomainUpdate {
    /// Whether its trunks are used.
    pub enabled: Option<bool>,
}

/// What is absent stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipTrunkUpdate {
    /// Where it listens for SIP over TLS.
    pub sip_signaling_port: Option<i64>,
    /// Whether it is used.
    pub enabled: Option<bool>,
}

/// A route as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipRouteUpdate {
    /// For people.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// A .NET regular expression over the number with its plus sign.
    pub number_pattern: String,
    /// In the order in which they are tried.
    pub trunks: Option<Vec<String>>,
}

impl From<SipRouteUpdate> for SipRoute {
    fn from(update: SipRouteUpdate) -> Self {
        let SipRouteUpdate { name, description, number_pattern, trunks } = update;
        Self { name, description, number_pattern, trunks: trunks.unwrap_or_default() }
    }
}

/// `POST /sip:testRoutesWithNumber`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutesForNumber {
    /// Those that the number matches, in order.
    pub matching_routes: Vec<SipRoute>,
}

/// How a trunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TrunkHealth {
    /// Its TLS.
    pub tls: Status<TlsStatus>,
    /// Its answers to OPTIONS.
    pub ping: Status<PingStatus>,
    /// All in all.
    pub overall: OverallHealth,
}

/// A word in an object of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Status<T> {
    /// The word.
    pub status: T,
}

/// How a trunk is, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OverallHealth {
    /// Whether calls are tried.
    pub status: OverallStatus,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<InactiveReason>,
}

spelled! {
    /// The TLS of a trunk.
    pub enum TlsStatus {
        /// It was not tried.
        Unknown = "unknown",
        /// It is well.
        Ok = "ok",
        /// Its certificate ends soon.
        CertExpiring = "certExpiring",
        /// Its certificate has ended.
        CertExpired = "certExpired",
    }
}

spelled! {
    /// Whether a trunk answers OPTIONS.
    pub enum PingStatus {
        /// It was not asked.
        Unknown = "unknown",
        /// It does.
        Ok = "ok",
        /// It does no more.
        Expired = "expired",
        /// It says that it cannot take calls.
        Error = "error",
    }
}

spelled! {
    /// Whether calls are tried over a trunk.
    pub enum OverallStatus {
        /// Nobody knows how it is; they are tried.
        Unknown = "unknown",
        /// They are.
        Active = "active",
        /// They are not.
        Inactive = "inactive",
    }
}

spelled! {
    /// Why calls are not tried over a trunk.
    pub enum InactiveReason {
        /// No calls.
        NoRecentCalls = "noRecentCalls",
        /// No answers to OPTIONS.
        NoRecentPings = "noRecentPings",
        /// Neither.
        NoRecentCallsAndPings = "noRecentCallsAndPings",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_told_from_nothing_where_it_removes() {
        let text = r#"{"trunks":{"a.example":null,"b.example":{"sipSignalingPort":5061}},"routes":null}"#;
        let update: SipConfigurationUpdate = crate::body::read(text.as_bytes()).expect("it is right");
        let trunks = update.trunks.expect("there are trunks");
        assert_eq!(trunks["a.example"], None);
        assert_eq!(trunks["b.example"].and_then(|trunk| trunk.sip_signaling_port), Some(5061));
        assert_eq!((update.routes, update.domains), (None, None));
    }

    #[test]
    fn what_is_kept_reads_back_without_its_health() {
        let health = TrunkHealth {
            tls: Status { status: TlsStatus::Ok },
            ping: Status { status: PingStatus::Ok },
            overall: OverallHealth { status: OverallStatus::Active, reason: None },
        };
        let trunk = SipTrunk { sip_signaling_port: 5061, enabled: Some(true), health: Some(health) };
        let text = serde_json::to_string(&trunk).expect("it is JSON");
        assert_eq!(
            text,
            r#"{"sipSignalingPort":5061,"enabled":true,"health":{"tls":{"status":"ok"},"ping":{"status":"ok"},"overall":{"status":"active"}}}"#
        );
        let read: SipTrunk = serde_json::from_str(&text).expect("it was written");
        assert_eq!(read, SipTrunk { health: None, ..trunk });
    }
}
