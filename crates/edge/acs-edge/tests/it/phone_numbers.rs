//! Numbers are found, purchased, shown and given back.

use serde_json::{Value, json};

use crate::office::{NUMBERS, Office, SALES, Who};

fn berlin(quantity: usize) -> Value {
    json!({
        "phoneNumberType": "geographic", "assignmentType": "application", "quantity": quantity,
        "capabilities": { "calling": "inbound+outbound", "sms": "none" }, "areaCode": "30",
    })
}

#[tokio::test]
async fn a_number_is_found_purchased_listed_and_released() {
    let office = Office::new().await;
    let (search, numbers) = office.finds(Who::Sales, "DE", berlin(2)).await;
    // The one between them belongs to somebody already.
    assert_eq!(numbers, ["+4930555000", "+4930555002"]);
    assert_eq!(office.owner("+4930555000"), None);

    let purchase = office.purchases(Who::Sales, &search).await;
    assert_eq!((&purchase["status"], &purchase["operationType"]), (&json!("succeeded"), &json!("purchase")));
    assert_eq!(office.owner("+4930555000"), Some(SALES));

    let number = office.get(&format!("/phoneNumbers/%2B4930555000?{NUMBERS}")).await;
    assert_eq!(
        number.body,
        json!({
            "id": "4930555000", "phoneNumber": "+4930555000", "countryCode": "DE",
            "phoneNumberType": "geographic", "assignmentType": "application",
            "capabilities": { "calling": "inbound+outbound", "sms": "none" },
            "purchaseDate": "2026-11-21T02:33:00.0000000Z",
            "cost": { "amount": 1.0, "currencyCode": "EUR", "billingFrequency": "monthly" },
        })
    );
    let list = office.get(&format!("/phoneNumbers?skip=0&top=2&{NUMBERS}")).await;
    let ids: Vec<_> = list.body["phoneNumbers"].as_array().unwrap().iter().map(|n| n["id"].clone()).collect();
    // What the operator has given is there, too.
    assert_eq!(ids, ["14255550100", "4930555000"]);
    let rest = office.get(list.body["nextLink"].as_str().expect("there is more")).await;
    assert_eq!(rest.body["phoneNumbers"][0]["id"], "4930555002");
    assert_eq!(rest.body.get("nextLink"), None);

    let released = office.delete(&format!("/phoneNumbers/+4930555000?{NUMBERS}")).await;
    let release = office.operation(Who::Sales, &released).await;
    assert_eq!(
        (&release["status"], &release["operationType"]),
        (&json!("succeeded"), &json!("releasePhoneNumber"))
    );
    assert_eq!(office.owner("+4930555000"), None);
    assert_eq!(office.get(&format!("/phoneNumbers/+4930555000?{NUMBERS}")).await.refusal(), "404/NotFound");
    // Somebody else can have it now.
    let (_, numbers) = office.finds(Who::Support, "DE", berlin(1)).await;
    assert_eq!(numbers, ["+4930555000"]);
}

#[tokio::test]
async fn of_two_who_purchase_the_same_numbers_one_gets_them() {
    let office = Office::new().await;
    let (search, _) = office.finds(Who::Sales, "DE", berlin(3)).await;
    let (one, other) =
        tokio::join!(office.purchases(Who::Sales, &search), office.purchases(Who::Sales, &search));
    let mut statuses = [one["status"].clone(), other["status"].clone()];
    statuses.sort_by_key(Value::to_string);
    assert_eq!(statuses, ["failed", "succeeded"]);

    // Two resources never find the same.
    let (mine, theirs) =
        tokio::join!(office.finds(Who::Sales, "DE", berlin(3)), office.finds(Who::Support, "DE", berlin(3)));
    assert!(mine.1.iter().all(|number| !theirs.1.contains(number)), "{mine:?} {theirs:?}");
    // Nobody purchases what another has found.
    let target = format!("/availablePhoneNumbers/:purchase?{NUMBERS}");
    let stolen = office.ask(Who::Support, "POST", &target, json!({ "searchId": mine.0 })).await;
    assert_eq!(stolen.refusal(), "404/NotFound");
}

