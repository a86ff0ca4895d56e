//! Many companies at once.

use dial_plan::{Circumstances, Dialled, Principal, Route, explain};
use tenant::crowd::Crowd;
use tenant::organization::{Holder, Persona};

#[test]
fn everybody_of_many_companies_is_found_and_calls_out_through_their_own_gateway() {
    let crowd = Crowd { tenants: 50, numbers: 1_000, rules: 500 };
    let directory = crowd.directory().expect("it is sound");
    for tenant in 0..crowd.tenants {
        for index in [0, crowd.numbers_of_one() - 1] {
            let person = crowd.person(tenant, index);
            let (organization, _) = directory.person(person).expect("they are there");
            let number = crowd.number(tenant, index);
            let held = organization.number(&number).expect("it is there");
            assert_eq!(held.holder, Some(Holder::Person(person)));
            let principal = Principal::Person { person, persona: Persona::Teams };
            let out =
                explain(&directory, principal, Dialled::Text("+442071234567"), &Circumstances::default());
            let Ok(Route::Gateways { candidates, .. }) = out.outcome else { panic!("{out:?}") };
            assert_eq!(candidates[0].trunk, crowd.gateway(tenant));
        }
    }
}

#[test]
fn what_was_written_down_decides_like_what_was_built() {
    let crowd = Crowd { tenants: 3, numbers: 9, rules: 30 };
    let directory = crowd.directory().expect("it is sound");
    let bytes = borsh::to_vec(&directory).expect("memory takes it");
    let read: tenant::Directory = borsh::from_slice(&bytes).expect("it was written");
    let person = crowd.person(1, 2);
    let principal = Principal::Person { person, persona: Persona::Teams };
    for dialled in ["112345", "+442071234567", "911", "person-1@company-1.example", "+4000100001"] {
        let ask =
            |directory| explain(directory, principal, Dialled::Text(dialled), &Circumstances::default());
        assert_eq!(ask(&directory), ask(&read));
    }
}

#[test]
fn a_large_crowd_is_built_and_asked_without_looking_at_everybody() {
    let crowd = Crowd::LARGE;
    let directory = crowd.directory().expect("it is sound");
    let mut found = 0;
    for question in 0..10_000 {
        let (tenant, index) = (question * 7 % crowd.tenants, question * 13 % crowd.numbers_of_one());
        let principal = Principal::Person { person: crowd.person(tenant, index), persona: Persona::Teams };
        let out = explain(&directory, principal, Dialled::Text("+442071234567"), &Circumstances::default());
        found += usize::from(matches!(out.outcome, Ok(Route::Gateways { .. })));
    }
    assert_eq!(found, 10_000);
}
