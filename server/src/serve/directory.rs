//! From the tenants of the configuration to the directory that calls read.

use std::collections::HashMap;
use std::net::IpAddr;

use configuration::{
    Configuration, ConfigurationError, DiversionEntry, MediaEncryptionEntry, PhoneEntry, Place,
    ResourceEntry, TenantEntry, TransferEntry, TransportEntry, TrunkEntry, TrunkKindEntry,
};
use identifier::{PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::{
    Directory, DirectoryBuilder, DirectoryError, DiversionHeader, FarEnd, MediaEncryption, NamedBy, Pairing,
    Phone, Resource, SipTransport, Tenant, TransferMethod, Trunk, TrunkAccount, TrunkDialect, TrunkLimits,
};

use crate::failure::Failure;
use crate::serve::companies::Companies;
use crate::serve::demo;
use crate::serve::holdings::Holdings;
use crate::serve::kept::Kept;

/// What the configuration says of the directory; what nobody named (ids, keys, passwords) is generated once and kept.
pub async fn parts(configuration: &Configuration, kept: &mut Kept<'_>) -> Result<DirectoryBuilder, Failure> {
    let mut builder = DirectoryBuilder::default();
    for entry in &entries(configuration) {
        add_tenant(&mut builder, entry, kept).await?;
    }
    Ok(builder)
}

/// Builds the directory out of what the configuration says, what resources hold and what companies are.
pub fn build(
    configuration: &Configuration,
    parts: &DirectoryBuilder,
    holdings: &Holdings,
    companies: &Companies,
) -> Result<Directory, Failure> {
    let mut builder = parts.clone();
    leave_out(configuration, &mut builder, companies);
    let direct = holdings.add(&mut builder);
    let organizations = companies.add(&mut builder);
    for trunk in &mut builder.trunks {
        if trunk.pairing.named_by == NamedBy::Customer {
            trunk.pairing.own_name = configuration.sip.name.clone();
        }
    }
    let refused = |error: DirectoryError| {
        let place = place_of(&error, &entries(configuration)).cloned();
        ConfigurationError::contradiction("tenants", error.to_string()).at(place.as_ref())
    };
    let directory = builder.build().map_err(refused)?;
    let directory = directory.with_emergency_numbers(configuration.sip.emergency_numbers.clone());
    Ok(directory.with_organizations(organizations).map_err(refused)?.with_direct_routing(direct))
}

/// Trunks of operators that their tenants have not consented to carry nothing.
fn leave_out(configuration: &Configuration, builder: &mut DirectoryBuilder, companies: &Companies) {
    let trunks = configuration.tenants.iter().flat_map(|tenant| &tenant.trunks);
    let operators: HashMap<&str, &str> =
        trunks.filter_map(|trunk| Some((trunk.name.as_str(), trunk.operator.as_deref()?))).collect();
    builder.trunks.retain(|trunk| {
        let operator = operators.get(trunk.name.as_str());
        operator.is_none_or(|operator| companies.consents_to(trunk.tenant, operator))
    });
}

fn entries(configuration: &Configuration) -> Vec<TenantEntry> {
    let mut entries = configuration.tenants.clone();
    let contoso = demo::contoso();
    if configuration.demo && entries.iter().all(|entry| entry.name != contoso.name) {
        entries.push(contoso);
    }
    if entries.iter().all(|entry| entry.resources.is_empty()) {
        entries.push(demo::nobody_in_particular());
    }
    entries
}

/// Where the last stands of the entries that do not go together.
fn place_of<'a>(error: &DirectoryError, entries: &'a [TenantEntry]) -> Option<&'a Place> {
    let resource = |is_it: &dyn Fn(&ResourceEntry) -> bool| {
        let mut all = entries.iter().flat_map(|tenant| &tenant.resources);
        all.rfind(|one| is_it(one)).and_then(|one| one.place.as_ref())
    };
    let phone = |is_it: &dyn Fn(&PhoneEntry) -> bool| {
        let mut all = entries.iter().flat_map(|tenant| &tenant.phones);
        all.rfind(|one| is_it(one)).and_then(|one| one.place.as_ref())
    };
    let trunk = |is_it: &dyn Fn(&TrunkEntry) -> bool| {
        let mut all = entries.iter().flat_map(|tenant| &tenant.trunks);
        all.rfind(|one| is_it(one)).and_then(|one| one.place.as_ref())
    };
    match error {
        DirectoryError::NumberTwice(number) => {
            let number = number.to_string();
            phone(&|one| one.number.as_ref() == Some(&number))
                .or_else(|| resource(&|one| one.numbers.contains(&number)))
        }
        DirectoryError::PhoneTwice(name) => phone(&|one| *one.name == **name),
        DirectoryError::HostTwice(host) => resource(&|one| one.hosts.iter().any(|other| **other == **host)),
        DirectoryError::SourceTwice(source) => {
            trunk(&|one| one.sources.contains(source) || one.host == source.to_string())
        }
        DirectoryError::TrunkTwice(name) => trunk(&|one| one.name == name.as_str()),
        DirectoryError::OwnNameTwice(name) => trunk(&|one| {
            one.kind == TrunkKindEntry::Teams && one.own_name.as_deref().unwrap_or_default() == &**name
        }),
        DirectoryError::CertificateTwice(name) => trunk(&|one| one.certificate.as_deref() == Some(&**name)),
        // The configuration file names none of these.
        DirectoryError::OrganizationTwice(_)
        | DirectoryError::ObjectTwice(_)
        | DirectoryError::PrincipalNameTwice(_)
        | DirectoryError::PhoneOfNobody { .. }
        | DirectoryError::Orphan(_) => None,
    }
}

