//! From dialled digits to a number, and from a number to a gateway (contract: Teams Phone §1.9, §1.10, §6.2).

use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{PhoneNumber, TrunkName};

use super::name::Name;
use super::pattern::{Pattern, Rewrite};

/// The most rules of a dial plan.
pub const MOST_NORMALIZATION_RULES: usize = 50;
/// The most translation rules of a tenant.
pub const MOST_TRANSLATION_RULES: usize = 400;
/// The longest that a gateway may keep a caller waiting before the next one is tried.
pub const LONGEST_FAILOVER: Duration = Duration::from_secs(60);

/// How people dial: rules that are tried in order, until one fits.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DialPlan {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// At most [`MOST_NORMALIZATION_RULES`].
    pub rules: Vec<NormalizationRule>,
}

/// What a dialled string that fits a pattern means.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NormalizationRule {
    /// Its name.
    pub name: Name,
    /// The pattern, and what comes in place of what it finds.
    pub rewrite: Rewrite,
    /// Whether the result is an extension within the organization.
    pub is_internal_extension: bool,
}

/// Which usages the calls of somebody are for, in order: the first that has a route decides.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VoiceRoutingPolicy {
    /// `Global`, or the name that it is assigned by.
    pub name: Name,
    /// PSTN usages, in order.
    pub usages: Vec<Name>,
}

/// Which gateways lead to some numbers.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VoiceRoute {
    /// Its name.
    pub name: Name,
    /// The numbers.
    pub pattern: Pattern,
    /// Of several routes, those with the lowest number are tried first.
    pub priority: u32,
    /// The usages that it serves.
    pub usages: Vec<Name>,
    /// The gateways that lead there; any of them may be tried first.
    pub gateways: Vec<TrunkName>,
    /// The number that is shown to a bridge instead; excludes gateways.
    pub bridge_source: Option<PhoneNumber>,
}

/// A session border controller of the tenant. Its name is that of the trunk it is reached by.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Gateway {
    /// The host name of its certificate, and the name of its trunk.
    pub name: TrunkName,
    /// Whether it gets new calls.
    pub enabled: bool,
    /// How long it may keep silent before the next one is tried.
    pub failover_seconds: u8,
    /// Responses that mean: try the next one.
    pub failover_codes: Vec<u16>,
    /// Whether it is told where a call was meant for before.
    pub forward_call_history: bool,
    /// Whether the caller is asserted, and hidden from the callee (RFC 3325).
    pub forward_pai: bool,
    /// Whether it takes locations (RFC 6442).
    pub takes_location: bool,
    /// The site it stands at, where calls may have to stay.
    pub site: Option<Name>,
    /// Whether calls through it obey the rules of its site.
    pub location_based_routing: bool,
    /// What calling numbers from it become.
    pub inbound_calling: Vec<Name>,
    /// What called numbers from it become.
    pub inbound_called: Vec<Name>,
    /// What called numbers toward it become.
    pub outbound_called: Vec<Name>,
    /// What calling numbers toward it become.
    pub outbound_calling: Vec<Name>,
}

impl Gateway {
    /// A gateway with the defaults: it is not enabled, waits 10 seconds, and gives up on 408, 503 and 504.
    pub fn new(name: TrunkName) -> Self {
        Self {
            name,
            enabled: false,
            failover_seconds: 10,
            failover_codes: vec![408, 503, 504],
            forward_call_history: false,
            forward_pai: false,
            takes_location: false,
            site: None,
            location_based_routing: false,
            inbound_calling: Vec::new(),
            inbound_called: Vec::new(),
            outbound_called: Vec::new(),
            outbound_calling: Vec::new(),
        }
    }

    /// How long it may keep silent before the next one is tried.
    pub fn failover(&self) -> Duration {
        Duration::from_secs(self.failover_seconds.into()).min(LONGEST_FAILOVER)
    }
}

/// What a number becomes at a gateway.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TranslationRule {
    /// Its name; gateways list it.
    pub name: Name,
    /// The pattern, and what comes in place of what it finds.
    pub rewrite: Rewrite,
}
