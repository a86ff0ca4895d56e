//! An application that asks too often waits, and nobody else does.

use crate::company::{DESK, OTHER};
use crate::world::World;

#[tokio::test]
async fn each_application_has_a_pace_of_its_own() {
    let world = World::with_pace(5).await;
    let (desk, other) = (world.token(DESK), world.token(OTHER));
    let mut refused = None;
    for _ in 0..20 {
        let answer = world.ask_as(&desk, "GET", "/v1.0/users", None).await;
        if answer.status == 429 {
            refused = Some(answer);
        }
    }
    let refused = refused.expect("the twentieth request of a second is too many");
    assert_eq!(refused.refusal(), "429 TooManyRequests");
    assert!(refused.headers.contains_key("retry-after"));
    world.ask_as(&other, "GET", "/v1.0/users", None).await.ok();
}
