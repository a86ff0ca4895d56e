//! An administrator of the machine lets an application ask in somebody's name.

use std::time::Duration;

use graph_edge::{Delegation, DelegationError, Permission};
use redact::Secret;

use crate::company::{ADELE, ALEX, DESK, POOR};
use crate::world::World;

fn wanted(person: &str, scopes: &[&str]) -> Delegation {
    Delegation {
        tenant: "contoso.example".into(),
        application: DESK.to_string(),
        person: person.into(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        lives: Duration::from_secs(600),
    }
}

#[tokio::test]
async fn a_portal_asks_for_resource_accounts_in_the_name_of_an_administrator() {
    let world = World::new().await;
    let wanted = wanted("Adele@contoso.example", &["TeamsResourceAccount.Read.All"]);
    let given = world.graph.delegate(&wanted).await.unwrap();
    assert_eq!((given.person, &given.scopes[..]), (ADELE, &[Permission::TeamsResourceAccountReadAll][..]));
    let token = given.token.into_inner();
    let path = format!("/beta/admin/teams/resourceAccounts?$filter=appid%20eq%20'{DESK}'");
    let accounts = world.ask_as(&token, "GET", &path, None).await.ok();
    assert_eq!(accounts["value"][0]["phoneNumber"], "tel:+14255550100");
    let answer = world.ask_as(&token, "GET", "/v1.0/users", None).await;
    assert_eq!(answer.refusal(), "403 Authorization_RequestDenied", "and nothing else");
    world.jump(Duration::from_secs(600 + 61));
    let answer = world.ask_as(&token, "GET", &path, None).await;
    assert_eq!(answer.refusal(), "401 InvalidAuthenticationToken", "it has ended");
}

#[tokio::test]
async fn in_somebodys_name_others_are_seen_but_nothing_is_said_about_them() {
    let world = World::new().await;
    let given = world.graph.delegate(&wanted(&ADELE.to_string(), &[])).await.unwrap();
    assert!(!given.scopes.contains(&Permission::PresenceReadWriteAll), "it is for applications");
    let token = given.token.into_inner();
    for (path, status) in [
        ("/v1.0/users".to_owned(), 200),
        (format!("/v1.0/users/{ALEX}/presence"), 200),
        ("/v1.0/me/presence".to_owned(), 200),
    ] {
        assert_eq!(world.ask_as(&token, "GET", &path, None).await.status, status, "{path}");
    }
    let busy =
        serde_json::json!({ "sessionId": DESK.to_string(), "availability": "Busy", "activity": "InACall" });
    let of_alex = format!("/v1.0/users/{ALEX}/presence/setPresence");
    assert_eq!(world.ask_as(&token, "POST", &of_alex, Some(busy.clone())).await.status, 403);
    world.ask_as(&token, "POST", "/v1.0/me/presence/setPresence", Some(busy)).await.ok();
}

#[tokio::test]
async fn an_application_does_not_have_in_its_own_name_what_is_for_persons() {
    let world = World::new().await;
    let tokens = world.graph.tokens();
    let of_persons = [Permission::PresenceRead, Permission::PresenceReadWrite, Permission::UserRead];
    let token: Secret<String> = tokens.for_application(crate::company::CONTOSO, DESK, &of_persons);
    let path = format!("/v1.0/users/{ADELE}");
    assert_eq!(world.ask_as(token.expose(), "GET", &path, None).await.status, 403);
}

#[tokio::test]
async fn a_token_that_nobody_may_have_is_not_made() {
    let world = World::new().await;
    let refused = async |wanted: Delegation| world.graph.delegate(&wanted).await.expect_err("none is made");
    let adele = "adele@contoso.example";
    let all = || wanted(adele, &[]);
    let nowhere = Delegation { tenant: "nowhere.example".into(), ..all() };
    assert_eq!(refused(nowhere).await, DelegationError::UnknownTenant("nowhere.example".into()));
    let unknown = Delegation { application: "desk".into(), ..all() };
    assert_eq!(refused(unknown).await, DelegationError::UnknownApplication("desk".into()));
    let poor = Delegation { application: POOR.to_string(), ..all() };
    assert_eq!(refused(poor).await, DelegationError::NothingToGrant);
    let poor = Delegation { application: POOR.to_string(), ..wanted(adele, &["User.Read"]) };
    assert_eq!(refused(poor).await, DelegationError::NotGranted(Permission::UserRead));
    let nobody = wanted("nobody@contoso.example", &[]);
    assert_eq!(refused(nobody).await, DelegationError::UnknownPerson("nobody@contoso.example".into()));
    let line = wanted("line@contoso.example", &[]);
    assert_eq!(refused(line).await, DelegationError::CannotSignIn("line@contoso.example".into()));
    let strange = wanted(adele, &["Mail.Send"]);
    assert_eq!(refused(strange).await, DelegationError::UnknownScope("Mail.Send".into()));
    let of_applications = wanted(adele, &["Presence.ReadWrite.All"]);
    let error = DelegationError::NotDelegated(Permission::PresenceReadWriteAll);
    assert_eq!(refused(of_applications).await, error);
    for seconds in [0, 59, 86_401] {
        let lives = Duration::from_secs(seconds);
        assert_eq!(refused(Delegation { lives, ..all() }).await, DelegationError::Lifetime(lives));
    }
}
