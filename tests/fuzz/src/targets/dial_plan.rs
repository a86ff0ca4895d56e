//! What somebody keyed or asked for, whoever it is: nobody without the right to do so gets out.

mod company;

use std::sync::OnceLock;

use dial_plan::{Dialled, Principal, Route, route};
use identifier::{CommunicationIdentifier, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::{Directory, DirectoryBuilder, Phone, Resource, SipTransport, Tenant, Trunk};

const CONTOSO: ResourceId = ResourceId::from_u128(2);
const FABRIKAM: ResourceId = ResourceId::from_u128(12);
const MAY_CALL_OUT: UserId = UserId::from_u128(3);
const MAY_NOT: UserId = UserId::from_u128(4);

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    company::run(text);
    let identifier = CommunicationIdentifier::from_raw_id(text);
    for dialled in [Dialled::Text(text), Dialled::Identifier(&identifier)] {
        check(dialled);
    }
}

fn check(dialled: Dialled<'_>) {
    let directory = directory();
    let trunk = TrunkName::new("carrier");
    let own: PhoneNumber = "+14255550100".parse().expect("a number");
    let other: PhoneNumber = "+14255550200".parse().expect("a number");
    let application = |caller_number| Principal::Application { resource: CONTOSO, caller_number };
    for principal in [
        Principal::Stranger,
        Principal::Platform,
        Principal::Trunk(&trunk),
        Principal::Phone(MAY_NOT),
        application(None),
    ] {
        let way = route(directory, principal, dialled);
        assert!(!matches!(way, Ok(Route::Trunk { .. })), "{principal:?} gets out by {dialled:?}");
    }
    assert!(route(directory, application(Some(&other)), dialled).is_err(), "a number of others is shown");
    for principal in [Principal::Phone(MAY_CALL_OUT), application(Some(&own))] {
        if let Ok(Route::Trunk { trunk, .. }) = route(directory, principal, dialled) {
            assert_eq!(trunk.as_str(), "carrier", "the trunk of another tenant is taken");
        }
    }
    // A trunk of one tenant brings calls for that tenant alone.
    if let Ok(Route::Application { resource, .. }) = route(directory, Principal::Trunk(&trunk), dialled) {
        assert_eq!(resource, CONTOSO);
    }
}

fn directory() -> &'static Directory {
    static DIRECTORY: OnceLock<Directory> = OnceLock::new();
    DIRECTORY.get_or_init(|| builder().build().expect("a sound directory"))
}

fn builder() -> DirectoryBuilder {
    let (contoso, fabrikam) = (TenantId::from_u128(1), TenantId::from_u128(11));
    let resource = |id, tenant, number: &str| Resource {
        id,
        tenant,
        name: "resource".into(),
        hosts: Vec::new(),
        access_keys: Vec::new(),
        numbers: vec![number.parse().expect("a number")],
    };
    let phone = |name: &str, user, number: Option<&str>, may_call_out| Phone {
        name: name.into(),
        display_name: name.into(),
        user,
        resource: CONTOSO,
        number: number.map(|number| number.parse().expect("a number")),
        password: Secret::new("secret".into()),
        may_call_out,
        owner: None,
    };
    let trunk = |name: &str, tenant, last: u8| Trunk {
        name: TrunkName::new(name),
        tenant,
        host: "192.0.2.1".into(),
        port: 0,
        transport: SipTransport::Udp,
        sources: vec![[192, 0, 2, last].into()],
        prefixes: vec!["+".into()],
        account: None,
        certificate: None,
        emergency: false,
        limits: tenant::TrunkLimits::default(),
        dialect: tenant::TrunkDialect::default(),
        pairing: tenant::Pairing::default(),
    };
    DirectoryBuilder {
        tenants: vec![
            Tenant { id: contoso, name: "Contoso".into() },
            Tenant { id: fabrikam, name: "Fabrikam".into() },
        ],
        resources: vec![
            resource(CONTOSO, contoso, "+14255550100"),
            resource(FABRIKAM, fabrikam, "+14255550200"),
        ],
        phones: vec![
            phone("desk-1", MAY_CALL_OUT, Some("+14255550101"), true),
            phone("1234", MAY_NOT, None, false),
        ],
        trunks: vec![trunk("carrier", contoso, 1), trunk("other-carrier", fabrikam, 2)],
    }
}
