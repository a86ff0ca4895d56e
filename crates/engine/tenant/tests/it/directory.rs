//! Several organizations in one directory.

use std::sync::Arc;

use expect_test::expect;
use identifier::{PhoneNumber, ResourceId, TenantId, UserId};
use redact::Secret;
use tenant::organization::{Connectivity, Holder, OrganizationBuilder, Persona};
use tenant::{Directory, DirectoryBuilder, DirectoryError, NumberOwner, Phone, PhoneOwner, Resource, Tenant};

use crate::contradictions::{contoso, held, id, person};

const CONTOSO: TenantId = TenantId::from_u128(1);
const FABRIKAM: TenantId = TenantId::from_u128(2);

fn fabrikam() -> OrganizationBuilder {
    let mut fabrikam = OrganizationBuilder::new(FABRIKAM);
    fabrikam.people = vec![person(50, "fay")];
    fabrikam.people[0].user_principal_name = "fay@fabrikam.example".into();
    fabrikam
}

fn directory(owner: u128, organizations: [OrganizationBuilder; 2]) -> Result<Directory, DirectoryError> {
    let tenant = |id, name: &str| Tenant { id, name: name.into() };
    let builder = DirectoryBuilder {
        tenants: vec![tenant(CONTOSO, "Contoso"), tenant(FABRIKAM, "Fabrikam")],
        resources: vec![Resource {
            id: ResourceId::from_u128(10),
            tenant: CONTOSO,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: vec!["+14255550900".parse().expect("a number")],
        }],
        phones: vec![Phone {
            name: "alice-desk".into(),
            display_name: "Alice".into(),
            user: UserId::from_u128(7),
            resource: ResourceId::from_u128(10),
            number: None,
            password: Secret::new("secret".into()),
            may_call_out: false,
            owner: Some(PhoneOwner {
                person: id(owner),
                persona: Persona::ContactCenter,
                on_behalf_of: None,
            }),
        }],
        trunks: Vec::new(),
    };
    let organizations = organizations.map(|parts| Arc::new(parts.build().expect("no contradiction")));
    builder.build()?.with_organizations(organizations.to_vec())
}

#[test]
fn people_numbers_and_phones_are_found() {
    let mut parts = contoso();
    parts.numbers = vec![held("+14255550101", Some(Holder::Person(id(1))))];
    let directory = directory(1, [parts, fabrikam()]).expect("they fit together");

    let (organization, alice) = directory.person_named("Alice@Contoso.example").expect("she is there");
    assert_eq!((organization.tenant(), alice.id), (CONTOSO, id(1)));
    assert_eq!(directory.person(id(50)).map(|(organization, _)| organization.tenant()), Some(FABRIKAM));
    let number: PhoneNumber = "+14255550101".parse().expect("a number");
    assert!(matches!(directory.number_owner(&number), Some(NumberOwner::Organization(..))));
    let phones = |persona| directory.phones_of(id(1), persona).count();
    assert_eq!((phones(Persona::ContactCenter), phones(Persona::Teams)), (1, 0));
}

#[test]
fn organizations_do_not_share_people_names_or_numbers() {
    let refused = |owner, contoso, fabrikam| match directory(owner, [contoso, fabrikam]) {
        Ok(_) => "it is sound".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut other = fabrikam();
    other.people[0].id = id(1);
    expect!["object id 00000000-0000-0000-0000-000000000001 is in two organizations; an object belongs to one tenant"].assert_eq(&refused(1, contoso(), other));
    let mut other = fabrikam();
    other.people[0].user_principal_name = "alice@contoso.example".into();
    expect!["the user principal name alice@contoso.example is in two organizations; a domain belongs to one tenant"].assert_eq(&refused(1, contoso(), other));
    expect!["phone alice-desk belongs to the person 00000000-0000-0000-0000-000000000032, who is not in its tenant; add the person, or take the owner away"].assert_eq(&refused(50, contoso(), fabrikam()));
    let (mut one, mut other) = (contoso(), fabrikam());
    one.numbers = vec![held("+14255550900", None)];
    expect!["number +14255550900 is assigned twice; a number belongs to one resource, phone or organization"]
        .assert_eq(&refused(1, one, fabrikam()));
    let mut one = contoso();
    one.numbers = vec![held("+14255550800", None)];
    other.numbers = one.numbers.clone();
    expect!["number +14255550800 is assigned twice; a number belongs to one resource, phone or organization"]
        .assert_eq(&refused(1, one.clone(), other.clone()));
    // Behind their own session border controllers both may use the same digits.
    other.numbers[0].connectivity = Connectivity::DirectRouting;
    expect!["it is sound"].assert_eq(&refused(1, one, other));
}

#[test]
fn a_directory_with_organizations_reads_back() {
    let directory = directory(1, [contoso(), fabrikam()]).expect("they fit together");
    let bytes = borsh::to_vec(&directory).expect("memory takes it");
    let read: Directory = borsh::from_slice(&bytes).expect("it was written");
    assert!(read.person_named("fay@fabrikam.example").is_some());
    assert_eq!(borsh::to_vec(&read).expect("memory takes it"), bytes);
}