async fn add_tenant(
    builder: &mut DirectoryBuilder,
    entry: &TenantEntry,
    kept: &mut Kept<'_>,
) -> Result<(), Failure> {
    let id = kept.id(&format!("tenant/{}/id", entry.name), TenantId::random).await?;
    builder.tenants.push(Tenant { id, name: entry.name.as_str().into() });
    let mut resources = Vec::new();
    for resource in &entry.resources {
        let resource = resource_of(entry, resource, id, kept).await?;
        resources.push((resource.name.clone(), resource.id));
        builder.resources.push(resource);
    }
    for phone in &entry.phones {
        builder.phones.push(phone_of(phone, &resources, kept).await?);
    }
    for trunk in &entry.trunks {
        builder.trunks.push(trunk_of(trunk, id).map_err(|error| error.at(trunk.place.as_ref()))?);
    }
    Ok(())
}

async fn resource_of(
    tenant: &TenantEntry,
    entry: &ResourceEntry,
    tenant_id: TenantId,
    kept: &mut Kept<'_>,
) -> Result<Resource, Failure> {
    let name = format!("resource/{}/{}", tenant.name, entry.name);
    let numbers: Result<Vec<PhoneNumber>, _> =
        entry.numbers.iter().map(|number| phone_number("tenants.resources.numbers", number)).collect();
    let numbers = numbers.map_err(|error| error.at(entry.place.as_ref()))?;
    Ok(Resource {
        id: kept.id(&format!("{name}/id"), ResourceId::random).await?,
        tenant: tenant_id,
        name: entry.name.as_str().into(),
        hosts: entry.hosts.iter().map(|host| host.as_str().into()).collect(),
        access_keys: vec![
            kept.access_key(&format!("{name}/primary-key")).await?,
            kept.access_key(&format!("{name}/secondary-key")).await?,
        ],
        numbers,
    })
}

async fn phone_of(
    entry: &PhoneEntry,
    resources: &[(Box<str>, ResourceId)],
    kept: &mut Kept<'_>,
) -> Result<Phone, Failure> {
    let name = format!("phone/{}", entry.name);
    let resource = match &entry.resource {
        Some(wanted) => resources.iter().find(|(name, _)| **name == **wanted),
        None => resources.first(),
    };
    let (_, resource) = resource.ok_or_else(|| {
        let reason = format!("phone {} belongs to a resource that its tenant does not have", entry.name);
        ConfigurationError::contradiction("tenants.phones.resource", reason).at(entry.place.as_ref())
    })?;
    let number = entry.number.as_deref().map(|number| phone_number("tenants.phones.number", number));
    let number = number.transpose().map_err(|error| error.at(entry.place.as_ref()))?;
    let password = match &entry.password {
        Some(password) => password.clone(),
        None => kept.password(&format!("{name}/password")).await?,
    };
    Ok(Phone {
        name: entry.name.as_str().into(),
        display_name: entry.display_name.as_deref().unwrap_or(&entry.name).into(),
        user: kept.id(&format!("{name}/user"), UserId::random).await?,
        resource: *resource,
        number,
        password: Secret::new(password.into_inner().into_boxed_str()),
        may_call_out: entry.may_call_out,
        owner: None,
    })
}