#[tokio::test]
async fn what_was_found_is_kept_aside_for_a_quarter_of_an_hour() {
    let office = Office::new().await;
    let (search, _) = office.finds(Who::Sales, "DE", berlin(9)).await;
    let target = format!("/availablePhoneNumbers/countries/DE/:search?{NUMBERS}");
    let nothing = office.ask(Who::Support, "POST", &target, berlin(1)).await;
    let nothing = office.operation(Who::Support, &nothing).await;
    assert_eq!((&nothing["status"], &nothing["error"]["code"]), (&json!("failed"), &json!("OutOfStock")));

    office.wait(15 * 60 + 1);
    let request = format!("/availablePhoneNumbers/searchResults/{search}?{NUMBERS}");
    // The signature of this test is as old as that.
    let late = office.get(&request).await;
    assert_eq!(late.status, 401, "{late:?}");
}

#[tokio::test]
async fn capabilities_change_as_far_as_the_trunk_allows() {
    let office = Office::new().await;
    let wanted = json!({
        "phoneNumberType": "tollFree", "assignmentType": "application",
        "capabilities": { "calling": "none", "sms": "outbound" },
    });
    let (search, numbers) = office.finds(Who::Sales, "us", wanted).await;
    office.purchases(Who::Sales, &search).await;
    let target = format!("/phoneNumbers/{}/capabilities?{NUMBERS}", numbers[0]);
    let accepted = office.patch(&target, json!({ "calling": "inbound" })).await;
    assert_eq!(office.operation(Who::Sales, &accepted).await["status"], "succeeded");
    let number = office.get(&accepted.header("location")).await;
    assert_eq!(number.body["capabilities"], json!({ "calling": "inbound", "sms": "outbound" }));

    let (search, numbers) = office.finds(Who::Sales, "DE", berlin(1)).await;
    office.purchases(Who::Sales, &search).await;
    let target = format!("/phoneNumbers/{}/capabilities?{NUMBERS}", numbers[0]);
    let accepted = office.patch(&target, json!({ "sms": "outbound" })).await;
    let refused = office.operation(Who::Sales, &accepted).await;
    assert_eq!(
        (&refused["status"], &refused["error"]["code"]),
        (&json!("failed"), &json!("CapabilityNotSupported"))
    );
}

#[tokio::test]
async fn numbers_are_browsed_reserved_and_purchased_together() {
    let office = Office::new().await;
    let browse = format!("/availablePhoneNumbers/countries/US/:browse?{NUMBERS}");
    let seen = office.post(&browse, json!({ "phoneNumberType": "geographic" })).await;
    assert_eq!(seen.body["phoneNumbers"].as_array().map(Vec::len), Some(10));
    assert_eq!(seen.body["phoneNumbers"][0]["status"], "available");
    let seen = office
        .post(&browse, json!({ "phoneNumberType": "geographic", "phoneNumberPrefixes": ["4255550115"] }));
    let one = seen.await.body["phoneNumbers"][0].clone();
    assert_eq!(one["id"], "14255550115");

    let id = "6227aeb8-8086-4824-9586-05c3138c4cb8";
    let reservation = format!("/availablePhoneNumbers/reservations/{id}?{NUMBERS}");
    let wanted = json!({ "phoneNumbers": { "14255550115": one, "442079460000": { "id": "442079460000" } } });
    let made = office.patch(&reservation, wanted).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["phoneNumbers"]["14255550115"]["status"], "reserved");
    // It is on a trunk of another tenant.
    let others = &made.body["phoneNumbers"]["442079460000"];
    assert_eq!((&others["status"], &others["error"]["code"]), (&json!("error"), &json!("NotAvailable")));
    // Others see that it is gone, and call their own reservations as they like.
    let wanted = json!({ "phoneNumbers": { "14255550115": { "id": "14255550115" }, "14255550116": {} } });
    let late = office.ask(Who::Support, "PATCH", &reservation, wanted).await;
    assert_eq!((late.status, &late.body["phoneNumbers"]["14255550115"]["status"]), (201, &json!("error")));
    assert_eq!(late.body["phoneNumbers"]["14255550116"]["status"], "reserved");

    let changed = office.patch(&reservation, json!({ "phoneNumbers": { "442079460000": null } })).await;
    assert_eq!(
        (changed.status, changed.body["phoneNumbers"].as_object().map(serde_json::Map::len)),
        (200, Some(1))
    );
    let list = office.get(&format!("/availablePhoneNumbers/reservations?maxPageSize=100&{NUMBERS}")).await;
    assert_eq!(list.body["reservations"].as_array().map(Vec::len), Some(1));
    assert_eq!(list.body["reservations"][0].get("phoneNumbers"), None);

    let purchase = format!("/availablePhoneNumbers/reservations/{id}/:purchase?{NUMBERS}");
    let accepted = office.post(&purchase, Value::Null).await;
    let operation = office.operation(Who::Sales, &accepted).await;
    assert_eq!(
        (&operation["status"], &operation["operationType"]),
        (&json!("succeeded"), &json!("reservationPurchase"))
    );
    assert_eq!(office.owner("+14255550115"), Some(SALES));
    assert_eq!(office.get(&reservation).await.body["status"], "completed");
    assert_eq!(office.delete(&reservation).await.refusal(), "409/Conflict");
    let again = office.post(&purchase, Value::Null).await;
    assert_eq!(office.operation(Who::Sales, &again).await["status"], "failed");
    // What is reserved and not wanted is free again.
    assert_eq!(office.ask(Who::Support, "DELETE", &reservation, Value::Null).await.status, 204);
    assert_eq!(office.ask(Who::Support, "GET", &reservation, Value::Null).await.refusal(), "404/NotFound");
}

