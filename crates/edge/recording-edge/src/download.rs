//! The addresses in `RecordingFileStatusUpdated`: a file, its metadata, its deletion (contract §14).
//!
//! `GET`, `HEAD /v1/objects/{document}/content/{audio|video}`, `GET …/content/acsmetadata`,
//! `DELETE /v1/objects/{document}`. A file of another resource does not exist.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::StreamExt;
use http_kit::{Admitted, ApiError, Gatekeeper, OperationName, with_request_id};
use media_plan::RecordingFormat;
use store::{Recording, RecordingFile, RecordingFileState, StoreError, Write};

use crate::document::DocumentId;
use crate::file_row;
use crate::metadata;
use crate::range::{self, Wanted};
use crate::recordings::Recordings;
use crate::shelf::{Shelf, ShelfError};

/// What the routes need.
#[derive(Clone)]
pub struct RecordingRoutes {
    /// The files.
    pub recordings: Recordings,
    /// Lets signed requests in. Its rules take a signature over the path without the query, and over the
    /// host of the endpoint, which is not the one that the request is sent to.
    pub gatekeeper: Gatekeeper,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Content,
    Metadata,
    Delete,
}

impl RecordingRoutes {
    /// All routes, under `/v1/objects/`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/v1/objects/{*path}", any(move |request| self.clone().respond(request)))
            .layer(middleware::from_fn(with_request_id))
    }

    async fn respond(self, request: Request) -> Response {
        let asked = asked(request.method(), request.uri().path());
        let name = asked.as_ref().map_or("unknown", |(asked, _)| match asked {
            Asked::Content => "DownloadRecording",
            Asked::Metadata => "GetRecordingMetadata",
            Asked::Delete => "DeleteRecording",
        });
        let mut response = self.answer(request, asked).await.unwrap_or_else(refusal);
        response.extensions_mut().insert(OperationName(name.into()));
        response
    }

    async fn answer(
        self,
        request: Request,
        asked: Result<(Asked, DocumentId), ApiError>,
    ) -> Result<Response, ApiError> {
        // Whoever is not known learns nothing, not even what there is.
        let admitted = self.gatekeeper.admit(request).await?;
        let (asked, document) = asked?;
        let (recording, file) = self.find(&admitted, &document).await?;
        match asked {
            Asked::Content => self.content(&admitted, &recording, &file).await,
            Asked::Metadata => Ok(axum::Json(metadata::of(&recording, &file)).into_response()),
            Asked::Delete => self.delete(&recording, &file).await,
        }
    }

    async fn find(
        &self,
        admitted: &Admitted,
        document: &DocumentId,
    ) -> Result<(Recording, RecordingFile), ApiError> {
        let found =
            self.recordings.core.store.recording_of_file(document.as_str()).await.map_err(of_store)?;
        let resource = admitted.principal.resource.to_string();
        found
            .filter(|(recording, file)| {
                recording.resource == resource && file.state != RecordingFileState::Writing
            })
            .ok_or_else(not_found)
    }

    async fn content(
        &self,
        admitted: &Admitted,
        recording: &Recording,
        file: &RecordingFile,
    ) -> Result<Response, ApiError> {
        let shelf = Shelf::of(&self.recordings.core, recording);
        let (reading, bytes) = shelf.open(file).await.map_err(of_shelf)?;
        let asked = admitted.headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        let (status, part) = match range::wanted(asked, bytes) {
            Wanted::Whole => (StatusCode::OK, 0..bytes),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Wanted::Nothing => return Ok(beyond(bytes)),
        };
        let mut response = Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, media_type(file_row::format(file)))
            .header(header::ACCEPT_RANGES, "bytes")
            .header(header::CONTENT_LENGTH, part.end - part.start)
            // What people said is nobody else's to keep.
            .header(header::CACHE_CONTROL, "no-store");
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
            response = response.header(header::CONTENT_RANGE, range);
        }
        let body = match admitted.method == Method::HEAD {
            true => Body::empty(),
            false => {
                let pieces = reading.bytes(part).await.map_err(of_shelf)?;
                let document = file.document.clone();
                Body::from_stream(pieces.inspect(move |piece| {
                    if let Err(error) = piece {
                        tracing::warn!(document, %error, "a download breaks off: cannot {error}");
                    }
                }))
            }
        };
        response.body(body).map_err(|_| ApiError::internal())
    }

    async fn delete(&self, recording: &Recording, file: &RecordingFile) -> Result<Response, ApiError> {
        let core = &self.recordings.core;
        Shelf::of(core, recording).remove(file).await.map_err(of_shelf)?;
        let removed = Write::RemoveRecordingFile(file.document.clone());
        core.store.write(vec![removed]).await.map_err(of_store)?;
        Ok(StatusCode::OK.into_response())
    }
}

