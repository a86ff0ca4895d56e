//! A document before it is known what it means: values, and the lines on which they stand.

use serde_json::Value;

/// A value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// From 1; 0 where nobody knows.
    pub line: usize,
    pub content: Content,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Text. What is plain may also be read as a number, a truth value or nothing.
    Scalar { text: String, plain: bool },
    /// Values in order.
    List(Vec<Node>),
    /// Values by name, with the lines of the names.
    Map(Vec<(String, usize, Node)>),
}

impl Node {
    /// From JSON, which tells no lines.
    pub fn from_json(value: &Value) -> Self {
        let content = match value {
            Value::Null => plain("null"),
            Value::Bool(value) => plain(value),
            Value::Number(value) => plain(value),
            Value::String(text) => Content::Scalar { text: text.clone(), plain: false },
            Value::Array(items) => Content::List(items.iter().map(Self::from_json).collect()),
            Value::Object(entries) => Content::Map(
                entries.iter().map(|(name, value)| (name.clone(), 0, Self::from_json(value))).collect(),
            ),
        };
        Self { line: 0, content }
    }

    /// The line, if it is known.
    pub fn line(&self) -> Option<usize> {
        known(self.line)
    }

    /// The line of the field at a path such as `callGroup.targets[2]`, or of the nearest there is above it.
    pub fn line_of(&self, field: &str) -> Option<usize> {
        let mut node = self;
        let mut line = self.line;
        for step in field.split('.') {
            let (name, indexes) = step.split_once('[').unwrap_or((step, ""));
            let Content::Map(entries) = &node.content else { break };
            let Some((_, at, value)) = entries.iter().find(|(key, _, _)| key == name) else { break };
            (node, line) = (value, *at);
            let index = indexes.trim_end_matches(']').parse::<usize>();
            if let (Ok(index), Content::List(items)) = (index, &node.content)
                && let Some(item) = items.get(index)
            {
                (node, line) = (item, item.line);
            }
        }
        known(line)
    }

    /// Whether it says nothing.
    pub fn is_null(&self) -> bool {
        let Content::Scalar { text, plain: true } = &self.content else { return false };
        matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

pub(crate) fn known(line: usize) -> Option<usize> {
    (line > 0).then_some(line)
}

fn plain(value: impl ToString) -> Content {
    Content::Scalar { text: value.to_string(), plain: true }
}
