//! All objects of a tenant, by kind and name.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::kind::{Kind, Object};

/// Two objects of a kind share a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameIdentity {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub identity: String,
}

/// Objects of a kind by name, as names are compared.
type ByName = BTreeMap<Arc<str>, Arc<Object>>;

/// All objects of a tenant, by kind and name. Cheap to look into, in a stable order; cheap to clone, and what is not
/// changed is shared with the clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects(BTreeMap<Kind, Arc<ByName>>);

/// An object that may differ between two states of a tenant: how it was and how it is, where it is there.
pub type Differing<'a> = (Option<&'a Object>, Option<&'a Object>);

impl Objects {
    /// Adds an object of which there is none yet.
    pub fn add(&mut self, object: Object) -> Result<(), SameIdentity> {
        if self.get(object.kind(), &object.identity()).is_some() {
            return Err(SameIdentity { kind: object.kind(), identity: object.identity() });
        }
        self.put(object);
        Ok(())
    }

    /// Adds an object, in place of one of its name.
    pub fn put(&mut self, object: Object) {
        let (kind, name) = (object.kind(), folded(&object.identity()));
        Arc::make_mut(self.0.entry(kind).or_default()).insert(name.into(), Arc::new(object));
    }

    /// Takes an object out.
    pub fn remove(&mut self, kind: Kind, identity: &str) {
        let Some(objects) = self.0.get_mut(&kind) else { return };
        let objects = Arc::make_mut(objects);
        objects.remove(folded(identity).as_str());
        if objects.is_empty() {
            self.0.remove(&kind);
        }
    }

    /// The object of this name, whatever the case of letters and with `Tag:` before it or without.
    pub fn get(&self, kind: Kind, identity: &str) -> Option<&Object> {
        self.0.get(&kind)?.get(folded(identity).as_str()).map(|object| &**object)
    }

    /// All of them, by kind and name.
    pub fn iter(&self) -> impl Iterator<Item = &Object> {
        self.0.values().flat_map(|objects| objects.values().map(|object| &**object))
    }

    /// All of a kind, by name.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.0.get(&kind).into_iter().flat_map(|objects| objects.values().map(|object| &**object))
    }

    /// Whether all of a kind are certainly as they were in `before`.
    pub fn is_same_kind(&self, before: &Self, kind: Kind) -> bool {
        match (self.0.get(&kind), before.0.get(&kind)) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Those of a kind that may be other ones than in `before`, by name: what both share is passed over.
    pub fn differing<'a>(&'a self, before: &'a Self, kind: Kind) -> Vec<Differing<'a>> {
        let mut differing = Vec::new();
        if self.is_same_kind(before, kind) {
            return differing;
        }
        let all = |objects: &'a Self| objects.0.get(&kind).into_iter().flat_map(|objects| objects.iter());
        let (mut old, mut new) = (all(before).peekable(), all(self).peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some((one, _)), Some((other, _))) => one.cmp(other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return differing,
            };
            let was = if order.is_le() { old.next() } else { None };
            let is = if order.is_ge() { new.next() } else { None };
            match (was, is) {
                (Some((_, was)), Some((_, is))) if Arc::ptr_eq(was, is) => {}
                (was, is) => differing.push((was.map(|(_, was)| &**was), is.map(|(_, is)| &**is))),
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.values().map(|objects| objects.len()).sum()
    }

    /// How many of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.0.get(&kind).map_or(0, |objects| objects.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Typed lists.
macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {
        impl Objects {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> impl Iterator<Item = &crate::$kind> {
                    self.of(Kind::$kind).filter_map(|object| match object {
                        Object::$kind(object) => Some(&**object),
                        _ => None,
                    })
                }
            )*
        }
    };
}

lists! {
    /// People.
    users User;
    /// Accounts of applications.
    resource_accounts ResourceAccount;
    /// Groups of people.
    groups Group;
    /// Applications that may ask Microsoft Graph.
    applications Application;
    /// Numbers.
    phone_numbers PhoneNumber;
    /// What becomes of calls to numbers that nobody holds.
    unassigned_number_treatments UnassignedNumberTreatment;
    /// Callers who are refused.
    inbound_blocked_number_patterns InboundBlockedNumberPattern;
    /// Callers who are not.
    inbound_exempt_number_patterns InboundExemptNumberPattern;
    /// Calling policies.
    calling_policies CallingPolicy;
    /// Caller id policies.
    calling_line_identities CallingLineIdentity;
    /// Dial plans.
    tenant_dial_plans TenantDialPlan;
    /// Usages.
    pstn_usages PstnUsage;
    /// Voice routes.
    voice_routes VoiceRoute;
    /// Voice routing policies.
    voice_routing_policies VoiceRoutingPolicy;
    /// Session border controllers.
    pstn_gateways PstnGateway;
    /// Rules that rewrite numbers at a gateway.
    translation_rules TranslationRule;
    /// What happens around calls for help.
    emergency_calling_policies EmergencyCallingPolicy;
    /// What calls for help, and where such calls leave.
    emergency_call_routing_policies EmergencyCallRoutingPolicy;
    /// Shared calling.
    shared_calling_routing_policies SharedCallingRoutingPolicy;
    /// Music on hold.
    call_hold_policies CallHoldPolicy;
    /// Call park.
    call_park_policies CallParkPolicy;
    /// Voicemail.
    voicemail_policies VoicemailPolicy;
    /// External access.
    external_access_policies ExternalAccessPolicy;
    /// Delegated administration of voice applications.
    voice_applications_policies VoiceApplicationsPolicy;
    /// Addresses.
    civic_addresses CivicAddress;
    /// Places within addresses.
    locations Location;
    /// Places by subnet.
    lis_subnets LisSubnet;
    /// Places by wireless access point.
    lis_wireless_access_points LisWirelessAccessPoint;
    /// Places by switch.
    lis_switches LisSwitch;
    /// Places by port of a switch.
    lis_ports LisPort;
    /// Public addresses of the company.
    trusted_ip_addresses TrustedIpAddress;
    /// Regions.
    network_regions NetworkRegion;
    /// Sites.
    network_sites NetworkSite;
    /// Subnets of sites.
    network_subnets NetworkSubnet;
}

impl Objects {
    /// What the tenant says of itself.
    pub fn tenant(&self) -> Option<&crate::Tenant> {
        self.of(Kind::Tenant).find_map(|object| match object {
            Object::Tenant(tenant) => Some(&**tenant),
            _ => None,
        })
    }
}

/// A name as names are compared: `Tag:Berlin`, `berlin` and `BERLIN` are one.
pub fn folded(identity: &str) -> String {
    let plain = match identity.get(..4) {
        Some(tag) if tag.eq_ignore_ascii_case("tag:") => &identity[4..],
        _ => identity,
    };
    plain.to_lowercase()
}

/// What people see of something: its display name, and its name where it has none.
pub fn shown_name<'a>(display_name: &'a str, name: &'a str) -> &'a str {
    if display_name.is_empty() { name } else { display_name }
}

/// Whether two names are one.
pub fn same_name(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}