pub(crate) fn asked(method: &Method, path: &str) -> Result<(Asked, DocumentId), ApiError> {
    let mut segments = path.strip_prefix("/v1/objects/").unwrap_or_default().split('/');
    let document = segments.next().and_then(|name| name.parse().ok()).ok_or_else(not_found)?;
    let rest: Vec<&str> = segments.collect();
    let asked = match rest.as_slice() {
        [] => Asked::Delete,
        ["content", "deletedata"] => Asked::Delete,
        ["content", "acsmetadata"] => Asked::Metadata,
        ["content", "audio" | "video"] => Asked::Content,
        _ => return Err(not_found()),
    };
    let fits = match asked {
        Asked::Delete => method == Method::DELETE,
        Asked::Metadata | Asked::Content => method == Method::GET || method == Method::HEAD,
    };
    if fits {
        return Ok((asked, document));
    }
    let message = format!("cannot {method} this address of a recording");
    Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "8520", message))
}

const fn media_type(format: Option<RecordingFormat>) -> &'static str {
    match format {
        Some(RecordingFormat::Wav) | None => "audio/wav",
        Some(RecordingFormat::Mp3) => "audio/mpeg",
        Some(RecordingFormat::Mp4) => "video/mp4",
    }
}

fn beyond(bytes: u64) -> Response {
    let message = format!("cannot give bytes that the file does not have: it has {bytes}");
    let error = ApiError::new(StatusCode::RANGE_NOT_SATISFIABLE, "8523", message);
    let mut response = refusal(error);
    if let Ok(range) = format!("bytes */{bytes}").parse() {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// A refusal as all others, and with what the JavaScript SDK reads of a download: `status` and `message` at
/// the top (contract §14).
fn refusal(error: ApiError) -> Response {
    let mut body = serde_json::json!({
        "status": error.status.as_u16(),
        "message": error.message,
        "error": { "code": error.code, "message": error.message },
    });
    if let Some(target) = &error.target {
        body["error"]["target"] = target.as_str().into();
    }
    let mut response = error.into_response();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body.to_string());
    response
}

fn not_found() -> ApiError {
    let message = "cannot find the recording: it was deleted, has expired, or belongs to another resource";
    ApiError::new(StatusCode::NOT_FOUND, "8522", message)
}

fn of_shelf(error: ShelfError) -> ApiError {
    match error {
        ShelfError::Gone => not_found(),
        error => {
            tracing::warn!(%error, "a recording could not be handed out: cannot {error}");
            let message = "cannot reach the storage of recordings now; try again later";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "9999", message)
        }
    }
}

fn of_store(error: StoreError) -> ApiError {
    tracing::error!(%error, "a recording could not be looked up: cannot {error}");
    ApiError::internal()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0-rd-d1-0123456789abcdef0123456789abcdef";

    #[track_caller]
    fn check(method: Method, rest: &str, expected: Result<Asked, u16>) {
        let found = asked(&method, &format!("/v1/objects/{rest}"));
        let found = found.map(|(asked, _)| asked).map_err(|error| error.status.as_u16());
        assert_eq!(found, expected, "{method} {rest}");
    }

    #[test]
    fn only_addresses_that_were_handed_out_lead_somewhere() {
        check(Method::GET, &format!("{ID}/content/video"), Ok(Asked::Content));
        check(Method::HEAD, &format!("{ID}/content/audio"), Ok(Asked::Content));
        check(Method::GET, &format!("{ID}/content/acsmetadata"), Ok(Asked::Metadata));
        check(Method::DELETE, ID, Ok(Asked::Delete));
        check(Method::GET, ID, Err(405));
        check(Method::DELETE, &format!("{ID}/content/audio"), Err(405));
        check(Method::GET, &format!("{ID}/content/other"), Err(404));
        check(Method::GET, "../../etc/passwd", Err(404));
        check(Method::GET, "", Err(404));
    }
}
