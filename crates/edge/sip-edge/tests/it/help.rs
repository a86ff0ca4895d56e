//! Calls for help, as trunks get them.

use std::time::Duration;

use call_engine::{Destination, Dial, EndCause, Hop, LegReport, LegRequest, Tell};
use identifier::{TenantId, TrunkName};
use tenant::{Pairing, SipTransport, Trunk, TrunkDialect, TrunkLimits};

use crate::floods::calls_for_help;
use crate::peer::{Message, Peer};
use crate::registration::register;
use crate::sbc::{OWN_NAME, Plan, Sbc};
use crate::world::{DEMO_1, PLACE, Setting, World, to_carrier};

fn to_help() -> Dial {
    through(&["carrier", "spare"])
}

fn through(trunks: &[&str]) -> Dial {
    let hops = trunks.iter().map(|name| Hop::new(TrunkName::new(name), "911")).collect();
    let mut dial = to_carrier("+14255550911");
    dial.destination = Destination::Emergency { hops, number: "911".into(), location: Some(PLACE) };
    dial
}

/// A world with two trunks, which are these peers.
async fn world_with_trunks(mut setting: Setting) -> (World, Peer, Peer) {
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let (mut carrier, mut spare) = (Peer::carrier(nowhere).await, Peer::carrier(nowhere).await);
    (setting.carrier_port, setting.spare_port) = (carrier.local.port(), Some(spare.local.port()));
    let world = World::with(setting).await;
    carrier.set_server(world.udp());
    spare.set_server(world.udp());
    (world, carrier, spare)
}

async fn helps(world: &mut World, trunk: &mut Peer, leg: identifier::LegId) -> Message {
    let invite = trunk.expect("INVITE sip:911@").await;
    trunk.reply(&invite, "200 OK", "", &trunk.offer("sendrecv")).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    trunk.expect("ACK").await;
    invite
}

#[tokio::test]
async fn whatever_one_trunk_says_to_a_call_for_help_the_next_one_is_asked() {
    for refusal in
        ["486 Busy Here", "404 Not Found", "403 Forbidden", "503 Service Unavailable", "603 Decline"]
    {
        let (mut world, mut carrier, mut spare) = world_with_trunks(Setting::default()).await;
        let leg = world.dial(to_help());
        let invite = carrier.expect("INVITE sip:911@").await;
        assert_eq!(invite.header("Priority").as_deref(), Some("emergency"));
        carrier.reply(&invite, refusal, "", "").await;
        carrier.expect("ACK").await;
        helps(&mut world, &mut spare, leg).await;
    }
    // The last one says why there is no help.
    let (mut world, mut carrier, mut spare) = world_with_trunks(Setting::default()).await;
    let leg = world.dial(to_help());
    for (trunk, refusal) in [(&mut carrier, "603 Decline"), (&mut spare, "486 Busy Here")] {
        let invite = trunk.expect("INVITE sip:911@").await;
        trunk.reply(&invite, refusal, "", "").await;
        trunk.expect("ACK").await;
    }
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
}

#[tokio::test]
async fn who_needs_help_waits_for_no_silent_trunk() {
    let mut setting = Setting::default();
    setting.config.t1 = Duration::from_millis(20);
    let (mut world, mut carrier, mut spare) = world_with_trunks(setting).await;
    let leg = world.dial(to_help());
    let forgotten = carrier.expect("INVITE sip:911@").await;
    helps(&mut world, &mut spare, leg).await;

    // One that answers after all is too late, and hears so.
    carrier.reply(&forgotten, "200 OK", "", &carrier.offer("sendrecv")).await;
    let bye = carrier.expect_request("BYE").await;
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.unread_reports(), [], "the call with the other one goes on");
}

