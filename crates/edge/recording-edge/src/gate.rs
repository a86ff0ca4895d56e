//! The library of object storages sends its requests through the platform's gate, which decides by the
//! address that is really connected to.

use std::time::Duration;

use async_trait::async_trait;
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use outbound_http::{OutboundError, OutboundHttp, OutboundRequest, Overlong};

/// The largest answer: a piece of a file that is downloaded, or a list.
const LARGEST_ANSWER: usize = 8 << 20;

#[derive(Clone, Debug)]
pub(crate) struct Gate {
    http: OutboundHttp,
    /// For one request with its answer.
    timeout: Duration,
}

impl Gate {
    pub(crate) fn new(http: OutboundHttp, timeout: Duration) -> Self {
        Self { http, timeout }
    }

    /// Whether requests may go there, as far as that can be said beforehand.
    pub(crate) fn check(&self, url: &str) -> Result<(), OutboundError> {
        self.http.check(url)
    }
}

impl HttpConnector for Gate {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Gate {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = request.into_parts();
        let request = OutboundRequest {
            method: head.method,
            url: head.uri.to_string(),
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
            timeout: self.timeout,
            max_body: LARGEST_ANSWER,
            overlong: Overlong::Refuse,
            redirects: 0,
        };
        let answer = self.http.send(request).await.map_err(|error| HttpError::new(kind(&error), error))?;
        let mut response = HttpResponse::new(answer.body.into());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

fn kind(error: &OutboundError) -> HttpErrorKind {
    match error {
        OutboundError::UnknownHost { .. } | OutboundError::Unreachable { .. } => HttpErrorKind::Connect,
        OutboundError::TimedOut { .. } => HttpErrorKind::Timeout,
        OutboundError::Broken { .. } => HttpErrorKind::Interrupted,
        OutboundError::InvalidUrl
        | OutboundError::Scheme
        | OutboundError::UserInfo
        | OutboundError::InvalidHeader(_)
        | OutboundError::PrivateAddress { .. }
        | OutboundError::Tls { .. }
        | OutboundError::TooManyRedirects { .. }
        | OutboundError::BadRedirect { .. }
        | OutboundError::TooLarge { .. } => HttpErrorKind::Unknown,
    }
}
