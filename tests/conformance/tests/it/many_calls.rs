//! Ten thousand calls that end in every way a call can end leave nothing behind.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use conformance::crowd::{Busy, Crowd};
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use tokio::io::AsyncWriteExt;

/// What the second 5,000 calls may add to the memory that the first 5,000 needed at the same pace: a few
/// facts that are remembered of each for a while, and what allocators keep in reserve.
const MOST_GROWTH_KB: u64 = 16 * 1024;
/// Each half takes so long: what is remembered of a call in case that somebody repeats himself is forgotten
/// after half a minute (RFC 3261 §17.1.2.2), so that by then as much is forgotten as is remembered.
const HALF_S: u32 = 40;
/// RFC 3261 §17.1.1.1: what is never acknowledged or answered is given up after 64 * T1.
const GIVEN_UP: Duration = Duration::from_secs(90);

/// The phones, and how each takes a call.
const PHONES: [(&str, &str, u16); 5] = [
    ("answers", "crowd_answers.xml", 6101),
    ("leaves", "crowd_leaves.xml", 6102),
    ("rings", "crowd_rings.xml", 6103),
    ("is-busy", "crowd_is_busy.xml", 6104),
    ("rings-on", "crowd_rings_on.xml", 6105),
];

/// What the server holds on to.
#[derive(Clone, Copy, Debug)]
struct Held {
    descriptors: usize,
    sockets: usize,
    threads: u64,
    memory_kb: u64,
}

struct Scene {
    platform: Platform,
    carrier: IpAddr,
    _callees: Vec<Busy>,
}

#[tokio::test]
async fn ten_thousand_calls_leave_nothing_behind() {
    let scene = Scene::new().await;
    let began = Instant::now();
    let idle = scene.held();

    scene.half(true).await;
    let half = scene.held();
    scene.half(false).await;
    let end = scene.held();
    let after = scene.settled(idle).await;
    println!("idle {idle:?}\n5,000 calls {half:?}\n10,000 calls {end:?}\nsettled {after:?}");
    println!("in {:?}", began.elapsed());

    assert!(end.memory_kb <= half.memory_kb + MOST_GROWTH_KB, "{half:?} {end:?}");
    // Nobody is counted any more, and every port is free for the next.
    for counted in [
        "ringdown_calls",
        "ringdown_legs",
        "ringdown_media_sessions",
        "ringdown_media_ports_used",
        "ringdown_sip_half_open",
    ] {
        until_async(&format!("{counted} to be 0"), || async {
            (Metrics::of(&scene.platform).await.sum(counted, &[]) == 0.0).then_some(())
        })
        .await;
    }
    assert!(after.threads <= idle.threads + THREADS_IN_RESERVE, "{idle:?} {after:?}");
}

impl Scene {
    async fn new() -> Self {
        let process = std::process::id();
        let carrier = Ipv4Addr::new(127, 250, (process >> 8) as u8, (process as u8).max(1));
        let phones = PHONES.map(|(name, _, port)| {
            format!(
                "[[tenants.phones]]\nname = \"{name}\"\nnumber = \"{}\"\npassword = \"secret\"\n",
                number(port)
            )
        });
        // Nobody is refused because the machine of the tests has much else to do.
        let configuration = format!(
            "[limits]\ndrain-seconds = 1\nlate-ms = \"off\"\n[[tenants]]\nname = \"Contoso\"\n[[tenants.resources]]\nname = \"contoso\"\n\
             numbers = [\"+14255550100\"]\n{}\n[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\n\
             port = 5060\nsources = [\"{carrier}\"]\nprefixes = [\"+1999\"]\n",
            phones.concat()
        );
        let platform = Platform::configured("many-calls", &configuration).await;
        let carrier = IpAddr::V4(carrier);
        let mut callees = Vec::new();
        for (name, scenario, port) in PHONES {
            let at = SocketAddr::new(carrier, port);
            Crowd::registers(at, &platform.ready.sip.udp, name, "secret").start().ends_well().await;
            callees.push(Crowd::takes(scenario, at).start());
        }
        Self { platform, carrier, _callees: callees }
    }

