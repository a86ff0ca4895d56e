//! Calls toward the public network at somebody else's cost, in all the ways one can try.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use conformance::patience::PATIENCE;
use conformance::platform::Platform;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::sipp::Scenario;
use conformance::world::{number_of, password_of};

/// A request of a stranger: what matters of it, the rest is as it should be.
#[derive(Clone, Debug)]
struct Attempt {
    method: &'static str,
    uri: String,
    from: String,
    to: String,
    headers: Vec<String>,
}

impl Attempt {
    fn call(number: &str, server: &str) -> Self {
        Self {
            method: "INVITE",
            uri: format!("sip:{number}@{server}"),
            from: "<sip:+12065550199@192.0.2.1>;tag=1".to_owned(),
            to: format!("<sip:{number}@{server}>"),
            headers: Vec::new(),
        }
    }

    fn header(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }

    fn text(&self, here: SocketAddr, number: usize) -> String {
        let Self { method, uri, from, to, headers } = self;
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bKfraud{port}x{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: fraud-{port}-{number}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:fraud@{here}>\r\n{headers}Content-Length: 0\r\n\r\n",
            port = here.port()
        )
    }
}

/// The final status that an address gets for a request.
fn status(socket: &UdpSocket, server: &str, attempt: &Attempt, number: usize) -> u16 {
    let here = socket.local_addr().expect("a bound socket has an address");
    socket.send_to(attempt.text(here, number).as_bytes(), server).expect("loopback takes a datagram");
    let mut answer = [0; 4096];
    loop {
        let length =
            socket.recv(&mut answer).unwrap_or_else(|error| panic!("no answer to {attempt:?}: {error}"));
        let text = String::from_utf8_lossy(&answer[..length]);
        let is_ours = text.contains(&format!("Call-ID: fraud-{}-{number}\r\n", here.port()));
        let status: u16 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status line");
        if is_ours && status >= 200 {
            return status;
        }
    }
}

