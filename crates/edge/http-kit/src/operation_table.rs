//! Operations by method and path: what a surface can do is one table, and so is what it must refuse.

use axum::http::Method;

use crate::operation_path::OperationPath;

/// An enum of operations with their methods and paths. A path has names in braces where a value stands;
/// `{*name}` takes a last value as it came, with a colon that its client did not encode.
#[macro_export]
macro_rules! operations {
    ($(#[$about:meta])* pub enum $Operation:ident {
        $($name:ident = $method:ident $path:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum $Operation {
            $($name,)+
        }

        impl $Operation {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The method.
            pub const fn method(self) -> axum::http::Method {
                match self {
                    $(Self::$name => axum::http::Method::$method,)+
                }
            }

            /// The path, with names in braces where a value stands.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)+
                }
            }

            /// Its name, for statistics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

/// Values in a path, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathValues(Vec<(&'static str, String)>);

impl PathValues {
    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoOperation {
    /// None has this path.
    UnknownPath,
    /// Those that have this path have another method.
    OtherMethod,
}

/// A table of operations, its paths taken apart once.
#[derive(Debug)]
pub struct OperationTable<O: 'static>(Vec<(O, Method, OperationPath)>);

impl<O: Copy> OperationTable<O> {
    /// A table of these operations. A path that is none belongs to no request.
    pub fn new(operations: impl IntoIterator<Item = (O, Method, &'static str)>) -> Self {
        let rows = operations
            .into_iter()
            .filter_map(|(operation, method, path)| Some((operation, method, OperationPath::parse(path)?)));
        Self(rows.collect())
    }

    /// Finds the operation of a request, and the values in its path.
    pub fn find(&'static self, method: &Method, raw_path: &str) -> Result<(O, PathValues), NoOperation> {
        let path = OperationPath::parse(raw_path).ok_or(NoOperation::UnknownPath)?;
        let mut found = NoOperation::UnknownPath;
        for (operation, expected, template) in &self.0 {
            let Some(values) = matched(template, &path) else { continue };
            if expected == method {
                return Ok((*operation, values));
            }
            found = NoOperation::OtherMethod;
        }
        Err(found)
    }
}

fn matched(template: &'static OperationPath, path: &OperationPath) -> Option<PathValues> {
    if template.segments.len() != path.segments.len() {
        return None;
    }
    let mut values = Vec::new();
    let mut verb = path.verb.as_deref();
    for (pattern, segment) in template.segments.iter().zip(&path.segments) {
        match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => match (name.strip_prefix('*'), verb.take_if(|_| name.starts_with('*'))) {
                (Some(name), Some(rest)) => values.push((name, format!("{segment}:{rest}"))),
                (whole, _) => values.push((whole.unwrap_or(name), segment.clone())),
            },
            None if pattern.eq_ignore_ascii_case(segment) => {}
            None => return None,
        }
    }
    let is_same_verb = match (template.verb.as_deref(), verb) {
        (Some(expected), Some(verb)) => expected.eq_ignore_ascii_case(verb),
        (expected, verb) => expected.is_none() && verb.is_none(),
    };
    is_same_verb.then_some(PathValues(values))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    operations! {
        /// A few.
        pub enum Operation {
            List = GET "/things",
            Get = GET "/things/{id}",
            Turn = POST "/things/{id}:turn",
            GetPart = GET "/things/{id}/parts/{*part}",
            TurnPart = POST "/things/{id}/parts:turn",
        }
    }

    static TABLE: LazyLock<OperationTable<Operation>> = LazyLock::new(|| {
        let row = |operation: &Operation| (*operation, operation.method(), operation.path());
        OperationTable::new(Operation::ALL.iter().map(row))
    });

    /// `Operation name=value …`, or why there is none.
    #[track_caller]
    fn check(method: Method, path: &str, expected: &str) {
        let found = match TABLE.find(&method, path) {
            Ok((operation, values)) => {
                let values = values.0.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", operation.name(), values.collect::<String>())
            }
            Err(none) => format!("{none:?}"),
        };
        assert_eq!(found, expected, "{method} {path}");
    }

    #[test]
    fn an_operation_is_found_by_method_path_and_verb() {
        check(Method::GET, "/Things", "List");
        check(Method::GET, "/things/4%3A1", "Get id=4:1");
        check(Method::POST, "/things/1:TURN", "Turn id=1");
        check(Method::POST, "/things/1/parts:turn", "TurnPart id=1");
        check(Method::GET, "/things/1/parts/4%3A2", "GetPart id=1 part=4:2");
        check(Method::GET, "/things/1/parts/4:2", "GetPart id=1 part=4:2");
    }

    #[test]
    fn nothing_else_is_found() {
        check(Method::GET, "/things/1:dance", "UnknownPath");
        check(Method::GET, "/things/1:turn", "OtherMethod");
        check(Method::PUT, "/things", "OtherMethod");
        check(Method::GET, "/", "UnknownPath");
        check(Method::GET, "no path", "UnknownPath");
    }

    proptest::proptest! {
        #[test]
        fn no_path_is_too_strange(path in ".*") {
            let _ = TABLE.find(&Method::GET, &path);
            let _ = TABLE.find(&Method::GET, &format!("/things/{path}"));
        }
    }
}
