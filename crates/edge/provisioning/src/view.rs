//! How objects are shown: with what follows from others.

use serde_json::{Value, json};
use tenant_document::{License, Object};

use crate::names::Names;

/// Which objects of a kind are wanted; everything given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// A part of the name, the display name, a number or an id, whatever the case of letters.
    pub search: Option<String>,
    /// A field, and what it must say.
    pub fields: Vec<(String, String)>,
}

/// An object with what follows from others.
pub(crate) fn show(object: &Object, names: &Names<'_>) -> Value {
    let mut shown = object.to_json();
    let Some(fields) = shown.as_object_mut() else { return shown };
    match object {
        Object::User(user) => {
            let number = number_of(object, names);
            if number.is_some() {
                fields.insert("enterpriseVoiceEnabled".to_owned(), json!(true));
            }
            fields.insert("lineUri".to_owned(), json!(number.map(|number| format!("tel:{number}"))));
            fields.insert("featureTypes".to_owned(), json!(features(&user.licenses)));
            fields.insert("accountType".to_owned(), json!("User"));
        }
        Object::ResourceAccount(account) => {
            let number = number_of(object, names);
            fields.insert("phoneNumber".to_owned(), json!(number.map(|number| format!("tel:{number}"))));
            fields.insert("featureTypes".to_owned(), json!(features(&account.licenses)));
            fields.insert("accountType".to_owned(), json!("ResourceAccount"));
        }
        Object::PhoneNumber(number) => {
            let holder = number.assigned_pstn_target_id.as_ref();
            let holder = holder.and_then(|name| names.principal(name));
            let status = match holder {
                Some(Object::User(_)) => "UserAssigned",
                Some(Object::ResourceAccount(account)) if account.is_first_party() => {
                    "VoiceApplicationAssigned"
                }
                Some(Object::ResourceAccount(_)) => "ThirdPartyAppAssigned",
                Some(_) | None => match names.pooled(&number.telephone_number) {
                    Some(policy) => {
                        let target = format!("TeamsSharedCallingRoutingPolicy|Tag:{}", policy.identity);
                        fields.insert("assignedPstnTargetId".to_owned(), json!(target));
                        "PolicyAssigned"
                    }
                    None => "Unassigned",
                },
            };
            fields.insert("pstnAssignmentStatus".to_owned(), json!(status));
            fields.insert("activationState".to_owned(), json!("Activated"));
        }
        _ => {}
    }
    shown
}

fn number_of<'a>(holder: &Object, names: &Names<'a>) -> Option<&'a str> {
    names.numbers_of(holder).first().map(|number| number.telephone_number.as_str())
}

fn features(licenses: &[License]) -> Vec<&'static str> {
    let mut features: Vec<&str> = licenses
        .iter()
        .flat_map(|license| match license {
            License::Teams => &["Teams"][..],
            License::TeamsPhone => &["PhoneSystem"],
            License::CallingPlan | License::PayAsYouGoCallingPlan => &["CallingPlan"],
            License::AudioConferencing => &["AudioConferencing"],
            License::CommunicationCredits => &["CommunicationCredits"],
            License::TeamsPhoneMobile => &["TeamsMobileExperience"],
            License::TeamsPhoneResourceAccount => &["PhoneSystem", "VoiceApp"],
        })
        .copied()
        .collect();
    features.sort_unstable();
    features.dedup();
    features
}

impl Filter {
    /// Whether an object, as it is shown, is wanted.
    pub(crate) fn wants(&self, shown: &Value) -> bool {
        let found = self.search.as_ref().is_none_or(|part| {
            let part = part.to_lowercase();
            let fields = shown.as_object().into_iter().flatten();
            fields.filter_map(|(_, value)| value.as_str()).any(|text| text.to_lowercase().contains(&part))
        });
        found && self.fields.iter().all(|(name, wanted)| says(&shown[name], wanted))
    }
}

fn says(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case(wanted),
        Value::Array(items) => items.iter().any(|item| says(item, wanted)),
        Value::Null => wanted.is_empty() || wanted == "null",
        other => other.to_string().eq_ignore_ascii_case(wanted),
    }
}