#[tokio::test]
async fn what_there_is_can_be_looked_at() {
    let office = Office::new().await;
    let get = async |path: &str, query: &str| {
        let target =
            format!("/availablePhoneNumbers/countries{path}?skip=0&maxPageSize=100{query}&{NUMBERS}");
        office.get(&target).await.body
    };
    let countries = get("", "").await;
    let codes: Vec<_> =
        countries["countries"].as_array().unwrap().iter().map(|c| c["countryCode"].clone()).collect();
    assert_eq!(codes, ["DE", "US"]);
    assert_eq!(countries["countries"][0]["localizedName"], "Germany");
    let localities = get("/DE/localities", "&administrativeDivision=BE").await;
    assert_eq!(localities["phoneNumberLocalities"][0]["localizedName"], "Berlin");
    assert_eq!(get("/DE/localities", "&administrativeDivision=BY").await["phoneNumberLocalities"], json!([]));
    let codes = get("/US/areaCodes", "&phoneNumberType=geographic&assignmentType=person").await;
    assert_eq!(codes["areaCodes"], json!([{ "areaCode": "425" }]));
    let codes = get("/US/areaCodes", "&phoneNumberType=tollFree&assignmentType=application").await;
    assert_eq!(codes["areaCodes"], json!([{ "areaCode": "800" }]));
    let offerings = get("/US/offerings", "").await["phoneNumberOfferings"].clone();
    assert_eq!(offerings.as_array().map(Vec::len), Some(3));
    assert_eq!(get("/GB/offerings", "").await["phoneNumberOfferings"], json!([]));
}

