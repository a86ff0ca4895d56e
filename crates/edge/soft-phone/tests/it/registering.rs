//! The phone registers.

use redact::Secret;
use soft_phone::{Account, PhoneError, PhoneOptions, Purpose};
use tokio::net::UdpSocket;

/// A registrar that challenges once and then says `verdict`; returns all that it was sent.
async fn registrar(socket: UdpSocket, verdict: &'static str, requests: usize) -> Vec<String> {
    let mut seen = Vec::new();
    let mut buffer = vec![0; 4_096];
    while seen.len() < requests {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let (status, extra) = if request.contains("Authorization: Digest") {
            (verdict, "")
        } else {
            (
                "401 Unauthorized",
                "WWW-Authenticate: Digest realm=\"demo\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n",
            )
        };
        let mut answer = format!("SIP/2.0 {status}\r\n");
        for line in request.lines().take_while(|line| !line.is_empty()) {
            match line.split(':').next().unwrap_or_default() {
                "Via" | "From" | "Call-ID" | "CSeq" | "Contact" => answer += &format!("{line}\r\n"),
                "To" => answer += &format!("{line};tag=r\r\n"),
                _ => {}
            }
        }
        answer += &format!("{extra}Content-Length: 0\r\n\r\n");
        socket.send_to(answer.as_bytes(), from).await.unwrap();
        seen.push(request);
    }
    seen
}

async fn waiting(socket: &UdpSocket) -> PhoneOptions {
    let server = format!("sip:127.0.0.1:{}", socket.local_addr().unwrap().port());
    let mut options = PhoneOptions::answer(server.parse().unwrap());
    options.account =
        Some(Account { name: "demo-1".into(), password: Secret::new("open sesame".to_owned()) });
    options.purpose = Purpose::Answer {
        ring_for: std::time::Duration::ZERO,
        refuse_with: None,
        wait_for: Some(std::time::Duration::from_millis(100)),
    };
    options
}

#[tokio::test]
async fn a_challenge_is_answered_and_the_registration_is_given_back() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let options = waiting(&socket).await;
    let registrar = tokio::spawn(registrar(socket, "200 OK", 4));
    let report = soft_phone::run(options, |_| {}).await.unwrap();
    assert_eq!(report.reason, "nobody called");
    let seen = registrar.await.unwrap();
    assert!(seen[0].contains("To: <sip:demo-1@127.0.0.1:"), "{}", seen[0]);
    assert!(seen[1].contains("username=\"demo-1\""), "{}", seen[1]);
    assert!(seen[3].contains("Expires: 0"), "{}", seen[3]);
    assert!(!seen.concat().contains("open sesame"));
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_one() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let options = waiting(&socket).await;
    let registrar = tokio::spawn(registrar(socket, "403 Forbidden", 2));
    let error = soft_phone::run(options, |_| {}).await.unwrap_err();
    assert!(matches!(error, PhoneError::Refused { status: 403, .. }), "{error:?}");
    registrar.await.unwrap();
}
