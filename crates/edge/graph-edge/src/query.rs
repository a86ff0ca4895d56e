//! OData queries, as far as Graph's clients use them on people: `$filter`, `$search`, `$select`,
//! `$orderby`, `$top`, `$count` and the token of the next page.

mod field;
mod filter;
mod lexer;
mod options;
mod search;

pub(crate) use field::Field;
pub(crate) use filter::Filter;
pub(crate) use options::{Options, PageToken};
