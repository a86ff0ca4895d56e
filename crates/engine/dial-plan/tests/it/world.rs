//! Contoso: people in Redmond and Berlin, six gateways, two resource accounts; and Fabrikam beside it.

use std::sync::Arc;

use dial_plan::{Availability, Circumstances, Dialled, Explained, Principal, Ring, Route, Stage, explain};
use expect_test::Expect;
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::organization::*;
use tenant::{
    Country, Directory, DirectoryBuilder, Phone, PhoneOwner, Resource, SipTransport, Tenant, Trunk,
};

pub const CONTOSO: TenantId = TenantId::from_u128(1);
pub const FABRIKAM: TenantId = TenantId::from_u128(2);
pub const RESOURCE: ResourceId = ResourceId::from_u128(10);
pub const STRANGE_RESOURCE: ResourceId = ResourceId::from_u128(20);
pub const LINE: ObjectId = ObjectId::from_u128(101);

/// A world that a test may still change.
pub struct World {
    pub contoso: OrganizationBuilder,
    pub fabrikam: OrganizationBuilder,
}

pub fn id(number: u128) -> ObjectId {
    ObjectId::from_u128(number)
}

pub fn number(text: &str) -> PhoneNumber {
    text.parse().expect("a number")
}

pub fn pattern(text: &str) -> Pattern {
    Pattern::new(text).expect("a pattern")
}

pub fn rewrite(text: &str, template: &str) -> Rewrite {
    Rewrite::new(pattern(text), template).expect("a template")
}

pub fn assigned(policies: &[(PolicyKind, &str)]) -> Assignments {
    Assignments(policies.iter().map(|(kind, name)| (*kind, Name::new(name))).collect())
}

pub fn person(number: u128, name: &str, country: &str, policies: &[(PolicyKind, &str)]) -> Person {
    Person {
        id: id(number),
        user_principal_name: name.into(),
        display_name: name.split('@').next().unwrap_or_default().into(),
        usage_country: country.parse().expect("a country"),
        licences: Licences { teams: true, phone_system: true, calling_plan: false },
        enterprise_voice: true,
        teams_only: true,
        blocked_numbers: Vec::new(),
        hides_number: false,
        policies: assigned(policies),
        groups: Vec::new(),
        settings: CallingSettings::default(),
    }
}

pub fn account(number: u128, name: &str) -> ResourceAccount {
    ResourceAccount {
        id: id(number),
        user_principal_name: name.into(),
        display_name: "Contoso Service".into(),
        usage_country: Country::US,
        licensed: true,
        calling_plan: false,
        application: ApplicationKind::Other(id(999)),
        resource: Some(RESOURCE),
        synced: true,
        concurrent_calls: CONCURRENT_CALLS,
        policies: Assignments::default(),
    }
}

pub fn held(text: &str, connectivity: Connectivity, holder: Option<Holder>) -> HeldNumber {
    HeldNumber {
        number: number(text),
        extension: None,
        connectivity,
        capabilities: Capabilities { person: true, voice_application: true, conference: false },
        holder,
        category: AssignmentCategory::Primary,
        location: None,
        skips_internal: false,
    }
}

fn route(name: &str, text: &str, priority: u32, usage: &str, gateways: &[&str]) -> VoiceRoute {
    VoiceRoute {
        name: Name::new(name),
        pattern: pattern(text),
        priority,
        usages: vec![Name::new(usage)],
        gateways: gateways.iter().map(|name| TrunkName::new(name)).collect(),
        bridge_source: None,
    }
}

pub fn rule(name: &str, text: &str, template: &str) -> NormalizationRule {
    NormalizationRule {
        name: Name::new(name),
        rewrite: rewrite(text, template),
        is_internal_extension: false,
    }
}

