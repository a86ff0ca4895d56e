//! An administrator of a contact center looks for the resource accounts of the application.

use serde_json::json;

use crate::company::{DESK, LINE};
use crate::world::World;

#[tokio::test]
async fn the_resource_accounts_of_an_application_are_found() {
    let world = World::new().await;
    let path = format!("/beta/admin/teams/resourceAccounts?$filter=appid%20eq%20'{DESK}'");
    let found = world.get(&path).await.ok();
    assert_eq!(
        found["value"],
        json!([{
            "id": LINE.to_string(),
            "userPrincipalName": "line@contoso.example",
            "appId": DESK.to_string(),
            "displayName": "Contoso Line",
            "phoneNumber": "tel:+14255550100",
            "acsResourceId": "00000000-0000-0000-0000-000000000007",
        }])
    );
    let other = format!("/beta/admin/teams/resourceAccounts?$filter=appid%20eq%20'{LINE}'");
    assert_eq!(world.get(&other).await.ok()["value"], json!([]));
}
