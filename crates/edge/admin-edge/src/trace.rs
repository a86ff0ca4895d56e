//! What happened in a call, and what happens: the journal's lines, a page at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use http_kit::ApiError;
use journal::{Excerpt, Follower, Item, Journal, Ladder, Line, ReadError, Reader, Reveal};

use serde::Deserialize;
use serde_json::{Value, json};
use tracing::error;

use crate::state::AdminState;

/// So many calls are followed at a time.
const MOST_FOLLOWED: usize = 32;
/// A page is waited for so long; an empty one says that nothing has happened.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who does not ask for the next page within this time has gone.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// Between two looks at one call, so that one who follows does not cost what many do.
const GLANCE: Duration = Duration::from_millis(50);
/// After the end of a call its phones still say that they are gone.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// The journal, and who follows it.
#[derive(Clone, Debug)]
pub struct Traces {
    journal: Journal,
    followed: Arc<Mutex<Followed>>,
}

#[derive(Debug, Default)]
struct Followed {
    count: u64,
    waiting: BTreeMap<u64, Waiting>,
}

/// Somebody who will ask for the next page.
#[derive(Debug)]
struct Waiting {
    since: Instant,
    trace: Box<Trace>,
}

/// One who follows a call.
#[derive(Debug)]
struct Trace {
    follower: Follower,
    ladder: Ladder,
    over_since: Option<Instant>,
}

/// What can be said about a trace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TraceQuery {
    follow: bool,
    reveal: bool,
}

impl Traces {
    /// Of this journal.
    pub fn new(journal: Journal) -> Self {
        Self { journal, followed: Arc::default() }
    }

    fn keep(&self, trace: Box<Trace>) -> Option<String> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.waiting.retain(|_, waiting| waiting.since.elapsed() < FORGOTTEN);
        if followed.waiting.len() >= MOST_FOLLOWED {
            return None;
        }
        followed.count += 1;
        let number = followed.count;
        followed.waiting.insert(number, Waiting { since: Instant::now(), trace });
        Some(format!("/admin/v1/traces/{number}"))
    }

    fn take(&self, number: u64) -> Option<Box<Trace>> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.waiting.remove(&number).map(|waiting| waiting.trace)
    }
}

impl Trace {
    fn lines(&mut self, items: &[Item]) -> Vec<Line> {
        let (follower, ladder) = (&self.follower, &mut self.ladder);
        items.iter().flat_map(|item| ladder.item(item, |call| follower.follows(call))).collect()
    }

    /// Whether nothing more is to be expected.
    fn is_at_end(&mut self) -> bool {
        if !self.follower.is_over() {
            self.over_since = None;
            return false;
        }
        self.over_since.get_or_insert_with(Instant::now).elapsed() >= LAST_WORDS
    }
}

/// `GET /admin/v1/calls/{id}/trace?follow=true&reveal=true`
pub(crate) async fn begin(
    State(state): State<AdminState>,
    Path(name): Path<String>,
    query: Result<Query<TraceQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(query) = query.map_err(|error| ApiError::invalid("query", error.body_text()))?;
    let traces = state.traces.ok_or_else(no_journal)?;
    let reader = Reader::at(traces.journal.folder()).map_err(unreadable)?;
    let (excerpt, follower) = read(move || reader.follow(&name)).await?;
    let reveal = if query.reveal { Reveal::Numbers } else { Reveal::Nothing };
    let mut trace = Box::new(Trace { follower, ladder: Ladder::new(reveal), over_since: None });
    let Excerpt { items, .. } = excerpt;
    let lines = trace.lines(&items);
    let is_wanted = query.follow && !(trace.follower.is_over() && trace.is_at_end());
    let next = if is_wanted { Some(traces.keep(trace).ok_or_else(too_many)?) } else { None };
    Ok(Json(json!({ "value": lines, "nextLink": next })))
}

/// `GET /admin/v1/traces/{number}`: what has happened since; waits a little when nothing has.
pub(crate) async fn more(
    State(state): State<AdminState>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, ApiError> {
    let traces = state.traces.ok_or_else(no_journal)?;
    let mut trace = traces.take(number).ok_or_else(gone)?;
    let mut written = traces.journal.written();
    let deadline = Instant::now() + PATIENCE;
    loop {
        written.mark_unchanged();
        let items;
        (trace, items) = read(move || trace.follower.more().map(|items| (trace, items))).await?;
        let lines = trace.lines(&items);
        let (is_at_end, left) = (trace.is_at_end(), deadline.saturating_duration_since(Instant::now()));
        if !lines.is_empty() || is_at_end || left.is_zero() {
            let next = if is_at_end { None } else { Some(traces.keep(trace).ok_or_else(too_many)?) };
            return Ok(Json(json!({ "value": lines, "nextLink": next })));
        }
        tokio::time::sleep(GLANCE).await;
        let wait = if trace.follower.is_over() { LAST_WORDS } else { left };
        // When the journal ends, the platform stops: what was written until then is all there is.
        if let Ok(Err(_)) = tokio::time::timeout(wait, written.changed()).await {
            return Ok(Json(json!({ "value": [], "nextLink": null })));
        }
    }
}

/// Files are read where nobody waits for the thread.
async fn read<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ReadError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        error!(error = %error, "reading the journal broke an assumption: {error}");
        ApiError::internal()
    })?
    .map_err(unreadable)
}

fn unreadable(error: ReadError) -> ApiError {
    match error {
        ReadError::Unknown(_) => ApiError::new(StatusCode::NOT_FOUND, "NotFound", format!("cannot {error}")),
        ReadError::None(_) | ReadError::File { .. } | ReadError::Foreign { .. } => {
            error!(error = %error, "cannot {error}");
            ApiError::internal()
        }
    }
}

fn no_journal() -> ApiError {
    let message = "this server keeps no journal: journal.max-mb is 0";
    ApiError::new(StatusCode::NOT_FOUND, "NotFound", message)
}

fn gone() -> ApiError {
    let message = "this trace is forgotten; begin again at /admin/v1/calls/{id}/trace";
    ApiError::new(StatusCode::NOT_FOUND, "NotFound", message)
}

fn too_many() -> ApiError {
    let message = format!("{MOST_FOLLOWED} calls are followed already; try again in a minute");
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
}
