//! Trunks and routes of direct routing.

use serde_json::{Value, json};

use crate::office::{Office, ROUTING, Who};

const PREVIEW: &str = "api-version=2023-04-01-preview";

fn sip(version: &str) -> String {
    format!("/sip?{version}")
}

#[tokio::test]
async fn a_trunk_and_a_route_are_added_and_the_whole_is_answered() {
    let office = Office::new().await;
    assert_eq!(office.get(&sip(ROUTING)).await.body, json!({ "trunks": {}, "routes": [] }));
    let trunks = json!({ "trunks": {
        "sbc.contoso.com": { "sipSignalingPort": 5061 }, "sbc2.contoso.com": { "sipSignalingPort": 5062 },
    } });
    let two = office.patch(&sip(ROUTING), trunks.clone()).await;
    assert_eq!((two.status, &two.body["trunks"]), (200, &trunks["trunks"]));
    let route = json!({
        "name": "Berlin", "description": "d", "numberPattern": r"^\+4930", "trunks": ["sbc2.contoso.com", "sbc.contoso.com"],
    });
    let routed = office.patch(&sip(ROUTING), json!({ "routes": [route] })).await;
    assert_eq!(routed.body, json!({ "trunks": trunks["trunks"], "routes": [route] }));
    assert_eq!(office.get(&sip(ROUTING)).await.body, routed.body);
    // Another resource has nothing of it.
    let theirs = office.ask(Who::Support, "GET", &sip(ROUTING), Value::Null).await;
    assert_eq!(theirs.body, json!({ "trunks": {}, "routes": [] }));

    let used = office.patch(&sip(ROUTING), json!({ "trunks": { "sbc.contoso.com": null } })).await;
    assert_eq!(
        (used.refusal(), &used.body["error"]["target"]),
        ("422/UnprocessableConfiguration".into(), &json!("routes[0].trunks"))
    );
    assert!(used.message().contains("sbc.contoso.com"), "{}", used.message());
    assert_eq!(office.get(&sip(ROUTING)).await.body, routed.body);
    let free =
        office.patch(&sip(ROUTING), json!({ "trunks": { "sbc.contoso.com": null }, "routes": [] })).await;
    assert_eq!(
        free.body,
        json!({ "trunks": { "sbc2.contoso.com": { "sipSignalingPort": 5062 } }, "routes": [] })
    );
}

#[tokio::test]
async fn what_only_previews_know_is_shown_to_them() {
    let office = Office::new().await;
    let update = json!({
        "domains": { "contoso.com": { "enabled": true } },
        "trunks": {
            "sbc.contoso.com": { "sipSignalingPort": 5061 }, "other.contoso.com": { "sipSignalingPort": 1, "enabled": false },
        },
    });
    let told = office.patch(&sip(PREVIEW), update).await.body;
    assert_eq!(told["domains"], json!({ "contoso.com": { "enabled": true } }));
    assert_eq!(told["trunks"]["sbc.contoso.com"], json!({ "sipSignalingPort": 5061, "enabled": true }));
    let health = office.get(&format!("/sip?expand=trunks/health&{PREVIEW}")).await.body;
    assert_eq!(
        health["trunks"]["sbc.contoso.com"]["health"],
        json!({ "tls": { "status": "ok" }, "ping": { "status": "ok" }, "overall": { "status": "active" } })
    );
    assert_eq!(health["trunks"]["other.contoso.com"]["health"]["ping"]["status"], "unknown");
    let stable = office.get(&sip(ROUTING)).await.body;
    assert_eq!(
        stable,
        json!({ "routes": [], "trunks": {
            "sbc.contoso.com": { "sipSignalingPort": 5061 }, "other.contoso.com": { "sipSignalingPort": 1 },
        } })
    );
    let early = office.get(&format!("/sip?expand=trunks/health&{ROUTING}")).await;
    assert_eq!(
        (early.refusal(), &early.body["error"]["target"]),
        ("400/BadRequest".into(), &json!("expand"))
    );
}

#[tokio::test]
async fn a_number_is_tried_on_routes() {
    let office = Office::new().await;
    let route = |name: &str, pattern: &str| json!({ "name": name, "numberPattern": pattern, "trunks": [] });
    let configuration =
        json!({ "routes": [route("one", r"^\+1425"), route("all", r".*"), route("none", r"^\+49")] });
    let tested = |query: &str| format!("/sip:testRoutesWithNumber?{query}&{PREVIEW}");
    let target = tested("targetPhoneNumber=%2B14255550123");
    let matching = office.post(&target, configuration).await;
    let names: Vec<_> = matching.body["matchingRoutes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| route["name"].clone())
        .collect();
    assert_eq!(names, ["one", "all"]);
    let no_number = office.post(&tested("targetPhoneNumber=1"), json!({})).await;
    assert_eq!(
        (no_number.refusal(), &no_number.body["error"]["target"]),
        ("400/BadRequest".into(), &json!("targetPhoneNumber"))
    );
    let stable = target.replace(PREVIEW, ROUTING);
    assert_eq!(office.post(&stable, json!({})).await.refusal(), "404/NotFound");
}

#[tokio::test]
async fn what_is_wrong_changes_nothing_and_is_named() {
    let office = Office::new().await;
    let trunk = json!({ "trunks": { "sbc.contoso.com": { "sipSignalingPort": 5061 } } });
    let before = office.patch(&sip(ROUTING), trunk.clone()).await.body;
    let route =
        |pattern: &str| json!({ "routes": [{ "name": "r", "numberPattern": pattern, "trunks": [] }] });
    let routes: Vec<_> = (0..251).map(|_| json!({ "name": "r", "numberPattern": "1" })).collect();
    let cases = [
        (route(&"1".repeat(1025)), "400/BadRequest", "routes[0].numberPattern"),
        (route("(1"), "400/BadRequest", "routes[0].numberPattern"),
        // It would take longer than the world has been there.
        (route(r"^((\d+)\2*)+#$"), "400/BadRequest", "routes[0].numberPattern"),
        (json!({ "routes": routes }), "400/BadRequest", "routes"),
        (json!({ "routes": [{ "name": "r" }] }), "400/BadRequest", "routes[0]"),
        (json!({ "trunks": { "192.0.2.1": { "sipSignalingPort": 5061 } } }), "400/BadRequest", "trunks"),
        (
            json!({ "trunks": { "a.example": { "sipSignalingPort": 70000 } } }),
            "400/BadRequest",
            "trunks.a.example.sipSignalingPort",
        ),
        (
            json!({ "routes": [{ "name": "r", "numberPattern": "1", "trunks": ["nobody.example"] }] }),
            "422/UnprocessableConfiguration",
            "routes[0].trunks",
        ),
    ];
    for (update, refusal, target) in cases {
        let answer = office.patch(&sip(ROUTING), update).await;
        assert_eq!(answer.refusal(), refusal, "{answer:?}");
        assert_eq!(answer.body["error"]["target"], target, "{answer:?}");
    }
    assert_eq!(office.get(&sip(ROUTING)).await.body, before);
    // A name in a certificate belongs to one.
    let theirs = office.ask(Who::Fabrikam, "PATCH", &sip(ROUTING), trunk).await;
    assert_eq!(theirs.refusal(), "422/UnprocessableConfiguration");
}
