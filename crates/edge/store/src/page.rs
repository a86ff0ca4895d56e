//! Lists that are read a page at a time, newest first.

use std::fmt;
use std::str::FromStr;

use sqlx::{QueryBuilder, Sqlite};

/// What part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many; 1 to [`PageRequest::LARGEST`].
    pub size: usize,
    /// Continues behind this place; from the newest when absent.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The largest page that is given out.
    pub const LARGEST: usize = 500;

    /// A page of `size`, brought within bounds.
    pub fn new(size: usize, after: Option<Cursor>) -> Self {
        Self { size: size.clamp(1, Self::LARGEST), after }
    }

    // Ends a query: behind the cursor, newest first, one row more than asked for.
    pub(crate) fn limit(&self, query: &mut QueryBuilder<Sqlite>, order: &'static str) {
        if let Some(Cursor { order: place, id }) = &self.after {
            query.push(" AND (").push(order).push(" < ").push_bind(*place);
            query.push(" OR (").push(order).push(" = ").push_bind(*place);
            query.push(" AND id < ").push_bind(id.clone()).push("))");
        }
        query.push(" ORDER BY ").push(order).push(" DESC, id DESC LIMIT ").push_bind(self.size as i64 + 1);
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(50, None)
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Newest first.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    // One row more than asked for was read, to know whether there is a next page.
    pub(crate) fn cut(mut items: Vec<T>, size: usize, place: impl Fn(&T) -> Cursor) -> Self {
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(place) } else { None };
        Self { items, next }
    }
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) order: i64,
    pub(crate) id: String,
}

/// The text is not a place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("continue a list from this token; use the one that the previous page gave")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.order, self.id)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (order, id) = text.split_once('.').ok_or(CursorError)?;
        if id.len() > 128 {
            return Err(CursorError);
        }
        Ok(Self { order: order.parse().map_err(|_| CursorError)?, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_junk_does_not() {
        let cursor = Cursor { order: 17, id: "a.b".into() };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert!("".parse::<Cursor>().is_err());
        assert!("x.y".parse::<Cursor>().is_err());
    }
}