fn trunk_of(entry: &TrunkEntry, tenant: TenantId) -> Result<Trunk, ConfigurationError> {
    if entry.kind == TrunkKindEntry::Teams {
        return teams(entry, tenant);
    }
    if entry.host.is_empty() {
        let reason = format!("trunk {} has no host: say where calls are sent", entry.name);
        return Err(ConfigurationError::contradiction("tenants.trunks.host", reason));
    }
    let mut sources = entry.sources.clone();
    // A trunk that is sent to by address is heard from there, unless the operator says from where.
    if let Ok(address) = entry.host.parse::<IpAddr>()
        && sources.is_empty()
    {
        sources.push(address);
    }
    if let Some(prefix) = entry.prefixes.iter().find(|prefix| !prefix.starts_with('+')) {
        let reason =
            format!("a prefix begins with +, and {prefix:?} does not; \"+\" alone means all numbers");
        return Err(ConfigurationError::contradiction("tenants.trunks.prefixes", reason));
    }
    Ok(Trunk {
        name: TrunkName::new(&entry.name),
        tenant,
        host: entry.host.as_str().into(),
        port: entry.port,
        transport: match entry.transport {
            TransportEntry::Udp => SipTransport::Udp,
            TransportEntry::Tcp => SipTransport::Tcp,
            TransportEntry::Tls => SipTransport::Tls,
        },
        sources,
        prefixes: entry.prefixes.iter().map(|prefix| prefix.as_str().into()).collect(),
        account: account_of(entry)?,
        certificate: entry.certificate.as_deref().map(Into::into),
        emergency: entry.emergency,
        limits: TrunkLimits { calls: entry.calls, calls_per_second: entry.calls_per_second },
        dialect: TrunkDialect {
            diversion: match entry.diversion {
                DiversionEntry::HistoryInfo => DiversionHeader::HistoryInfo,
                DiversionEntry::Diversion => DiversionHeader::Diversion,
                DiversionEntry::None => DiversionHeader::None,
            },
            transfer: match entry.transfer {
                TransferEntry::Bridge => TransferMethod::Bridge,
                TransferEntry::Refer => TransferMethod::Refer,
            },
            media_encryption: media_encryption_of(entry)?,
            takes_location: entry.takes_location,
        },
        pairing: Pairing {
            own_name: entry.own_name.as_deref().map(Into::into),
            next_hosts: entry.next_hosts.iter().map(|host| host.as_str().into()).collect(),
            ..Pairing::default()
        },
    })
}

/// Where Microsoft Teams takes calls of session border controllers, in order (contract: Teams Phone §6.1).
const TEAMS_HOSTS: [&str; 3] =
    ["sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com"];
const TEAMS_PORT: u16 = 5061;

/// Microsoft Teams, to which we are a session border controller: everything but our name there, and the
/// numbers, goes without saying.
fn teams(entry: &TrunkEntry, tenant: TenantId) -> Result<Trunk, ConfigurationError> {
    let Some(own_name) = entry.own_name.as_deref().filter(|name| !name.is_empty()) else {
        let reason = format!(
            "Microsoft Teams knows us by our host name at trunk {}: write it as it stands in sip.tls-own-certificate",
            entry.name
        );
        return Err(ConfigurationError::contradiction("tenants.trunks.own-name", reason));
    };
    if !matches!(entry.transport, TransportEntry::Udp | TransportEntry::Tls) || !entry.sources.is_empty() {
        let reason = format!("trunk {} is known by its certificate, over TLS", entry.name);
        return Err(ConfigurationError::contradiction("tenants.trunks.kind", reason));
    }
    // Another cloud of Microsoft's has other hosts, and their names are in its certificate.
    let (host, next_hosts) = match entry.host.as_str() {
        "" => (TEAMS_HOSTS[0], TEAMS_HOSTS[1..].iter().map(|host| (*host).into()).collect()),
        host => (host, entry.next_hosts.iter().map(|host| host.as_str().into()).collect()),
    };
    Ok(Trunk {
        name: TrunkName::new(&entry.name),
        tenant,
        host: host.into(),
        port: if entry.port == 0 { TEAMS_PORT } else { entry.port },
        transport: SipTransport::Tls,
        sources: Vec::new(),
        prefixes: entry.prefixes.iter().map(|prefix| prefix.as_str().into()).collect(),
        account: None,
        certificate: Some(entry.certificate.as_deref().unwrap_or(host).into()),
        emergency: entry.emergency,
        limits: TrunkLimits { calls: entry.calls, calls_per_second: entry.calls_per_second },
        dialect: TrunkDialect {
            diversion: DiversionHeader::HistoryInfo,
            transfer: TransferMethod::Bridge,
            media_encryption: Some(MediaEncryption::Required),
            takes_location: entry.takes_location,
        },
        pairing: Pairing {
            own_name: Some(own_name.into()),
            next_hosts,
            far_end: FarEnd::Teams,
            ..Pairing::default()
        },
    })
}

