//! Finding people (Graph: `users`).

use axum::response::Response;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::asking::{Asking, shown};
use crate::graph_error::GraphError;
use crate::query::{Field, Options, PageToken};
use crate::user::{PROPERTIES, USUAL, User};

impl Asking {
    /// `GET /users`.
    pub(crate) fn list_users(&self) -> Result<Response, GraphError> {
        let options = Options::parse(self.query.as_deref(), &PROPERTIES)?;
        if options.search.is_some() && !self.is_eventual() {
            let message =
                "Request with $search query parameter only works with a 'ConsistencyLevel:eventual' header.";
            return Err(GraphError::new(
                axum::http::StatusCode::BAD_REQUEST,
                "Request_UnsupportedQuery",
                message,
            ));
        }
        let properties = options.select.clone().unwrap_or_else(|| USUAL.to_vec());
        let context = match &options.select {
            Some(selected) => format!("users({})", selected.join(",")),
            None => "users".to_owned(),
        };
        let page = Page::of(self.caller.company.users(), &options, |user| user.id, User::field);
        let value = page.items.iter().map(|user| Value::Object(user.shown(&properties))).collect();
        Ok(shown(self.list(&context, value, &options, page.count, page.next.as_ref())))
    }

    /// `GET /users/delta`: all people at first, and a link that says whether something has changed since. What has is
    /// not remembered: whoever asks begins anew, as Graph has it (410).
    pub(crate) fn list_user_changes(&self) -> Result<Response, GraphError> {
        const SINCE: &str = "$deltatoken";
        let asked: Vec<(String, String)> =
            form_urlencoded::parse(self.query.as_deref().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let since = asked.iter().find(|(name, _)| name == SINCE).map(|(_, since)| since.clone());
        let mut options = Options::parse(self.query.as_deref(), &PROPERTIES)?;
        if options.filter.is_some() || options.search.is_some() || !options.order.is_empty() {
            return Err(GraphError::invalid("Changes are asked for without $filter, $search and $orderby."));
        }
        let company = &self.caller.company;
        let properties = options.select.clone().unwrap_or_else(|| USUAL.to_vec());
        // Between two pages of the same list something may become other: the list is as old as its first page.
        let edition = match (&since, &options.after) {
            (Some(since), Some(_)) => since.clone(),
            (Some(since), None) if *since != company.edition() => {
                let message =
                    "People have changed, and what was is not known any more: begin without a $deltatoken.";
                return Err(GraphError::new(axum::http::StatusCode::GONE, "resyncRequired", message));
            }
            (Some(_) | None, _) => company.edition(),
        };
        options.others.retain(|(name, _)| name != SINCE);
        options.others.push((SINCE.to_owned(), edition));
        let is_same = since.is_some() && options.after.is_none();
        let people = if is_same { &[] } else { company.users() };
        let page = Page::of(people, &options, |user| user.id, User::field);
        let value = page.items.iter().map(|user| Value::Object(user.shown(&properties))).collect();
        let mut body = self.list("users", value, &options, page.count, page.next.as_ref());
        if page.next.is_none() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&options.others);
            let link = format!("{}{}?{}", self.inner.tokens.origin(), self.path, query.finish());
            body["@odata.deltaLink"] = link.into();
        }
        Ok(shown(body))
    }

    /// `GET /users/{id}`, `GET /me`.
    pub(crate) fn get_user(&self) -> Result<Response, GraphError> {
        let user = self.person()?;
        let options = Options::parse(self.query.as_deref(), &PROPERTIES)?;
        let (properties, context) = match &options.select {
            Some(selected) => (selected.clone(), format!("users({})/$entity", selected.join(","))),
            None => (USUAL.to_vec(), "users/$entity".to_owned()),
        };
        let mut body = serde_json::Map::new();
        body.insert("@odata.context".into(), self.context(&context).into());
        body.append(&mut user.shown(&properties));
        Ok(shown(Value::Object(body)))
    }

    /// The body of a list.
    pub(crate) fn list(
        &self,
        context: &str,
        value: Vec<Value>,
        options: &Options,
        count: usize,
        next: Option<&PageToken>,
    ) -> Value {
        let mut body = json!({ "@odata.context": self.context(context) });
        if options.count {
            body["@odata.count"] = count.into();
        }
        if let Some(token) = next {
            let origin = self.inner.tokens.origin();
            body["@odata.nextLink"] = format!("{origin}{}?{}", self.path, options.next_query(token)).into();
        }
        body["value"] = value.into();
        body
    }
}

/// A part of a list.
pub(crate) struct Page<'a, T> {
    pub(crate) items: Vec<&'a T>,
    /// How many there are in all.
    pub(crate) count: usize,
    pub(crate) next: Option<PageToken>,
}

impl<'a, T> Page<'a, T> {
    /// What is wanted, in its order, after the last of the page before.
    pub(crate) fn of(
        all: &'a [T],
        options: &Options,
        id: impl Fn(&T) -> identifier::ObjectId,
        field: impl for<'t> Fn(&'t T, &'static str) -> Field<'t>,
    ) -> Self {
        let wanted = all.iter().filter(|one| options.wants(&|property| field(one, property)));
        let mut sorted: Vec<_> =
            wanted.map(|one| ((options.keys(&|property| field(one, property)), id(one)), one)).collect();
        let count = sorted.len();
        sorted.sort_by(|(left, _), (right, _)| options.compare(left, right));
        let after = options.after.as_ref().map(|token| (token.keys.clone(), token.id));
        let first =
            after.map_or(0, |after| sorted.partition_point(|(key, _)| options.compare(key, &after).is_le()));
        let has_more = sorted.len() - first > options.top;
        sorted.drain(..first);
        sorted.truncate(options.top);
        let next = sorted.last().filter(|_| has_more);
        let next = next.map(|((keys, id), _)| PageToken { keys: keys.clone(), id: *id });
        Self { items: sorted.into_iter().map(|(_, one)| one).collect(), count, next }
    }
}
