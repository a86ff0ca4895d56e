//! Who lives in every world: two resources, four phones and a trunk.

use std::sync::Arc;

use identifier::{CommunicationIdentifier, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::{
    Directory, DirectoryBuilder, Phone, Resource, SipTransport, Tenant, TransferMethod, Trunk, TrunkDialect,
};

/// The resources whose applications play.
pub(crate) const RESOURCES: [ResourceId; 2] = [ResourceId::from_u128(1), ResourceId::from_u128(2)];
/// The users who have phones.
pub(crate) const USERS: [UserId; 4] =
    [UserId::from_u128(1), UserId::from_u128(2), UserId::from_u128(3), UserId::from_u128(4)];
/// Service numbers; the first two belong to the first resource.
pub(crate) const SERVICE_NUMBERS: [&str; 3] = ["+14255550100", "+14255550101", "+14255550200"];
/// Numbers of the public network.
pub(crate) const PUBLIC_NUMBERS: [&str; 4] = ["+4930111", "+4930222", "+33333333", "+390444"];
/// What people dial.
pub(crate) const DIALLED: [&str; 10] = [
    "+14255550100",
    "14255550101",
    "+14255550200",
    "phone-1",
    "phone-2",
    "phone-3",
    "+14255550901",
    "+4930111",
    "nobody",
    "+33333333",
];

/// The carrier.
pub(crate) fn trunk() -> TrunkName {
    TrunkName::new("carrier")
}

/// The number of the first service number of a resource.
pub(crate) fn own_number(resource: ResourceId) -> PhoneNumber {
    let number = if resource == RESOURCES[0] { SERVICE_NUMBERS[0] } else { SERVICE_NUMBERS[2] };
    number.parse().expect("service numbers are sound")
}

/// Everybody whom an application could name.
pub(crate) fn targets() -> Vec<CommunicationIdentifier> {
    let users = USERS.iter().map(|user| format!("8:acs:{}_{user}", RESOURCES[0]));
    let numbers = PUBLIC_NUMBERS.iter().chain(&SERVICE_NUMBERS).chain(&["+14255550901"]);
    users
        .chain(numbers.map(|number| format!("4:{number}")))
        .chain(["8:orgid:nobody".to_owned()])
        .map(|raw| CommunicationIdentifier::from_raw_id(&raw))
        .collect()
}

/// The snapshot.
pub(crate) fn directory() -> Arc<Directory> {
    let tenant = TenantId::from_u128(1);
    let resource = |id: ResourceId, name: &str, numbers: &[&str]| Resource {
        id,
        tenant,
        name: name.into(),
        hosts: Vec::new(),
        access_keys: Vec::new(),
        numbers: numbers.iter().map(|number| number.parse().expect("numbers are sound")).collect(),
    };
    let phones = USERS.iter().enumerate().map(|(index, user)| Phone {
        name: format!("phone-{}", index + 1).into(),
        display_name: format!("Phone {}", index + 1).into(),
        user: *user,
        resource: RESOURCES[0],
        number: (index == 0).then(|| "+14255550901".parse().expect("numbers are sound")),
        password: Secret::new("secret".into()),
        may_call_out: index < 2,
        owner: None,
    });
    let directory = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![
            resource(RESOURCES[0], "one", &SERVICE_NUMBERS[..2]),
            resource(RESOURCES[1], "two", &SERVICE_NUMBERS[2..]),
        ],
        phones: phones.collect(),
        trunks: vec![Trunk {
            name: trunk(),
            tenant,
            host: "carrier.example".into(),
            port: 0,
            transport: SipTransport::Udp,
            sources: Vec::new(),
            prefixes: vec!["+".into()],
            account: None,
            certificate: None,
            emergency: false,
            limits: tenant::TrunkLimits::default(),
            dialect: TrunkDialect { transfer: TransferMethod::Refer, ..TrunkDialect::default() },
            pairing: tenant::Pairing::default(),
        }],
    };
    Arc::new(directory.build().expect("the neighborhood does not contradict itself"))
}
