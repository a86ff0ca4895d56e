//! The direct routing of a resource (`GET /sip`).

use axum::http::StatusCode;
use http_kit::{Answer, ApiError};

use crate::errand::{Errand, invalid};
use crate::sip_routing::health::health;
use crate::sip_routing::{document, is_preview};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let expand = errand.query("expand");
    let wants_health = expand.as_deref().is_some_and(|what| what.eq_ignore_ascii_case("trunks/health"));
    if expand.is_some() && !(wants_health && is_preview(errand.version)) {
        return Err(invalid("expand", "it can be trunks/health, in previews"));
    }
    let mut configuration = document::shown(&errand, document::read(&errand).await?);
    if wants_health {
        let states = (errand.edge.trunk_states)();
        for (name, trunk) in &mut configuration.trunks {
            let state = states.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            trunk.health = Some(health(state.map(|(_, state)| *state).unwrap_or_default()));
        }
    }
    Ok(Answer::json(StatusCode::OK, &configuration))
}
