//! What a request wants to see of a list.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identifier::ObjectId;
use url::form_urlencoded;

use crate::graph_error::GraphError;
use crate::query::field::{Field, property_named};
use crate::query::filter::Filter;
use crate::query::search::Search;

/// What one page holds when nobody says.
const USUAL_PAGE: usize = 100;
/// The largest page.
const LARGEST_PAGE: usize = 999;
/// Properties that a list may be sorted by at once.
const MOST_ORDERS: usize = 4;

/// What a request wants to see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) filter: Option<Filter>,
    pub(crate) search: Option<Search>,
    pub(crate) select: Option<Vec<&'static str>>,
    pub(crate) order: Vec<Order>,
    pub(crate) top: usize,
    pub(crate) count: bool,
    pub(crate) after: Option<PageToken>,
    /// All parameters but the token of the page, for the link to the next one.
    pub(crate) others: Vec<(String, String)>,
}

/// One property that a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) property: &'static str,
    pub(crate) descending: bool,
}

/// The last of a page: where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageToken {
    pub(crate) keys: Vec<String>,
    pub(crate) id: ObjectId,
}

impl Options {
    /// Reads a query over these properties.
    pub(crate) fn parse(query: Option<&str>, known: &'static [&'static str]) -> Result<Self, GraphError> {
        let mut options = Self { top: USUAL_PAGE, ..Self::default() };
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match name.trim_start_matches('$').to_ascii_lowercase().as_str() {
                "filter" => {
                    let filter = Filter::parse(&value, known);
                    options.filter = Some(filter.map_err(|error| refused(error.to_string()))?);
                }
                "search" => options.search = Some(Search::parse(&value, known).map_err(refused)?),
                "select" => options.select = Some(select(&value, known)?),
                "orderby" => options.order = order(&value, known)?,
                "top" => options.top = top(&value)?,
                "count" => options.count = value.eq_ignore_ascii_case("true"),
                "skiptoken" => {
                    options.after = Some(PageToken::parse(&value).ok_or_else(|| {
                        refused(
                            "Invalid $skiptoken: it is not one of this server; begin with the first page."
                                .into(),
                        )
                    })?);
                    continue;
                }
                "skip" => return Err(refused("$skip is not supported; follow @odata.nextLink.".into())),
                "expand" => return Err(refused("$expand is not supported on this resource.".into())),
                _ => {}
            }
            options.others.push((name.into_owned(), value.into_owned()));
        }
        Ok(options)
    }

    /// Whether something belongs on the list.
    pub(crate) fn wants<'a>(&self, field: &impl Fn(&'static str) -> Field<'a>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(field))
            && self.search.as_ref().is_none_or(|search| search.matches(field))
    }

    /// What something is sorted by.
    pub(crate) fn keys<'a>(&self, field: &impl Fn(&'static str) -> Field<'a>) -> Vec<String> {
        let key =
            |order: &Order| field(order.property).folded().map(|text| text.into_owned()).unwrap_or_default();
        self.order.iter().map(key).collect()
    }

    /// How two are sorted; of those that are sorted the same, by id.
    pub(crate) fn compare(&self, one: &(Vec<String>, ObjectId), other: &(Vec<String>, ObjectId)) -> Ordering {
        for (order, (left, right)) in self.order.iter().zip(one.0.iter().zip(&other.0)) {
            let ordering = if order.descending { right.cmp(left) } else { left.cmp(right) };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        one.1.cmp(&other.1)
    }

    /// The query of the next page.
    pub(crate) fn next_query(&self, token: &PageToken) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.others);
        query.append_pair("$skiptoken", &token.to_text());
        query.finish()
    }
}

impl PageToken {
    /// Longer ones are not ours.
    const LONGEST: usize = 4_096;

    fn parse(text: &str) -> Option<Self> {
        let text = (text.len() <= Self::LONGEST).then_some(text)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (keys, id): (Vec<String>, String) = serde_json::from_slice(&bytes).ok()?;
        Some(Self { keys, id: id.parse().ok()? })
    }

    fn to_text(&self) -> String {
        let value = serde_json::json!([self.keys, self.id.to_string()]);
        URL_SAFE_NO_PAD.encode(value.to_string())
    }
}

fn refused(message: String) -> GraphError {
    GraphError::new(axum::http::StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", message)
}

fn named(known: &'static [&'static str], name: &str) -> Result<&'static str, GraphError> {
    let unknown = || GraphError::invalid(format!("Could not find a property named '{name}'."));
    property_named(known, name).ok_or_else(unknown)
}

fn select(text: &str, known: &'static [&'static str]) -> Result<Vec<&'static str>, GraphError> {
    let mut selected: Vec<&'static str> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name == "*" {
            return Ok(known.to_vec());
        }
        let property = named(known, name)?;
        if !selected.contains(&property) {
            selected.push(property);
        }
    }
    Ok(selected)
}

fn order(text: &str, known: &'static [&'static str]) -> Result<Vec<Order>, GraphError> {
    let mut orders = Vec::new();
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let property = named(known, words.next().unwrap_or_default())?;
        let descending = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(word) => {
                return Err(GraphError::invalid(format!(
                    "Invalid $orderby: '{word}' is neither asc nor desc."
                )));
            }
        };
        orders.push(Order { property, descending });
    }
    if orders.len() > MOST_ORDERS {
        return Err(GraphError::invalid(format!("Invalid $orderby: more than {MOST_ORDERS} properties.")));
    }
    Ok(orders)
}

fn top(text: &str) -> Result<usize, GraphError> {
    let wrong = || {
        let message =
            format!("Invalid page size specified: '{text}'. Must be between 1 and {LARGEST_PAGE} inclusive.");
        GraphError::invalid(message)
    };
    text.parse().ok().filter(|top| (1..=LARGEST_PAGE).contains(top)).ok_or_else(wrong)
}
