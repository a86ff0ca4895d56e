//! What demo mode adds: ordinary tenants, numbers and phones, as the configuration file could name them.

use configuration::{PhoneEntry, ResourceEntry, TenantEntry};

/// The tenant of the demo, with a resource, two service numbers and two phones.
pub fn contoso() -> TenantEntry {
    TenantEntry {
        name: "Contoso".to_owned(),
        resources: vec![ResourceEntry {
            place: None,
            name: "contoso".to_owned(),
            hosts: Vec::new(),
            numbers: vec!["+14255550100".to_owned(), "+14255550101".to_owned()],
        }],
        phones: vec![
            phone("demo-1", "Demo phone 1", "+14255550111"),
            phone("demo-2", "Demo phone 2", "+14255550112"),
        ],
        trunks: Vec::new(),
        directory: None,
        announcements: None,
    }
}

/// Without demo mode and without a tenant in the configuration: one resource, so that the API has an owner.
pub fn nobody_in_particular() -> TenantEntry {
    TenantEntry {
        name: "Default".to_owned(),
        resources: vec![ResourceEntry {
            place: None,
            name: "default".to_owned(),
            hosts: Vec::new(),
            numbers: Vec::new(),
        }],
        phones: Vec::new(),
        trunks: Vec::new(),
        directory: None,
        announcements: None,
    }
}

fn phone(name: &str, display_name: &str, number: &str) -> PhoneEntry {
    PhoneEntry {
        place: None,
        name: name.to_owned(),
        display_name: Some(display_name.to_owned()),
        resource: None,
        number: Some(number.to_owned()),
        password: None,
        may_call_out: false,
    }
}
