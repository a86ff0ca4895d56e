//! The numbers of the platform.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use http_kit::ApiError;
use serde_json::{Value, json};
use tenant::Directory;

use crate::list_query::{ListQuery, RawQuery};
use crate::state::AdminState;

/// `GET /admin/v1/numbers?kind=service|phone&number=…`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["kind", "number"])?;
    let (kind, number) = (query.filter("kind"), query.filter("number"));
    let mut numbers = all_numbers(&(state.directory)());
    numbers.retain(|known| {
        kind.as_ref().is_none_or(|kind| known["kind"] == **kind)
            && number.as_ref().is_none_or(|number| known["number"] == **number)
    });
    Ok(Json(query.answer_from(numbers)?))
}

/// Service numbers first, then those of phones.
pub(crate) fn all_numbers(directory: &Directory) -> Vec<Value> {
    let services = directory.resources().iter().flat_map(|resource| {
        let show = move |number: &identifier::PhoneNumber| {
            json!({ "number": number.as_str(), "kind": "service", "resource": resource.name, "resourceId": resource.id.to_string() })
        };
        resource.numbers.iter().map(show)
    });
    let phones = directory.phones().iter().filter_map(|phone| {
        let number = phone.number.as_ref()?;
        Some(json!({ "number": number.as_str(), "kind": "phone", "phone": phone.name }))
    });
    services.chain(phones).collect()
}
