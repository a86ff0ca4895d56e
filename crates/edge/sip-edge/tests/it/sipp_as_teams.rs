//! `sipp` as Microsoft Teams, to which we are a session border controller. It knows no TLS, so somebody who does
//! stands before it; what it says has the shape of what was recorded of that side (contract: Teams Phone §6).

use std::time::Duration;

use call_engine::{Diversion, DiversionReason, LegReport, LegRequest, Origin};
use identifier::TrunkName;
use redact::Pii;
use sip_edge::{TrunkPing, TrunkState};

use crate::sbc::{Plan, Sbc};
use crate::sipp::{Scenario, Sipp, free_port};
use crate::world::{CARRIER, PATIENCE, dial};

const HOSTS: [&str; 3] =
    ["sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com"];
const MICROSOFT: &[&str] = &["sip.pstnhub.microsoft.com", "*.pstnhub.microsoft.com"];
const OWN: &str = "sbc1.contoso.example";

/// What follows the headers of somebody who encrypts.
const DESCRIBED: &str = "Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 211 0 IN IP4 [local_ip]
s=session
c=IN IP4 [local_ip]
b=CT:10000000
t=0 0
m=audio 52000 RTP/SAVP 104 9 0 8 101 13
c=IN IP4 [local_ip]
a=rtcp:52001
a=label:Audio
a=mid:1
a=sendrecv
a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^31
a=rtpmap:104 SILK/16000
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=rtpmap:13 CN/8000
a=ptime:20";

/// A response with a Contact of that side.
fn respond(scenario: Scenario, status: &str, body: &str) -> Scenario {
    scenario.send_once(&format!(
        "SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Allow: INVITE,ACK,CANCEL,BYE,REFER,NOTIFY,OPTIONS,UPDATE
Server: Microsoft.PSTNHub.SIPProxy
Contact: <sip:api-du-a-euwe.pstnhub.microsoft.com:443;transport=tls>
{body}"
    ))
}

fn to_teams(number: &str) -> call_engine::Dial {
    dial(call_engine::Destination::Trunk { trunk: TrunkName::new("teams"), number: number.parse().unwrap() })
}

#[tokio::test]
async fn teams_is_called_where_it_is_there_as_it_wants_to_be_called() {
    let mut plan = Plan::new();
    // The first of its hosts is away, the second has too much to do.
    let port = Sbc::at("127.0.0.5", 0, &plan.authority, MICROSOFT).await.port();
    let busy = Sbc::at("127.0.0.5", port, &plan.authority, MICROSOFT).await;
    for (host, address) in HOSTS.iter().zip(["127.0.0.4", "127.0.0.5", "127.0.0.6"]) {
        plan.names.lead(host, address);
    }
    let (plain, busy_plain) = (free_port(CARRIER), free_port(CARRIER));
    Sbc::at("127.0.0.6", port, &plan.authority, MICROSOFT).await.stand_before((CARRIER_IP, plain).into());
    busy.stand_before((CARRIER_IP, busy_plain).into());
    let refusing = Scenario::new()
        .receive("request=\"INVITE\" crlf=\"true\"")
        .respond_with("503 Service Unavailable", "Retry-After: 1")
        .receive("request=\"ACK\"");
    let mut taking = Scenario::new().receive_with_all(
        "request=\"INVITE\" crlf=\"true\"",
        &[
            "^INVITE sip:.498912345@sip3.pstnhub.microsoft.com:[0-9]+;transport=TLS;user=phone SIP/2.0",
            &format!("From: .*sip:.14255550100@{OWN};user=phone.*;tag="),
            "To: .*sip:.498912345@sip3.pstnhub.microsoft.com",
            &format!("Contact: .sip:{OWN}:[0-9]+;transport=TLS"),
            &format!("History-Info: .sip:.14255550199@{OWN};user=phone.Reason=SIP%3Bcause%3D302.*index=1"),
            "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, NOTIFY\r",
            "Supported: .*timer",
            "m=audio [0-9]+ RTP/SAVP",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
        ],
    );
    taking = taking.respond_with("100 Trying", "Server: Microsoft.PSTNHub.SIPProxy");
    taking = respond(taking, "180 Ringing", "Content-Length: 0");
    taking = respond(taking, "200 OK", DESCRIBED).receive("request=\"ACK\"").take_leave();
    let nowhere = "127.0.0.1:9".parse().unwrap();
    let start = |scenario, port: u16| {
        let port = port.to_string();
        Sipp::start(scenario, nowhere, &["-i", CARRIER, "-p", &port, "-t", "t1"])
    };
    let (refusing, taking) = (start(refusing, busy_plain), start(taking, plain));
    refusing.listens_on(busy_plain).await;
    taking.listens_on(plain).await;
    plan.teams(&HOSTS, OWN, port);
    let mut scene = plan.start().await;
    let called = Some(Pii::new("+14255550199".into()));
    let forwarded = Diversion { called, reason: DiversionReason::Unconditional };
    let leg = scene.world.dial(call_engine::Dial { diversions: vec![forwarded], ..to_teams("+498912345") });
    assert_eq!(scene.world.report(leg).await, LegReport::Ringing);
    assert_eq!(scene.world.report(leg).await, LegReport::Answered);
    assert!(scene.world.media.connected(leg).unwrap().keys.is_some());
    refusing.succeeds().await;
    scene.world.hangs_up(leg, taking).await;
}

const CARRIER_IP: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

