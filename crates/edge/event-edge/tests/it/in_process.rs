//! Applications that live in this process.

use call_engine::{CallEventKind, Callback, InProcessApp};
use event_edge::{InProcessEvent, SubscriptionSpec};
use store::SubscriptionState;
use tokio::sync::mpsc;

use crate::receiver::{Answer, Receiver};
use crate::world::{World, notices};

#[tokio::test]
async fn the_demo_line_hears_of_its_calls_and_of_calls_that_nobody_else_takes() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let (sender, mut events) = mpsc::channel(16);
    world.events.register_in_process(InProcessApp::DemoLine, sender);

    let mut call = world.call(1, "");
    call.callback = Callback::InProcess(InProcessApp::DemoLine);
    world.commit(notices(vec![call.rings(9, "4:+14255550100")])).await;
    let Some(InProcessEvent::IncomingCall { notice, claimed }) = events.recv().await else {
        panic!("it is told of the call");
    };
    assert!(!claimed);
    assert_eq!(notice.id.as_u128(), 9);

    world.commit(call.connects(100)).await;
    let Some(InProcessEvent::Event(event)) = events.recv().await else {
        panic!("it is told of its own call")
    };
    assert_eq!(event.kind, CallEventKind::CallConnected);

    receiver.answer("/grid", [Answer::Code, Answer::Status(200)]);
    let spec = SubscriptionSpec::new("calls", &receiver.url("/grid"), &["IncomingCall"]);
    let subscription = world.events.subscribe(spec).await.unwrap();
    receiver.next().await;
    while world.events.subscription(subscription.id).unwrap().state != SubscriptionState::Active {
        tokio::task::yield_now().await;
    }
    world.commit(notices(vec![call.rings(10, "4:+14255550100")])).await;
    let told = events.recv().await;
    assert!(matches!(told, Some(InProcessEvent::IncomingCall { claimed: true, .. })), "{told:?}");
}
