//! The torture messages of RFC 4475 and RFC 5118: each gets the reply that its standard asks for,
//! and calls go on.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use call_engine::{LegRequest, RejectReason};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::calls_in::answered;
use crate::peer::{Message, Peer};
use crate::world::{PATIENCE, Setting, World};

/// What a message brings about.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// This status.
    Status(u16),
    /// A call to this user, which rings.
    Call(&'static str),
    /// Nothing.
    Silence,
}

use Expect::{Call, Silence, Status};

/// In the order of the standards. A REGISTER of an account that nobody has is challenged; what is
/// wrong with the message itself comes before that.
const MESSAGES: &[(&str, Expect)] = &[
    // Sound, though it does not look so. It has a tag of a dialog that we do not know.
    ("rfc4475_3_1_1_1_wsinv", Status(481)),
    ("rfc4475_3_1_1_2_intmeth", Status(501)),
    ("rfc4475_3_1_1_3_esc01", Call("sips:user@example.com")),
    ("rfc4475_3_1_1_4_escnull", Status(401)),
    ("rfc4475_3_1_1_5_esc02", Status(501)),
    ("rfc4475_3_1_1_6_lwsdisp", Status(200)),
    ("rfc4475_3_1_1_7_longreq", Call("user")),
    ("rfc4475_3_1_1_8_dblreq", Status(401)),
    ("rfc4475_3_1_1_9_semiuri", Status(200)),
    ("rfc4475_3_1_1_10_transports", Status(200)),
    ("rfc4475_3_1_1_11_mpart01", Status(405)),
    ("rfc4475_3_1_1_12_unreason", Silence),
    ("rfc4475_3_1_1_13_noreason", Silence),
    // Malformed.
    ("rfc4475_3_1_2_1_badinv01", Status(400)),
    ("rfc4475_3_1_2_2_clerr", Status(400)),
    ("rfc4475_3_1_2_3_ncl", Status(400)),
    ("rfc4475_3_1_2_4_scalar02", Status(400)),
    ("rfc4475_3_1_2_5_scalarlg", Silence),
    ("rfc4475_3_1_2_6_quotbal", Status(400)),
    ("rfc4475_3_1_2_7_ltgtruri", Status(400)),
    ("rfc4475_3_1_2_8_lwsruri", Status(400)),
    ("rfc4475_3_1_2_9_lwsstart", Status(400)),
    ("rfc4475_3_1_2_10_trws", Status(400)),
    ("rfc4475_3_1_2_11_escruri", Status(400)),
    // The date is not looked at, which the standard allows.
    ("rfc4475_3_1_2_12_baddate", Call("user")),
    ("rfc4475_3_1_2_13_regbadct", Status(400)),
    ("rfc4475_3_1_2_14_badaspec", Status(400)),
    ("rfc4475_3_1_2_15_baddn", Status(400)),
    ("rfc4475_3_1_2_16_badvers", Status(505)),
    ("rfc4475_3_1_2_17_mismatch01", Status(400)),
    ("rfc4475_3_1_2_18_mismatch02", Status(400)),
    ("rfc4475_3_1_2_19_bigcode", Silence),
    // Transactions and applications.
    ("rfc4475_3_2_1_badbranch", Status(200)),
    ("rfc4475_3_3_1_insuf", Status(400)),
    ("rfc4475_3_3_2_unkscm", Status(416)),
    ("rfc4475_3_3_3_novelsc", Status(416)),
    ("rfc4475_3_3_4_unksm2", Status(400)),
    ("rfc4475_3_3_5_bext01", Status(420)),
    ("rfc4475_3_3_6_invut", Status(415)),
    ("rfc4475_3_3_7_regaut01", Status(401)),
    ("rfc4475_3_3_8_multi01", Status(400)),
    ("rfc4475_3_3_9_mcl01", Status(400)),
    ("rfc4475_3_3_10_bcast", Silence),
    // A proxy would say 483; we are where the request ends.
    ("rfc4475_3_3_11_zeromf", Status(200)),
    ("rfc4475_3_3_12_cparam01", Status(401)),
    ("rfc4475_3_3_13_cparam02", Status(401)),
    ("rfc4475_3_3_14_regescrt", Status(401)),
    ("rfc4475_3_3_15_sdp01", Status(406)),
    // RFC 2543 is not spoken here: without a tag and a Contact there is no dialog.
    ("rfc4475_3_4_1_inv2543", Status(400)),
    // IPv6.
    ("rfc5118_4_1_ipv6_good", Status(401)),
    ("rfc5118_4_2_ipv6_bad", Status(400)),
    ("rfc5118_4_3_port_ambiguous", Status(401)),
    ("rfc5118_4_4_port_unambiguous", Status(401)),
    ("rfc5118_4_5_via_received_param_with_delim", Status(481)),
    ("rfc5118_4_5_via_received_param_no_delim", Status(481)),
    ("rfc5118_4_6_ipv6_in_sdp", Call("user")),
    ("rfc5118_4_7_mult_ip_in_header", Status(481)),
    ("rfc5118_4_8_mult_ip_in_sdp", Call("user")),
    ("rfc5118_4_9_ipv4_mapped_ipv6", Call("user")),
    ("rfc5118_4_10_ipv6_bug_abnf_3_colons", Status(200)),
];

