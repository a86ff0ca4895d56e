//! Every request is counted, and nobody asks faster than allowed.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::service::Service;

use crate::api_error::ApiError;
use crate::pace::{ClientNetwork, Pace};
use crate::repeatability::Answer;

/// What an answer was about, in the operator's statistics: one of the few names that the program has.
/// A surface puts it among the extensions of its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationName(pub Cow<'static, str>);

/// The response to a request of an operation. Refused ones have its name as well: what somebody tried belongs to
/// the statistics.
pub async fn answered(
    operation: Option<&'static str>,
    answer: impl Future<Output = Result<Answer, ApiError>>,
) -> Response {
    let mut response = answer.await.map_or_else(ApiError::into_response, Answer::into_response);
    response.extensions_mut().insert(OperationName(operation.unwrap_or("unknown").into()));
    response
}

/// Middleware for tables of routes: the route's own words name the operation.
pub async fn with_route_as_operation(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(OperationName(route.into()));
    }
    response
}

/// A service that counts its answers and keeps one client from asking too fast.
#[derive(Clone)]
pub(crate) struct Metered<S> {
    pub(crate) service: S,
    pub(crate) client: ClientNetwork,
    pub(crate) pace: Option<Arc<Pace<ClientNetwork>>>,
}

impl<S, B> Service<hyper::Request<B>> for Metered<S>
where
    S: Service<hyper::Request<B>, Response = Response>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn call(&self, mut request: hyper::Request<B>) -> Self::Future {
        let began = Instant::now();
        if let Some(Err(wait)) = self.pace.as_ref().map(|pace| pace.take(&self.client)) {
            meter::HTTP_LIMITED.count(["address"]);
            let refused = ApiError::too_many_requests(wait).into_response();
            count(&refused, began);
            return Box::pin(async { Ok(refused) });
        }
        request.extensions_mut().insert(self.client);
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            count(&answer, began);
            Ok(answer)
        })
    }
}

fn count(answer: &Response, began: Instant) {
    let name = answer.extensions().get::<OperationName>();
    let operation = name.map_or("none", |name| &*name.0);
    meter::HTTP_REQUESTS.count([operation, answer.status().as_str()]);
    meter::HTTP_REQUEST.took([operation], began.elapsed());
}
