//! What the server does not do, and how clearly it says so.

use conformance::app::App;
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::scene::{Scene, subscribe_to, text};
use conformance::sdk::Kind;
use conformance::signed::{Answer, Client, Signature};
use conformance::sipp::Scenario;
use conformance::world::world;
use serde_json::{Value, json};

use crate::shared_configuration::configuration;

const NOBODY: &str = "/calling/callConnections/00000000-0000-4000-8000-000000000000";
const RECORDING: &str = "/calling/recordings/00000000-0000-0000-0000-000000000001";

async fn client() -> Client {
    Client::new(&world().await.platform.ready)
}

#[tokio::test]
async fn a_request_with_a_wrong_or_missing_signature_is_refused() {
    let client = client().await;
    for signature in [Signature::Missing, Signature::OfAnotherKey, Signature::OfAnotherPath, Signature::Old] {
        let answer = client.get(NOBODY).signed(signature).send().await;
        let (status, code, _) = answer.refusal();
        assert_eq!((status, code.as_str()), (401, "7509"), "{signature:?}");
    }
    // The signature is of the body, too.
    let altered =
        client.post("/calling/callConnections:answer", &json!({})).header("x-ms-content-sha256", "AAAA");
    assert_eq!(altered.send().await.refusal().0, 401);
}

#[tokio::test]
async fn every_operation_is_refused_without_a_signature() {
    let client = client().await;
    let operations = [
        ("POST", "/calling/callConnections".to_owned()),
        ("POST", "/calling/callConnections:answer".to_owned()),
        ("POST", "/calling/callConnections:redirect".to_owned()),
        ("POST", "/calling/callConnections:reject".to_owned()),
        ("POST", "/calling/callConnections:connect".to_owned()),
        ("GET", NOBODY.to_owned()),
        ("DELETE", NOBODY.to_owned()),
        ("POST", "/calling/recordings".to_owned()),
        ("GET", RECORDING.to_owned()),
        ("DELETE", RECORDING.to_owned()),
        ("POST", format!("{RECORDING}:pause")),
        ("POST", format!("{RECORDING}:resume")),
        ("GET", format!("{NOBODY}/participants")),
        ("GET", format!("{NOBODY}/participants/4%3A%2B15550001")),
    ];
    let verbs = [
        ":terminate",
        ":transferToParticipant",
        "/participants:add",
        "/participants:remove",
        "/participants:mute",
        "/participants:cancelAddParticipant",
        "/participants:moveHere",
        ":play",
        ":cancelAllMediaOperations",
        ":recognize",
        ":startContinuousDtmfRecognition",
        ":stopContinuousDtmfRecognition",
        ":sendDtmfTones",
        ":hold",
        ":unhold",
        ":startMediaStreaming",
        ":stopMediaStreaming",
        ":startTranscription",
        ":updateTranscription",
        ":stopTranscription",
        ":summarizeCall",
    ];
    let verbs = verbs.map(|verb| ("POST", format!("{NOBODY}{verb}")));
    for (method, path) in operations.into_iter().chain(verbs) {
        let method = method.parse().expect("a method");
        let answer = client.request(method, &path).bytes("{}").signed(Signature::Missing).send().await;
        assert_eq!(answer.refusal().0, 401, "{path}");
    }
}

#[tokio::test]
async fn an_application_without_tls_is_served_on_loopback() {
    let ready = &world().await.platform.ready;
    let endpoint = ready.http_endpoint.as_ref().expect("plain HTTP is on");
    let plain = client().await.at(endpoint);
    assert_eq!(plain.get(NOBODY).send().await.refusal().0, 404);
    assert_eq!(plain.get(NOBODY).signed(Signature::OfAnotherKey).send().await.refusal().0, 401);
}

#[tokio::test]
async fn a_call_that_never_was_is_not_found() {
    let client = client().await;
    for answer in [
        client.get(NOBODY).send().await,
        client.delete(NOBODY).send().await,
        client.request("POST".parse().expect("a method"), &format!("{NOBODY}:terminate")).send().await,
        client.post(&format!("{NOBODY}:play"), &play("https://example.org/a.wav")).send().await,
        client.get("/calling/callConnections/not-an-id").send().await,
    ] {
        let (status, code, _) = answer.refusal();
        assert_eq!((status, code.as_str()), (404, "8522"));
    }
}

#[tokio::test]
async fn an_operation_on_a_call_that_has_ended_is_refused_in_the_words_that_applications_look_for() {
    let scene = Scene::new(Kind::Python).await;
    let call = scene.answers().await;
    scene.ask("hangUp", &call, json!({ "everyone": true })).await;
    scene.app.event("CallDisconnected").await;

    let path = format!("/calling/callConnections/{}", call.connection);
    let client = client().await;
    assert_eq!(client.get(&path).send().await.refusal().0, 404);
    let (status, code, message) =
        client.post(&format!("{path}:play"), &play("https://example.org/a.wav")).send().await.refusal();
    match status {
        400 => {
            assert_eq!(code, "8528");
            assert!(message.contains("call already terminated"), "{message}");
        }
        status => assert_eq!((status, code.as_str()), (404, "8522")),
    }
}