#[tokio::test]
async fn nobody_without_proof_calls_out_however_they_ask() {
    let scene = Scene::new(Kind::Python).await;
    let server = scene.server().to_owned();
    let (victim, paid) = (scene.world.phone(), scene.carrier.number(7));
    let carrier = UdpSocket::bind((scene.carrier.address, 5060)).expect("the carrier's port is free");
    let call = || Attempt::call(&paid, &server);
    let address = scene.carrier.address;
    let attempts = [
        ("a plain call", call(), 403),
        ("a caller who calls itself as the carrier's numbers", Attempt { from: format!("<sip:{}@{address}>;tag=1", scene.carrier.number(1)), ..call() }, 403),
        ("a caller who calls itself as our number", Attempt { from: format!("<sip:{}@{server}>;tag=1", scene.number), ..call() }, 403),
        ("a caller who calls itself as a phone", Attempt { from: format!("<sip:{victim}@{server}>;tag=1"), ..call() }, 401),
        ("an asserted number", call().header(format!("P-Asserted-Identity: <tel:{}>", number_of(&victim))), 403),
        ("an asserted phone", call().header(format!("P-Asserted-Identity: <sip:{victim}@{server}>")).header("Privacy: none"), 403),
        ("a preferred number", call().header(format!("P-Preferred-Identity: <tel:{}>", scene.number)).header(format!("Remote-Party-ID: <sip:{}@{server}>;screen=yes", scene.number)), 403),
        ("a call that was sent on", call().header(format!("Diversion: <sip:{}@{server}>;reason=unconditional", scene.number)).header(format!("History-Info: <sip:{}@{server}>;index=1", scene.number)), 403),
        ("a route through us to the carrier", call().header(format!("Route: <sip:{server};lr>, <sip:{address};lr>")), 403),
        ("the carrier's own address", Attempt { uri: format!("sip:{paid}@{address}:5060"), ..call() }, 403),
        ("a number behind escapes", Attempt { uri: format!("sip:%2B{}@{server};user=phone", &paid[1..]), ..call() }, 403),
        ("a tel: URI", Attempt { uri: format!("tel:{paid}"), ..call() }, 403),
        ("a raw id", Attempt { uri: format!("sip:4%3A{paid}@{server}"), ..call() }, 403),
        ("the mark of our own calls", call().header("X-Ringdown-Hairpin: 00000000000000000000000000000000"), 403),
        ("the mark of our own calls, empty", call().header("X-Ringdown-Hairpin: "), 403),
        ("the place of another call", call().header("Replaces: somebody@example.net;to-tag=1;from-tag=2"), 403),
        ("a made-up proof", Attempt { from: format!("<sip:{victim}@{server}>;tag=1"), ..call() }.header(format!("Authorization: Digest username=\"{victim}\", realm=\"ringdown\", nonce=\"0-0\", uri=\"sip:x\", response=\"00000000000000000000000000000000\"")), 401),
        ("a REFER out of nothing", Attempt { method: "REFER", ..call() }.header(format!("Refer-To: <sip:{paid}@{server}>")), 405),
        ("a REFER into a call that is not there", Attempt { method: "REFER", to: format!("<sip:{paid}@{server}>;tag=2"), ..call() }.header(format!("Refer-To: <sip:{paid}@{server}>")), 481),
        ("an INVITE into a call that is not there", Attempt { to: format!("<sip:{paid}@{server}>;tag=2"), ..call() }, 481),
        ("somebody else's registration", Attempt { method: "REGISTER", uri: format!("sip:{server}"), to: format!("<sip:{victim}@{server}>"), ..call() }, 401),
        ("the end of all registrations", Attempt { method: "REGISTER", uri: format!("sip:{server}"), to: format!("<sip:{victim}@{server}>"), ..call() }.header("Expires: 0"), 401),
    ];
    let (number_of_attempts, stranger) = (attempts.len(), IpAddr::from(Ipv4Addr::new(127, 77, 7, 7)));
    let refused = tokio::task::spawn_blocking(move || {
        let socket = UdpSocket::bind((stranger, 0)).expect("loopback has free ports");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket has a timeout");
        let tried = attempts.iter().enumerate().filter_map(|(number, (what, attempt, expected))| {
            let status = status(&socket, &server, attempt, number);
            (status != *expected).then(|| format!("{what}: {status} instead of {expected}"))
        });
        tried.collect::<Vec<_>>()
    });
    let otherwise = refused.await.expect("nothing goes unanswered");
    assert!(otherwise.is_empty(), "of {number_of_attempts} attempts: {otherwise:#?}");

    carrier.set_read_timeout(Some(Duration::from_millis(300))).expect("a socket has a timeout");
    assert!(carrier.recv(&mut [0; 100]).is_err(), "the carrier was asked for a call");
    assert!(scene.app.kinds().is_empty(), "{:?}", scene.app.kinds());
}

#[tokio::test]
async fn a_phone_registers_for_itself_alone() {
    let scene = Scene::new(Kind::JavaScript).await;
    let (thief, victim) = (scene.world.phone(), scene.world.phone());
    let here = "127.0.0.1".parse().expect("an address");
    let password = password_of(&thief);
    let stolen = Scenario::register_as(here, scene.server(), &victim, &thief, &password, 403);
    stolen.start().ends_well().await;
    Scenario::register(here, scene.server(), &thief, &password, 200).start().ends_well().await;
}

/// An address in `host` says where calls go to; where they come from is for the operator to say.
#[tokio::test]
async fn a_trunk_calls_only_from_the_sources_that_the_operator_names() {
    let process = std::process::id();
    let at = |last: u8| IpAddr::V4(Ipv4Addr::new(127, 249, (process >> 8) as u8, last));
    let (host, source) = (at(1), at(2));
    let configuration = format!(
        "[[tenants]]\nname = \"Contoso\"\n[[tenants.resources]]\nname = \"contoso\"\nnumbers = [\"+14255550100\"]\n\
         [[tenants.trunks]]\nname = \"carrier\"\nhost = \"{host}\"\nsources = [\"{source}\"]\n"
    );
    let platform = Platform::configured("sources", &configuration).await;
    for (from, refused) in [(host, 403), (source, 404)] {
        // Whom nobody knows: a trunk is told so, a stranger is told nothing.
        let call =
            Scenario::refused(from, &platform.ready.sip.udp, "nobody", refused).calling_as("+12065550199");
        call.start().ends_well().await;
    }
}
