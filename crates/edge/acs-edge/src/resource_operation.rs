//! The table of operations on what a resource has (contract: Phone numbers §1, §2; Teams Phone §8.1).

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use http_kit::{ApiError, OperationPath};

/// Versions of Phone Numbers, in the order of publication.
const NUMBERS: &[&str] = &["2022-12-01", "2023-05-01-preview", "2024-03-01-preview", "2025-06-01"];
/// Those that look numbers up.
const LOOK_UP: &[&str] = &["2023-05-01-preview", "2024-03-01-preview", "2025-06-01"];
/// Those that let numbers be chosen one by one.
const BROWSE: &[&str] = &["2025-06-01"];
/// Versions of SIP Routing.
const ROUTING: &[&str] =
    &["2022-09-01-preview", "2022-10-01-preview", "2023-01-01-preview", "2023-03-01", "2023-04-01-preview"];
/// Those that try routes.
const ROUTE_TESTS: &[&str] = &["2022-10-01-preview", "2023-01-01-preview", "2023-04-01-preview"];
/// Versions of the assignments of Teams Phone extensibility.
const EXTENSION: &[&str] = &["2025-03-02-preview", "2025-06-30"];

macro_rules! operations {
    ($($name:ident = $method:ident $path:literal in $versions:ident,)+) => {
        /// An operation on what a resource has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum ResourceOperation {
            $($name,)+
        }

        impl ResourceOperation {
            /// All operations.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The method.
            pub const fn method(self) -> Method {
                match self {
                    $(Self::$name => Method::$method,)+
                }
            }

            /// The path, with names in braces where a value stands.
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$name => $path,)+
                }
            }

            /// The api-versions that have it, in the order of publication.
            pub const fn versions(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => $versions,)+
                }
            }
        }
    };
}

operations! {
    SearchNumbers = POST "/availablePhoneNumbers/countries/{country}/:search" in NUMBERS,
    GetSearchResult = GET "/availablePhoneNumbers/searchResults/{id}" in NUMBERS,
    PurchaseNumbers = POST "/availablePhoneNumbers/:purchase" in NUMBERS,
    BrowseNumbers = POST "/availablePhoneNumbers/countries/{country}/:browse" in BROWSE,
    ListReservations = GET "/availablePhoneNumbers/reservations" in BROWSE,
    GetReservation = GET "/availablePhoneNumbers/reservations/{id}" in BROWSE,
    UpdateReservation = PATCH "/availablePhoneNumbers/reservations/{id}" in BROWSE,
    DeleteReservation = DELETE "/availablePhoneNumbers/reservations/{id}" in BROWSE,
    PurchaseReservation = POST "/availablePhoneNumbers/reservations/{id}/:purchase" in BROWSE,
    ListCountries = GET "/availablePhoneNumbers/countries" in NUMBERS,
    ListLocalities = GET "/availablePhoneNumbers/countries/{country}/localities" in NUMBERS,
    ListAreaCodes = GET "/availablePhoneNumbers/countries/{country}/areaCodes" in NUMBERS,
    ListOfferings = GET "/availablePhoneNumbers/countries/{country}/offerings" in NUMBERS,
    GetNumberOperation = GET "/phoneNumbers/operations/{id}" in NUMBERS,
    CancelNumberOperation = DELETE "/phoneNumbers/operations/{id}" in NUMBERS,
    UpdateCapabilities = PATCH "/phoneNumbers/{number}/capabilities" in NUMBERS,
    GetNumber = GET "/phoneNumbers/{number}" in NUMBERS,
    ReleaseNumber = DELETE "/phoneNumbers/{number}" in NUMBERS,
    ListNumbers = GET "/phoneNumbers" in NUMBERS,
    LookUpNumbers = POST "/operatorInformation/:search" in LOOK_UP,
    GetSipRouting = GET "/sip" in ROUTING,
    UpdateSipRouting = PATCH "/sip" in ROUTING,
    TestRoutes = POST "/sip:testRoutesWithNumber" in ROUTE_TESTS,
    PutAssignment = PUT "/access/teamsExtension/tenants/{tenant}/assignments/{object}" in EXTENSION,
    GetAssignment = GET "/access/teamsExtension/tenants/{tenant}/assignments/{object}" in EXTENSION,
    UpdateAssignment = PATCH "/access/teamsExtension/tenants/{tenant}/assignments/{object}" in EXTENSION,
    DeleteAssignment = DELETE "/access/teamsExtension/tenants/{tenant}/assignments/{object}" in EXTENSION,
    GetAssignmentOfAnyTenant = GET "/access/teamsExtension/assignments/{object}" in EXTENSION,
    UpdateAssignmentOfAnyTenant = PATCH "/access/teamsExtension/assignments/{object}" in EXTENSION,
    DeleteAssignmentOfAnyTenant = DELETE "/access/teamsExtension/assignments/{object}" in EXTENSION,
}

