//! Session border controllers and this platform know one another by name (contract: Teams Phone §6).

use std::net::IpAddr;

use identifier::TrunkName;

use crate::directory::Directory;
use crate::organization::Gateway;
use crate::trunk::Trunk;

/// How a trunk and this platform find and recognize one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// Who has named it.
    pub named_by: NamedBy,
    /// Our name there, in Contact and From; our address when absent.
    pub own_name: Option<Box<str>>,
    /// Where calls are sent when the trunk's host does not take them, in order.
    pub next_hosts: Vec<Box<str>>,
    /// Who is there.
    pub far_end: FarEnd,
    /// Whether it is asked if it is there.
    pub is_asked: bool,
}

impl Default for Pairing {
    fn default() -> Self {
        Self {
            named_by: NamedBy::Operator,
            own_name: None,
            next_hosts: Vec::new(),
            far_end: FarEnd::Carrier,
            is_asked: true,
        }
    }
}

impl Pairing {
    /// Of a session border controller that a customer has named, where we are known as `own_name`.
    pub fn of_customer(own_name: Option<&str>) -> Self {
        Self { named_by: NamedBy::Customer, own_name: own_name.map(Into::into), ..Self::default() }
    }

    /// Whether both sides keep to the contract of session border controllers, in which names are everything.
    pub fn is_by_name(&self) -> bool {
        self.named_by == NamedBy::Customer || self.far_end == FarEnd::Teams
    }
}

/// Who says that there is a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Whoever runs this server. It may be anywhere, and is believed what it asserts.
    Operator,
    /// A customer, by an interface. It is known by its certificate and its Contact, and by nothing else; its
    /// name leads to public addresses only.
    Customer,
}

/// Who is at the other end of a trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FarEnd {
    /// A carrier or a session border controller.
    Carrier,
    /// Microsoft Teams, to which we are a session border controller. Requests are for the trunk whose
    /// own name they are sent to.
    Teams,
}

/// What a far end has shown of itself over TLS.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The names in its certificate, which somebody has signed whom we trust.
    pub names: &'a [Box<str>],
    /// The host of its first Contact.
    pub contact: Option<&'a str>,
    /// The host of the Request-URI.
    pub called: Option<&'a str>,
}

/// Why a request does not belong to the session border controller that it seems to come from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// There is nothing that it could be known by.
    #[error(
        "its Contact names {0}, and it has shown no certificate; sip.tls-client says whether one is asked for"
    )]
    NoCertificate(Box<str>),
    /// Its Contact is somebody else's.
    #[error("its Contact names {0}, and its certificate does not")]
    NotCertified(Box<str>),
    /// Nobody could call it back by that name.
    #[error(
        "its certificate is that of {0}, and its Contact does not name it; a session border controller is known \
         by the name in its Contact"
    )]
    OtherContact(Box<str>),
}

impl Directory {
    /// The trunk that a request over TLS belongs to: the one that its Contact names, if the certificate
    /// covers that name; else the one whose name the certificate has, or the Request-URI; else that of the domain
    /// above.
    pub fn paired(&self, shown: Shown<'_>) -> Result<Option<&Trunk>, PairingError> {
        let Shown { names, contact, called } = shown;
        let [contact, called] = [contact, called].map(|host| host.filter(|host| is_name(host)));
        if let Some(contact) = contact
            && let Some(trunk) = self.gateway_certified_as(contact)
        {
            if names.is_empty() {
                return Err(PairingError::NoCertificate(contact.into()));
            }
            let is_certified = names.iter().any(|name| covers(name, contact));
            return if is_certified {
                Ok(Some(trunk))
            } else {
                Err(PairingError::NotCertified(contact.into()))
            };
        }
        if names.is_empty() {
            return Ok(None);
        }
        if let Some(teams) = called.and_then(|called| self.teams_known_as(called)) {
            let is_teams = |certificate: &str| names.iter().any(|name| covers(name, certificate));
            if teams.certificate.as_deref().is_some_and(is_teams) {
                return Ok(Some(teams));
            }
        }
        let is_operators = |trunk: &&Trunk| trunk.pairing.named_by == NamedBy::Operator;
        if let Some(trunk) = names.iter().find_map(|name| self.trunk_certified_as(name).filter(is_operators))
        {
            return Ok(Some(trunk));
        }
        if let Some(called) = called
            && let Some(trunk) = self.gateway_certified_as(called)
            && names.iter().any(|name| covers(name, called))
        {
            return Ok(Some(trunk));
        }
        let above = contact.and_then(|contact| contact.split_once('.')).map(|(_, above)| above);
        if let (Some(contact), Some(above)) = (contact, above)
            && let Some(trunk) = self.gateway_certified_as(above)
            && names.iter().any(|name| covers(name, contact))
        {
            return Ok(Some(trunk));
        }
        match names.iter().find(|name| self.gateway_certified_as(name).is_some()) {
            Some(name) => Err(PairingError::OtherContact(name.clone())),
            None => Ok(None),
        }
    }

