//! What applications hear.

use std::io::Write;
use std::sync::Arc;

use codec::goertzel;
use futures_util::StreamExt;
use identifier::{CallConnectionId, CorrelationId, ResourceId};
use media_plan::TapReport;
use serde_json::json;
use tokio::net::TcpListener;

use crate::app::{App, Habit};
use crate::stage::{NAMES, Stage, TAP};

#[test]
fn an_application_hears_the_call_in_one_stream_and_knows_who_calls() {
    let mut stage = Stage::new();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.stream(&app.url(), |_| {});
    stage.until_reported(TapReport::Started);
    stage.until("half a second is heard", |_, _| app.of_kind("AudioData").len() >= 25);

    let metadata = json!({"kind": "AudioMetadata", "audioMetadata": {
        "subscriptionId": TAP.to_string(), "encoding": "PCM", "sampleRate": 16_000, "channels": 1, "length": 640,
    }});
    assert_eq!(app.messages()[0], metadata);
    let sound = app.sound(None);
    assert_eq!(sound.len(), app.of_kind("AudioData").len() * 320, "all of it is mixed");
    let steady = &sound[3_200..];
    assert!(goertzel::share(steady, 16_000, 400.0) > 0.4 && goertzel::share(steady, 16_000, 900.0) > 0.4);
    let moments: Vec<i64> = app
        .of_kind("AudioData")
        .iter()
        .map(|message| {
            let moment = message["audioData"]["timestamp"].as_str().unwrap();
            moment.parse::<jiff::Timestamp>().unwrap().as_millisecond()
        })
        .collect();
    assert!(moments.windows(2).all(|pair| pair[1] - pair[0] == 20), "{moments:?}");

    assert_eq!(app.header("authorization"), format!("Bearer of.{}", ResourceId::from_u128(2)));
    assert_eq!(app.header("x-ms-call-connection-id"), CallConnectionId::from_u128(3).to_string());
    assert_eq!(app.header("x-ms-call-correlation-id"), CorrelationId::from_u128(4).to_string());

    stage.stop();
    stage.until("the socket is closed", |_, _| app.closes() == 1);
}

#[test]
fn an_application_hears_each_speaker_apart_at_24_khz() {
    let mut stage = Stage::new();
    let app = stage.runtime.block_on(App::start(Habit::Listens));
    stage.stream(&app.url(), |streaming| (streaming.unmixed, streaming.rate_hz) = (true, 24_000));
    stage.until("half a second is heard", |_, _| app.of_kind("AudioData").len() >= 60);
    assert!(app.sound(None).is_empty());
    for (name, tone_hz) in NAMES.into_iter().zip([400.0, 900.0]) {
        let sound = app.sound(Some(name));
        assert!(sound.len() >= 28 * 480 && sound.len().is_multiple_of(480), "{}", sound.len());
        assert!(goertzel::share(&sound[4_800..], 24_000, tone_hz) > 0.95, "{name}");
    }
    let metadata = &app.messages()[0]["audioMetadata"];
    assert_eq!((&metadata["sampleRate"], &metadata["length"]), (&json!(24_000), &json!(960)));
}

#[test]
fn keys_are_told_where_they_are_asked_for() {
    for asked in [true, false] {
        let mut stage = Stage::with(&["loopback"], None, [None, None]);
        let app = stage.runtime.block_on(App::start(Habit::Listens));
        stage.stream(&app.url(), |streaming| streaming.keys = asked);
        stage.until_reported(TapReport::Started);
        stage.talk_for(100);
        stage.one.press(11);
        let heard = app.of_kind("AudioData").len();
        stage.until("time passes", |_, _| app.of_kind("AudioData").len() > heard + 20);
        let expected = json!({"kind": "DtmfData", "dtmfData": {"data": "#"}});
        assert_eq!(app.of_kind("DtmfData"), if asked { vec![expected] } else { vec![] });
        assert!(app.of_kind("AudioData").iter().all(|message| message["audioData"]["silent"] == true));
    }
}

#[test]
fn a_socket_over_tls_wants_an_authority_that_is_trusted() {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certified.cert.pem().as_bytes()).unwrap();
    let mut stage = Stage::with(&["loopback"], Some(file.path().to_owned()), [Some(400.0), None]);
    let (port, heard) = stage.runtime.block_on(serve_tls(&certified));
    stage.stream(&format!("wss://localhost:{port}/"), |_| {});
    stage.until("a message comes", |_, _| heard.load(std::sync::atomic::Ordering::Relaxed) > 5);
}

async fn serve_tls(
    certified: &rcgen::CertifiedKey<rcgen::KeyPair>,
) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    // A server that would rather speak HTTP/2 is asked for what WebSockets need.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counts = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { continue };
            while let Some(Ok(_)) = socket.next().await {
                counts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    });
    (port, heard)
}