impl World {
    pub fn new() -> Self {
        let mut contoso = OrganizationBuilder::new(CONTOSO);
        contoso.domains = vec!["contoso.example".into()];
        contoso.people = vec![
            person(
                1,
                "alice@contoso.example",
                "US",
                &[(PolicyKind::DialPlan, "Redmond"), (PolicyKind::VoiceRouting, "Redmond")],
            ),
            person(2, "bob@contoso.example", "US", &[(PolicyKind::SharedCalling, "Reception")]),
            person(3, "carl@contoso.example", "DE", &[]),
            person(4, "dora@contoso.example", "DE", &[]),
        ];
        contoso.people[2].licences.calling_plan = true;
        contoso.accounts =
            vec![account(101, "line@contoso.example"), account(102, "reception@contoso.example")];
        contoso.accounts[1].policies = assigned(&[(PolicyKind::VoiceRouting, "Redmond")]);
        contoso.numbers = vec![
            held("+14255550101", Connectivity::DirectRouting, Some(Holder::Person(id(1)))),
            held("+4930555010", Connectivity::CallingPlan, Some(Holder::Person(id(3)))),
            held("+14255550200", Connectivity::DirectRouting, Some(Holder::ResourceAccount(LINE))),
            held("+14255550300", Connectivity::DirectRouting, Some(Holder::ResourceAccount(id(102)))),
            held(
                "+14255550400",
                Connectivity::DirectRouting,
                Some(Holder::SharedCalling("Reception".into())),
            ),
            held("+14255550900", Connectivity::DirectRouting, None),
        ];
        contoso.shared_calling_policies = vec![SharedCallingPolicy {
            name: Name::new("Reception"),
            account: id(102),
            emergency_numbers: vec![number("+14255550400")],
        }];
        contoso.dial_plans = vec![DialPlan {
            name: Name::new("Redmond"),
            rules: vec![
                rule("Four digits", r"^(\d{4})$", "+1425555$1"),
                rule("Five digits", r"^5(\d{4})$", "+1425555$1"),
                rule("Area code", r"^([2-9]\d\d[2-9]\d{6})$", "1$1"),
                rule("Operator", "^0$", "+14255550100"),
            ],
        }];
        contoso.usages = vec!["US".into(), "Elsewhere".into(), "Help".into()];
        contoso.voice_routing_policies = vec![VoiceRoutingPolicy {
            name: "Redmond".into(),
            usages: vec!["US".into(), "Elsewhere".into()],
        }];
        contoso.voice_routes = vec![
            route(
                "Redmond 1",
                r"^\+1(425|206)(\d{7})$",
                1,
                "US",
                &["sbc1.contoso.example", "sbc2.contoso.example"],
            ),
            route(
                "Redmond 2",
                r"^\+1(425|206)(\d{7})$",
                2,
                "US",
                &["sbc3.contoso.example", "sbc4.contoso.example"],
            ),
            route("Other +1", r"^\+1(\d{10})$", 3, "US", &["sbc5.contoso.example", "sbc6.contoso.example"]),
            route("World", r"^\+", 1, "Elsewhere", &["sbc6.contoso.example"]),
            route("Help", r"^\+?(911|933)$", 1, "Help", &["sbc2.contoso.example"]),
        ];
        contoso.gateways = (1..=6)
            .map(|index| {
                let name = TrunkName::new(&format!("sbc{index}.contoso.example"));
                Gateway { enabled: true, ..Gateway::new(name) }
            })
            .collect();
        contoso.consents =
            vec![Consent { resource: RESOURCE, principal: LINE, grant: Grant::ResourceAccount }];
        let mut fabrikam = OrganizationBuilder::new(FABRIKAM);
        fabrikam.people = vec![person(51, "fay@fabrikam.example", "GB", &[])];
        fabrikam.numbers =
            vec![held("+442071234567", Connectivity::CallingPlan, Some(Holder::Person(id(51))))];
        Self { contoso, fabrikam }
    }

    pub fn person_mut(&mut self, name: &str) -> &mut Person {
        let mut people = self.contoso.people.iter_mut().chain(&mut self.fabrikam.people);
        people.find(|person| person.user_principal_name.starts_with(name)).expect("somebody of that name")
    }

    pub fn directory(&self) -> Directory {
        let tenant = |id, name: &str| Tenant { id, name: name.into() };
        let resource = |id, tenant, name: &str| Resource {
            id,
            tenant,
            name: name.into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: Vec::new(),
        };
        let phone = |name: &str, user, owner| Phone {
            name: name.into(),
            display_name: name.into(),
            user: UserId::from_u128(user),
            resource: RESOURCE,
            number: None,
            password: Secret::new("secret".into()),
            may_call_out: false,
            owner,
        };
        let owner = |person, persona| Some(PhoneOwner { person: id(person), persona, on_behalf_of: None });
        let trunk = |name: &str, tenant, prefixes: &[&str], emergency| Trunk {
            name: TrunkName::new(name),
            tenant,
            host: "192.0.2.1".into(),
            port: 0,
            transport: SipTransport::Udp,
            sources: Vec::new(),
            prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
            account: None,
            certificate: None,
            emergency,
            limits: tenant::TrunkLimits::default(),
            dialect: tenant::TrunkDialect::default(),
            pairing: tenant::Pairing::default(),
        };
        let mut trunks: Vec<Trunk> =
            (1..=6).map(|index| trunk(&format!("sbc{index}.contoso.example"), CONTOSO, &[], false)).collect();
        trunks.push(trunk("carrier", CONTOSO, &["+"], true));
        trunks.push(trunk("britain", FABRIKAM, &["+44"], false));
        let builder = DirectoryBuilder {
            tenants: vec![tenant(CONTOSO, "Contoso"), tenant(FABRIKAM, "Fabrikam")],
            resources: vec![
                resource(RESOURCE, CONTOSO, "contoso"),
                resource(STRANGE_RESOURCE, FABRIKAM, "fabrikam"),
            ],
            phones: vec![
                phone("alice-desk", 1, owner(1, Persona::Teams)),
                phone("alice-agent", 2, owner(1, Persona::ContactCenter)),
                phone("bob-desk", 3, owner(2, Persona::Teams)),
                phone("lobby", 9, None),
            ],
            trunks,
        };
        let organizations = [&self.contoso, &self.fabrikam]
            .map(|parts| Arc::new(parts.clone().build().expect("no contradiction")));
        let directory = builder.build().expect("a sound directory");
        directory.with_organizations(organizations.to_vec()).expect("they fit together")
    }

