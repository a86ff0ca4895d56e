//! A subscription as people write it: JSON in the words of Event Grid's own management API.

use std::sync::Arc;
use std::time::Duration;

use acs::grid::GridSchema;
use event_delivery::{AdvancedFilter, AdvancedFilterError, Filter, RetryPolicy};
use identifier::ResourceId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::event_type;

/// Somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionSpec {
    /// One of a kind: letters, digits and dashes.
    pub name: String,
    /// The URL that receives the events.
    pub endpoint: String,
    /// How events are wrapped.
    #[serde(default = "default_schema")]
    pub event_delivery_schema: GridSchema,
    /// The communication resource by id; the default resource when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Which events; all when absent.
    #[serde(default)]
    pub filter: FilterSpec,
    /// How long it is tried; the defaults of the platform when absent.
    #[serde(default)]
    pub retry_policy: RetrySpec,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FilterSpec {
    /// The subject begins with this.
    pub subject_begins_with: String,
    /// The subject ends with this.
    pub subject_ends_with: String,
    /// Whether capitals matter in the two above.
    pub is_subject_case_sensitive: bool,
    /// Types of events, with or without `Microsoft.Communication.`; all when empty.
    pub included_event_types: Vec<String>,
    /// All of these hold.
    pub advanced_filters: Vec<AdvancedFilterSpec>,
}

/// One condition on a value of the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdvancedFilterSpec {
    /// For example `StringContains`.
    pub operator_type: String,
    /// For example `data.to.rawId`.
    pub key: String,
    /// What it is compared with, for operators that take several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// What it is compared with, for operators that take one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// How long it is tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RetrySpec {
    /// 1 to 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_delivery_attempts: Option<u32>,
    /// 1 to 1440.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_time_to_live_in_minutes: Option<u32>,
}

/// Why a subscription makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscriptionSpecError {
    /// The name.
    #[error("accept the name: write 1 to 64 letters, digits, dashes, dots or underscores")]
    Name,
    /// The endpoint.
    #[error("accept the endpoint: write an absolute http or https URL of at most 2048 characters")]
    Endpoint,
    /// The resource.
    #[error("accept the resource: there is none with this id")]
    Resource,
    /// A filter.
    #[error(transparent)]
    Filter(#[from] AdvancedFilterError),
    /// Nobody knows such an event.
    #[error("accept the event type {0}: it is unknown; this server sends {sent}", sent = event_type::SENT.join(", "))]
    EventType(String),
    /// Too many or too long texts in a filter.
    #[error("accept the filter: at most 100 event types, and texts of at most 512 characters")]
    FilterSize,
    /// The retry policy.
    #[error("accept the retry policy: 1 to 30 attempts, 1 to 1440 minutes")]
    Retry,
}

const fn default_schema() -> GridSchema {
    GridSchema::EventGrid
}

impl SubscriptionSpec {
    /// A subscription to some types of events with the defaults of the platform.
    pub fn new(name: &str, endpoint: &str, event_types: &[&str]) -> Self {
        let included_event_types = event_types.iter().map(|name| (*name).to_owned()).collect();
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            event_delivery_schema: default_schema(),
            resource: None,
            filter: FilterSpec { included_event_types, ..FilterSpec::default() },
            retry_policy: RetrySpec::default(),
        }
    }

    /// Checks everything that can be checked without asking anybody.
    pub fn check(&self) -> Result<(), SubscriptionSpecError> {
        let sound = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(sound) {
            return Err(SubscriptionSpecError::Name);
        }
        let url = Url::parse(&self.endpoint).map_err(|_| SubscriptionSpecError::Endpoint)?;
        if !matches!(url.scheme(), "http" | "https") || self.endpoint.len() > 2_048 {
            return Err(SubscriptionSpecError::Endpoint);
        }
        self.resource_id()?;
        self.filter.to_filter()?;
        // Not where a kept subscription is read: one that was taken before must not keep a server from its start.
        let unknown = |name: &&String| !event_type::is_known(name);
        if let Some(unknown) = self.filter.included_event_types.iter().find(unknown) {
            return Err(SubscriptionSpecError::EventType(unknown.clone()));
        }
        self.retry_policy.check()
    }

    pub(crate) fn resource_id(&self) -> Result<Option<ResourceId>, SubscriptionSpecError> {
        let resource = self.resource.as_ref().map(|text| text.parse());
        resource.transpose().map_err(|_| SubscriptionSpecError::Resource)
    }
}

