//! Bytes that are no SIP, and SIP that is none.

use entropy::Entropy;

use crate::calls_in::answered;
use crate::peer::Peer;
use crate::world::World;

#[tokio::test]
async fn a_call_works_after_a_storm_of_junk() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    let sound =
        carrier.request("INVITE", "+14255550100", "", &offer).replace("branch=", "branch=z9hG4bKjunk");
    let mut entropy = Entropy::from_number(4);
    let mut random = [0; 600];
    for round in 0..300_usize {
        entropy.fill(&mut random);
        carrier.socket.send_to(&random[..round * 2], world.udp()).await.unwrap();
        let mut damaged = sound.clone().into_bytes();
        let place = entropy.below(damaged.len() as u64) as usize;
        damaged[place] = random[0];
        // Cut in the head: the call itself must not arrive.
        damaged.truncate(entropy.below(300) as usize);
        carrier.socket.send_to(&damaged, world.udp()).await.unwrap();
    }
    for nonsense in [
        sound.replace("Content-Length: ", "Content-Length: 18446744073709551615"),
        sound.replace("Content-Length: ", "Content-Length: -"),
        sound.replace("SIP/2.0\r\nVia", "SIP/9.9\r\nVia"),
        format!("SIP/2.0 200 OK\r\n{}", sound.split_once("\r\n").unwrap().1),
        "\r\n\r\n\0\0".repeat(100),
    ] {
        carrier.socket.send_to(nonsense.as_bytes(), world.udp()).await.unwrap();
    }
    assert!(world.has_no_invitation());

    let mut caller = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut caller).await;
}

#[tokio::test]
async fn a_latin_1_name_is_understood() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    let text = carrier.request("INVITE", "+14255550100", "", &offer).replace("\"Ada\"", "\"J?rg\"");
    let place = text.find("J?rg").unwrap() + 1;
    let mut bytes = text.into_bytes();
    bytes[place] = 0xf6;
    carrier.socket.send_to(&bytes, world.udp()).await.unwrap();
    let (_, invitation) = world.invitation().await;
    assert_eq!(invitation.display_name.unwrap().expose().to_string(), "Jörg");
}

#[tokio::test]
async fn a_call_that_is_too_large_for_a_datagram_is_told_so() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv") + &"a=nothing\r\n".repeat(1_000);
    carrier.ask("INVITE", "+14255550100", "", &offer).await;
    assert_eq!(carrier.receive().await.status(), 513);
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn a_body_without_a_length_is_read() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    let text = carrier.request("INVITE", "+14255550100", "", &offer);
    let length = format!("Content-Length: {}\r\n", offer.len());
    carrier.send(&text.replace(&length, "")).await;
    world.invitation().await;
}
