//! A phone takes the place of another one (RFC 3891).

use identifier::LegId;

use crate::world::{answered, asked, exchange, invite_in_place_of, phone};

#[test]
fn a_place_is_taken_only_by_a_phone_of_the_same_tenant() {
    let mut exchange = exchange();
    answered(&mut exchange);
    let alices = Some(LegId::from_u128(1));

    invite_in_place_of(&mut exchange, 2, phone(3), "alice", alices);
    assert_eq!(asked(&mut exchange), "Reject(Forbidden)");

    invite_in_place_of(&mut exchange, 3, phone(2), "alice", alices);
    let requests = asked(&mut exchange);
    assert!(requests.contains("Answer") && !requests.contains("Reject"), "{requests}");
}