#[tokio::test]
async fn every_torture_message_gets_its_reply() {
    let carrier = address_of_our_own();
    let mut world = World::with(Setting { carrier, ..Setting::default() }).await;
    for (name, expect) in MESSAGES {
        torture(&mut world, carrier, name, *expect).await;
    }
    assert!(world.has_no_invitation());
    world.unread_reports();

    let mut caller = Peer::at(&carrier.to_string(), world.udp()).await;
    answered(&mut world, &mut caller).await;
}

#[test]
fn every_fixture_is_sent() {
    let mut found: Vec<String> = std::fs::read_dir(fixtures())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".sip")?.to_owned()))
        .collect();
    let mut sent: Vec<&str> = MESSAGES.iter().map(|(name, _)| *name).collect();
    found.sort();
    sent.sort_unstable();
    assert_eq!(found, sent);
}

async fn torture(world: &mut World, carrier: IpAddr, name: &str, expect: Expect) {
    let bytes = std::fs::read(fixtures().join(name).with_extension("sip")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut target = Target { socket: reply_socket(carrier, &text).await, call_id: call_id(&text) };
    target.socket.send_to(&bytes, world.udp()).await.unwrap();
    match expect {
        Status(status) => {
            let reply = target.reply(name).await;
            assert_eq!(reply.status(), status, "{name}: {}", reply.0);
        }
        Call(dialled) => {
            let (leg, invitation) = timeout(PATIENCE, world.invitation()).await.expect(name);
            assert_eq!(&**invitation.dialled.expose(), dialled, "{name}");
            world.ask(leg, LegRequest::Ring);
            assert_eq!(target.reply(name).await.status(), 180, "{name}");
            world.ask(leg, LegRequest::Reject(RejectReason::Busy));
            assert_eq!(target.reply(name).await.status(), 486, "{name}");
            world.ended(leg).await;
        }
        // What is sent afterwards is answered first.
        Silence => {
            let mut ping = Peer::at(&carrier.to_string(), world.udp()).await;
            ping.ask("OPTIONS", "x", "", "").await;
            ping.expect("SIP/2.0 200").await;
            assert!(target.has_nothing(), "{name}");
        }
    }
}

/// Where replies to a message arrive.
struct Target {
    socket: UdpSocket,
    call_id: Option<String>,
}

impl Target {
    /// The next reply to the message that is neither 100 nor a repetition for an earlier one.
    async fn reply(&mut self, name: &str) -> Message {
        loop {
            let mut buffer = vec![0; 65_535];
            let received = timeout(PATIENCE, self.socket.recv(&mut buffer)).await;
            let length = received.unwrap_or_else(|_| panic!("{name}: no reply")).unwrap();
            let reply = Message(String::from_utf8_lossy(&buffer[..length]).into_owned());
            if reply.header("Call-ID") == self.call_id && reply.status() != 100 {
                return reply;
            }
        }
    }

    fn has_nothing(&self) -> bool {
        let mut buffer = vec![0; 65_535];
        while let Ok(length) = self.socket.try_recv(&mut buffer) {
            let reply = Message(String::from_utf8_lossy(&buffer[..length]).into_owned());
            if reply.header("Call-ID") == self.call_id {
                return false;
            }
        }
        true
    }
}

/// The messages do not ask for the source port, so replies go to the port in their Via.
async fn reply_socket(carrier: IpAddr, text: &str) -> UdpSocket {
    let port = match text {
        _ if text.contains("192.0.2.59:5050") => 5050,
        _ if text.contains("127.0.0.1:5070") => 5070,
        _ if text.contains("[2001:db8::9:1]:6050") => 6050,
        _ if text.contains(":19823") => 19823,
        _ => 5060,
    };
    UdpSocket::bind(SocketAddr::new(carrier, port)).await.unwrap()
}

fn call_id(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_call_id = name.eq_ignore_ascii_case("Call-ID") || name.eq_ignore_ascii_case("i");
        is_call_id.then(|| value.trim().to_owned())
    })
}

/// An address that no other process uses, because the ports in the messages are fixed.
fn address_of_our_own() -> IpAddr {
    let process = std::process::id();
    Ipv4Addr::new(127, 64 | (process >> 16) as u8 & 63, (process >> 8) as u8, process as u8 | 1).into()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