#[tokio::test]
async fn a_forged_context_answers_no_call() {
    let scene = Scene::new(Kind::Python).await;
    let (line, incoming) = scene.is_called().await;
    let genuine = incoming.text("incomingCallContext");
    let mut bent = genuine.to_owned().into_bytes();
    let middle = bent.len() / 2;
    bent[middle] = if bent[middle] == b'A' { b'B' } else { b'A' };
    let client = client().await;

    for forged in [String::from_utf8(bent).expect("still text"), "nonsense".to_owned(), String::new()] {
        for verb in ["answer", "reject", "redirect"] {
            let body = json!({
                "incomingCallContext": forged,
                "callbackUri": scene.callback(),
                "target": { "rawId": "4:+14255550100", "phoneNumber": { "value": "+14255550100" } },
            });
            let answer = client.post(&format!("/calling/callConnections:{verb}"), &body).send().await;
            assert_eq!(answer.refusal().0, 400, "{verb} {forged}");
        }
    }
    // The genuine one still answers.
    scene.answer(line, &incoming).await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_with_the_place() {
    let client = client().await;
    let post = |body: String| client.post("/calling/callConnections", &Value::Null).bytes(body).send();
    let malformed = post("{\"targets\": [".to_owned()).await;
    assert_eq!(malformed.refusal().0, 400);
    let (status, code, message) =
        post("{\"targets\": 7, \"callbackUri\": \"https://a/\"}".to_owned()).await.refusal();
    assert_eq!((status, code.as_str()), (400, "8523"));
    assert!(message.contains("targets"), "{message}");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post(deep).await.refusal().0, 400);
    let oversize = format!("{{\"x\": \"{}\"}}", "x".repeat(20_000_000));
    let answer = post(oversize).await;
    assert!(matches!(answer.refusal().0, 400 | 413), "{}", answer.status);
}

#[tokio::test]
async fn a_stranger_reaches_neither_the_public_network_nor_a_service_number() {
    let scene = Scene::new(Kind::Python).await;
    let stranger = "127.0.0.77".parse().expect("an address");
    for number in [scene.carrier.number(2), "+4930123456".to_owned(), scene.number.clone()] {
        let caller =
            Scenario::refused(stranger, scene.server(), &number, 403).calling_as("+12065550199").start();
        caller.ends_well().await;
    }
    assert!(scene.app.kinds().is_empty(), "{:?}", scene.app.kinds());
}

#[tokio::test]
async fn a_carrier_is_not_a_way_to_another_carrier() {
    let scene = Scene::new(Kind::Python).await;
    let other = scene.world.carrier();
    let caller = Scenario::refused(scene.carrier.address, scene.server(), &other.number(1), 403)
        .calling_as(&scene.carrier.number(1))
        .start();
    caller.ends_well().await;
}

#[tokio::test]
async fn private_addresses_are_refused_unless_the_operator_allows_them() {
    let carrier = "127.0.0.78";
    let configuration = format!(
        "[sip]\nstrangers = \"loopback\"\n[[tenants]]\nname = \"Contoso\"\n[[tenants.resources]]\nname = \"contoso\"\n\
         numbers = [\"+14255550100\"]\n[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\n\
         sources = [\"{carrier}\"]\nprefixes = [\"+1999\"]\n"
    );
    let platform = Platform::configured("private", &configuration).await;
    let (client, app) = (Client::new(&platform.ready), App::start().await);

    let create = |callback: String| {
        let target = json!({ "kind": "phoneNumber", "rawId": "4:+19995550001", "phoneNumber": { "value": "+19995550001" } });
        let body = json!({
            "targets": [target],
            "sourceCallerIdNumber": { "value": "+14255550100" },
            "callbackUri": callback,
        });
        let client = &client;
        async move { client.post("/calling/callConnections", &body).send().await }
    };
    for private in
        [app.url("/callbacks"), "http://169.254.169.254/latest".to_owned(), "http://[::1]:1/".to_owned()]
    {
        refused_or_never_called(&create(private.clone()).await, &private);
    }
    for nonsense in ["ftp://example.org/", "file:///etc/passwd", "not a url"] {
        assert_eq!(create(nonsense.to_owned()).await.refusal().0, 400, "{nonsense}");
    }
    let subscribed = conformance::cli::try_events(
        platform.data(),
        &["subscribe", "--name", "private", "--url", &app.url("/eventgrid")],
    )
    .await;
    assert_eq!(app.posts("/eventgrid"), 0, "{subscribed:?}");
    assert_eq!(app.posts("/callbacks"), 0);
}