#[tokio::test]
async fn a_number_tells_what_can_be_seen_of_it() {
    let office = Office::new().await;
    let target = format!("/operatorInformation/:search?{NUMBERS}");
    let asked =
        json!({ "phoneNumbers": ["+14255550110"], "options": { "includeAdditionalOperatorDetails": true } });
    let told = office.post(&target, asked).await;
    assert_eq!(
        told.body["values"][0],
        json!({
            "phoneNumber": "+14255550110", "nationalFormat": "(425) 555-0110",
            "internationalFormat": "+1 425-555-0110", "isoCountryCode": "US", "numberType": "geographic",
            "operatorDetails": { "name": "carrier" },
        })
    );
    let told = office.post(&target, json!({ "phoneNumbers": ["+4915123456789"] })).await;
    assert_eq!(told.body["values"][0].get("isoCountryCode"), None);
    assert_eq!(told.body["values"][0]["nationalFormat"], "01512 3456789");
    let wrong = office.post(&target, json!({ "phoneNumbers": ["+1425", "030"] })).await;
    assert_eq!(
        (wrong.refusal(), &wrong.body["error"]["target"]),
        ("400/BadRequest".into(), &json!("phoneNumbers[1]"))
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_name() {
    let office = Office::new().await;
    let search = |country: &str| format!("/availablePhoneNumbers/countries/{country}/:search?{NUMBERS}");
    let check = async |target: &str, body: Value, expected: &str| {
        let answer = office.post(target, body).await;
        assert_eq!(answer.refusal(), "400/BadRequest", "{answer:?}");
        assert_eq!(answer.body["error"]["target"], expected, "{answer:?}");
    };
    check(&search("Germany"), berlin(1), "countryCode").await;
    check(&search("DE"), berlin(0), "quantity").await;
    check(&search("DE"), berlin(501), "quantity").await;
    check(&search("DE"), json!({ "phoneNumberType": "satellite" }), "phoneNumberType").await;
    check(&format!("/availablePhoneNumbers/:purchase?{NUMBERS}"), json!({}), "searchId").await;
    let browse = format!("/availablePhoneNumbers/countries/DE/:browse?{NUMBERS}");
    check(
        &browse,
        json!({ "phoneNumberType": "geographic", "phoneNumberPrefixes": ["+1"] }),
        "phoneNumberPrefixes",
    )
    .await;
    let patch = format!("/availablePhoneNumbers/reservations/mine?{NUMBERS}");
    assert_eq!(office.patch(&patch, json!({})).await.body["error"]["target"], "reservationId");
    let patch = patch.replace("mine", "6227aeb8-8086-4824-9586-05c3138c4cb8");
    let answer = office.patch(&patch, json!({ "phoneNumbers": { "0": {} } })).await;
    assert_eq!(answer.body["error"]["target"], "phoneNumbers.0");
    for (target, expected) in [("top=x", "top"), ("top=1001", "top"), ("skip=-1", "skip")] {
        let answer = office.get(&format!("/phoneNumbers?{target}&{NUMBERS}")).await;
        assert_eq!(answer.body["error"]["target"], expected);
    }
    // Numbers of other tenants and of the operator are nobody's business here.
    let others = office.delete(&format!("/phoneNumbers/+442071234567?{NUMBERS}")).await;
    assert_eq!(others.refusal(), "404/NotFound");
    let given = office.delete(&format!("/phoneNumbers/+14255550100?{NUMBERS}")).await;
    assert_eq!(given.refusal(), "409/Conflict");
    assert_eq!(office.get(&format!("/phoneNumbers/operations/x?{NUMBERS}")).await.refusal(), "404/NotFound");
}

#[tokio::test]
async fn a_purchase_that_calls_cannot_see_is_none() {
    let office = Office::new().await;
    let (search, _) = office.finds(Who::Sales, "DE", berlin(1)).await;
    *office.refuse_to_publish.lock().unwrap() = Some("the file is contradictory".to_owned());
    let failed = office.purchases(Who::Sales, &search).await;
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("ProvisioningFailed"))
    );
    assert_eq!(office.store.held_numbers().await.unwrap(), []);
    assert_eq!(
        office.finds(Who::Support, "DE", berlin(1)).await.1,
        ["+4930555002"],
        "it is kept aside still"
    );
    *office.refuse_to_publish.lock().unwrap() = None;
    assert_eq!(
        office.purchases(Who::Sales, &search).await["status"],
        "succeeded",
        "once nothing is against it"
    );
    assert_eq!(office.owner("+4930555000"), Some(SALES));
}

#[tokio::test]
async fn a_reservation_that_cannot_be_purchased_now_can_be_later() {
    let office = Office::new().await;
    let reservation = "/availablePhoneNumbers/reservations/6227aeb8-8086-4824-9586-05cafe96f37b";
    let wanted = json!({ "phoneNumbers": { "4930555003": { "phoneNumber": "+4930555003" } } });
    assert_eq!(office.patch(&format!("{reservation}?{NUMBERS}"), wanted).await.status, 201);
    let purchase = async || {
        let accepted = office.post(&format!("{reservation}/:purchase?{NUMBERS}"), json!({})).await;
        office.operation(Who::Sales, &accepted).await["status"].clone()
    };
    *office.refuse_to_publish.lock().unwrap() = Some("the file is contradictory".to_owned());
    assert_eq!(purchase().await, "failed");
    let seen = office.get(&format!("{reservation}?{NUMBERS}")).await.body;
    assert_eq!(
        (&seen["status"], &seen["phoneNumbers"]["4930555003"]["status"]),
        (&json!("active"), &json!("reserved"))
    );
    *office.refuse_to_publish.lock().unwrap() = None;
    assert_eq!(purchase().await, "succeeded");
}

