//! The table of operations, and what each needs.

use axum::http::Method;
use http_kit::operations;

use crate::permission::{Needs, Permission as P};

operations! {
    /// An operation of Graph. Paths follow the version, `/v1.0` or `/beta`.
    pub enum Operation {
        ListUsers = GET "/users",
        ListUserChanges = GET "/users/delta",
        GetUser = GET "/users/{id}",
        GetPresence = GET "/users/{id}/presence",
        GetPresenceByUserId = GET "/communications/presences/{id}",
        GetPresencesByUserId = POST "/communications/getPresencesByUserId",
        SetPresence = POST "/users/{id}/presence/setPresence",
        ClearPresence = POST "/users/{id}/presence/clearPresence",
        SetUserPreferredPresence = POST "/users/{id}/presence/setUserPreferredPresence",
        ClearUserPreferredPresence = POST "/users/{id}/presence/clearUserPreferredPresence",
        SetStatusMessage = POST "/users/{id}/presence/setStatusMessage",
        CreateSubscription = POST "/subscriptions",
        ListSubscriptions = GET "/subscriptions",
        GetSubscription = GET "/subscriptions/{id}",
        RenewSubscription = PATCH "/subscriptions/{id}",
        ReauthorizeSubscription = POST "/subscriptions/{id}/reauthorize",
        DeleteSubscription = DELETE "/subscriptions/{id}",
        ListResourceAccounts = GET "/admin/teams/resourceAccounts",
    }
}

const READ_USERS: &[P] = &[P::UserReadAll, P::UserReadBasicAll, P::DirectoryReadAll];
const READ_PRESENCE: &[P] = &[P::PresenceReadAll, P::PresenceReadWriteAll];
const NOTHING: &[P] = &[];

impl Operation {
    /// What a caller must be granted. `None`: a token is enough, each sees only what is theirs.
    pub(crate) const fn needs(self) -> Option<Needs> {
        let (application, delegated, oneself) = match self {
            Self::ListUsers | Self::ListUserChanges => (READ_USERS, READ_USERS, NOTHING),
            Self::GetUser => (READ_USERS, READ_USERS, &[P::UserRead] as &[P]),
            Self::GetPresence | Self::GetPresenceByUserId => (
                READ_PRESENCE,
                &[P::PresenceReadAll] as &[P],
                &[P::PresenceRead, P::PresenceReadWrite] as &[P],
            ),
            Self::GetPresencesByUserId
            | Self::CreateSubscription
            | Self::RenewSubscription
            | Self::ReauthorizeSubscription => (READ_PRESENCE, &[P::PresenceReadAll] as &[P], NOTHING),
            // A person says how they are themselves; how others are is said by applications.
            Self::SetPresence
            | Self::ClearPresence
            | Self::SetUserPreferredPresence
            | Self::ClearUserPreferredPresence
            | Self::SetStatusMessage => {
                (&[P::PresenceReadWriteAll] as &[P], NOTHING, &[P::PresenceReadWrite] as &[P])
            }
            Self::ListResourceAccounts => {
                let read = &[P::TeamsResourceAccountReadAll] as &[P];
                (read, read, NOTHING)
            }
            Self::ListSubscriptions | Self::GetSubscription | Self::DeleteSubscription => return None,
        };
        Some(Needs { application, delegated, oneself })
    }

    const fn is_served_in(self, version: &str) -> bool {
        match self {
            Self::ListResourceAccounts => matches!(version.as_bytes(), b"beta"),
            _ => matches!(version.as_bytes(), b"beta" | b"v1.0"),
        }
    }
}

/// An operation, and the value in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) id: Option<String>,
    /// The path began with `me`.
    pub(crate) is_me: bool,
}

/// Why there is no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    UnknownPath,
    OtherMethod,
}

