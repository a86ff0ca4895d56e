//! Certificates: the system's authorities, and those an operator adds.

use std::io::Write;
use std::sync::Arc;

use outbound_http::{OutboundError, OutboundHttp, OutboundPolicy};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{gate, get};

#[tokio::test]
async fn a_private_authority_is_trusted_only_when_it_is_configured() {
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let port = serve_tls(&certified).await;
    let url = format!("https://localhost:{port}/");
    let refused = gate(&["loopback"]).send(get(&url)).await.unwrap_err();
    assert_eq!(refused, OutboundError::Tls { host: "localhost".into() });

    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certified.cert.pem().as_bytes()).unwrap();
    let trusting = OutboundHttp::new(OutboundPolicy {
        allow_private: vec!["loopback".parse().unwrap()],
        extra_ca: Some(file.path().to_owned()),
        ..OutboundPolicy::default()
    });
    assert_eq!(trusting.unwrap().send(get(&url)).await.unwrap().body, "hello");
}

/// The environment of a process cannot be changed while it runs, so the test runs itself again.
#[tokio::test]
async fn a_machine_without_authorities_still_sends_plain_http() {
    if std::env::var_os("SSL_CERT_FILE").is_none_or(|file| file != "/dev/null") {
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tls::a_machine_without_authorities_still_sends_plain_http"])
            .env("SSL_CERT_FILE", "/dev/null")
            .env("SSL_CERT_DIR", "/nowhere")
            .output()
            .unwrap();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stdout));
        return;
    }
    let router = axum::Router::new().fallback(|| async { "hello" });
    let address = crate::server::serve("127.0.0.1", router).await;
    let answer = gate(&["loopback"]).send(get(format!("http://{address}/"))).await;
    assert_eq!(answer.unwrap().body, "hello");
}

#[test]
fn a_file_without_certificates_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let policy = OutboundPolicy { extra_ca: Some(file.path().to_owned()), ..OutboundPolicy::default() };
    let error = OutboundHttp::new(policy).unwrap_err().to_string();
    assert_eq!(error, format!("read the certificate authorities in {}", file.path().display()));
}

async fn serve_tls(certified: &rcgen::CertifiedKey<rcgen::KeyPair>) -> u16 {
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.read(&mut [0; 1024]).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}
