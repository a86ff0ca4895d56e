//! What the sound of a call takes of the heap: a bridged call of two phones in G.711, as most are.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
// The C library alone knows what it has given out.
#![allow(unsafe_code)]

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clock::Now;
use identifier::{CallId, LegId};
use media_edge::{MediaConfig, MediaEdge, Negotiated, RtpCodec, TapFeed};
use media_plan::{MediaPlan, MediaRequest, Unplayable};

const CALLS: u128 = 400;
/// Of 40 KB that a call may take with its signaling.
const MOST_BYTES: usize = 13_000;
const PATIENCE: Duration = Duration::from_secs(20);

#[repr(C)]
#[derive(Clone, Copy)]
struct Account {
    arena: usize,
    free_chunks: usize,
    fast_chunks: usize,
    mapped_chunks: usize,
    mapped_bytes: usize,
    unused: usize,
    free_fast_bytes: usize,
    bytes_in_use: usize,
    free_bytes: usize,
    releasable: usize,
}

unsafe extern "C" {
    fn mallinfo2() -> Account;
}

fn bytes_in_use() -> usize {
    // SAFETY: it takes nothing and reads the allocator's own books.
    let account = unsafe { mallinfo2() };
    account.bytes_in_use + account.mapped_bytes
}

#[test]
fn a_bridged_call_takes_little_memory() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let media = media();
    let sink = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    sink.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let remote = sink.local_addr().unwrap();
    let mut calls = 0..2 * CALLS;
    let mut begin = |count| {
        let mut ports = HashSet::new();
        for number in calls.by_ref().take(count) {
            let call = CallId::from_u128(number);
            let legs = [1, 2].map(|leg| LegId::from_u128(number << 32 | leg));
            for leg in legs {
                ports.insert(media.open(call, leg).unwrap().address.port());
                let telephone_event = Some(101);
                let plain = Negotiated::plain(remote, RtpCodec::Pcmu, rtp::PCMU);
                let own_telephone_event = telephone_event;
                media.connect(leg, Negotiated { telephone_event, own_telephone_event, ..plain });
            }
            media.request(call, MediaRequest::Connect(MediaPlan::everyone(legs)));
        }
        let patience = Instant::now();
        while !ports.is_empty() {
            assert!(patience.elapsed() < PATIENCE, "{} legs send nothing", ports.len());
            if let Ok((_, from)) = sink.recv_from(&mut [0; 512]) {
                ports.remove(&from.port());
            }
        }
    };
    // Tables that double as they grow are as they will be.
    begin(CALLS as usize);
    let before = bytes_in_use();
    begin(CALLS as usize);
    let each = (bytes_in_use() - before) / CALLS as usize;
    println!("{each} bytes for each call");
    assert!(each <= MOST_BYTES, "{each} bytes for each call");
}

fn media() -> MediaEdge {
    let config = MediaConfig {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        advertised: None,
        second: None,
        ports: 0..=0,
        codecs: RtpCodec::ALL.to_vec(),
        threads: 1,
        silent_after: Duration::ZERO,
    };
    let begin = Instant::now();
    MediaEdge::start(
        config,
        Arc::new(|_| std::future::ready(Err::<media_engine::Playable, _>(Unplayable::Empty))),
        Arc::new(|_: TapFeed| {}),
        Arc::new(|_, _, _| {}),
        Arc::new(move || Now::new(begin.elapsed().as_micros() as u64, 0)),
    )
}
