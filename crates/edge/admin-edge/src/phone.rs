//! Phones, and where they are registered.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use http_kit::ApiError;
use serde_json::{Value, json};
use tenant::{Directory, Phone};

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::moment;
use crate::state::{AdminState, PhoneContact};

/// `GET /admin/v1/phones?name=…&registered=true|false`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["name", "registered"])?;
    let (name, registered) = (query.filter("name"), query.flag("registered")?);
    let directory = (state.directory)();
    let mut phones = Vec::new();
    for phone in directory.phones() {
        let contacts = (state.contacts)(&phone.name);
        let named = name.as_ref().is_none_or(|name| *phone.name == **name);
        if named && registered.is_none_or(|registered| registered != contacts.is_empty()) {
            phones.push(show(&directory, phone, &contacts));
        }
    }
    Ok(Json(query.answer_from(phones)?))
}

fn show(directory: &Directory, phone: &Phone, contacts: &[PhoneContact]) -> Value {
    let raw_id = directory.resource(phone.resource).map(|resource| resource.user_raw_id(phone.user));
    let contacts = contacts.iter().map(|contact| {
        json!({
            "contact": contact.contact,
            "userAgent": contact.user_agent,
            "expires": moment(contact.expires_us),
        })
    });
    json!({
        "name": phone.name,
        "displayName": phone.display_name,
        "rawId": raw_id,
        "number": phone.number.as_ref().map(|number| number.as_str()),
        "registered": contacts.len() > 0,
        "contacts": contacts.collect::<Vec<_>>(),
    })
}