    /// What a company says of the session border controller that is reached by a trunk.
    pub fn gateway(&self, trunk: &TrunkName) -> Option<&Gateway> {
        self.organization(self.trunk(trunk)?.tenant)?.gateway(trunk)
    }

    /// Whether a trunk is believed who calls, whatever From says (RFC 3325): those of the operator, and
    /// of a company those of which it says so.
    pub fn may_assert(&self, trunk: &Trunk) -> bool {
        match trunk.pairing.named_by {
            NamedBy::Operator => true,
            NamedBy::Customer => self.gateway(&trunk.name).is_some_and(|gateway| gateway.forward_pai),
        }
    }

    fn gateway_certified_as(&self, name: &str) -> Option<&Trunk> {
        self.trunk_certified_as(name).filter(|trunk| trunk.pairing.named_by == NamedBy::Customer)
    }
}

fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err()
}

/// Whether a name in a certificate is this host's. A star stands for one whole label, the first (RFC 2818 §3.1).
fn covers(certified: &str, host: &str) -> bool {
    match certified.strip_prefix("*.") {
        Some(domain) => host
            .split_once('.')
            .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(domain)),
        None => certified.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use identifier::TenantId;

    use super::*;
    use crate::{DirectoryBuilder, DirectoryError, SipTransport, Tenant, TrunkDialect, TrunkLimits};

    fn trunk(name: &str, tenant: u128, pairing: Pairing) -> Trunk {
        Trunk {
            name: TrunkName::new(name),
            tenant: TenantId::from_u128(tenant),
            host: name.into(),
            port: 5061,
            transport: SipTransport::Tls,
            sources: Vec::new(),
            prefixes: Vec::new(),
            account: None,
            certificate: Some(name.into()),
            emergency: false,
            limits: TrunkLimits::default(),
            dialect: TrunkDialect::default(),
            pairing,
        }
    }

    fn teams(name: &str, own_name: &str) -> Trunk {
        let pairing =
            Pairing { far_end: FarEnd::Teams, own_name: Some(own_name.into()), ..Pairing::default() };
        Trunk { certificate: Some("sip.pstnhub.microsoft.com".into()), ..trunk(name, 1, pairing) }
    }

    /// A carrier with a session border controller for two of its customers, one with its own, an
    /// operator's trunk, and Microsoft Teams as two companies know it.
    fn build(trunks: Vec<Trunk>) -> Result<Directory, DirectoryError> {
        let customers = [
            ("contoso.sbc.carrier.example", 1),
            ("fabrikam.sbc.carrier.example", 2),
            ("sbc.carrier.example", 3),
            ("sbc.fabrikam.example", 2),
        ];
        let customers = customers.map(|(name, tenant)| trunk(name, tenant, Pairing::of_customer(None)));
        let operators = trunk("trunk.operator.example", 1, Pairing::default());
        DirectoryBuilder {
            tenants: (1..=3)
                .map(|id| Tenant { id: TenantId::from_u128(id), name: format!("{id}").into() })
                .collect(),
            trunks: customers.into_iter().chain([operators]).chain(trunks).collect(),
            ..DirectoryBuilder::default()
        }
        .build()
    }

    #[track_caller]
    fn check(names: &[&str], contact: &str, called: &str, expected: &str) {
        let directory =
            build(vec![teams("teams-1", "sbc1.contoso.example"), teams("teams-2", "sbc.other.example")]);
        let names: Vec<Box<str>> = names.iter().map(|name| (*name).into()).collect();
        let shown = Shown { names: &names, contact: Some(contact), called: Some(called) };
        let directory = directory.expect("it is sound");
        let said = match directory.paired(shown) {
            Ok(Some(trunk)) => format!("{} of {}", trunk.name, trunk.tenant),
            Ok(None) => "nobody".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(said.starts_with(expected), "{said}");
    }

    const US: &str = "ringdown.example";

    #[test]
    fn a_contact_chooses_among_the_names_that_a_certificate_covers() {
        let carrier = "*.sbc.carrier.example";
        check(&[carrier], "contoso.sbc.carrier.example", US, "contoso.sbc.carrier.example of ");
        check(&[carrier], "FABRIKAM.sbc.carrier.example", US, "fabrikam.sbc.carrier.example of ");
        check(&["sbc.fabrikam.example"], "sbc.fabrikam.example", US, "sbc.fabrikam.example of ");
        // Whom the carrier has not named here is its own.
        check(&[carrier], "tailspin.sbc.carrier.example", US, "sbc.carrier.example of ");
        check(&[carrier], "192.0.2.1", "contoso.sbc.carrier.example", "contoso.sbc.carrier.example of ");
    }

    #[test]
    fn nobody_is_the_session_border_controller_of_somebody_else() {
        let other = "its Contact names sbc.fabrikam.example, and its certificate does not";
        check(&["*.sbc.carrier.example"], "sbc.fabrikam.example", US, other);
        check(&["*.fabrikam.example.evil.example"], "sbc.fabrikam.example", US, other);
        check(&["*.example"], "sbc.fabrikam.example", US, other);
        check(&["fabrikam.example"], "sbc.fabrikam.example", US, other);
        check(
            &[],
            "sbc.fabrikam.example",
            US,
            "its Contact names sbc.fabrikam.example, and it has shown no certificate",
        );
        check(&["trunk.operator.example"], "sbc.fabrikam.example", US, other);
        check(&["*.elsewhere.example"], "sbc.elsewhere.example", US, "nobody");
        check(&[], "192.0.2.1", "sbc.fabrikam.example", "nobody");
    }

    #[test]
    fn who_cannot_be_called_back_by_name_is_refused() {
        let other = "its certificate is that of sbc.fabrikam.example, and its Contact does not name it";
        check(&["sbc.fabrikam.example"], "192.0.2.1", US, other);
        check(&["sbc.fabrikam.example"], "pbx.fabrikam.example", US, other);
        // The operator knows what it has named.
        check(&["trunk.operator.example"], "192.0.2.1", US, "trunk.operator.example of ");
    }

    #[test]
    fn teams_calls_us_by_our_name() {
        let (microsoft, contact) = ("*.pstnhub.microsoft.com", "api-du-a-euwe.pstnhub.microsoft.com");
        check(&[microsoft], contact, "sbc1.contoso.example", "teams-1 of ");
        check(&["sip.pstnhub.microsoft.com"], contact, "SBC.other.example", "teams-2 of ");
        check(&[microsoft], contact, US, "nobody");
        check(&["sbc.fabrikam.example"], contact, "sbc1.contoso.example", "its certificate is that of");
        let twice = build(vec![teams("a", "sbc1.contoso.example"), teams("b", "SBC1.contoso.example")]);
        let error = twice.expect_err("Teams could not tell them apart");
        assert_eq!(error, DirectoryError::OwnNameTwice("SBC1.contoso.example".into()));
    }
}