fn media_encryption_of(entry: &TrunkEntry) -> Result<Option<MediaEncryption>, ConfigurationError> {
    let Some(wanted) = entry.media_encryption else { return Ok(None) };
    let wanted = match wanted {
        MediaEncryptionEntry::None => return Ok(Some(MediaEncryption::None)),
        MediaEncryptionEntry::Preferred => MediaEncryption::Preferred,
        MediaEncryptionEntry::Required => MediaEncryption::Required,
    };
    if !matches!(entry.transport, TransportEntry::Tls) {
        let reason = format!(
            "the keys for sound travel in SIP, and all could read those of trunk {}: set its transport to \"tls\"",
            entry.name
        );
        return Err(ConfigurationError::contradiction("tenants.trunks.media-encryption", reason));
    }
    Ok(Some(wanted))
}

fn account_of(entry: &TrunkEntry) -> Result<Option<TrunkAccount>, ConfigurationError> {
    let contradiction = |key: &str, reason: &str| {
        let reason = format!("trunk {} {reason}", entry.name);
        Err(ConfigurationError::contradiction(key, reason))
    };
    match (&entry.username, &entry.password) {
        (Some(username), Some(password)) => Ok(Some(TrunkAccount {
            username: username.as_str().into(),
            password: Secret::new(password.clone().into_inner().into_boxed_str()),
            registers: entry.registers,
        })),
        (None, None) if entry.registers => {
            contradiction("tenants.trunks.registers", "registers, and has no username and password to do so")
        }
        (None, None) => Ok(None),
        (Some(_), None) => contradiction("tenants.trunks.password", "has a username and no password"),
        (None, Some(_)) => contradiction("tenants.trunks.username", "has a password and no username"),
    }
}

fn phone_number(key: &str, text: &str) -> Result<PhoneNumber, ConfigurationError> {
    text.parse().map_err(|_| {
        ConfigurationError::contradiction(
            key,
            format!("expected a number in E.164 such as +14255550100, not {text:?}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &str, expected: &str) {
        let entry: TrunkEntry = toml::from_str(&format!("name = \"carrier\"\nhost = \"192.0.2.9\"\n{lines}"))
            .expect("the entry is right");
        let said = match account_of(&entry) {
            Ok(Some(account)) => format!("{} registers={}", account.username, account.registers),
            Ok(None) => "nobody".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn who_we_are_at_a_trunk() {
        check("", "nobody");
        check("username = \"contoso\"\npassword = \"x\"", "contoso registers=false");
        check("username = \"contoso\"\npassword = \"x\"\nregisters = true", "contoso registers=true");
        check("username = \"contoso\"", "trunk carrier has a username and no password");
        check("password = \"x\"", "trunk carrier has a password and no username");
        check("registers = true", "trunk carrier registers, and has no username and password");
    }

    #[test]
    fn a_trunk_is_heard_from_where_the_operator_says_or_else_from_where_it_is() {
        let sources = |lines: &str| {
            let entry = format!("name = \"carrier\"\n{lines}");
            let entry: TrunkEntry = toml::from_str(&entry).expect("the entry is right");
            let trunk = trunk_of(&entry, TenantId::from_u128(1)).unwrap_or_else(|error| panic!("{error}"));
            trunk.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(sources("host = \"192.0.2.9\""), "192.0.2.9");
        assert_eq!(sources("host = \"192.0.2.9\"\nsources = [\"192.0.2.10\"]"), "192.0.2.10");
        assert_eq!(sources("host = \"sbc.example.com\""), "");
    }

    #[test]
    fn keys_for_sound_want_a_transport_that_nobody_can_read() {
        let read = |lines: &str| {
            let entry = format!("name = \"carrier\"\nhost = \"192.0.2.9\"\n{lines}");
            let entry: TrunkEntry = toml::from_str(&entry).expect("the entry is right");
            media_encryption_of(&entry).map_err(|error| error.to_string())
        };
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("media-encryption = \"none\""), Ok(Some(MediaEncryption::None)));
        let over_tls = read("transport = \"tls\"\nmedia-encryption = \"required\"");
        assert_eq!(over_tls, Ok(Some(MediaEncryption::Required)));
        for transport in ["udp", "tcp"] {
            let refused = read(&format!("transport = \"{transport}\"\nmedia-encryption = \"required\""));
            assert!(refused.is_err_and(|error| error.contains("carrier") && error.contains("\"tls\"")));
        }
    }
}