#[tokio::test]
async fn a_number_that_cannot_be_released_now_is_held_until_it_can() {
    let office = Office::new().await;
    let (search, _) = office.finds(Who::Sales, "DE", berlin(1)).await;
    office.purchases(Who::Sales, &search).await;
    *office.refuse_to_publish.lock().unwrap() = Some("the file is contradictory".to_owned());
    let number = format!("/phoneNumbers/%2B4930555000?{NUMBERS}");
    assert_eq!(office.delete(&number).await.refusal(), "409/Conflict");
    let capabilities = format!("/phoneNumbers/%2B4930555000/capabilities?{NUMBERS}");
    let less = json!({ "calling": "inbound" });
    assert_eq!(office.patch(&capabilities, less).await.refusal(), "409/Conflict");
    let held = office.get(&number).await;
    assert_eq!((held.status, &held.body["capabilities"]["calling"]), (200, &json!("inbound+outbound")));
    assert_eq!(office.owner("+4930555000"), Some(SALES));
    *office.refuse_to_publish.lock().unwrap() = None;
    assert_eq!(office.delete(&number).await.status, 202);
    assert_eq!((office.owner("+4930555000"), office.get(&number).await.status), (None, 404));
}

#[tokio::test]
async fn numbers_are_listed_in_their_order_a_page_after_the_other() {
    let office = Office::new().await;
    let (search, found) = office.finds(Who::Sales, "DE", berlin(7)).await;
    office.purchases(Who::Sales, &search).await;
    let mut all = found;
    all.push("+14255550100".to_owned());
    all.sort();
    for size in 1..=9 {
        let mut listed = Vec::new();
        let mut next = Some(format!("/phoneNumbers?top={size}&{NUMBERS}"));
        while let Some(page) = next {
            let page = office.get(&page).await.body;
            let numbers = page["phoneNumbers"].as_array().expect("a list").clone();
            assert!(numbers.len() <= size && (!numbers.is_empty()), "{page}");
            listed.extend(
                numbers.iter().map(|number| number["phoneNumber"].as_str().expect("it is").to_owned()),
            );
            next = page["nextLink"].as_str().map(ToOwned::to_owned);
        }
        assert_eq!(listed, all, "{size} at once");
    }
    let behind = office.get(&format!("/phoneNumbers?skip=8&{NUMBERS}")).await.body;
    assert_eq!(behind["phoneNumbers"], json!([]));
}

#[tokio::test]
async fn nobody_keeps_everything_aside() {
    let office = Office::new().await;
    let wanted = json!({
        "phoneNumberType": "geographic", "assignmentType": "person", "capabilities": { "calling": "inbound", "sms": "none" },
    });
    let mut refused = None;
    for index in 0..101 {
        let target =
            format!("/availablePhoneNumbers/reservations/{index:08}-8086-4824-9586-05c3138c4cb8?{NUMBERS}");
        let answer = office.patch(&target, json!({ "phoneNumbers": {} })).await;
        if answer.status != 201 {
            refused = Some((index, answer.refusal()));
        }
    }
    assert_eq!(refused, Some((100, "409/Conflict".to_owned())));
    let search = format!("/availablePhoneNumbers/countries/US/:search?{NUMBERS}");
    assert_eq!(office.post(&search, wanted).await.refusal(), "409/Conflict");
}

#[tokio::test]
async fn each_version_has_the_operations_of_its_client() {
    let office = Office::new().await;
    let browse = "/availablePhoneNumbers/countries/US/:browse?api-version=2024-03-01-preview";
    assert_eq!(office.post(browse, json!({ "phoneNumberType": "mobile" })).await.refusal(), "404/NotFound");
    let look_up = "/operatorInformation/:search?api-version=2022-12-01";
    assert_eq!(office.post(look_up, json!({ "phoneNumbers": ["+1425"] })).await.refusal(), "404/NotFound");
    assert_eq!(office.get("/phoneNumbers?api-version=2022-12-01").await.status, 200);
    let unknown = office.get("/phoneNumbers?api-version=1999-01-01").await;
    assert_eq!(unknown.refusal(), "400/BadRequest");
    assert!(unknown.message().contains("2025-06-01"), "{}", unknown.message());
    assert_eq!(office.get("/phoneNumbers").await.refusal(), "400/BadRequest");
}
