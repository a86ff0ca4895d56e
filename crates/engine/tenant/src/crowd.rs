//! A directory of many companies, for tests of load: the same size gives the same directory.

use std::sync::Arc;

use identifier::{ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName};

use crate::organization::{
    ApplicationKind, AssignmentCategory, Assignments, CONCURRENT_CALLS, CallingSettings, Capabilities,
    Connectivity, Consent, DialPlan, ForwardTarget, Forwarding, Gateway, Grant, HeldNumber, Holder,
    InboundBlock, Licences, Name, NormalizationRule, Organization, OrganizationBuilder, Pattern, Person,
    ResourceAccount, Rewrite, TranslationRule, VoiceRoute, VoiceRoutingPolicy,
};
use crate::{
    Country, Directory, DirectoryBuilder, DirectoryError, Resource, SipTransport, Tenant, Trunk,
    TrunkDialect, TrunkLimits,
};

/// How many of what. Numbers and rules are spread evenly over the tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// Companies.
    pub tenants: usize,
    /// Numbers of all of them, each held by a person. Of ten people one has calls sent on to a colleague, and one
    /// to the public network.
    pub numbers: usize,
    /// Rules of all of them: normalization, voice routes and translation in equal parts.
    pub rules: usize,
}

impl Crowd {
    /// What a node has to bear: 1,000 companies with 100,000 numbers and 10,000 rules.
    pub const LARGE: Self = Self { tenants: 1_000, numbers: 100_000, rules: 10_000 };

    /// The directory.
    pub fn directory(self) -> Result<Directory, DirectoryError> {
        let (mut builder, mut organizations) =
            (DirectoryBuilder::default(), Vec::with_capacity(self.tenants));
        for index in 0..self.tenants {
            let (id, gateway) = (self.tenant(index), self.gateway(index));
            builder.tenants.push(Tenant { id, name: format!("Company {index}").into() });
            builder.resources.push(Resource {
                id: self.resource(index),
                tenant: id,
                name: format!("company-{index}").into(),
                hosts: Vec::new(),
                access_keys: Vec::new(),
                numbers: Vec::new(),
            });
            builder.trunks.push(Trunk {
                name: gateway.clone(),
                tenant: id,
                host: gateway.as_str().into(),
                port: 0,
                transport: SipTransport::Tls,
                sources: Vec::new(),
                prefixes: Vec::new(),
                account: None,
                certificate: Some(gateway.as_str().into()),
                emergency: true,
                limits: TrunkLimits::default(),
                dialect: TrunkDialect::default(),
                pairing: crate::Pairing::default(),
            });
            organizations.push(Arc::new(self.organization(index)));
        }
        builder.build()?.with_organizations(organizations)
    }

    /// A tenant.
    pub fn tenant(self, index: usize) -> TenantId {
        TenantId::from_u128(1 + index as u128)
    }

    /// A person of a tenant, who holds the number of the same place.
    pub fn person(self, tenant: usize, index: usize) -> ObjectId {
        ObjectId::from_u128(((1 + tenant as u128) << 32) | index as u128)
    }

    /// A number of a tenant.
    pub fn number(self, tenant: usize, index: usize) -> PhoneNumber {
        let text = format!("+4{tenant:04}{index:05}0");
        text.parse().expect("ten digits behind a 4 are a number")
    }

    /// The resource account of a tenant, which the applications of its resource answer for.
    pub fn account(self, tenant: usize) -> ObjectId {
        ObjectId::from_u128((1 + tenant as u128) << 64)
    }

    /// The number of that account.
    pub fn line(self, tenant: usize) -> PhoneNumber {
        let text = format!("+4{tenant:04}999990");
        text.parse().expect("ten digits behind a 4 are a number")
    }

    /// The resource of a tenant.
    pub fn resource(self, tenant: usize) -> ResourceId {
        ResourceId::from_u128(self.tenant(tenant).as_u128())
    }

    /// A number from which nobody takes calls.
    pub fn nuisance(self) -> PhoneNumber {
        "+19005550100".parse().expect("a number")
    }

    /// The session border controller of a tenant.
    pub fn gateway(self, tenant: usize) -> TrunkName {
        TrunkName::new(&format!("sbc.company-{tenant}.example"))
    }

    /// How many numbers a tenant has.
    pub fn numbers_of_one(self) -> usize {
        self.numbers / self.tenants.max(1)
    }

