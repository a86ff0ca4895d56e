//! From what was dialled to where it goes.

use identifier::{ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use tenant::Directory;

use crate::caller_id::Shown;
use crate::circumstances::Circumstances;
use crate::decision::Decision;
use crate::delivery::Delivery;
use crate::dialled::Dialled;
use crate::gateways::Candidate;
use crate::help::{self, Help, HelpDialled};
use crate::party::Party;
use crate::principal::Principal;
use crate::refusal::Refusal;
use crate::why::Why;

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// To the applications of a resource, by its service number.
    Application {
        /// The resource.
        resource: ResourceId,
        /// Its number.
        number: PhoneNumber,
    },
    /// To the applications of the resource that answers for a resource account.
    ResourceAccount {
        /// The account.
        account: ObjectId,
        /// The resource.
        resource: ResourceId,
        /// The number of the account.
        number: PhoneNumber,
    },
    /// To somebody's phones.
    Phone(UserId),
    /// To a person of an organization.
    Person(Delivery),
    /// To the public network.
    Trunk {
        /// Through this trunk.
        trunk: TrunkName,
        /// To this number.
        number: PhoneNumber,
    },
    /// To the public network, through a session border controller of the tenant.
    Gateways {
        /// Those that lead there, in the order in which they are tried. At least one.
        candidates: Vec<Candidate>,
        /// To this number.
        number: PhoneNumber,
    },
    /// For help.
    Emergency {
        /// Through the first of these that can take it. At least one.
        candidates: Vec<Candidate>,
        /// The number for help that was dialled.
        number: Box<str>,
    },
    /// To the platform itself, which says what those who help would be told.
    TestOfHelp,
    /// From an application to a service number of this platform: out of one call and into another.
    Platform(PhoneNumber),
    /// To a sound of a tenant, by the name of its file; then the call ends.
    Announcement {
        /// Whose it is.
        tenant: TenantId,
        /// Its file.
        sound: Box<str>,
    },
}

/// A decision, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Where the call goes, or why it goes nowhere.
    pub outcome: Result<Route, Refusal>,
    /// What the callee sees, where policies decide that.
    pub shown: Option<Shown>,
    /// What belongs to a call for help.
    pub help: Option<Help>,
    /// Whether help calls back whoever called for it.
    pub calls_back: bool,
    /// What was looked at, in order.
    pub why: Why,
}

/// Decides where a call goes, and tells why. What is explained is what happens: [`route`] asks the same.
pub fn explain(
    directory: &Directory,
    principal: Principal<'_>,
    dialled: Dialled<'_>,
    circumstances: &Circumstances<'_>,
) -> Explained {
    Decision::new(directory, principal, circumstances).make(dialled)
}

/// Decides where a call goes, or why it goes nowhere, in circumstances of which nothing is known.
pub fn route(
    directory: &Directory,
    principal: Principal<'_>,
    dialled: Dialled<'_>,
) -> Result<Route, Refusal> {
    explain(directory, principal, dialled, &Circumstances::default()).outcome
}

