//! REFER, its NOTIFYs, and INVITE with Replaces.

use call_engine::{EndCause, LegReport, LegRequest, TransferProgress};

use crate::calls_in::answered;
use crate::peer::Peer;
use crate::world::World;

const NUMBER: &str = "+14255550100";

#[tokio::test]
async fn a_caller_asks_to_be_brought_to_somebody_else() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    carrier.ask("REFER", NUMBER, "Refer-To: <sip:+14255550199@example.net>\r\n", "").await;
    carrier.expect("SIP/2.0 202").await;
    match world.report(leg).await {
        LegReport::TransferRequested { target, replaces: None } => {
            assert_eq!(&**target.expose(), "+14255550199");
        }
        other => panic!("{other:?}"),
    }
    world.ask(leg, LegRequest::TransferProgress(TransferProgress::Trying));
    world.ask(leg, LegRequest::TransferProgress(TransferProgress::Failed(EndCause::Busy)));
    let trying = carrier.expect("NOTIFY").await;
    assert!(trying.body().starts_with("SIP/2.0 100"), "{}", trying.0);
    carrier.reply(&trying, "200 OK", "", "").await;
    let failed = carrier.expect("NOTIFY").await;
    assert!(failed.body().starts_with("SIP/2.0 486"), "{}", failed.0);
    assert!(failed.header("Subscription-State").unwrap().starts_with("terminated"));
    carrier.reply(&failed, "200 OK", "", "").await;
}

#[tokio::test]
async fn the_last_news_leaves_before_goodbye() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut carrier).await;
    carrier.ask("REFER", NUMBER, "Refer-To: <sip:+14255550199@example.net>\r\n", "").await;
    carrier.expect("SIP/2.0 202").await;
    world.report(leg).await;
    world.ask(leg, LegRequest::TransferProgress(TransferProgress::Succeeded));
    world.ask(leg, LegRequest::Hangup);
    let done = carrier.expect("NOTIFY").await;
    assert!(done.body().starts_with("SIP/2.0 200"), "{}", done.0);
    carrier.reply(&done, "200 OK", "", "").await;
    let bye = carrier.expect("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    world.ended(leg).await;
}

#[tokio::test]
async fn an_attended_transfer_names_the_other_leg() {
    let mut world = World::start().await;
    let mut first = Peer::carrier(world.udp()).await;
    let mut second = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut first).await;
    let consulted = answered(&mut world, &mut second).await;
    let (call_id, theirs, ours) = second.dialog();
    let call_id = call_id.replace('@', "%40");
    let refer_to = format!(
        "Refer-To: <sip:x@example.net?Replaces={call_id}%3Bto-tag%3D{ours}%3Bfrom-tag%3D{theirs}>\r\n"
    );
    first.ask("REFER", NUMBER, &refer_to, "").await;
    first.expect("SIP/2.0 202").await;
    match world.report(leg).await {
        LegReport::TransferRequested { replaces, .. } => assert_eq!(replaces, Some(consulted)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_takes_the_place_of_another() {
    let mut world = World::start().await;
    let mut old = Peer::carrier(world.udp()).await;
    let leg = answered(&mut world, &mut old).await;
    let (call_id, theirs, ours) = old.dialog();

    let mut new = Peer::carrier(world.udp()).await;
    let offer = new.offer("sendrecv");
    let replaces = format!("Replaces: {call_id};to-tag={ours};from-tag={theirs}\r\n");
    new.ask("INVITE", NUMBER, &replaces, &offer).await;
    let (_, invitation) = world.invitation().await;
    assert_eq!(invitation.replaces, Some(leg));

    let mut lost = Peer::carrier(world.udp()).await;
    lost.ask("INVITE", NUMBER, "Replaces: nothing;to-tag=a;from-tag=b\r\n", &offer).await;
    lost.expect("SIP/2.0 481").await;
}