#[tokio::test]
async fn every_host_of_a_trunk_is_asked_for_help() {
    for refusal in [Some("503 Service Unavailable"), None] {
        let nowhere = "127.0.0.1:9".parse().unwrap();
        let mut first = Peer::at("127.0.0.4", nowhere).await;
        let mut second = Peer::at_port("127.0.0.5", first.local.port(), nowhere).await;
        let pairing = Pairing { next_hosts: vec!["127.0.0.5".into()], ..Pairing::default() };
        let trunk = Trunk {
            name: TrunkName::new("helpful"),
            tenant: TenantId::from_u128(1),
            host: "127.0.0.4".into(),
            port: first.local.port(),
            transport: SipTransport::Udp,
            sources: Vec::new(),
            prefixes: Vec::new(),
            account: None,
            certificate: None,
            emergency: true,
            limits: TrunkLimits::default(),
            dialect: TrunkDialect::default(),
            pairing,
        };
        let mut setting = Setting { trunks: vec![trunk], ..Setting::default() };
        setting.config.t1 = Duration::from_millis(20);
        let mut world = World::with(setting).await;
        first.set_server(world.udp());
        second.set_server(world.udp());
        let leg = world.dial(through(&["helpful"]));
        let invite = first.expect("INVITE sip:911@").await;
        if let Some(refusal) = refusal {
            first.reply(&invite, refusal, "", "").await;
            first.expect("ACK").await;
        }
        helps(&mut world, &mut second, leg).await;
    }
}

#[tokio::test]
async fn who_needs_help_waits_for_no_trunk_that_only_tries() {
    let mut setting = Setting::default();
    setting.config.t1 = Duration::from_millis(20);
    let (mut world, mut carrier, mut spare) = world_with_trunks(setting).await;
    let leg = world.dial(to_help());
    let invite = carrier.expect("INVITE sip:911@").await;
    carrier.reply(&invite, "100 Trying", "", "").await;
    helps(&mut world, &mut spare, leg).await;
}

