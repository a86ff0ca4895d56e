//! What is not served yet says so.

use serde_json::json;

use crate::surface::Surface;

#[tokio::test]
async fn a_teams_resource_account_is_not_silently_ignored() {
    let surface = Surface::new();
    let teams = json!({
        "targets": [{ "rawId": "8:acs:r_u" }],
        "callbackUri": "https://localhost/cb",
        "teamsAppSource": { "appId": "a" },
    });
    let answer = surface.post("/calling/callConnections", teams).await;
    assert_eq!(answer.refusal(), "405/8520");
    assert!(surface.asked().is_empty());
}
