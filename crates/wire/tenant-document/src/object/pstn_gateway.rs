//! Session border controllers of the company, and how numbers are rewritten there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::kind::Kind;
use crate::object::voice_route::{list, twice};
use crate::object::{Reference, TenantObject};

/// A session border controller of the company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["fqdn", "sipSignalingPort"]))]
pub struct PstnGateway {
    /// Its name in DNS and in its certificate, in a domain of the company.
    #[schemars(length(max = 63), extend("format" = "domain"))]
    pub fqdn: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Where it listens for SIP over TLS.
    #[schemars(range(min = 1, max = 65_535))]
    pub sip_signaling_port: u16,
    /// Whether it gets new calls.
    pub enabled: bool,
    /// Seconds without an answer until the next one is tried.
    #[schemars(range(min = 1, max = 60))]
    pub failover_time_seconds: u32,
    /// Answers upon which the next one is tried.
    #[schemars(length(max = 64), inner(range(min = 400, max = 699)))]
    pub failover_response_codes: Vec<u16>,
    /// Whether it learns for whom a call was meant before.
    pub forward_call_history: bool,
    /// Whether it learns who calls although the caller hides.
    pub forward_pai: bool,
    /// Whether it is asked every minute whether it is there.
    pub send_sip_options: bool,
    /// Calls at the same time above which somebody is told.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_concurrent_sessions: Option<u32>,
    /// Whether sound may go past this server.
    pub media_bypass: bool,
    /// For whom it does.
    pub bypass_mode: BypassMode,
    /// The session border controller through which it is reached.
    #[schemars(length(min = 1, max = 253))]
    pub proxy_sbc: Option<String>,
    /// The network site at which it stands.
    #[schemars(length(min = 1, max = 256))]
    pub gateway_site_id: Option<String>,
    /// Whether calls keep to it by where the person is.
    pub gateway_site_lbr_enabled: bool,
    /// Whether a person without location-based routing may use it.
    pub gateway_lbr_enabled_user_override: bool,
    /// Whether it passes on from where help is called.
    pub pidflo_supported: bool,
    /// The country through which sound goes (ISO 3166-1).
    #[schemars(extend("format" = "country"))]
    pub media_relay_routing_location_override: Option<String>,
    /// By which version of IP.
    #[serde(rename = "ipAddressVersion")]
    pub ip_address_version: IpAddressVersion,
    /// Whether callers hear ringing while the callee is looked for.
    pub generate_ringing_while_locating_user: bool,
    /// How the caller of an inbound call is rewritten: the first rule that matches.
    #[schemars(length(max = 400), inner(length(min = 1, max = 100)))]
    pub inbound_pstn_number_translation_rules: Vec<String>,
    /// How the callee of an inbound call is rewritten.
    #[schemars(length(max = 400), inner(length(min = 1, max = 100)))]
    pub inbound_teams_number_translation_rules: Vec<String>,
    /// How the callee of an outbound call is rewritten.
    #[schemars(length(max = 400), inner(length(min = 1, max = 100)))]
    pub outbound_pstn_number_translation_rules: Vec<String>,
    /// How the caller of an outbound call is rewritten.
    #[schemars(length(max = 400), inner(length(min = 1, max = 100)))]
    pub outbound_teams_number_translation_rules: Vec<String>,
}

/// For whom sound goes past the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum BypassMode {
    #[default]
    None,
    Always,
    OnlyForLocalUsers,
}

/// The version of IP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum IpAddressVersion {
    #[default]
    IPv4,
    IPv6,
}

/// How a number is rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity", "pattern", "translation"]))]
pub struct TranslationRule {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The number: a .NET regular expression.
    #[schemars(length(min = 1, max = 1024))]
    pub pattern: String,
    /// What becomes of it; $1 is what the first pair of parentheses matched.
    #[schemars(length(max = 256))]
    pub translation: String,
}

impl Default for PstnGateway {
    fn default() -> Self {
        Self {
            fqdn: String::new(),
            description: None,
            sip_signaling_port: 5061,
            enabled: false,
            failover_time_seconds: 10,
            failover_response_codes: vec![408, 503, 504],
            forward_call_history: false,
            forward_pai: false,
            send_sip_options: true,
            max_concurrent_sessions: None,
            media_bypass: false,
            bypass_mode: BypassMode::None,
            proxy_sbc: None,
            gateway_site_id: None,
            gateway_site_lbr_enabled: false,
            gateway_lbr_enabled_user_override: false,
            pidflo_supported: false,
            media_relay_routing_location_override: None,
            ip_address_version: IpAddressVersion::IPv4,
            generate_ringing_while_locating_user: false,
            inbound_pstn_number_translation_rules: Vec::new(),
            inbound_teams_number_translation_rules: Vec::new(),
            outbound_pstn_number_translation_rules: Vec::new(),
            outbound_teams_number_translation_rules: Vec::new(),
        }
    }
}

impl PstnGateway {
    fn rules(&self) -> [(&'static str, &[String]); 4] {
        [
            ("inboundPstnNumberTranslationRules", &self.inbound_pstn_number_translation_rules),
            ("inboundTeamsNumberTranslationRules", &self.inbound_teams_number_translation_rules),
            ("outboundPstnNumberTranslationRules", &self.outbound_pstn_number_translation_rules),
            ("outboundTeamsNumberTranslationRules", &self.outbound_teams_number_translation_rules),
        ]
    }
}

impl TenantObject for PstnGateway {
    fn identity(&self) -> String {
        self.fqdn.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.ip_address_version == IpAddressVersion::IPv6 && self.media_bypass {
            let reason = "sound cannot go past the server over IPv6; leave one of them out";
            checker.refuse_field("ipAddressVersion", reason);
        }
        if self.bypass_mode != BypassMode::None && !self.media_bypass {
            let reason =
                "it says for whom sound goes past the server, and it does not; write mediaBypass: true";
            checker.refuse_field("bypassMode", reason);
        }
        if self.gateway_site_lbr_enabled && self.gateway_site_id.is_none() {
            let reason =
                "calls keep to where the gateway stands, and it is not said where; write the network site";
            checker.refuse_field("gatewaySiteId", reason);
        }
        if self.proxy_sbc.as_ref().is_some_and(|proxy| crate::objects::same_name(proxy, &self.fqdn)) {
            checker.refuse_field("proxySbc", "a session border controller is not reached through itself");
        }
        self.rules().into_iter().for_each(|(field, rules)| twice(field, rules, checker));
    }

    fn references(&self) -> Vec<Reference> {
        let rules = self
            .rules()
            .into_iter()
            .flat_map(|(field, rules)| list(field, &[Kind::TranslationRule], rules).collect::<Vec<_>>());
        let site = Reference::maybe("gatewaySiteId", &[Kind::NetworkSite], self.gateway_site_id.as_ref());
        let proxy = Reference::maybe("proxySbc", &[Kind::PstnGateway], self.proxy_sbc.as_ref());
        rules.chain(site).chain(proxy).collect()
    }
}

impl TenantObject for TranslationRule {
    fn identity(&self) -> String {
        self.identity.clone()
    }
}
