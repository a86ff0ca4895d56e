//! Who lives in every world: two resources, four phones, a trunk, and two people of a company whose calls go on.

use std::sync::Arc;

use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::organization::*;
use tenant::{
    Country, Directory, DirectoryBuilder, Phone, PhoneOwner, Resource, SipTransport, Tenant, TransferMethod,
    Trunk, TrunkDialect,
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
/// People whose calls ring elsewhere, too, and go on to each other: whose number it is, and the desk phone.
const PEOPLE: [(ObjectId, &str, UserId); 2] = [
    (ObjectId::from_u128(300), "+14255550903", UserId::from_u128(5)),
    (ObjectId::from_u128(301), "+14255550904", UserId::from_u128(6)),
];
/// What people dial.
pub(crate) const DIALLED: [&str; 12] = [
    "+14255550903",
    "+14255550904",
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
        .chain(PEOPLE.map(|(person, ..)| format!("8:orgid:{person}")))
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
    let desks = PEOPLE.iter().map(|(person, number, user)| Phone {
        name: format!("desk-{}", &number[number.len() - 1..]).into(),
        display_name: "Desk".into(),
        user: *user,
        resource: RESOURCES[0],
        number: None,
        password: Secret::new("secret".into()),
        may_call_out: false,
        owner: Some(PhoneOwner { person: *person, persona: Persona::Teams, on_behalf_of: None }),
    });
    let directory = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![
            resource(RESOURCES[0], "one", &SERVICE_NUMBERS[..2]),
            resource(RESOURCES[1], "two", &SERVICE_NUMBERS[2..]),
        ],
        phones: phones.chain(desks).collect(),
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
    let built = directory.build().and_then(|built| built.with_organizations(vec![Arc::new(company(tenant))]));
    Arc::new(built.expect("the neighborhood does not contradict itself"))
}

/// The first rings together with a number, and goes on to the second, who goes on to the first.
fn company(tenant: TenantId) -> Organization {
    let mut company = OrganizationBuilder::new(tenant);
    let number = |text: &str| -> PhoneNumber { text.parse().expect("numbers are sound") };
    company.beyond_azure = BeyondAzure {
        honors_forwarding: true,
        honors_simultaneous_ring: true,
        honors_shared_lines: true,
        ..BeyondAzure::default()
    };
    let [(first, ..), (second, ..)] = PEOPLE;
    for (id, own, _) in PEOPLE {
        let goes_on = |seconds, target| Some(Unanswered { seconds, target });
        let settings = if id == first {
            CallingSettings {
                forwarding: Some(Forwarding::Simultaneous(ForwardTarget::Number(number(PUBLIC_NUMBERS[1])))),
                unanswered: goes_on(10, ForwardTarget::Person(second)),
                ..CallingSettings::default()
            }
        } else {
            let to_first = ForwardTarget::Number(number(PEOPLE[0].1));
            CallingSettings { unanswered: goes_on(5, to_first), ..CallingSettings::default() }
        };
        company.people.push(Person {
            id,
            user_principal_name: format!("{own}@contoso.example").into(),
            display_name: own.into(),
            usage_country: Country::US,
            licences: Licences { teams: true, phone_system: true, calling_plan: true },
            enterprise_voice: true,
            teams_only: true,
            blocked_numbers: Vec::new(),
            hides_number: false,
            policies: Assignments::default(),
            groups: Vec::new(),
            settings,
        });
        company.numbers.push(HeldNumber {
            number: number(own),
            extension: None,
            connectivity: Connectivity::CallingPlan,
            capabilities: Capabilities { person: true, voice_application: false, conference: false },
            holder: Some(Holder::Person(id)),
            category: AssignmentCategory::Primary,
            location: None,
            skips_internal: false,
        });
        let grant = Grant::Person { clients: Vec::new() };
        company.consents.push(Consent { resource: RESOURCES[0], principal: id, grant });
    }
    company.build().expect("the company does not contradict itself")
}
