//! `sipp` as a carrier that wants to know who we are, and whether we are there.

use std::time::Duration;

use call_engine::LegReport;
use sip_edge::{Registration, TrunkPing, TrunkState};
use tenant::TrunkAccount;

use crate::sipp::{Scenario, Sipp, free_port};
use crate::world::{CARRIER, PATIENCE, Setting, World, to_carrier};

fn account(registers: bool) -> Option<TrunkAccount> {
    let password = Box::<str>::from("secret").into();
    Some(TrunkAccount { username: "contoso".into(), password, registers })
}

/// Waits until something is true of the carrier.
async fn carrier_is(world: &World, is_it: impl Fn(&sip_edge::TrunkHealth) -> bool) {
    let becomes = async {
        while !is_it(&world.edge.trunks()[0]) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, becomes).await.expect("the carrier gets there");
}

#[tokio::test]
async fn sipp_takes_our_registration_and_our_leave() {
    let port = free_port(CARRIER);
    let scenario = Scenario::new()
        .receive("request=\"REGISTER\" crlf=\"true\"")
        .challenge()
        .receive_proof("REGISTER", "contoso", "secret")
        .respond_with("200 OK", "Expires: 3600")
        .receive_containing("request=\"REGISTER\"", "Expires: 0")
        .respond_with("200 OK", "Expires: 0");
    let text = port.to_string();
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let sipp = Sipp::start(scenario, nowhere, &["-i", CARRIER, "-p", &text]);
    sipp.takes_datagrams_on(port).await;
    let setting = Setting { carrier_port: port, account: account(true), ..Setting::default() };
    let world = World::with(setting).await;
    carrier_is(&world, |carrier| carrier.registration == Registration::Registered).await;
    world.edge.stop(PATIENCE).await;
    sipp.succeeds().await;
}

#[tokio::test]
async fn sipp_wants_to_know_who_calls() {
    let port = free_port(CARRIER);
    let setting = Setting { carrier_port: port, account: account(false), ..Setting::default() };
    let mut world = World::with(setting).await;
    let scenario = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .challenge()
        .receive("request=\"ACK\"")
        .receive_proof("INVITE", "contoso", "secret")
        .respond("200 OK", true)
        .receive("request=\"ACK\"")
        .take_leave();
    let text = port.to_string();
    let sipp = Sipp::start(scenario, world.udp(), &["-i", CARRIER, "-p", &text]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.report(leg).await, LegReport::Answered);
    world.hangs_up(leg, sipp).await;
}

#[tokio::test]
async fn sipp_and_we_ask_each_other_whether_we_are_there() {
    let port = free_port(CARRIER);
    let mut setting = Setting { carrier_port: port, ..Setting::default() };
    setting.config.trunk_ping = Some(TrunkPing { every: Duration::from_millis(200), ..TrunkPing::default() });
    let scenario = Scenario::new().receive("request=\"OPTIONS\" crlf=\"true\"").respond("200 OK", false);
    let text = port.to_string();
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let asked = Sipp::start(scenario, nowhere, &["-i", CARRIER, "-p", &text]);
    asked.takes_datagrams_on(port).await;
    let world = World::with(setting).await;
    carrier_is(&world, |carrier| carrier.state == TrunkState::Up).await;
    asked.succeeds().await;

    let scenario = Scenario::new()
        .send(
            "OPTIONS sip:[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Contact: <sip:[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0",
        )
        .receive_containing("response=\"200\"", "Allow: .*INVITE.*REFER");
    Sipp::start(scenario, world.udp(), &["-i", CARRIER]).succeeds().await;
}
