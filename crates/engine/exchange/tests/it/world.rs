//! An exchange with a small neighborhood.

use std::sync::Arc;

use call_engine::{
    Answer, Application, CallOptions, CallProperties, Callback, CustomHeaders, Diversion, Invitation,
    LegReport, LegRequest, NoticeKind, Origin,
};
use clock::Now;
use entropy::Seed;
use exchange::{Command, CommandError, Exchange, Limits, Reply};
use identifier::{CallId, CommunicationIdentifier, Home, LegId, ResourceId, TenantId, TrunkName, UserId};
use redact::{Pii, Secret};
use tenant::{Directory, DirectoryBuilder, Phone, Resource, SipTransport, Tenant, Trunk};

pub const RESOURCE: ResourceId = ResourceId::from_u128(1);
const OTHER_RESOURCE: ResourceId = ResourceId::from_u128(2);
pub const SERVICE_NUMBER: &str = "+14255550100";
/// Of calls that applications make.
pub const SEED: Seed = Seed::from_number(0);
pub const NOW: Now = Now::new(0, 0);

fn directory() -> Arc<Directory> {
    let (tenant, other) = (TenantId::from_u128(1), TenantId::from_u128(2));
    let phone = |name: &str, user, may_call_out| Phone {
        name: name.into(),
        display_name: name.into(),
        user: UserId::from_u128(user),
        resource: RESOURCE,
        number: None,
        password: Secret::new("secret".into()),
        may_call_out,
        owner: None,
    };
    let directory = DirectoryBuilder {
        tenants: vec![
            Tenant { id: tenant, name: "Contoso".into() },
            Tenant { id: other, name: "Fabrikam".into() },
        ],
        resources: vec![
            Resource {
                id: RESOURCE,
                tenant,
                name: "contoso".into(),
                hosts: Vec::new(),
                access_keys: Vec::new(),
                numbers: vec![SERVICE_NUMBER.parse().unwrap(), "+14255550101".parse().unwrap()],
            },
            Resource {
                id: OTHER_RESOURCE,
                tenant: other,
                name: "fabrikam".into(),
                hosts: Vec::new(),
                access_keys: Vec::new(),
                numbers: Vec::new(),
            },
        ],
        phones: vec![
            phone("alice", 1, true),
            phone("bob", 2, false),
            Phone { resource: OTHER_RESOURCE, ..phone("carol", 3, false) },
        ],
        trunks: vec![Trunk {
            name: TrunkName::new("carrier"),
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
            dialect: tenant::TrunkDialect::default(),
            pairing: tenant::Pairing::default(),
        }],
    };
    Arc::new(directory.build().unwrap())
}

pub fn exchange() -> Exchange {
    Exchange::new(Home::default(), directory(), Limits::default())
}

pub fn phone(user: u128) -> Origin {
    Origin::Phone(UserId::from_u128(user))
}

pub fn trunk() -> Origin {
    Origin::Trunk(TrunkName::new("carrier"))
}

pub fn user(user: u128) -> CommunicationIdentifier {
    let user = UserId::from_u128(user);
    CommunicationIdentifier::from_raw_id(&format!("8:acs:{RESOURCE}_{user}"))
}

pub fn number(text: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&format!("4:{text}"))
}

pub fn application() -> Application {
    Application {
        resource: RESOURCE,
        callback: Callback::Uri("https://app/".into()),
        api_version: "2026-03-12".into(),
    }
}

/// Somebody dials something on a new leg.
pub fn invite(exchange: &mut Exchange, leg: u128, origin: Origin, dialled: &str) -> LegId {
    invite_in_place_of(exchange, leg, origin, dialled, None)
}

/// The same, perhaps to take the place of another leg.
pub fn invite_in_place_of(
    exchange: &mut Exchange,
    leg: u128,
    origin: Origin,
    dialled: &str,
    replaces: Option<LegId>,
) -> LegId {
    arrive(exchange, leg, Invitation { replaces, ..invitation(origin, dialled) })
}

/// A phone dials something, and names the identity under which it wants to call.
pub fn invite_preferring(exchange: &mut Exchange, leg: u128, origin: Origin, preferred: &str, dialled: &str) {
    let preferred = Some(Pii::new(preferred.into()));
    arrive(exchange, leg, Invitation { preferred, ..invitation(origin, dialled) });
}

/// A call that was meant for others before.
pub fn invite_diverted(
    exchange: &mut Exchange,
    leg: u128,
    origin: Origin,
    dialled: &str,
    diversions: Vec<Diversion>,
) -> LegId {
    arrive(exchange, leg, Invitation { diversions, ..invitation(origin, dialled) })
}

fn arrive(exchange: &mut Exchange, leg: u128, invitation: Invitation) -> LegId {
    let leg = LegId::from_u128(leg);
    exchange.handle_invitation(leg, invitation, Seed::from_number(leg.as_u128()), NOW);
    leg
}

fn invitation(origin: Origin, dialled: &str) -> Invitation {
    Invitation {
        origin,
        from: number("+4930999"),
        preferred: None,
        client: call_engine::Client::default(),
        display_name: Some(Pii::new("whoever".into())),
        dialled: Pii::new(dialled.into()),
        headers: CustomHeaders::default(),
        diversions: Vec::new(),
        replaces: None,
    }
}

/// What is asked of legs, in words.
pub fn asked(exchange: &mut Exchange) -> String {
    let mut lines = Vec::new();
    while let Some((_, _, request)) = exchange.poll_leg() {
        lines.push(match request {
            LegRequest::Dial(dial) => {
                let shown = dial.caller.number.map_or("anonymous".to_owned(), |number| number.to_string());
                format!("dial {:?} as {shown}", dial.destination)
            }
            other => format!("{other:?}"),
        });
    }
    lines.join("; ")
}

/// The call that waits for an application, if one does.
pub fn offered(exchange: &mut Exchange) -> Option<CallId> {
    let mut found = None;
    while let Some(notice) = exchange.poll_notice() {
        if let NoticeKind::IncomingCall(_) = notice.kind {
            found = Some(notice.call);
        }
    }
    found
}

/// Alice has called, and the application has answered.
pub fn answered(exchange: &mut Exchange) -> CallProperties {
    let leg = invite(exchange, 1, phone(1), SERVICE_NUMBER);
    let call = offered(exchange).unwrap();
    let properties = answer(exchange, call).unwrap();
    exchange.handle_leg(leg, LegReport::Answered, NOW);
    asked(exchange);
    properties
}

pub fn answer(exchange: &mut Exchange, call: CallId) -> Result<CallProperties, CommandError> {
    let answer = Answer {
        application: application(),
        answered_by: None,
        operation_context: None,
        options: CallOptions::default(),
    };
    match exchange.handle_command(Command::Answer { call, answer }, SEED, NOW)? {
        Reply::Call(properties) => Ok(*properties),
        other => panic!("Answer answers {other:?}"),
    }
}