#[tokio::test]
async fn while_there_is_another_way_help_does_not_ring_forever() {
    let (mut world, mut carrier, mut spare) = world_with_trunks(Setting::default()).await;
    let leg = world.dial(Dial { ring_for: Duration::from_secs(3), ..to_help() });
    let invite = carrier.expect("INVITE sip:911@").await;
    carrier.reply(&invite, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    helps(&mut world, &mut spare, leg).await;
}

#[tokio::test]
async fn every_address_of_a_trunk_has_its_time_to_be_connected_with() {
    const HOST: &str = "sip.help.example";
    let mut plan = Plan::new();
    // It takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.4:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let there = Sbc::at("127.0.0.5", port, &plan.authority, &[HOST]).await;
    plan.names.lead_to(HOST, &["127.0.0.4", "127.0.0.5"]);
    plan.teams(&[HOST], OWN_NAME, port);
    plan.setting.config.t1 = Duration::from_millis(100);
    let mut scene = plan.start().await;
    scene.world.dial(through(&["teams"]));
    let invite = there.accept().await.message().await;
    assert!(invite.starts_with("INVITE sip:911@"), "{invite}");
}

#[tokio::test]
async fn a_trunk_that_takes_care_of_a_call_for_help_is_waited_for() {
    let mut setting = Setting::default();
    setting.config.t1 = Duration::from_millis(20);
    let (mut world, mut carrier, spare) = world_with_trunks(setting).await;
    let leg = world.dial(to_help());
    let invite = carrier.expect("INVITE sip:911@").await;
    carrier.reply(&invite, "180 Ringing", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    tokio::time::sleep(Duration::from_millis(400)).await;
    carrier.reply(&invite, "200 OK", "", &carrier.offer("sendrecv")).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(spare.unread(), 0);
}

#[tokio::test]
async fn a_trunk_that_takes_places_is_told_where_help_has_to_come() {
    let dialect = TrunkDialect { takes_location: true, ..TrunkDialect::default() };
    let (mut world, mut carrier, _spare) = world_with_trunks(Setting { dialect, ..Setting::default() }).await;
    let leg = world.dial(to_help());
    let invite = helps(&mut world, &mut carrier, leg).await;
    assert_eq!(invite.header("Geolocation").as_deref(), Some("<cid:caller@location.invalid>"));
    assert_eq!(invite.header("Geolocation-Routing").as_deref(), Some("yes"));
    let (_, body) = invite.0.split_once("\r\n\r\n").unwrap();
    let parts = pidf_lo::multipart::parts(&invite.header("Content-Type").unwrap(), body.as_bytes());
    let kinds: Vec<_> = parts.iter().map(|part| (&*part.media_type, part.content_id.as_deref())).collect();
    assert_eq!(kinds, [("application/sdp", None), ("application/pidf+xml", Some("caller@location.invalid"))]);
    assert!(parts[0].body.starts_with(b"v=0\r\n") && parts[0].body.ends_with(b"\r\n"));
    let place = pidf_lo::read(parts[1].body).unwrap();
    assert_eq!(place.civic.in_words(), "Contoso, 2nd floor, 3910 163rd Ave NE, Redmond, WA 98052, US");
    assert_eq!(place.contact.as_deref(), Some("tel:+14255550100"));
    assert!(place.entity.starts_with("sip:+14255550100@"), "{}", place.entity);
    assert!(place.written_s.is_some());
}

#[tokio::test]
async fn a_trunk_that_makes_nothing_of_a_place_helps_without_it() {
    let dialect = TrunkDialect { takes_location: true, ..TrunkDialect::default() };
    let (mut world, mut carrier, _spare) = world_with_trunks(Setting { dialect, ..Setting::default() }).await;
    for refusal in ["424 Bad Location Information", "415 Unsupported Media Type"] {
        let leg = world.dial(to_help());
        let invite = carrier.expect("INVITE sip:911@").await;
        assert!(invite.header("Geolocation").is_some());
        carrier.reply(&invite, refusal, "", "").await;
        carrier.expect("ACK").await;
        let plain = helps(&mut world, &mut carrier, leg).await;
        assert_eq!(plain.header("Geolocation"), None);
        assert_eq!(plain.header("Content-Type").as_deref(), Some("application/sdp"));
    }
    // And one that takes none is told of none.
    let (mut world, mut carrier, _spare) = world_with_trunks(Setting::default()).await;
    let leg = world.dial(to_help());
    assert_eq!(helps(&mut world, &mut carrier, leg).await.header("Geolocation"), None);
}

#[tokio::test]
async fn whoever_called_for_help_puts_nobody_on_hold() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    calls_for_help(&mut world, &mut phone, "112").await;
    for method in ["INVITE", "UPDATE"] {
        let offer = phone.offer("sendonly");
        phone.ask(method, "112", "", &offer).await;
        phone.expect("SIP/2.0 403").await;
        if method == "INVITE" {
            phone.ask("ACK", "112", "", "").await;
        }
    }
    let offer = phone.offer("sendrecv");
    phone.ask("INVITE", "112", "", &offer).await;
    phone.expect("SIP/2.0 200").await;
    phone.ack().await;
    assert_eq!(world.unread_reports(), [], "nobody was held, and nobody came back");
}

#[tokio::test]
async fn phones_of_the_security_desk_read_of_a_call_for_help() {
    let world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    assert_eq!(register(&mut phone, "secret", "", "MD5").await.status(), 200);
    let text = "Zoë calls 911. They are called back under +14255550101. Place: 3910 163rd Ave NE, Redmond.";
    let tell = Tell { user: DEMO_1, text: redact::Pii::new(text.into()) };
    world.ask(identifier::LegId::from_u128(1), LegRequest::Tell(Box::new(tell)));
    let message = phone.expect_request("MESSAGE").await;
    assert_eq!(message.header("Content-Type").as_deref(), Some("text/plain;charset=utf-8"));
    assert_eq!(message.header("Priority").as_deref(), Some("emergency"));
    assert_eq!(message.0.split_once("\r\n\r\n").unwrap().1, text);
    phone.reply(&message, "200 OK", "", "").await;
}