impl FilterSpec {
    pub(crate) fn to_filter(&self) -> Result<Filter, SubscriptionSpecError> {
        let texts =
            self.included_event_types.iter().chain([&self.subject_begins_with, &self.subject_ends_with]);
        if self.included_event_types.len() > 100 || texts.into_iter().any(|text| text.len() > 512) {
            return Err(SubscriptionSpecError::FilterSize);
        }
        let advanced =
            self.advanced_filters.iter().map(AdvancedFilterSpec::to_filter).collect::<Result<Vec<_>, _>>()?;
        AdvancedFilter::check_count(&advanced)?;
        Ok(Filter {
            subject_begins_with: self.subject_begins_with.clone(),
            subject_ends_with: self.subject_ends_with.clone(),
            subject_case_sensitive: self.is_subject_case_sensitive,
            event_types: self.included_event_types.clone(),
            advanced,
        })
    }
}

impl AdvancedFilterSpec {
    fn to_filter(&self) -> Result<AdvancedFilter, AdvancedFilterError> {
        let values = self.values.iter().cloned().chain(self.value.clone()).collect();
        AdvancedFilter::new(&self.operator_type, &self.key, values)
    }
}

impl RetrySpec {
    fn check(&self) -> Result<(), SubscriptionSpecError> {
        let attempts = self.max_delivery_attempts.is_none_or(|attempts| (1..=30).contains(&attempts));
        let minutes = self.event_time_to_live_in_minutes.is_none_or(|minutes| (1..=1_440).contains(&minutes));
        if attempts && minutes { Ok(()) } else { Err(SubscriptionSpecError::Retry) }
    }

    /// The platform's policy with what the subscription says otherwise.
    pub(crate) fn narrow(&self, policy: &RetryPolicy) -> Arc<RetryPolicy> {
        let mut policy = policy.clone();
        if let Some(attempts) = self.max_delivery_attempts {
            policy.max_attempts = attempts;
            policy.max_attempts_on_error = attempts;
            policy.max_attempts_on_timeout = attempts;
        }
        if let Some(minutes) = self.event_time_to_live_in_minutes {
            policy.time_to_live = Duration::from_secs(u64::from(minutes) * 60);
        }
        Arc::new(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, sound: bool) {
        let read = serde_json::from_str::<SubscriptionSpec>(json).map_err(|error| error.to_string());
        let checked = read.and_then(|spec| spec.check().map_err(|error| error.to_string()));
        assert_eq!(checked.is_ok(), sound, "{json}: {checked:?}");
    }

    #[test]
    fn only_sound_subscriptions_are_taken() {
        check(r#"{"name":"a","endpoint":"https://example.org/x?code=1"}"#, true);
        check(
            r#"{"name":"a","endpoint":"https://example.org","eventDeliverySchema":"CloudEventSchemaV1_0"}"#,
            true,
        );
        check(
            r#"{"name":"a","endpoint":"https://example.org","filter":{"includedEventTypes":["CallEnded"]}}"#,
            true,
        );
        check(
            r#"{"name":"a","endpoint":"https://example.org","filter":{"includedEventTypes":["CallEndet"]}}"#,
            false,
        );
        check(r#"{"name":"","endpoint":"https://example.org"}"#, false);
        check(r#"{"name":"a b","endpoint":"https://example.org"}"#, false);
        check(r#"{"name":"a","endpoint":"ftp://example.org"}"#, false);
        check(r#"{"name":"a","endpoint":"example.org"}"#, false);
        check(r#"{"name":"a","endpoint":"https://example.org","resource":"nobody"}"#, false);
        check(
            r#"{"name":"a","endpoint":"https://example.org","retryPolicy":{"maxDeliveryAttempts":31}}"#,
            false,
        );
        check(r#"{"name":"a","endpoint":"https://example.org","surprise":1}"#, false);
        check(
            r#"{"name":"a","endpoint":"https://example.org","filter":{"advancedFilters":[
                {"operatorType":"StringContains","key":"data.to.rawId","values":["4:"]},
                {"operatorType":"BoolEquals","key":"data.isTwoParty","value":true}]}}"#,
            true,
        );
        check(
            r#"{"name":"a","endpoint":"https://example.org","filter":{"advancedFilters":[
                {"operatorType":"StringSmells","key":"data","values":["4:"]}]}}"#,
            false,
        );
    }
}
