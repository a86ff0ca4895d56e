//! What administrators say by mistake, or somebody in bad faith.

use serde_json::{Map, Value, json};
use tenant_document::{Kind, Objects, TenantDocument, document_schema};

use crate::office::{CONTOSO, Office, contoso, told};

fn objects() -> Objects {
    TenantDocument::read(CONTOSO).unwrap_or_else(|faults| panic!("{faults}")).objects
}

/// Puts a value where a field such as `callingSettings.delegates[0].id` is.
fn put(body: &mut Value, field: &str, value: Value) {
    let mut at = body;
    for part in field.split('.') {
        let (name, index) = match part.split_once('[') {
            Some((name, rest)) => {
                (name, rest.strip_suffix(']').and_then(|index| index.parse::<usize>().ok()))
            }
            None => (part, None),
        };
        at = &mut at[name];
        if let Some(index) = index {
            at = &mut at[index];
        }
    }
    *at = value;
}

fn patch(body: &Value) -> Map<String, Value> {
    body.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn no_field_leads_to_somebody_of_another_tenant() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let fabrikam = "
tenant: { name: Fabrikam, domains: [fabrikam.example] }
users: [{ userPrincipalName: mallory@fabrikam.example, licenses: [Teams, TeamsPhone] }]
resourceAccounts:
- { userPrincipalName: trap@fabrikam.example, applicationId: 5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01 }
civicAddresses: [{ name: Elsewhere, companyName: Fabrikam, countryOrRegion: AU }]
callingPolicies: [{ identity: Theirs }]
";
    office.apply(fabrikam).await;
    let theirs = async |kind: Kind, name: &str, field: &str| {
        let object = office.provisioning.get("Fabrikam", kind, name).await.unwrap();
        object[field].as_str().unwrap().to_owned()
    };
    let strangers = [
        theirs(Kind::User, "mallory@fabrikam.example", "objectId").await,
        theirs(Kind::ResourceAccount, "trap@fabrikam.example", "objectId").await,
        theirs(Kind::CivicAddress, "Elsewhere", "civicAddressId").await,
        theirs(Kind::CivicAddress, "Elsewhere", "defaultLocationId").await,
        "mallory@fabrikam.example".to_owned(),
        "Theirs".to_owned(),
    ];
    let mut tried = std::collections::BTreeSet::new();
    for object in objects().iter() {
        for reference in object.references() {
            // One of each field is enough.
            let general: String = reference.field.chars().filter(|letter| !letter.is_ascii_digit()).collect();
            if !tried.insert((object.kind(), general)) {
                continue;
            }
            for stranger in &strangers {
                let mut body = object.to_short_json();
                put(&mut body, &reference.field, json!(stranger));
                let (kind, name) = (object.kind(), object.identity());
                let outcome = office.provisioning.set("Contoso", kind, &name, &patch(&body), true).await;
                assert!(outcome.is_err(), "{kind} {name} {} = {stranger}", reference.field);
            }
        }
    }
    assert!(tried.len() > 25, "only {} fields were tried: {tried:?}", tried.len());
}

#[tokio::test]
async fn patterns_that_take_forever_are_refused_wherever_they_are_said() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let forever = r"^((\d+)\2*)+#$";
    let mut tried = 0;
    for (kind, field) in [
        (Kind::TenantDialPlan, "normalizationRules[0].pattern"),
        (Kind::TranslationRule, "pattern"),
        (Kind::VoiceRoute, "numberPattern"),
        (Kind::InboundBlockedNumberPattern, "pattern"),
        (Kind::InboundExemptNumberPattern, "pattern"),
        (Kind::UnassignedNumberTreatment, "pattern"),
    ] {
        let objects = objects();
        let object = objects.of(kind).next().unwrap_or_else(|| panic!("the example has a {kind}"));
        let mut body = object.to_short_json();
        put(&mut body, field, json!(forever));
        let set = office.provisioning.set("Contoso", kind, &object.identity(), &patch(&body), false).await;
        let words = told(set);
        assert!(words.contains(field) && words.contains("it takes too many steps"), "{words}");
        tried += 1;
    }
    let text = document_schema().to_string();
    assert_eq!(
        text.matches("\"pattern\":{\"default\"").count() + text.matches("\"numberPattern\":{").count(),
        tried
    );
}

#[tokio::test]
async fn numbers_have_a_plus_sign_and_digits_that_every_phone_has() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let number = "+493012345699";
    let account = "service@contoso.example";
    let fields = [
        (
            Kind::PhoneNumber,
            "telephoneNumber",
            json!({ "telephoneNumber": number, "numberType": "DirectRouting" }),
        ),
        (
            Kind::User,
            "blockedNumbers",
            json!({ "userPrincipalName": "new@contoso.example", "blockedNumbers": [number] }),
        ),
        (
            Kind::User,
            "forwardingTarget",
            json!({
                "userPrincipalName": "new@contoso.example", "licenses": ["Teams", "TeamsPhone"],
                "callingSettings": {
                    "isForwardingEnabled": true, "forwardingTargetType": "SingleTarget", "forwardingTarget": number,
                },
            }),
        ),
        (
            Kind::User,
            "unansweredTarget",
            json!({
                "userPrincipalName": "new@contoso.example", "licenses": ["Teams", "TeamsPhone"],
                "callingSettings": { "unansweredTargetType": "SingleTarget", "unansweredTarget": number },
            }),
        ),
        (
            Kind::VoiceRoute,
            "bridgeSourcePhoneNumber",
            json!({ "identity": "New", "bridgeSourcePhoneNumber": number }),
        ),
        (
            Kind::EmergencyCallingPolicy,
            "notificationDialOutNumber",
            json!({
                "identity": "New", "notificationMode": "ConferenceMuted", "notificationDialOutNumber": number,
                "notificationGroup": "alice@contoso.example",
            }),
        ),
        (
            Kind::SharedCallingRoutingPolicy,
            "emergencyNumbers",
            json!({ "identity": "New", "resourceAccount": account, "emergencyNumbers": [number] }),
        ),
    ];
    let wrong = [
        "493012345699",
        "00493012345699",
        "+٤٩٣٠١٢٣٤٥٦٩٩",
        "+４９３０１２３４５６９９",
        "tel:+493012345699",
        "+49 30 12345699",
        "+0493012345699",
        "+4930123456991234",
        "+49301234569\u{202c}9",
    ];
    for (kind, field, body) in fields {
        for text in wrong {
            let body: Value = serde_json::from_str(&body.to_string().replace(number, text)).unwrap();
            let words = told(office.provisioning.create("Contoso", kind, &body, true).await);
            assert!(words.contains(field), "{kind} {field} = {text}: {words}");
        }
        let sound = office.provisioning.create("Contoso", kind, &body, true).await;
        let words = sound.map(drop).map_err(|refusal| refusal.to_string());
        // A number that nobody has is no callback number, but it is a number.
        assert!(words.as_ref().is_ok() || !words.unwrap_err().contains("E.164"), "{kind} {field}");
    }
}

#[tokio::test]
async fn a_number_is_there_once_whoever_has_it() {
    let twice = contoso(&[("\"+493012345611\"", "\"+493012345610\"")]);
    let office = Office::open().await;
    assert!(office.refused(&twice).await.contains("there is one of this name in line"));
    for (number, owner) in [("+14255550100", "resource-7"), ("+14255550200", "resource-8")] {
        let words = office.refused(&contoso(&[("+493012345611", number)])).await;
        assert!(words.contains(&format!("it belongs to the communication resource {owner}")), "{words}");
    }
}