#[tokio::test]
async fn teams_calls_us_by_our_name_and_holds() {
    let mut plan = Plan::new();
    plan.teams(&HOSTS, OWN, 5061);
    let mut scene = plan.start().await;
    let relay = scene.stand_behind(scene.authority.sign(MICROSOFT)).await;
    let request = |method: &str, cseq: u32, to: &str, body: &str| {
        format!(
            "{method} sip:+14255550100@{OWN}:5061;user=phone;transport=tls SIP/2.0
Via: SIP/2.0/TLS 52.114.75.24:5061;branch=[branch]
Record-Route: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061;transport=tls;lr>
From: \"Alice\" <sip:+14255550155@sip.pstnhub.microsoft.com:5061;user=phone>;tag=[call_number]
To: <sip:+14255550100@{OWN}:5061;user=phone>{to}
Call-ID: [call_id]
CSeq: {cseq} {method}
Max-Forwards: 69
User-Agent: Microsoft.PSTNHub.SIPProxy v.2026.1.1 i.EUWE.0
Contact: <sip:api-du-a-euwe.pstnhub.microsoft.com:443;x-i=4de4;x-c=/a/b>
History-Info: <sip:+14255550166@sip.pstnhub.microsoft.com;user=phone?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22>;index=1
History-Info: <sip:+14255550100@{OWN}:5061;user=phone>;index=1.1
Min-SE: 300
Supported: timer
{body}"
        )
    };
    let tag = "[peer_tag_param]";
    let held = DESCRIBED.replace("a=sendrecv", "a=inactive");
    let answered = [
        &*format!("Contact: .sip:{OWN}:[0-9]+;transport=TLS"),
        "m=audio [0-9]+ RTP/SAVP",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
    ];
    let scenario = Scenario::new()
        .send_once(&request("INVITE", 1, "", DESCRIBED))
        .may_hear_trying()
        .receive_with_all("response=\"200\"", &answered)
        .send_once(&request("ACK", 1, tag, "Content-Length: 0"))
        .send_once(&request("INVITE", 2, tag, &held))
        .may_hear_trying()
        .receive_with_all("response=\"200\"", &["a=inactive", "a=crypto:1 AES_CM_128_HMAC_SHA1_80"])
        .send_once(&request("ACK", 2, tag, "Content-Length: 0"))
        .send_once(&request("BYE", 3, tag, "Content-Length: 0"))
        .receive("response=\"200\"");
    let sipp = Sipp::start(scenario, relay, &["-i", "127.0.0.1", "-t", "t1"]);
    let (leg, invitation) = scene.world.invitation().await;
    assert_eq!(invitation.origin, Origin::Trunk(TrunkName::new("teams")));
    assert_eq!(&**invitation.dialled.expose(), "+14255550100");
    assert_eq!(invitation.from.to_string(), "4:+14255550155");
    assert_eq!(invitation.diversions.len(), 1, "for whom it was meant before");
    scene.world.ask(leg, LegRequest::Answer);
    assert_eq!(scene.world.report(leg).await, LegReport::Answered);
    assert_eq!(scene.world.report(leg).await, LegReport::Held);
    scene.world.is_left(leg, sipp).await;
}

#[tokio::test]
async fn teams_and_we_ask_each_other_whether_we_are_there() {
    let mut plan = Plan::new();
    let plain = free_port(CARRIER);
    let teams = Sbc::at("127.0.0.4", 0, &plan.authority, MICROSOFT).await;
    plan.names.lead(HOSTS[0], "127.0.0.4");
    plan.teams(&HOSTS[..1], OWN, teams.port());
    plan.setting.config.trunk_ping =
        Some(TrunkPing { every: Duration::from_millis(50), ..TrunkPing::default() });
    teams.stand_before((CARRIER_IP, plain).into());
    let asked = Scenario::new().receive_with_all(
        "request=\"OPTIONS\" crlf=\"true\"",
        &[
            "^OPTIONS sip:sip.pstnhub.microsoft.com:[0-9]+;transport=TLS SIP/2.0",
            &format!("From: .sip:{OWN}:[0-9]+;transport=TLS"),
            &format!("Contact: .sip:{OWN}:[0-9]+;transport=TLS"),
        ],
    );
    let port = plain.to_string();
    let asked = asked.respond("200 OK", false);
    let asked = Sipp::start(asked, "127.0.0.1:9".parse().unwrap(), &["-i", CARRIER, "-p", &port, "-t", "t1"]);
    asked.listens_on(plain).await;
    let scene = plan.start().await;
    let teams_is = |is_it: fn(&sip_edge::TrunkHealth) -> bool| {
        let edge = scene.world.edge.clone();
        let becomes = async move {
            while !edge.trunks().iter().any(|trunk| trunk.name.as_str() == "teams" && is_it(trunk)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, becomes)
    };
    teams_is(|teams| teams.state == TrunkState::Up).await.expect("it answers");
    asked.succeeds().await;
    let relay = scene.stand_behind(scene.authority.sign(MICROSOFT)).await;
    let asking = Scenario::new()
        .send_once(&format!(
            "OPTIONS sip:{OWN}:5061;transport=tls SIP/2.0
Via: SIP/2.0/TLS 52.114.75.24:5061;branch=[branch]
From: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061>;tag=[call_number]
To: <sip:{OWN}>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Max-Forwards: 70
Contact: <sip:sip-du-a-eu.pstnhub.microsoft.com:5061>
Content-Length: 0"
        ))
        .receive("response=\"200\"");
    Sipp::start(asking, relay, &["-i", "127.0.0.1", "-t", "t1"]).succeeds().await;
    teams_is(|teams| teams.heard_us.is_some()).await.expect("it was heard");
}
