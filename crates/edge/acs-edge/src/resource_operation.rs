//! The table of operations on what a resource has (contract: Phone numbers §1, §2; Teams Phone §8.1).

use std::sync::LazyLock;

use axum::http::{Method, StatusCode};
use http_kit::{ApiError, NoOperation, OperationTable, PathValues, operations};

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

operations! {
    /// An operation on what a resource has.
    pub enum ResourceOperation {
        SearchNumbers = POST "/availablePhoneNumbers/countries/{country}/:search",
        GetSearchResult = GET "/availablePhoneNumbers/searchResults/{id}",
        PurchaseNumbers = POST "/availablePhoneNumbers/:purchase",
        BrowseNumbers = POST "/availablePhoneNumbers/countries/{country}/:browse",
        ListReservations = GET "/availablePhoneNumbers/reservations",
        GetReservation = GET "/availablePhoneNumbers/reservations/{id}",
        UpdateReservation = PATCH "/availablePhoneNumbers/reservations/{id}",
        DeleteReservation = DELETE "/availablePhoneNumbers/reservations/{id}",
        PurchaseReservation = POST "/availablePhoneNumbers/reservations/{id}/:purchase",
        ListCountries = GET "/availablePhoneNumbers/countries",
        ListLocalities = GET "/availablePhoneNumbers/countries/{country}/localities",
        ListAreaCodes = GET "/availablePhoneNumbers/countries/{country}/areaCodes",
        ListOfferings = GET "/availablePhoneNumbers/countries/{country}/offerings",
        GetNumberOperation = GET "/phoneNumbers/operations/{id}",
        CancelNumberOperation = DELETE "/phoneNumbers/operations/{id}",
        UpdateCapabilities = PATCH "/phoneNumbers/{number}/capabilities",
        GetNumber = GET "/phoneNumbers/{number}",
        ReleaseNumber = DELETE "/phoneNumbers/{number}",
        ListNumbers = GET "/phoneNumbers",
        LookUpNumbers = POST "/operatorInformation/:search",
        GetSipRouting = GET "/sip",
        UpdateSipRouting = PATCH "/sip",
        TestRoutes = POST "/sip:testRoutesWithNumber",
        PutAssignment = PUT "/access/teamsExtension/tenants/{tenant}/assignments/{object}",
        GetAssignment = GET "/access/teamsExtension/tenants/{tenant}/assignments/{object}",
        UpdateAssignment = PATCH "/access/teamsExtension/tenants/{tenant}/assignments/{object}",
        DeleteAssignment = DELETE "/access/teamsExtension/tenants/{tenant}/assignments/{object}",
        GetAssignmentOfAnyTenant = GET "/access/teamsExtension/assignments/{object}",
        UpdateAssignmentOfAnyTenant = PATCH "/access/teamsExtension/assignments/{object}",
        DeleteAssignmentOfAnyTenant = DELETE "/access/teamsExtension/assignments/{object}",
    }
}

impl ResourceOperation {
    /// The api-versions that have it, in the order of publication.
    pub const fn versions(self) -> &'static [&'static str] {
        match self {
            Self::SearchNumbers
            | Self::GetSearchResult
            | Self::PurchaseNumbers
            | Self::ListCountries
            | Self::ListLocalities
            | Self::ListAreaCodes
            | Self::ListOfferings
            | Self::GetNumberOperation
            | Self::CancelNumberOperation
            | Self::UpdateCapabilities
            | Self::GetNumber
            | Self::ReleaseNumber
            | Self::ListNumbers => NUMBERS,
            Self::BrowseNumbers
            | Self::ListReservations
            | Self::GetReservation
            | Self::UpdateReservation
            | Self::DeleteReservation
            | Self::PurchaseReservation => BROWSE,
            Self::LookUpNumbers => LOOK_UP,
            Self::GetSipRouting | Self::UpdateSipRouting => ROUTING,
            Self::TestRoutes => ROUTE_TESTS,
            Self::PutAssignment
            | Self::GetAssignment
            | Self::UpdateAssignment
            | Self::DeleteAssignment
            | Self::GetAssignmentOfAnyTenant
            | Self::UpdateAssignmentOfAnyTenant
            | Self::DeleteAssignmentOfAnyTenant => EXTENSION,
        }
    }
}

static TABLE: LazyLock<OperationTable<ResourceOperation>> = LazyLock::new(|| {
    let row = |operation: &ResourceOperation| (*operation, operation.method(), operation.path());
    OperationTable::new(ResourceOperation::ALL.iter().map(row))
});

/// An operation, and the values in its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResourceRoute {
    pub(crate) operation: ResourceOperation,
    values: PathValues,
}

impl ResourceRoute {
    /// Finds the operation of a request.
    pub(crate) fn find(method: &Method, raw_path: &str) -> Result<Self, ApiError> {
        let found = TABLE.find(method, raw_path).map_err(|none| match none {
            NoOperation::UnknownPath => {
                ApiError::new(StatusCode::NOT_FOUND, "NotFound", "cannot find an operation at this path")
            }
            NoOperation::OtherMethod => {
                let message = format!("cannot find an operation with method {method} at this path");
                ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
            }
        });
        found.map(|(operation, values)| Self { operation, values })
    }

    /// The value in the path under this name.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_default()
    }
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
