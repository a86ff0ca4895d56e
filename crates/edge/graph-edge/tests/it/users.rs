//! People are found.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::company::{ADELE, DESK, LINE};
use crate::world::{ORIGIN, World};

fn names(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|user| user["displayName"].as_str().unwrap()).collect()
}

async fn find(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("/v1.0/users?$select=displayName&$orderby=displayName&{query}")).await.ok();
    names(&list).into_iter().map(String::from).collect()
}

#[tokio::test]
async fn somebody_is_found_by_id_and_by_name() {
    let world = World::new().await;
    for path in [format!("/v1.0/users/{ADELE}"), "/v1.0/users/ADELE@contoso.example".into()] {
        let adele = world.get(&path).await.ok();
        assert_eq!(
            adele,
            json!({
                "@odata.context": format!("{ORIGIN}/v1.0/$metadata#users/$entity"),
                "businessPhones": ["+1 425 555 0101"],
                "displayName": "Adele Vance",
                "givenName": "Adele",
                "id": ADELE.to_string(),
                "jobTitle": "Account Executive",
                "mail": "adele@contoso.example",
                "mobilePhone": null,
                "officeLocation": null,
                "preferredLanguage": null,
                "surname": "Vance",
                "userPrincipalName": "adele@contoso.example",
            })
        );
    }
    let adele = world.get(&format!("/beta/users/{ADELE}?$select=department,accountEnabled")).await.ok();
    assert_eq!((&adele["department"], &adele["accountEnabled"]), (&json!("Sales"), &json!(true)));
    assert_eq!(adele.get("mail"), None);
}

#[tokio::test]
async fn conditions_choose() {
    let world = World::new().await;
    let query = "$filter=startswith(displayName,%27A%27)";
    assert_eq!(find(&world, query).await, ["Adele Vance", "Alex Wilber"]);
    let query = "$filter=department%20eq%20'support'%20and%20startswith(displayName,'l')";
    assert_eq!(find(&world, query).await, ["Lee Gu", "Lidia Holloway"]);
    let query = "$filter=jobTitle%20ne%20'Agent'%20and%20mail%20ne%20null";
    assert_eq!(find(&world, query).await, ["Adele Vance"]);
    let query = "$filter=userPrincipalName%20in%20('alex@contoso.example','adele@contoso.example')";
    assert_eq!(find(&world, query).await, ["Adele Vance", "Alex Wilber"]);
    let query = "$filter=accountEnabled%20eq%20false%20or%20surname%20eq%20'Gu'";
    assert_eq!(find(&world, query).await, ["Contoso Line", "Lee Gu"]);
    assert_eq!(find(&world, "$search=%22displayName:lang%22").await, ["Isaiah Langer"]);
    let line = world.get(&format!("/v1.0/users/{LINE}?$select=accountEnabled")).await.ok();
    assert_eq!(line["accountEnabled"], false);
}

#[tokio::test]
async fn pages_follow_one_another_until_all_are_seen() {
    let world = World::new().await;
    let mut path = "/v1.0/users?$top=4&$count=true&$orderby=department%20desc,displayName&$select=displayName,department"
        .to_owned();
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = world.get(&path).await.ok();
        assert_eq!(page["@odata.count"], 9);
        seen.extend(names(&page).into_iter().map(String::from));
        pages += 1;
        let Some(next) = page.get("@odata.nextLink") else { break };
        path = next.as_str().unwrap().strip_prefix(ORIGIN).expect("the link is absolute").to_owned();
    }
    assert_eq!(pages, 3);
    assert_eq!(seen.first().map(String::as_str), Some("Alex Wilber"));
    assert_eq!(
        &seen[7..],
        ["Adele Vance", "Contoso Line"],
        "who has no department comes last when they go down"
    );
    assert_eq!(seen.len(), 9);
}

#[tokio::test]
async fn queries_that_make_no_sense_are_refused() {
    let world = World::new().await;
    for query in [
        "$filter=shoeSize%20eq%2044",
        "$filter=displayName%20eq",
        "$select=shoeSize",
        "$orderby=displayName%20up",
        "$top=0",
        "$top=1000",
        "$top=many",
        "$skiptoken=abc",
        "$skip=5",
        "$expand=manager",
        "$search=adele",
    ] {
        let answer = world.get(&format!("/v1.0/users?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(!answer.message().is_empty(), "{query}");
    }
    let request = Request::builder()
        .uri("/v1.0/users?$search=%22displayName:a%22")
        .header("authorization", format!("Bearer {}", world.token(DESK)));
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.refusal(), "400 Request_UnsupportedQuery");
}

#[tokio::test]
async fn changes_are_asked_for_and_begin_anew_when_there_are_some() {
    let world = World::new().await;
    let relative =
        |link: &Value| link.as_str().unwrap().strip_prefix(ORIGIN).expect("it is absolute").to_owned();
    let first = world.get("/v1.0/users/delta?$select=displayName&$top=5").await.ok();
    let second = world.get(&relative(&first["@odata.nextLink"])).await.ok();
    assert_eq!(names(&first).len() + names(&second).len(), 9);
    let since = relative(&second["@odata.deltaLink"]);
    let nothing = world.get(&since).await.ok();
    assert_eq!((&nothing["value"], relative(&nothing["@odata.deltaLink"])), (&json!([]), since.clone()));
    *world.town.contoso.write().unwrap() = Some(crate::company::contoso_with("Adele Vance-Smith"));
    assert_eq!(world.get(&since).await.refusal(), "410 resyncRequired");
    let answer = world.get("/v1.0/users/delta?$filter=displayName%20eq%20'a'").await;
    assert_eq!(answer.status, 400);
}