/// Whether this is a call for help, or a test of one: phones and people alone can make one, because they alone have somebody who
/// needs it. Where they are may decide that, too: sites have numbers of their own.
pub fn help_dialled<'a>(
    directory: &'a Directory,
    principal: Principal<'_>,
    dialled: &str,
    circumstances: &Circumstances<'_>,
) -> Option<HelpDialled<'a>> {
    match principal {
        Principal::Phone(_) | Principal::Person { .. } => {}
        Principal::ResourceAccount(_)
        | Principal::Trunk(_)
        | Principal::Platform
        | Principal::Stranger
        | Principal::Application { .. } => return None,
    }
    match Party::of(directory, principal, circumstances) {
        Some(party) => help::recognize(directory, &party, dialled, &mut Why::default()),
        None => directory.emergency_number(dialled).map(HelpDialled::everywhere),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use identifier::TenantId;
    use redact::Secret;
    use tenant::organization::Pattern;
    use tenant::{
        DirectRoute, DirectRouting, DirectoryBuilder, Phone, Resource, SipTransport, Tenant, Trunk,
    };

    use super::*;

    fn directory() -> Directory {
        let tenant = |id: u128, name: &str| Tenant { id: TenantId::from_u128(id), name: name.into() };
        let resource = |id: u128, tenant: u128, numbers: &[&str]| Resource {
            id: ResourceId::from_u128(id),
            tenant: TenantId::from_u128(tenant),
            name: format!("resource-{id}").into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: numbers.iter().map(|number| number.parse().unwrap()).collect(),
        };
        let phone = |name: &str, user: u128, resource: u128, number: Option<&str>, may_call_out| Phone {
            name: name.into(),
            display_name: name.into(),
            user: UserId::from_u128(user),
            resource: ResourceId::from_u128(resource),
            number: number.map(|number| number.parse().unwrap()),
            password: Secret::new("secret".into()),
            may_call_out,
            owner: None,
        };
        let trunk = |name: &str, tenant: u128, prefixes: &[&str]| Trunk {
            name: TrunkName::new(name),
            tenant: TenantId::from_u128(tenant),
            host: "carrier.example".into(),
            port: 0,
            transport: SipTransport::Udp,
            sources: Vec::new(),
            prefixes: prefixes.iter().map(|prefix| (*prefix).into()).collect(),
            account: None,
            certificate: None,
            emergency: name == "berlin",
            limits: tenant::TrunkLimits::default(),
            dialect: tenant::TrunkDialect::default(),
            pairing: tenant::Pairing::default(),
        };
        DirectoryBuilder {
            tenants: vec![tenant(1, "Contoso"), tenant(2, "Fabrikam")],
            resources: vec![
                resource(10, 1, &["+14255550100", "+14255550101"]),
                resource(20, 2, &["+442071234567"]),
            ],
            phones: vec![
                phone("alice", 1, 10, Some("+14255550111"), true),
                phone("bob", 2, 10, None, false),
                phone("4711", 3, 10, None, false),
                phone("carol", 4, 20, None, true),
            ],
            trunks: vec![
                trunk("world", 1, &["+"]),
                trunk("germany", 1, &["+49"]),
                trunk("berlin", 1, &["+4930"]),
                trunk("berlin-2", 1, &["+4930"]),
                trunk("britain", 2, &["+44"]),
            ],
        }
        .build()
        .unwrap()
    }

    /// `who` is a phone's name, `trunk:NAME`, `app:RESOURCE[:CALLER NUMBER]`, `platform` or `stranger`.
    #[track_caller]
    fn check(who: &str, dialled: &str, expected: Expect) {
        let directory = directory();
        let parts: Vec<&str> = who.split(':').collect();
        let name = TrunkName::new(parts.get(1).unwrap_or(&""));
        let number: Option<PhoneNumber> = parts.get(2).map(|number| number.parse().unwrap());
        let principal = match parts[0] {
            "platform" => Principal::Platform,
            "stranger" => Principal::Stranger,
            "trunk" => Principal::Trunk(&name),
            "app" => Principal::Application {
                resource: ResourceId::from_u128(parts[1].parse().unwrap()),
                caller_number: number.as_ref(),
            },
            phone => Principal::Phone(directory.phone(phone).unwrap().user),
        };
        let text = match route(&directory, principal, Dialled::Text(dialled)) {
            Ok(Route::Application { resource, number }) => {
                format!("application {} for {number}", resource.as_u128())
            }
            Ok(Route::Phone(user)) => {
                format!("phone {}", directory.phone_of_user(user).unwrap().name)
            }
            Ok(Route::Trunk { trunk, number }) => format!("{number} via {trunk}"),
            Ok(Route::Emergency { candidates, number }) => {
                let names: Vec<&str> = candidates.iter().map(|candidate| candidate.trunk.as_str()).collect();
                format!("help at {number} via {}", names.join(", "))
            }
            Ok(Route::Platform(number)) => format!("platform {number}"),
            Ok(other) => format!("{other:?}"),
            Err(refusal) => format!("refused: {refusal}"),
        };
        expected.assert_eq(&text);
    }

    #[test]
    fn a_service_number_leads_to_its_application() {
        check("alice", "+14255550100", expect!["application 10 for +14255550100"]);
        check("alice", "14255550100", expect!["application 10 for +14255550100"]);
        check("alice", "1 (425) 555-0100", expect!["application 10 for +14255550100"]);
        check("alice", "4:+14255550100", expect!["application 10 for +14255550100"]);
        check("trunk:world", "+14255550101", expect!["application 10 for +14255550101"]);
        check("platform", "+14255550101", expect!["application 10 for +14255550101"]);
        check("stranger", "+14255550101", expect!["application 10 for +14255550101"]);
    }

    #[test]
    fn a_phone_is_reached_by_name_number_and_identity() {
        check("alice", "bob", expect!["phone bob"]);
        check("alice", "4711", expect!["phone 4711"]);
        check("bob", "+14255550111", expect!["phone alice"]);
        check("trunk:world", "14255550111", expect!["phone alice"]);
        check(
            "bob",
            "8:acs:00000000-0000-0000-0000-00000000000a_00000000-0000-0000-0000-000000000001",
            expect!["phone alice"],
        );
        check("app:10", "alice", expect!["phone alice"]);
    }

    #[test]
    fn the_longest_prefix_wins() {
        check("alice", "+33123456789", expect!["+33123456789 via world"]);
        check("alice", "+4989123456", expect!["+4989123456 via germany"]);
        check("alice", "+49301234567", expect!["+49301234567 via berlin"]);
        check("alice", "49301234567", expect!["+49301234567 via berlin"]);
    }

    #[test]
    fn not_everybody_calls_the_public_network() {
        check("bob", "+33123456789", expect!["refused: this caller may not call the public network"]);
        check("stranger", "+33123456789", expect!["refused: this caller may not call the public network"]);
        check("platform", "+33123456789", expect!["refused: this caller may not call the public network"]);
        check(
            "trunk:world",
            "+33123456789",
            expect!["refused: a call from one trunk may not leave through another"],
        );
        check("carol", "+33123456789", expect!["refused: no trunk leads to this number"]);
        check("carol", "+442079999999", expect!["+442079999999 via britain"]);
    }

    #[test]
    fn an_application_needs_a_number_of_its_own() {
        check("app:10:+14255550100", "+33123456789", expect!["+33123456789 via world"]);
        check(
            "app:10",
            "+33123456789",
            expect!["refused: the public network needs a caller number: name one of the resource's own"],
        );
        check(
            "app:10:+442071234567",
            "+33123456789",
            expect!["refused: the caller number does not belong to the resource"],
        );
        check(
            "app:10:+14255550111",
            "bob",
            expect!["refused: the caller number does not belong to the resource"],
        );
        check("app:10", "+14255550101", expect!["platform +14255550101"]);
    }

    #[test]
    fn session_border_controllers_of_a_resource_take_its_calls_and_bring_it_theirs() {
        let name = |name: &str| TrunkName::new(name);
        let directory = directory().with_direct_routing(vec![DirectRouting {
            resource: ResourceId::from_u128(10),
            trunks: vec![name("berlin"), name("germany")],
            routes: vec![DirectRoute {
                name: "Germany".into(),
                pattern: Pattern::new(r"^\+49").unwrap(),
                trunks: vec![name("germany"), name("gone"), name("berlin")],
            }],
        }]);
        let of_application = |shown: &str, dialled: &str| {
            let (resource, shown) = (ResourceId::from_u128(10), shown.parse().unwrap());
            let principal = Principal::Application { resource, caller_number: Some(&shown) };
            route(&directory, principal, Dialled::Text(dialled))
        };
        // Whatever number it shows, for that is between the carriers and whoever pays them.
        for shown in ["+14255550100", "+49301234567"] {
            let Ok(Route::Gateways { candidates, number }) = of_application(shown, "+4930999") else {
                panic!("it goes through gateways")
            };
            let tried: Vec<&str> = candidates.iter().map(|candidate| candidate.trunk.as_str()).collect();
            assert_eq!((tried, number.as_str()), (vec!["germany", "berlin"], "+4930999"));
        }
        // What no route leads to leaves through the operator, who wants a number of the resource's own.
        let Ok(Route::Trunk { trunk, .. }) = of_application("+14255550100", "+33123456789") else {
            panic!("it goes through the operator")
        };
        assert_eq!(trunk.as_str(), "world");
        assert_eq!(of_application("+49301234567", "+33123456789"), Err(Refusal::CallerNumberNotOwned));
        assert_eq!(of_application("+442071234567", "+4930999"), Err(Refusal::CallerNumberNotOwned));

        // What they bring is for the resource, whatever number it is for; but for those of others.
        let from = |trunk: &str, dialled: &str| {
            route(&directory, Principal::Trunk(&TrunkName::new(trunk)), Dialled::Text(dialled))
        };
        let application = |number: &str| {
            let number: PhoneNumber = number.parse().unwrap();
            Ok(Route::Application { resource: ResourceId::from_u128(10), number })
        };
        assert_eq!(from("berlin", "+4930555"), application("+4930555"));
        assert_eq!(from("germany", "+14255550101"), application("+14255550101"));
        assert_eq!(from("germany", "+442071234567"), Err(Refusal::OtherTenant));
        assert_eq!(from("world", "+4930555"), Err(Refusal::TrunkToTrunk));
    }

    #[test]
    fn every_phone_can_call_for_help() {
        check("bob", "112", expect!["help at 112 via berlin, world, germany, berlin-2"]);
        check("bob", "+911", expect!["help at 911 via berlin, world, germany, berlin-2"]);
        check("carol", "urn:service:sos.police", expect!["help at 112 via britain"]);
        check("trunk:world", "112", expect!["refused: a call from one trunk may not leave through another"]);
        check("stranger", "112", expect!["refused: this caller may not call the public network"]);
        check(
            "app:10",
            "112",
            expect!["refused: the public network needs a caller number: name one of the resource's own"],
        );
    }

    #[test]
    fn tenants_keep_to_themselves() {
        check("carol", "bob", expect!["refused: it belongs to another tenant"]);
        check("app:20", "alice", expect!["refused: it belongs to another tenant"]);
        check("trunk:britain", "+14255550100", expect!["refused: it belongs to another tenant"]);
        check("carol", "+14255550100", expect!["application 10 for +14255550100"]);
    }

    #[test]
    fn strangers_reach_no_phone() {
        check("stranger", "alice", expect!["refused: nobody has that name or number"]);
        check("stranger", "+14255550111", expect!["refused: nobody has that name or number"]);
    }

    #[test]
    fn what_means_nothing_leads_nowhere() {
        check("alice", "", expect!["refused: nobody has that name or number"]);
        check("alice", "nobody", expect!["refused: nobody has that name or number"]);
        check("alice", "0", expect!["refused: nobody has that name or number"]);
        check("alice", "4:anonymous", expect!["refused: nobody has that name or number"]);
        check(
            "alice",
            "28:orgid:1",
            expect!["refused: only phone numbers and users of this platform can be reached"],
        );
    }
}