impl Route {
    /// Finds the operation of a request.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, NoRoute> {
        let decode =
            |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().ok().map(String::from);
        let parts: Option<Vec<String>> = path.split('/').skip(1).take(16).map(decode).collect();
        let mut parts = parts.ok_or(NoRoute::UnknownPath)?;
        // `users('id')` means `users/id`.
        if let Some((at, name, key)) = parts.iter().enumerate().find_map(|(at, part)| {
            let (name, key) = part.split_once("('")?;
            Some((at, name.to_owned(), key.strip_suffix("')")?.to_owned()))
        }) {
            parts.splice(at..=at, [name, key]);
        }
        let is_me = parts.get(1).is_some_and(|part| part.eq_ignore_ascii_case("me"));
        if is_me {
            parts.splice(1..=1, ["users".to_owned(), "me".to_owned()]);
        }
        let (version, parts) = parts.split_first().ok_or(NoRoute::UnknownPath)?;
        let mut found = NoRoute::UnknownPath;
        for operation in Operation::ALL.iter().filter(|operation| operation.is_served_in(version)) {
            let Some(id) = matched(operation.path(), parts) else { continue };
            if operation.method() == *method {
                return Ok(Self { operation: *operation, id, is_me });
            }
            found = NoRoute::OtherMethod;
        }
        Err(found)
    }
}

/// A function is written with brackets or without, a verb with its namespace or without.
fn named(part: &str) -> &str {
    let part = part.strip_suffix("()").unwrap_or(part);
    part.strip_prefix("microsoft.graph.").unwrap_or(part)
}

fn matched(template: &str, parts: &[String]) -> Option<Option<String>> {
    let mut id = None;
    let mut template = template.split('/').skip(1);
    for part in parts {
        match template.next()? {
            "{id}" => id = Some(part.clone()),
            word if named(part).eq_ignore_ascii_case(word) => {}
            _ => return None,
        }
    }
    template.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, path: &str, operation: Operation, id: Option<&str>) {
        let route = Route::find(&method, path).expect("there is an operation");
        assert_eq!((route.operation, route.id.as_deref()), (operation, id), "{method} {path}");
    }

    #[test]
    fn operations_are_found_by_the_paths_that_clients_write() {
        for operation in Operation::ALL {
            let path = format!("/beta{}", operation.path());
            let id = path.contains("{id}").then_some("{id}");
            check(operation.method(), &path, *operation, id);
        }
        check(Method::GET, "/v1.0/users/a%40b.example", Operation::GetUser, Some("a@b.example"));
        check(Method::GET, "/v1.0/users/delta()", Operation::ListUserChanges, None);
        check(Method::GET, "/v1.0/users('a')", Operation::GetUser, Some("a"));
        check(Method::GET, "/v1.0/me", Operation::GetUser, Some("me"));
        check(Method::POST, "/v1.0/me/presence/setPresence", Operation::SetPresence, Some("me"));
        let verb = "/v1.0/users/a/presence/microsoft.graph.setPresence";
        check(Method::POST, verb, Operation::SetPresence, Some("a"));
    }

    #[test]
    fn nothing_else_is_found() {
        let find = |method: Method, path: &str| Route::find(&method, path).expect_err("there is none");
        assert_eq!(find(Method::GET, "/v1.0/nope"), NoRoute::UnknownPath);
        assert_eq!(find(Method::GET, "/v2.0/users"), NoRoute::UnknownPath);
        assert_eq!(find(Method::GET, "/v1.0/admin/teams/resourceAccounts"), NoRoute::UnknownPath);
        assert_eq!(find(Method::PUT, "/v1.0/users"), NoRoute::OtherMethod);
        assert_eq!(find(Method::GET, "/"), NoRoute::UnknownPath);
        assert_eq!(find(Method::GET, &"/users".repeat(1000)), NoRoute::UnknownPath);
    }

    proptest::proptest! {
        #[test]
        fn no_path_is_too_strange(path in ".*") {
            let _ = Route::find(&Method::GET, &path);
            let _ = Route::find(&Method::GET, &format!("/v1.0/{path}"));
        }
    }
}
