//! `ringdown psap`: those who answer calls for help, for tests and demonstrations.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use soft_phone::{CallBack, PsapEvent, PsapOptions, Server, Told, Transport, answer_calls_for_help};
use tokio_util::sync::CancellationToken;

use crate::command_line::Server as RunningServer;
use crate::failure::Failure;
use crate::phone_command::parse_duration;
use crate::ready::Ready;

/// Options of `ringdown psap`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: ringdown psap --listen 127.0.0.1:5080 --record heard --call-back 2s --json\n\
                  It is reached by a trunk with host = \"127.0.0.1\", port = 5080, emergency = true, and told of \
                  places with takes-location = true. It alarms nobody: calls to real numbers for help never belong here."
)]
pub struct PsapCommandOptions {
    /// Where calls come in, over UDP.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5080")]
    pub listen: SocketAddr,
    /// The SIP server that calls come from, for calling back; the running one when absent.
    #[arg(long, value_name = "sip:HOST:PORT")]
    pub server: Option<Server>,
    /// Stops after so many calls.
    #[arg(long, value_name = "NUMBER")]
    pub calls: Option<u32>,
    /// Rings this long before it answers.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s")]
    pub ring_for: Duration,
    /// Refuses with this SIP status instead.
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(300..700))]
    pub refuse: Option<u16>,
    /// Hangs up this long after the answer, for example 25s; else when the caller does.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub lasting: Option<Duration>,
    /// A WAV or MP3 file to play once a call is answered.
    #[arg(long, value_name = "FILE")]
    pub play: Option<PathBuf>,
    /// A folder for what is heard: call-1.wav and so on.
    #[arg(long, value_name = "FOLDER")]
    pub record: Option<PathBuf>,
    /// Calls back whoever called, this long after their call is over.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub call_back: Option<Duration>,
    /// How long a call back lasts once it is answered.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "5s")]
    pub call_back_for: Duration,
    /// Where the running server is.
    #[command(flatten)]
    pub running: RunningServer,
}

/// Takes calls until it is told to stop, and tells what it was told.
pub async fn run(options: PsapCommandOptions) -> Result<(), Failure> {
    let json = options.running.json;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopped.cancel();
        }
    });
    if let Some(folder) = &options.record {
        tokio::fs::create_dir_all(folder).await.map_err(|error| {
            Failure::Happened(format!("cannot make the folder {}: {error}", folder.display()))
        })?;
    }
    let options = PsapOptions {
        listen: options.listen,
        server: server(&options)?,
        calls: options.calls,
        ring_for: options.ring_for,
        refuse_with: options.refuse,
        lasting: options.lasting,
        play: options.play,
        record: options.record,
        call_back: options.call_back.map(|after| CallBack { after, lasting: options.call_back_for }),
        stop,
    };
    let told =
        answer_calls_for_help(options, |event| if json { show_json(&event) } else { show(&event) }).await;
    told.map_err(|error| Failure::Happened(format!("cannot {error}")))
}

/// Calls are answered without a server; only to call back, one has to be known.
fn server(options: &PsapCommandOptions) -> Result<Server, Failure> {
    if let Some(server) = &options.server {
        return Ok(server.clone());
    }
    let ready = Ready::read(&options.running.data);
    let running = ready.as_ref().ok().and_then(|ready| ready.sip.udp.as_ref()?.parse::<SocketAddr>().ok());
    match (running, options.call_back) {
        (Some(address), _) => {
            Ok(Server { host: host(address), port: address.port(), transport: Transport::Udp })
        }
        (None, None) => {
            Ok(Server { host: host(options.listen), port: options.listen.port(), transport: Transport::Udp })
        }
        (None, Some(_)) => Err(Failure::Told(
            "cannot call back: no server runs here; name one with --server sip:HOST:PORT".to_owned(),
        )),
    }
}

fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

fn show(event: &PsapEvent) {
    match event {
        PsapEvent::Listens(address) => println!("waits for calls for help at {address}"),
        PsapEvent::Ladder(line) => println!("{line}"),
        PsapEvent::Begins(number, told) => {
            println!("\ncall {number} to {}", told.called);
            show_told(told);
        }
        PsapEvent::Ended(number, report) => print!("\ncall {number} is over: {report}"),
        PsapEvent::CalledBack(number, whom, report) => {
            print!("\ncall {number}: {whom} was called back: {report}");
        }
    }
}

fn show_told(told: &Told) {
    println!("  from: {}", told.from);
    println!("  call back: {}", told.call_back.as_deref().unwrap_or("no number"));
    match (&told.place, &told.unreadable) {
        (Some(place), _) => println!("  place: {}", place.address),
        (None, Some(why)) => println!("  place: {why}"),
        (None, None) => println!("  place: not told"),
    }
}

/// A line for each event; steps of calls go to standard error.
fn show_json(event: &PsapEvent) {
    let line = match event {
        PsapEvent::Ladder(line) => return eprintln!("{line}"),
        PsapEvent::Listens(address) => json!({ "event": "listens", "address": address.to_string() }),
        PsapEvent::Begins(number, told) => json!({ "event": "begins", "call": number, "told": told }),
        PsapEvent::Ended(number, report) => {
            json!({ "event": "ended", "call": number, "report": report_of(report) })
        }
        PsapEvent::CalledBack(number, whom, report) => {
            json!({ "event": "calledBack", "call": number, "number": whom, "report": report_of(report) })
        }
    };
    println!("{line}");
}

fn report_of(report: &soft_phone::PhoneReport) -> Value {
    serde_json::from_str(&report.to_json()).unwrap_or_default()
}
