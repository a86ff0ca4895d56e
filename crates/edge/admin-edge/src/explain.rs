//! Where a call would go, and why.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use dial_plan::{Circumstances, Dialled, Principal};
use http_kit::ApiError;
use serde_json::{Value, json};
use tenant::Directory;
use tenant::organization::Persona;

use crate::list_query::{ListQuery, RawQuery};
use crate::state::AdminState;

/// `GET /admin/v1/explain?dialled=…&from=…`: from a person, a resource account, a phone or a trunk, by name.
pub(crate) async fn run(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["dialled", "from"])?;
    let wanted = |name: &str| {
        query
            .filter(name)
            .ok_or_else(|| ApiError::invalid(name, "it is missing; write who calls, and what is dialled"))
    };
    let (dialled, from) = (wanted("dialled")?, wanted("from")?);
    let directory = (state.directory)();
    let principal = principal(&directory, &from).ok_or_else(|| {
        let message =
            format!("cannot find {from:?}: no person, resource account, phone or trunk has this name");
        ApiError::new(StatusCode::NOT_FOUND, "8522", message)
    })?;
    let explained =
        dial_plan::explain(&directory, principal, Dialled::Text(&dialled), &Circumstances::default());
    let steps = explained.why.steps().iter().map(|step| {
        json!({
            "about": step.about.as_str(),
            "found": step.found,
            "rule": step.rule.as_ref().map(ToString::to_string),
        })
    });
    let refused = explained.outcome.as_ref().err().map(ToString::to_string);
    Ok(Json(json!({
        "from": from,
        "dialled": dialled,
        "goesThrough": explained.outcome.is_ok(),
        "refused": refused,
        "why": steps.collect::<Vec<_>>(),
        "text": explained.why.to_string(),
    })))
}

fn principal<'a>(directory: &'a Directory, name: &str) -> Option<Principal<'a>> {
    if let Some((_, person)) = directory.person_named(name) {
        return Some(Principal::Person { person: person.id, persona: Persona::Teams });
    }
    if let Some((_, account)) = directory.account_named(name) {
        return Some(Principal::ResourceAccount(account.id));
    }
    if let Some(phone) = directory.phone(name) {
        return Some(Principal::Phone(phone.user));
    }
    let trunk = directory.trunks().iter().find(|trunk| trunk.name.as_str().eq_ignore_ascii_case(name))?;
    Some(Principal::Trunk(&trunk.name))
}
