//! The accounts of calls that are over.

use call_engine::{CallRecord, EndCause};
use store::{CallRecordFilter, PageRequest};
use switchboard::Batch;

use crate::world::World;

#[tokio::test]
async fn a_call_without_an_application_is_listed_with_everybody_in_it() {
    let world = World::new().await;
    let call = world.call(1, "http://x");
    let abandoned = CallRecord {
        resource: None,
        connection: None,
        participants: Vec::new(),
        connected: None,
        cause: EndCause::Canceled,
        ..call.record()
    };
    world.commit(Batch { records: vec![abandoned], ..Batch::default() }).await;
    let another = world.call(2, "http://x");
    let talked = CallRecord { connection: None, ..another.record() };
    world.commit(Batch { records: vec![talked], ..Batch::default() }).await;

    let page = PageRequest::default();
    let records = world.events.call_records(&CallRecordFilter::default(), &page).await.unwrap().items;
    let seen = |record: &store::CallRecord| {
        (
            record.participants.len(),
            record.connected_us.is_some(),
            record.lasted_us,
            record.end_reason.clone(),
        )
    };
    assert_eq!(
        records.iter().map(seen).collect::<Vec<_>>(),
        [(1, true, 12_000_000, "HungUp".to_owned()), (0, false, 0, "Canceled".to_owned())]
    );
    assert_eq!(records[1].called, ["4:+14255550100"]);
}
