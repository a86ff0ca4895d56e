//! Reading and saying how somebody is (Graph: `presence`).

use axum::response::Response;
use identifier::ObjectId;
use presence::{Presence, TooMuch};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::asking::{Asking, done, shown};
use crate::graph_error::GraphError;
use crate::presence_body::{self, ClearPresence, SetPreferred, SetPresence, SetStatusMessage};

/// People who may be asked for at once.
pub(crate) const MOST_IDS: usize = 650;

#[derive(Deserialize)]
struct Ids {
    ids: Vec<String>,
}

impl Asking {
    /// `GET /users/{id}/presence`, `GET /me/presence`.
    pub(crate) fn get_presence(&self) -> Result<Response, GraphError> {
        let person = self.person()?;
        let context = self.context(&format!("users('{}')/presence/$entity", person.id));
        let mut body = json!({ "@odata.context": context });
        let presence = presence_body::presence(person.id, &self.presence_of(person.id));
        merge(&mut body, presence);
        Ok(shown(body))
    }

    /// `POST /communications/getPresencesByUserId`.
    pub(crate) fn get_presences(&self) -> Result<Response, GraphError> {
        let Ids { ids } = self.read()?;
        if ids.is_empty() || ids.len() > MOST_IDS {
            return Err(GraphError::property("ids", format!("there must be 1 to {MOST_IDS} of them.")));
        }
        let known = ids.iter().filter_map(|id| {
            let id: ObjectId = id.parse().ok()?;
            self.caller.company.user(id).map(|user| user.id)
        });
        // Whoever is not known is left out, as Graph does.
        let known: Vec<ObjectId> = known.collect();
        let value: Vec<Value> =
            known.iter().map(|id| presence_body::presence(*id, &self.presence_of(*id))).collect();
        let context = self.context("Collection(presence)");
        Ok(shown(json!({ "@odata.context": context, "value": value })))
    }

    /// `POST /users/{id}/presence/setPresence`.
    pub(crate) async fn set_presence(&self) -> Result<Response, GraphError> {
        let person = self.human()?;
        let body: SetPresence = self.read()?;
        let session = self.session(&body.session_id)?;
        let (state, lives) = body.meaning()?;
        let keeper = &self.inner.keeper;
        let said =
            keeper.change(|engine, now| engine.set_presence(person, &session, state, lives, now)).await?;
        said.map_err(too_much)?;
        Ok(done())
    }

    /// `POST /users/{id}/presence/clearPresence`.
    pub(crate) async fn clear_presence(&self) -> Result<Response, GraphError> {
        let person = self.human()?;
        let body: ClearPresence = self.read()?;
        let session = self.session(&body.session_id)?;
        // A session that has ended already is as clear as can be.
        self.inner.keeper.change(|engine, now| engine.clear_presence(person, &session, now)).await?;
        Ok(done())
    }

    /// `POST /users/{id}/presence/setUserPreferredPresence`.
    pub(crate) async fn set_preferred(&self) -> Result<Response, GraphError> {
        let person = self.human()?;
        let body: SetPreferred = self.read()?;
        let (state, lives) = body.meaning()?;
        let said = self.inner.keeper.change(|engine, now| engine.prefer(person, state, lives, now)).await?;
        said.map_err(too_much)?;
        Ok(done())
    }

    /// `POST /users/{id}/presence/clearUserPreferredPresence`.
    pub(crate) async fn clear_preferred(&self) -> Result<Response, GraphError> {
        let person = self.human()?;
        self.inner.keeper.change(|engine, now| engine.clear_preferred(person, now)).await?;
        Ok(done())
    }

    /// `POST /users/{id}/presence/setStatusMessage`.
    pub(crate) async fn set_status_message(&self) -> Result<Response, GraphError> {
        let person = self.human()?;
        let body: SetStatusMessage = self.read()?;
        let message = body.meaning((self.inner.clock)().unix_us())?;
        let said =
            self.inner.keeper.change(|engine, now| engine.set_status_message(person, message, now)).await?;
        said.map_err(too_much)?;
        Ok(done())
    }

    fn presence_of(&self, id: ObjectId) -> Presence {
        let is_human = self.caller.company.user(id).is_some_and(|user| user.is_human);
        if is_human { self.inner.keeper.presence(id) } else { presence_body::UNKNOWN }
    }

    /// An application speaks in its own session and in no other's.
    fn session(&self, session_id: &str) -> Result<String, GraphError> {
        let own = self.caller.application;
        if session_id.parse() != Ok(own) {
            return Err(GraphError::property(
                "sessionId",
                format!("it must be the id of the application, {own}."),
            ));
        }
        Ok(own.to_string())
    }
}

fn too_much(error: TooMuch) -> GraphError {
    let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
    GraphError::new(status, "ServiceUnavailable", format!("Cannot {error}."))
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(mut more)) = (body, more) {
        body.append(&mut more);
    }
}