    /// Five thousand calls of all kinds, at the same time and at an even pace. Those that end only because
    /// somebody is not waited for any longer are all in the first half.
    async fn half(&self, is_first: bool) {
        let sip = &self.platform.ready.sip;
        let crowd = |scenario, server: &str, phone: u16, calls: u32| {
            let per_second = (calls / HALF_S).max(1);
            Crowd::calls(scenario, self.carrier, server, &number(phone), calls, per_second)
        };
        let refused = |dial: &str, status: &str| {
            let crowd = Crowd::calls("crowd_is_refused.xml", self.carrier, &sip.udp, dial, 480, 480 / HALF_S);
            crowd.field("status", status)
        };
        let mut crowds = vec![
            crowd("crowd_calls.xml", &sip.udp, 6101, if is_first { 2_000 } else { 2_800 }),
            crowd("crowd_gives_up.xml", &sip.udp, 6103, 800),
            refused(&number(6104), "486"),
            refused("+4930123456", "403"),
            crowd("crowd_calls.xml", &sip.tcp, 6101, 440).over("tn"),
        ];
        if is_first {
            let slowly = ["crowd_vanishes_unacknowledged.xml", "crowd_vanishes.xml", "crowd_gives_up.xml"];
            let phones = [6101, 6102, 6105];
            for (scenario, phone) in slowly.into_iter().zip(phones) {
                crowds.push(Crowd::calls(scenario, self.carrier, &sip.udp, &number(phone), 200, 50));
            }
            let hung_up = Crowd::calls("crowd_vanishes.xml", self.carrier, &sip.tcp, &number(6102), 200, 50);
            crowds.push(hung_up.over("tn"));
        }
        let busy: Vec<Busy> = crowds.into_iter().map(Crowd::start).collect();
        self.knock_over_tls(100).await;
        for crowd in busy {
            crowd.ends_well().await;
        }
    }

    /// Connections that begin to speak TLS and end in the middle of it, or do not speak it at all.
    async fn knock_over_tls(&self, times: u32) {
        let server = self.platform.ready.sip.tls.as_ref().expect("SIP over TLS is on");
        for time in 0..times {
            let mut stream = tokio::net::TcpStream::connect(server).await.expect("the server listens");
            let words: &[u8] =
                if time % 2 == 0 { b"\x16\x03\x01\x02\x00\x01" } else { b"OPTIONS sip:a SIP/2.0\r\n\r\n" };
            stream.write_all(words).await.expect("the server takes a few bytes");
        }
    }

    /// Waits until the server holds no more sockets and descriptors than when it was idle.
    async fn settled(&self, idle: Held) -> Held {
        let began = Instant::now();
        let mut beat = tokio::time::interval(Duration::from_millis(100));
        loop {
            beat.tick().await;
            let held = self.held();
            if held.sockets <= idle.sockets && held.descriptors <= idle.descriptors + FILES_IN_RESERVE {
                return held;
            }
            assert!(began.elapsed() < GIVEN_UP, "the server still holds {held:?}, and {idle:?} when idle");
        }
    }

    fn held(&self) -> Held {
        let folder = format!("/proc/{}", self.platform.process().expect("an owned server has a process"));
        let links: Vec<String> = std::fs::read_dir(format!("{folder}/fd"))
            .expect("the server runs")
            .filter_map(|entry| Some(std::fs::read_link(entry.ok()?.path()).ok()?.display().to_string()))
            .collect();
        Held {
            descriptors: links.len(),
            sockets: links.iter().filter(|link| link.starts_with("socket:")).count(),
            threads: self.platform.kernel_says("Threads:"),
            memory_kb: self.platform.kernel_says("VmRSS:"),
        }
    }
}

/// Threads that wait for the next name to be looked up, or the next write.
const THREADS_IN_RESERVE: u64 = 4;

/// Connections of the database that are opened when there is much to write, and kept.
const FILES_IN_RESERVE: usize = 24;

fn number(port: u16) -> String {
    format!("+1425556{port}")
}
