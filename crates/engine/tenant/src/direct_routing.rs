//! Direct routing: session border controllers that the owner of a communication resource has named, and which
//! numbers leave through them (contract: Phone numbers §2).

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{PhoneNumber, ResourceId, TrunkName};

use crate::directory::Directory;
use crate::organization::Pattern;

/// What a resource has set up.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct DirectRouting {
    /// The resource. Calls from its trunks are for it, whatever number they are for.
    pub resource: ResourceId,
    /// Its session border controllers that are used.
    pub trunks: Vec<TrunkName>,
    /// In the order in which they are tried.
    pub routes: Vec<DirectRoute>,
}

/// Which numbers leave through which trunks.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct DirectRoute {
    /// For people.
    pub name: Box<str>,
    /// The numbers, with their plus sign.
    pub pattern: Pattern,
    /// In the order in which they are tried; each once.
    pub trunks: Vec<TrunkName>,
}

impl Directory {
    /// The same directory with the direct routing of its resources. What was there before is replaced.
    #[must_use]
    pub fn with_direct_routing(mut self, routings: Vec<DirectRouting>) -> Self {
        self.direct_by_resource =
            routings.iter().enumerate().map(|(index, routing)| (routing.resource, index)).collect();
        let trunks = routings.iter().enumerate();
        let trunks =
            trunks.flat_map(|(index, routing)| routing.trunks.iter().map(move |name| (name.clone(), index)));
        self.direct_by_trunk = trunks.collect();
        self.direct = routings;
        self
    }

    /// The direct routing of all resources.
    pub fn direct_routings(&self) -> &[DirectRouting] {
        &self.direct
    }

    /// Whether a resource has session border controllers of its own.
    pub fn has_direct_routing(&self, resource: ResourceId) -> bool {
        let routing = self.direct_by_resource.get(&resource).map(|index| &self.direct[*index]);
        routing.is_some_and(|routing| !routing.trunks.is_empty())
    }

    /// The route of a resource that a number takes: the first that fits and leads to a trunk that is there.
    pub fn direct_route(&self, resource: ResourceId, number: &PhoneNumber) -> Option<&DirectRoute> {
        let routing = &self.direct[*self.direct_by_resource.get(&resource)?];
        let is_there = |route: &DirectRoute| route.trunks.iter().any(|name| self.trunk(name).is_some());
        routing.routes.iter().find(|route| route.pattern.matches(number.as_str()) && is_there(route))
    }

    /// The trunks of a route that are there.
    pub fn trunks_on<'a>(&'a self, route: &'a DirectRoute) -> impl Iterator<Item = &'a TrunkName> {
        route.trunks.iter().filter(|name| self.trunk(name).is_some())
    }

    /// The resource whose session border controller a trunk is.
    pub fn resource_behind(&self, trunk: &TrunkName) -> Option<ResourceId> {
        self.direct_by_trunk.get(trunk).map(|index| self.direct[*index].resource)
    }
}

#[cfg(test)]
mod tests {
    use identifier::TenantId;

    use super::*;
    use crate::{DirectoryBuilder, Resource, SipTransport, Tenant, Trunk, TrunkDialect, TrunkLimits};

    const TENANT: TenantId = TenantId::from_u128(1);
    const RESOURCE: ResourceId = ResourceId::from_u128(2);

    fn trunk(name: &str) -> Trunk {
        Trunk {
            name: TrunkName::new(name),
            tenant: TENANT,
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
            pairing: crate::Pairing::default(),
        }
    }

    fn directory() -> Directory {
        let route = |pattern: &str, trunks: &[&str]| DirectRoute {
            name: pattern.into(),
            pattern: Pattern::new(pattern).expect("a pattern"),
            trunks: trunks.iter().map(|name| TrunkName::new(name)).collect(),
        };
        let directory = DirectoryBuilder {
            tenants: vec![Tenant { id: TENANT, name: "Contoso".into() }],
            resources: vec![Resource {
                id: RESOURCE,
                tenant: TENANT,
                name: "one".into(),
                hosts: Vec::new(),
                access_keys: Vec::new(),
                numbers: Vec::new(),
            }],
            phones: Vec::new(),
            trunks: vec![trunk("a.example"), trunk("b.example")],
        };
        directory.build().expect("it is sound").with_direct_routing(vec![DirectRouting {
            resource: RESOURCE,
            trunks: vec![TrunkName::new("a.example"), TrunkName::new("b.example")],
            routes: vec![
                route(r"^\+49", &["gone.example"]),
                route(r"^\+493", &["b.example", "gone.example", "a.example"]),
                route(r"^\+", &["a.example"]),
            ],
        }])
    }

    #[track_caller]
    fn check(number: &str, expected: &[&str]) {
        let directory = directory();
        let number = number.parse().expect("a number");
        let route = directory.direct_route(RESOURCE, &number).expect("there is a route");
        let tried: Vec<&str> = directory.trunks_on(route).map(TrunkName::as_str).collect();
        assert_eq!(tried, expected);
    }

    #[test]
    fn the_first_route_that_fits_and_leads_somewhere_says_which_trunks_are_tried_in_order() {
        check("+49301234", &["b.example", "a.example"]);
        check("+4989123", &["a.example"]);
        check("+14255550100", &["a.example"]);
        let directory = directory();
        let number = "+14255550100".parse().expect("a number");
        assert_eq!(directory.direct_route(ResourceId::from_u128(3), &number), None);
        assert_eq!(directory.resource_behind(&TrunkName::new("other")), None);
        assert_eq!(directory.resource_behind(&TrunkName::new("b.example")), Some(RESOURCE));
    }

    #[test]
    fn it_reads_back() {
        let bytes = borsh::to_vec(&directory()).expect("memory takes it");
        let read: Directory = borsh::from_slice(&bytes).expect("it was written");
        assert_eq!(read.direct_routings(), directory().direct_routings());
        assert_eq!(read.resource_behind(&TrunkName::new("a.example")), Some(RESOURCE));
    }
}