    fn organization(self, tenant: usize) -> Organization {
        let mut parts = OrganizationBuilder::new(self.tenant(tenant));
        parts.domains = vec![format!("company-{tenant}.example").into()];
        for index in 0..self.numbers_of_one() {
            parts.people.push(Person {
                id: self.person(tenant, index),
                user_principal_name: format!("person-{index}@company-{tenant}.example").into(),
                display_name: format!("Person {index}").into(),
                usage_country: Country::US,
                licences: Licences { teams: true, phone_system: true, calling_plan: false },
                enterprise_voice: true,
                teams_only: true,
                blocked_numbers: Vec::new(),
                hides_number: false,
                policies: Assignments::default(),
                groups: Vec::new(),
                settings: self.settings(tenant, index),
            });
            parts.numbers.push(HeldNumber {
                number: self.number(tenant, index),
                extension: None,
                connectivity: Connectivity::DirectRouting,
                capabilities: Capabilities { person: true, voice_application: false, conference: false },
                holder: Some(Holder::Person(self.person(tenant, index))),
                category: AssignmentCategory::Primary,
                location: None,
                skips_internal: false,
            });
        }
        parts.accounts.push(ResourceAccount {
            id: self.account(tenant),
            user_principal_name: format!("line@company-{tenant}.example").into(),
            display_name: "Line".into(),
            usage_country: Country::US,
            licensed: true,
            calling_plan: false,
            application: ApplicationKind::Other(ObjectId::from_u128(1)),
            resource: Some(self.resource(tenant)),
            synced: true,
            concurrent_calls: CONCURRENT_CALLS,
            policies: Assignments::default(),
        });
        parts.numbers.push(HeldNumber {
            number: self.line(tenant),
            extension: None,
            connectivity: Connectivity::DirectRouting,
            capabilities: Capabilities { person: false, voice_application: true, conference: false },
            holder: Some(Holder::ResourceAccount(self.account(tenant))),
            category: AssignmentCategory::Primary,
            location: None,
            skips_internal: false,
        });
        parts.consents.push(Consent {
            resource: self.resource(tenant),
            principal: self.account(tenant),
            grant: Grant::ResourceAccount,
        });
        parts.blocks.push(InboundBlock {
            name: Name::new("Nuisance"),
            enabled: true,
            pattern: Pattern::new(r"^\+1900").expect("it is a pattern"),
            redirect: None,
        });
        self.add_rules(&mut parts, tenant);
        parts.build().expect("nothing of it contradicts itself")
    }

    fn settings(self, tenant: usize, index: usize) -> CallingSettings {
        let next = (index + 1) % self.numbers_of_one();
        let target = match index % 10 {
            3 => ForwardTarget::Person(self.person(tenant, next)),
            // Nobody knows them: they are in the public network.
            6 => ForwardTarget::Number("+442071838750".parse().expect("a number")),
            _ => return CallingSettings::default(),
        };
        CallingSettings { forwarding: Some(Forwarding::Immediate(target)), ..CallingSettings::default() }
    }

    fn add_rules(self, parts: &mut OrganizationBuilder, tenant: usize) {
        let rules = self.rules / self.tenants.max(1);
        let (routes, translations) = (rules / 3, rules / 3);
        let normalizations = rules - routes - translations;
        let rewrite = |pattern: String, template: String| {
            let pattern = Pattern::new(&pattern).expect("it is a pattern");
            Rewrite::new(pattern, &template).expect("it is a template")
        };
        let plan = (0..normalizations).map(|index| NormalizationRule {
            name: Name::new(&format!("Rule {index}")),
            rewrite: rewrite(format!(r"^{index}(\d{{5}})$"), format!("+4{tenant:04}$1{}", index % 10)),
            is_internal_extension: false,
        });
        parts.dial_plans = vec![DialPlan { name: Name::global(), rules: plan.collect() }];
        parts.usages = vec!["All".into()];
        parts.voice_routing_policies =
            vec![VoiceRoutingPolicy { name: Name::global(), usages: vec!["All".into()] }];
        let name = self.gateway(tenant);
        let route = |index: usize| VoiceRoute {
            name: Name::new(&format!("Route {index}")),
            // The last one takes what is left.
            pattern: if index + 1 == routes {
                Pattern::new(r"^\+")
            } else {
                Pattern::new(&format!(r"^\+1({tenant:04}|{index})(\d{{7}})$"))
            }
            .expect("it is a pattern"),
            priority: index as u32,
            usages: vec!["All".into()],
            gateways: vec![name.clone()],
            bridge_source: None,
        };
        parts.voice_routes = (0..routes).map(route).collect();
        let translation = |index: usize| TranslationRule {
            name: Name::new(&format!("Translation {index}")),
            rewrite: rewrite(format!(r"^\+{index}{tenant}(\d+)$"), "011$1".to_owned()),
        };
        parts.translation_rules = (0..translations).map(translation).collect();
        let outbound_called = parts.translation_rules.iter().map(|rule| rule.name.clone()).collect();
        parts.gateways =
            vec![Gateway { enabled: true, outbound_called, ..Gateway::new(self.gateway(tenant)) }];
    }
}
