//! An operator's trunk, and the company that it waits for.

use conformance::patience::until_async;
use conformance::platform::Platform;
use serde_json::json;

use crate::company::{does, json_of, refuses, teams};
use crate::shared_configuration::configuration;

const TRUNK: &str = "[[tenants.trunks]]
name = \"telco\"
host = \"127.0.0.1\"
port = 5
operator = \"Telco\"
prefixes = [\"+\"]
";

#[tokio::test]
async fn an_operators_trunk_waits_for_the_consent_of_the_company() {
    let mut platform = Platform::configured("operator", &configuration("", TRUNK)).await;
    let trunks = async |platform: &Platform| {
        json_of(&does(platform, &["status", "--json"]).await)["trunks"].as_array().map(Vec::len)
    };
    assert_eq!(trunks(&platform).await, Some(0), "nobody has consented");

    let consent = ["set-tenant", "Contoso", "domains=contoso.example", "operators=[Telco, Elsewhere]"];
    let tried = teams(&platform, &[&consent[..], &["--dry-run"]].concat()).await;
    assert!(tried.contains("operators: [Telco, Elsewhere]"), "{tried}");
    assert!(tried.contains("names no trunk of Elsewhere") && tried.contains("nothing was done"), "{tried}");
    assert_eq!(trunks(&platform).await, Some(0), "it was only tried");

    teams(&platform, &consent).await;
    until_async("the trunk is there", async || trunks(&platform).await.filter(|count| *count == 1)).await;
    let number = ["new-phone-number", "+493012345600", "numberType=OperatorConnect", "pstnPartnerName=telco"];
    teams(&platform, &number).await;
    platform.kill();
    platform.restart().await;
    assert_eq!(trunks(&platform).await, Some(1), "after a crash too");

    let back = ["teams", "set-tenant", "Contoso", "operators=Elsewhere"];
    refuses(&platform, &back, "the company has not consented to this operator").await;
    teams(&platform, &["remove-phone-number", "+493012345600"]).await;
    does(&platform, &back).await;
    assert_eq!(trunks(&platform).await, Some(0), "the consent was taken back");
    let shown = json_of(&teams(&platform, &["get-tenant", "Contoso", "--json"]).await);
    assert_eq!(shown["operators"], json!(["Elsewhere"]));
}
