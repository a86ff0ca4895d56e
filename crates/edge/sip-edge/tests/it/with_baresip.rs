//! The same with a phone as people have it.

use std::process::Stdio;

use call_engine::{EndCause, LegReport, LegRequest};
use tokio::process::Command;

use crate::world::{DEMO_1, World, to_phone};

const MODULES: &str = "\
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module_app account.so
module_app menu.so
sip_listen 127.0.0.1:0
";

#[tokio::test]
async fn baresip_registers_and_rings() {
    let mut world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let account = format!("<sip:demo-1@{};transport=udp>;auth_pass=secret;regint=600\n", world.udp());
    std::fs::write(folder.path().join("accounts"), account).unwrap();
    std::fs::write(folder.path().join("config"), MODULES).unwrap();
    std::fs::write(folder.path().join("contacts"), "").unwrap();
    let _baresip = Command::new("baresip")
        .args(["-f", folder.path().to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("baresip is installed (Debian package baresip-core)");

    // It does not tell when it has registered; until then there is nobody to be called.
    let mut attempts = 200;
    let leg = loop {
        attempts -= 1;
        assert!(attempts > 0, "baresip does not register");
        let leg = world.dial(to_phone(DEMO_1));
        match world.report(leg).await {
            LegReport::Ringing => break leg,
            LegReport::Ended(outcome) => assert_eq!(outcome.cause, EndCause::Unavailable),
            other => panic!("{other:?}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    world.ask(leg, LegRequest::Hangup);
    assert_eq!(world.ended(leg).await.cause, EndCause::Canceled);
}