/// The paths of all operations, taken apart once.
static TEMPLATES: LazyLock<Vec<(ResourceOperation, OperationPath)>> = LazyLock::new(|| {
    let template =
        |operation: ResourceOperation| OperationPath::parse(operation.path()).expect("the table holds paths");
    ResourceOperation::ALL.iter().map(|operation| (*operation, template(*operation))).collect()
});

/// An operation, and the values in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceRoute {
    pub(crate) operation: ResourceOperation,
    values: Vec<(&'static str, String)>,
}

impl ResourceRoute {
    /// Finds the operation of a request.
    pub(crate) fn find(method: &Method, raw_path: &str) -> Result<Self, ApiError> {
        let unknown =
            || ApiError::new(StatusCode::NOT_FOUND, "NotFound", "cannot find an operation at this path");
        let path = OperationPath::parse(raw_path).ok_or_else(unknown)?;
        let mut other_method = false;
        for (operation, template) in TEMPLATES.iter() {
            let Some(values) = matched(template, &path) else { continue };
            if operation.method() == *method {
                return Ok(Self { operation: *operation, values });
            }
            other_method = true;
        }
        if !other_method {
            return Err(unknown());
        }
        let message = format!("cannot find an operation with method {method} at this path");
        Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message))
    }

    /// The value in the path under this name.
    pub(crate) fn value(&self, name: &str) -> &str {
        let found = self.values.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

fn matched(template: &'static OperationPath, path: &OperationPath) -> Option<Vec<(&'static str, String)>> {
    let same_verb = match (&template.verb, &path.verb) {
        (Some(expected), Some(verb)) => expected.eq_ignore_ascii_case(verb),
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    };
    if !same_verb || template.segments.len() != path.segments.len() {
        return None;
    }
    let mut values = Vec::new();
    for (pattern, segment) in template.segments.iter().zip(&path.segments) {
        match pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => values.push((name, segment.clone())),
            None if pattern.eq_ignore_ascii_case(segment) => {}
            None => return None,
        }
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_own_path() {
        for operation in ResourceOperation::ALL {
            let route = ResourceRoute::find(&operation.method(), operation.path()).expect("there is one");
            assert_eq!(route.operation, *operation);
        }
    }

    #[test]
    fn a_number_is_read_with_and_without_encoding() {
        for path in ["/phoneNumbers/%2B14255550123", "/phoneNumbers/+14255550123"] {
            let route = ResourceRoute::find(&Method::GET, path).expect("there is one");
            assert_eq!(
                (route.operation, route.value("number")),
                (ResourceOperation::GetNumber, "+14255550123")
            );
        }
        let status =
            |method: Method, path: &str| ResourceRoute::find(&method, path).unwrap_err().status.as_u16();
        assert_eq!(status(Method::PUT, "/phoneNumbers"), 405);
        assert_eq!(status(Method::GET, "/phoneNumbers/a/b/c"), 404);
        assert_eq!(status(Method::POST, "/sip:else"), 404);
    }
}
