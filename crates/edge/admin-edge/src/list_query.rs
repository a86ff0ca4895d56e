//! The query of a list: filters by name, the size of the page, the place to continue.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::Uri;
use http_kit::ApiError;
use serde_json::{Value, json};
use store::{Page, PageRequest};

/// Items of a page unless asked otherwise.
const USUAL_SIZE: usize = 50;

pub(crate) type RawQuery = Result<Query<BTreeMap<String, String>>, QueryRejection>;

/// What was asked of a list.
pub(crate) struct ListQuery {
    path: String,
    filters: BTreeMap<String, String>,
    size: usize,
    after: Option<String>,
}

impl ListQuery {
    /// Reads a query; filters other than the known ones are refused, so that a misspelled one does
    /// not show everything.
    pub(crate) fn read(uri: &Uri, query: RawQuery, known: &[&str]) -> Result<Self, ApiError> {
        let Query(mut filters) = query.map_err(|error| ApiError::invalid("query", error.body_text()))?;
        let size = match filters.remove("top") {
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=PageRequest::LARGEST).contains(size))
                .ok_or_else(|| ApiError::invalid("top", "write a number from 1 to 500"))?,
            None => USUAL_SIZE,
        };
        let after = filters.remove("after");
        filters.retain(|_, value| !value.is_empty());
        if let Some(stranger) = filters.keys().find(|name| !known.contains(&name.as_str())) {
            let reason = format!("this list can be filtered by {}", known.join(", "));
            return Err(ApiError::invalid(stranger.clone(), reason));
        }
        Ok(Self { path: uri.path().to_owned(), filters, size, after })
    }

    /// The value of a filter.
    pub(crate) fn filter(&self, name: &str) -> Option<String> {
        self.filters.get(name).cloned()
    }

    /// The value of a filter that is true or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let value = self.filters.get(name).map(|text| text.parse());
        value.transpose().map_err(|_| ApiError::invalid(name, "write true or false"))
    }

    /// The part that is wanted of a list in the store.
    pub(crate) fn page(&self) -> Result<PageRequest, ApiError> {
        let after = self.after.as_ref().map(|text| text.parse()).transpose();
        let after = after.map_err(|_| ApiError::invalid("after", "use the nextLink of the page before"))?;
        Ok(PageRequest::new(self.size, after))
    }

    /// The answer, from a page of the store.
    pub(crate) fn answer<T>(&self, page: Page<T>, show: impl Fn(T) -> Value) -> Value {
        let next = page.next.map(|cursor| self.link(&cursor.to_string()));
        json!({ "value": page.items.into_iter().map(show).collect::<Vec<_>>(), "nextLink": next })
    }

    /// The answer, from a list in memory.
    pub(crate) fn answer_from(&self, items: Vec<Value>) -> Result<Value, ApiError> {
        let begin = self.after.as_ref().map(|text| text.parse::<usize>()).transpose();
        let begin = begin
            .map_err(|_| ApiError::invalid("after", "use the nextLink of the page before"))?
            .unwrap_or(0);
        let end = begin.saturating_add(self.size);
        let next = (items.len() > end).then(|| self.link(&end.to_string()));
        let value = items.into_iter().skip(begin).take(self.size).collect::<Vec<_>>();
        Ok(json!({ "value": value, "nextLink": next }))
    }

    fn link(&self, after: &str) -> String {
        let mut link = format!("{}?top={}&after={}", self.path, self.size, escape(after));
        for (name, value) in &self.filters {
            link.push_str(&format!("&{name}={}", escape(value)));
        }
        link
    }
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
