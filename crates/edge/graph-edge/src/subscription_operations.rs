//! Change notifications: making, seeing, renewing and ending subscriptions (Graph: `subscriptions`).

use aws_lc_rs::rand;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identifier::SubscriptionId;
use serde_json::{Value, json};
use store::Write;

use crate::asking::{Asking, shown};
use crate::graph_error::GraphError;
use crate::subscription::{NewSubscription, Renewal, Subscription, TooMany, Whose};

impl Asking {
    /// `POST /subscriptions`: the endpoint is asked before there is a subscription.
    pub(crate) async fn create_subscription(&self) -> Result<Response, GraphError> {
        let body: NewSubscription = self.read()?;
        let Whose { tenant, application, .. } = self.whose();
        let now_us = (self.inner.clock)().unix_us();
        let (definition, expires_us) = body.check(&self.caller.company, self.caller.person, now_us)?;
        let (subscriptions, endpoints) = (&self.inner.subscriptions, &self.inner.endpoints);
        endpoints.check("notificationUrl", &definition.notification_url)?;
        if let Some(url) = &definition.lifecycle_notification_url {
            endpoints.check("lifecycleNotificationUrl", url)?;
        }
        subscriptions.room(tenant, application, definition.people.len()).map_err(too_many)?;
        endpoints.validate(&definition.notification_url).await?;
        match &definition.lifecycle_notification_url {
            Some(url) if *url != definition.notification_url => endpoints.validate(url).await?,
            Some(_) | None => {}
        }
        let subscription = Subscription::new(random_id(), tenant, application, definition, expires_us)
            .ok_or_else(GraphError::internal)?;
        let (body, write) = (self.shown_one(&subscription), subscription.write());
        let _turn = subscriptions.turn().await;
        subscriptions.room(tenant, application, subscription.people.len()).map_err(too_many)?;
        // What cannot be kept does not hold: nobody is told anything that a crash would take back.
        self.inner.keeper.keep(vec![write]).await?;
        subscriptions.add(subscription);
        self.inner.keeper.wake();
        Ok((StatusCode::CREATED, Json(body)).into_response())
    }

    /// `GET /subscriptions`.
    pub(crate) fn list_subscriptions(&self) -> Result<Response, GraphError> {
        let own = self.inner.subscriptions.list(&self.whose());
        let value: Vec<Value> = own.iter().map(Subscription::shown).collect();
        Ok(shown(json!({ "@odata.context": self.context("subscriptions"), "value": value })))
    }

    /// `GET /subscriptions/{id}`.
    pub(crate) fn get_subscription(&self) -> Result<Response, GraphError> {
        Ok(shown(self.shown_one(&self.own()?)))
    }

    /// `PATCH /subscriptions/{id}`.
    pub(crate) async fn renew_subscription(&self) -> Result<Response, GraphError> {
        let renewal: Renewal = self.read()?;
        let expires_us = renewal.check((self.inner.clock)().unix_us())?;
        let (subscriptions, keeper) = (&self.inner.subscriptions, &self.inner.keeper);
        let _turn = subscriptions.turn().await;
        let renewed = self.own()?.renewed(expires_us);
        keeper.keep(vec![renewed.write()]).await?;
        if !subscriptions.replace(renewed.clone()) {
            // It ended while it was being kept, so what was kept must go as well.
            keeper.keep(vec![Write::RemoveGraphSubscription(renewed.id.to_string())]).await?;
            return Err(GraphError::not_found(renewed.id));
        }
        keeper.wake();
        Ok(shown(self.shown_one(&renewed)))
    }

    /// `POST /subscriptions/{id}/reauthorize`: what an application may do is looked at all the time.
    pub(crate) fn reauthorize_subscription(&self) -> Result<Response, GraphError> {
        self.own()?;
        Ok(StatusCode::OK.into_response())
    }

    /// `DELETE /subscriptions/{id}`.
    pub(crate) async fn delete_subscription(&self) -> Result<Response, GraphError> {
        let _turn = self.inner.subscriptions.turn().await;
        let own = self.own()?;
        self.inner.keeper.keep(vec![Write::RemoveGraphSubscription(own.id.to_string())]).await?;
        self.inner.subscriptions.remove(own.id);
        Ok(StatusCode::NO_CONTENT.into_response())
    }

    fn whose(&self) -> Whose {
        let (tenant, application) = (self.caller.company.tenant(), self.caller.application);
        Whose { tenant, application, person: self.caller.person }
    }

    /// The subscription in the path; those of others do not exist.
    fn own(&self) -> Result<Subscription, GraphError> {
        let id = self.route.id.as_deref().unwrap_or_default();
        let own = self.inner.subscriptions.get(id, &self.whose());
        own.ok_or_else(|| {
            GraphError::new(StatusCode::NOT_FOUND, "ResourceNotFound", "The object was not found.")
        })
    }

    fn shown_one(&self, subscription: &Subscription) -> Value {
        let mut body = subscription.shown();
        body["@odata.context"] = self.context("subscriptions/$entity").into();
        body
    }
}

fn random_id() -> SubscriptionId {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).expect("the operating system has randomness");
    SubscriptionId::from_u128(u128::from_be_bytes(bytes))
}

fn too_many(error: TooMany) -> GraphError {
    GraphError::new(StatusCode::FORBIDDEN, "ExtensionError", format!("Cannot make a subscription: {error}."))
}