    /// `who` is a person's name before the `@`, `account:ID`, `phone:NAME`, `trunk:NAME[:CALLING]`, `app:ID`,
    /// `app:ID:NUMBER`, `platform` or `stranger`.
    pub fn ask(&self, who: &str, dialled: &str, circumstances: &Circumstances<'_>) -> Explained {
        let directory = self.directory();
        let parts: Vec<&str> = who.split(':').collect();
        let name = TrunkName::new(parts.get(1).unwrap_or(&""));
        let third = parts.get(2).map(|text| number(text));
        let object = || id(parts[1].parse().expect("an id"));
        let mut circumstances = *circumstances;
        let principal = match parts[0] {
            "platform" => Principal::Platform,
            "stranger" => Principal::Stranger,
            "trunk" => {
                circumstances.calling = third.as_ref();
                Principal::Trunk(&name)
            }
            "account" => Principal::ResourceAccount(object()),
            "phone" => Principal::Phone(directory.phone(parts[1]).expect("a phone").user),
            "app" => Principal::Application {
                resource: ResourceId::from_u128(parts[1].parse().expect("an id")),
                caller_number: third.as_ref(),
            },
            name => {
                let people = directory.organizations().iter().flat_map(|found| &found.parts().people);
                let mut people = people.filter(|person| &*person.display_name == name);
                Principal::Person {
                    person: people.next().expect("somebody of that name").id,
                    persona: Persona::Teams,
                }
            }
        };
        let identifier = CommunicationIdentifier::from_raw_id(dialled);
        let is_application = matches!(principal, Principal::Application { .. });
        let dialled = if is_application { Dialled::Identifier(&identifier) } else { Dialled::Text(dialled) };
        let explained = explain(&directory, principal, dialled, &circumstances);
        let again = explain(&directory, principal, dialled, &circumstances);
        assert_eq!(explained, again, "the same question gives the same answer");
        explained
    }

    /// The outcome in a line, and what is shown to the callee.
    #[track_caller]
    pub fn check(&self, who: &str, dialled: &str, expected: Expect) {
        self.check_in(who, dialled, &Circumstances::default(), expected);
    }

    #[track_caller]
    pub fn check_in(&self, who: &str, dialled: &str, circumstances: &Circumstances<'_>, expected: Expect) {
        expected.assert_eq(&outcome(&self.ask(who, dialled, circumstances)));
    }

    /// All steps.
    #[track_caller]
    pub fn check_why(&self, who: &str, dialled: &str, expected: Expect) {
        let explained = self.ask(who, dialled, &Circumstances::default());
        expected.assert_eq(&format!("{}\n", explained.why));
    }
}

pub fn busy(_: ObjectId) -> Availability {
    Availability::InACall
}

fn outcome(explained: &Explained) -> String {
    let shown = match &explained.shown {
        Some(shown) => match &shown.number {
            Some(number) => format!(" as {number}"),
            None => " as nobody".to_owned(),
        },
        None => String::new(),
    };
    match &explained.outcome {
        Ok(Route::Gateways { candidates, number }) => {
            let names = candidates.iter().map(|candidate| {
                let name = candidate.trunk.as_str().trim_end_matches(".contoso.example");
                if *candidate.called == *number.as_str() {
                    name.to_owned()
                } else {
                    format!("{name} ({})", candidate.called)
                }
            });
            format!("{number} via {}{shown}", names.collect::<Vec<_>>().join(", "))
        }
        Ok(Route::Trunk { trunk, number }) => format!("{number} via {trunk}{shown}"),
        Ok(Route::Emergency { candidates, number }) => {
            let names = candidates.iter().map(|candidate| candidate.trunk.as_str());
            let names: Vec<&str> = names.map(|name| name.trim_end_matches(".contoso.example")).collect();
            format!("help at {number} via {}{shown}", names.join(", "))
        }
        Ok(Route::ResourceAccount { account, number, .. }) => {
            format!("application of account {} for {number}", account.as_u128())
        }
        Ok(Route::Person(delivery)) => {
            let stages: Vec<String> = delivery.stages.iter().map(stage).collect();
            let hidden = if delivery.hides_caller { ", caller hidden" } else { "" };
            format!("{}{hidden}", stages.join("; then "))
        }
        Ok(other) => format!("{other:?}"),
        Err(refusal) => format!("refused: {refusal}"),
    }
}

fn stage(stage: &Stage) -> String {
    let rings = stage.rings.iter().map(|ring| match ring {
        Ring::Person(id, Persona::Teams) => format!("person {}", id.as_u128()),
        Ring::Person(id, Persona::ContactCenter) => format!("agent {}", id.as_u128()),
        Ring::ResourceAccount(id) => format!("account {}", id.as_u128()),
        Ring::Number(number) => number.to_string(),
        Ring::Voicemail(id) => format!("voicemail of {}", id.as_u128()),
    });
    let rings = rings.collect::<Vec<_>>().join(" and ");
    match stage.lasts {
        Some(lasts) => format!("{rings} for {} s", lasts.as_secs()),
        None => rings,
    }
}
