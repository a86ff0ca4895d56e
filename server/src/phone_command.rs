//! `ringdown phone`: a small scriptable SIP phone.

mod advice;
mod script;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use redact::Secret;
use serde_json::{Value, json};
use soft_phone::{Account, Hold, Keys, LadderLine, PhoneOptions, PhoneReport, Purpose, Server, Transfer};

use crate::command_line::Server as RunningServer;
use crate::failure::Failure;
use crate::phone_command::advice::Caller;
pub use crate::phone_command::script::parse_duration;
use crate::phone_command::script::{parse_header, parse_hold, parse_transfer};
use crate::ready::Ready;

/// Options of `ringdown phone`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: ringdown phone --dial +14255550100 --send \",,1,2#\" --record heard.wav --for 25s\n\
                  Example: ringdown phone --register demo-2 --answer --for 20s"
)]
pub struct PhoneCommandOptions {
    /// Whom to call: a number, a user of the server, or a whole sip: address.
    #[arg(long, value_name = "TARGET", required_unless_present_any = ["answer"])]
    pub dial: Option<String>,
    /// Waits for one call instead; the exit status tells whether it was answered.
    #[arg(long, conflicts_with = "dial")]
    pub answer: bool,
    /// The SIP server; the running one when absent. For example sip:127.0.0.1:5060;transport=tcp.
    #[arg(long, value_name = "sip:HOST:PORT")]
    pub server: Option<Server>,
    /// How to reach the running server.
    #[arg(long, value_parser = ["udp", "tcp", "tls"], default_value = "udp", conflicts_with = "server")]
    pub transport: String,
    /// Registers under this name first.
    #[arg(long, value_name = "NAME")]
    pub register: Option<String>,
    /// The password of that name; known for the phones of a demo.
    #[arg(long, env = "RINGDOWN_PHONE_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Keys to press once the call is answered; a comma waits a second.
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    pub send: Option<Keys>,
    /// A WAV or MP3 file to play once the call is answered.
    #[arg(long, value_name = "FILE")]
    pub play: Option<PathBuf>,
    /// A WAV file for what is heard.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Hangs up this long after the answer, for example 25s.
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration)]
    pub lasting: Option<Duration>,
    /// Gives up a call that rings for longer than this.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "answer")]
    pub give_up: Option<Duration>,
    /// With --answer: rings this long first.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s", conflicts_with = "dial")]
    pub ring_for: Duration,
    /// With --answer: refuses with this SIP status instead.
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(300..700), conflicts_with = "dial")]
    pub refuse: Option<u16>,
    /// With --answer: stops waiting for a call after this time.
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "dial")]
    pub wait_for: Option<Duration>,
    /// The name shown to the other side.
    #[arg(long, value_name = "NAME")]
    pub display_name: Option<String>,
    /// The value of a User-to-User header.
    #[arg(long, value_name = "VALUE")]
    pub user_to_user: Option<String>,
    /// A header such as "X-Account: 7"; may be given several times.
    #[arg(long, value_name = "HEADER", value_parser = parse_header)]
    pub header: Vec<(String, String)>,
    /// Holds the call: after how long, and for how long, for example 5s,3s.
    #[arg(long, value_name = "AFTER,FOR", value_parser = parse_hold)]
    pub hold: Option<Hold>,
    /// Transfers the call: after how long, and to whom, for example 5s,demo-2.
    #[arg(long, value_name = "AFTER,TARGET", value_parser = parse_transfer)]
    pub transfer: Option<Transfer>,
    /// Where the running server is.
    #[command(flatten)]
    pub running: RunningServer,
}

/// Makes or takes the call and tells how it went.
pub async fn run(options: PhoneCommandOptions) -> Result<(), Failure> {
    let json = options.running.json;
    let (target, is_registered) = (options.dial.clone(), options.register.is_some());
    let ready = Ready::read(&options.running.data).ok();
    let options = phone_options(options)?;
    let stop = options.stop.clone();
    tokio::spawn(async move {
        // Ctrl-C hangs up; without it the call runs to its end.
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let mut ladder = Vec::new();
    let report = soft_phone::run(options, |line| {
        show(&line, json);
        ladder.push(line);
    })
    .await
    .map_err(|error| Failure::Happened(format!("cannot {error}")))?;
    print_report(&report, &ladder, json);
    if report.answered {
        Ok(())
    } else {
        Err(not_answered(&report, &Caller { target, is_registered, ready }))
    }
}

fn show(line: &LadderLine, json: bool) {
    if json {
        eprintln!("{line}");
    } else {
        println!("{line}");
    }
}

fn print_report(report: &PhoneReport, ladder: &[LadderLine], json: bool) {
    if !json {
        print!("\n{report}");
        return;
    }
    let mut object: Value = serde_json::from_str(&report.to_json()).unwrap_or_else(|_| json!({}));
    let ladder = ladder.iter().filter_map(|line| serde_json::from_str(&line.to_json()).ok());
    object["ladder"] = Value::Array(ladder.collect());
    println!("{object}");
}

fn not_answered(report: &PhoneReport, caller: &Caller) -> Failure {
    let status = report.final_status.map(|status| format!("{status} ")).unwrap_or_default();
    let advice = caller.advice(report.final_status).map(|advice| format!("; {advice}")).unwrap_or_default();
    Failure::Happened(format!("there was no call: {status}{}{advice}", report.reason))
}

fn phone_options(options: PhoneCommandOptions) -> Result<PhoneOptions, Failure> {
    // A server somewhere else is reached without one here.
    let ready = Ready::read(&options.running.data);
    let server = match options.server {
        Some(server) => server,
        None => {
            let ready = ready.as_ref().map_err(|error| Failure::Happened(format!("cannot {error}")))?;
            server_of(ready, &options.transport)?
        }
    };
    let ready = ready.ok();
    let mut phone = match options.dial {
        Some(target) => PhoneOptions::dial(server, target),
        None => PhoneOptions::answer(server),
    };
    match &mut phone.purpose {
        Purpose::Dial { give_up, .. } => *give_up = options.give_up,
        Purpose::Answer { ring_for, refuse_with, wait_for } => {
            (*ring_for, *refuse_with, *wait_for) = (options.ring_for, options.refuse, options.wait_for);
        }
    }
    if let Some(name) = options.register {
        let password =
            options.password.or_else(|| demo_password(ready.as_ref(), &name)).ok_or_else(|| {
                Failure::Told(format!("cannot register as {name}: give its password with --password"))
            })?;
        phone.account = Some(Account { name, password: Secret::new(password) });
    }
    phone.authorities = ready.map(|ready| ready.ca_certificate);
    phone.display_name = options.display_name;
    phone.keys = options.send.unwrap_or_default();
    phone.play = options.play;
    phone.record = options.record;
    phone.lasting = options.lasting;
    phone.user_to_user = options.user_to_user;
    phone.headers = options.header;
    phone.hold = options.hold;
    phone.transfer = options.transfer;
    Ok(phone)
}

fn server_of(ready: &Ready, transport: &str) -> Result<Server, Failure> {
    let address = match transport {
        "tcp" => &ready.sip.tcp,
        "tls" => &ready.sip.tls,
        _ => &ready.sip.udp,
    };
    let server =
        address.as_ref().and_then(|address| format!("sip:{address};transport={transport}").parse().ok());
    server.ok_or_else(|| {
        Failure::Happened(format!("the running server does not listen for SIP over {transport}"))
    })
}

fn demo_password(ready: Option<&Ready>, name: &str) -> Option<String> {
    let phone = ready?.phones.iter().find(|phone| phone.name == name)?;
    Some(phone.password.clone())
}