/// Where an address is only known when it is resolved, a refusal may come as late as the delivery.
fn refused_or_never_called(answer: &Answer, callback: &str) {
    if answer.status != 201 {
        assert!(matches!(answer.refusal().0, 400 | 403), "{callback}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_prompt_from_a_private_address_is_not_fetched() {
    // The application may be on this machine, sounds of the local network may not.
    let scene = Scene::new(Kind::Python).await;
    let call = scene.answers().await;
    for url in ["http://169.254.169.254/latest.wav", "http://10.255.255.1/a.wav"] {
        let arguments =
            json!({ "connection": call.connection, "sources": [{ "file": url }], "operationContext": url });
        match scene.sdk.try_ask("play", arguments).await {
            Err(refused) => assert_eq!(refused.status, Some(400), "{refused:?}"),
            Ok(_) => assert_eq!(scene.app.event_of("PlayFailed", url).await.result(), (400, 8536)),
        }
    }
}

#[tokio::test]
async fn junk_on_the_sip_port_disturbs_nobody() {
    let scene = Scene::new(Kind::Python).await;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
    let junk: [&[u8]; 8] = [
        b"",
        b"\r\n\r\n",
        b"\0\x01\x02\x03",
        b"INVITE",
        b"INVITE sip:+14255550000@127.0.0.1 SIP/2.0\r\nContent-Length: 18446744073709551615\r\n\r\n",
        b"INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP \xff\xfe;branch=z9hG4bK1\r\nFrom: \xe9\r\n\r\n",
        b"SIP/2.0 200 OK\r\nCSeq: 99999999999999999999 INVITE\r\n\r\n",
        &[0xff; 9000],
    ];
    for round in 0..50 {
        for datagram in junk {
            let mut datagram = datagram.to_vec();
            if let Some(byte) = datagram.get_mut(round) {
                *byte = byte.wrapping_add(round as u8);
            }
            socket.send_to(&datagram, scene.server()).expect("loopback takes a datagram");
        }
    }
    let call = scene.answers().await;
    scene.ask("hangUp", &call, json!({})).await;
    call.line.ends_well().await;
}

#[tokio::test]
async fn a_context_of_a_call_that_stopped_ringing_answers_nothing() {
    let world = world().await;
    let (app, number, carrier) = (App::start().await, world.service_number(), world.carrier());
    subscribe_to(world, &app, &number, &[]).await;
    let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number)
        .calling_as(&carrier.number(1))
        .start();
    let incoming = app.event("IncomingCall").await;
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;
    let body = json!({ "incomingCallContext": text(incoming.data(), "incomingCallContext"), "callbackUri": app.url("/c") });
    let (status, code, _) =
        client().await.post("/calling/callConnections:answer", &body).send().await.refusal();
    assert!((400..500).contains(&status), "{status}");
    assert!(["8522", "8586", "8587", "8519"].contains(&code.as_str()), "{code}");
}

fn play(url: &str) -> Value {
    json!({ "playSources": [{ "kind": "file", "file": { "uri": url } }], "playOptions": { "loop": false } })
}

#[tokio::test]
async fn a_resource_that_asks_too_often_from_many_places_is_told_when_to_come_back() {
    let configuration = configuration("requests-per-second = 20", "");
    let platform = Platform::configured("pace", &configuration).await;
    // Each address stays below the limit of one address; together they are one resource.
    let places: Vec<Client> =
        (1..=8).map(|last| Client::from_address(&platform.ready, [127, 0, 0, last].into())).collect();
    let asked = places.iter().flat_map(|client| (0..15).map(|_| client.get(NOBODY).send()));
    let answers = futures_util::future::join_all(asked).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    let done = answers.iter().filter(|answer| answer.status == 404).count();
    assert_eq!(refused.len() + done, answers.len(), "every answer is one of the two");
    assert!(done >= 20 && !refused.is_empty(), "{done} were answered, {} refused", refused.len());
    for answer in &refused {
        let (_, code, message) = answer.refusal();
        assert_eq!(code, "9998", "{message}");
        let wait: u32 =
            answer.headers["retry-after"].to_str().ok().and_then(|wait| wait.parse().ok()).expect("seconds");
        assert!((1..=2).contains(&wait), "{wait}");
    }
    let limited = Metrics::of(&platform).await;
    assert_eq!(limited.sum("ringdown_http_limited_total", &["by=\"resource\""]), refused.len() as f64);
    assert_eq!(limited.sum("ringdown_http_limited_total", &["by=\"address\""]), 0.0);

    // Later there is room again.
    until_async("room", || async {
        let answer = places[0].get(NOBODY).send().await;
        (answer.status == 404).then_some(())
    })
    .await;
}
