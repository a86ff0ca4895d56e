//! Trunks, and how they are.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use http_kit::ApiError;
use serde_json::{Value, json};
use tenant::{Directory, SipTransport, Trunk};

use crate::list_query::{ListQuery, RawQuery};
use crate::moment::moment;
use crate::state::{AdminState, TrunkStatus};

/// `GET /admin/v1/trunks?name=…&state=up|down|unknown`
pub(crate) async fn list(
    State(state): State<AdminState>,
    uri: Uri,
    query: RawQuery,
) -> Result<Json<Value>, ApiError> {
    let query = ListQuery::read(&uri, query, &["name", "state"])?;
    let (name, wanted) = (query.filter("name"), query.filter("state"));
    let directory = (state.directory)();
    let statuses = (state.trunks)();
    let trunks = directory.trunks().iter().filter_map(|trunk| {
        let status = statuses.iter().find(|status| status.name == trunk.name.as_str())?;
        let named = name.as_ref().is_none_or(|name| *name == status.name);
        let in_state = wanted.as_ref().is_none_or(|wanted| wanted == status.state);
        (named && in_state).then(|| show(&directory, trunk, status))
    });
    Ok(Json(query.answer_from(trunks.collect())?))
}

fn show(directory: &Directory, trunk: &Trunk, status: &TrunkStatus) -> Value {
    let tenant = directory.tenants().iter().find(|tenant| tenant.id == trunk.tenant);
    json!({
        "name": status.name,
        "tenant": tenant.map(|tenant| &*tenant.name),
        "host": trunk.host,
        "port": trunk.port,
        "transport": match trunk.transport {
            SipTransport::Udp => "udp",
            SipTransport::Tcp => "tcp",
            SipTransport::Tls => "tls",
        },
        "sources": trunk.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "prefixes": trunk.prefixes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "state": status.state,
        "since": status.since_us.map(moment),
        "roundTripMilliseconds": status.round_trip.map(|time| time.as_secs_f64() * 1e3),
        "registration": status.registration,
    })
}
