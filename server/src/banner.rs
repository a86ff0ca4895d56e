//! What a person sees when the server is ready: where to call, and what to try next.

use std::fmt::Write;

use crate::ready::Ready;

/// To whom the banner is shown.
pub struct Reader<'a> {
    /// How they start this program.
    pub program: &'a str,
    /// The data folder.
    pub data: &'a str,
    /// Whether they are told keys and tokens: not when a log keeps what they see.
    pub may_know_secrets: bool,
    /// Why nothing can be spoken to callers.
    pub why_mute: Option<&'a str>,
}

/// The banner; `demo` says what demo mode allows.
pub fn banner(ready: &Ready, reader: &Reader<'_>, demo: bool) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = compose(&mut text, ready, reader, demo);
    text
}

fn compose(text: &mut String, ready: &Ready, reader: &Reader<'_>, demo: bool) -> std::fmt::Result {
    let Reader { program, data, may_know_secrets, why_mute } = *reader;
    let sip = ready.sip.udp.as_deref().or(ready.sip.tcp.as_deref()).unwrap_or("off");
    let ca = ready.ca_certificate.display();
    writeln!(text)?;
    writeln!(text, "Ringdown is ready{}.", if demo { " (demo mode)" } else { "" })?;
    if let Some(reason) = why_mute {
        writeln!(text, "No voice: {reason}; then start again.")?;
    }
    writeln!(text)?;
    match ready.numbers.as_slice() {
        [] => writeln!(text, "  Numbers            none yet; name some in the configuration file")?,
        numbers => writeln!(text, "  Dial               {}", numbers.join("  or  "))?,
    }
    writeln!(text, "  SIP server         sip:{sip}{}", also(ready))?;
    for phone in &ready.phones {
        let number = phone.number.as_deref().unwrap_or("no number");
        writeln!(text, "  Phone {:<12} {number}, password {}", phone.name, phone.password)?;
    }
    if may_know_secrets {
        writeln!(text, "  Connection string  {}", ready.connection_string)?;
    } else {
        writeln!(text, "  Endpoint           {}", ready.endpoint)?;
        writeln!(text, "  Keys and tokens    in {data}/ready.json")?;
    }
    if let Some(http) = &ready.http_endpoint {
        writeln!(text, "  Plain HTTP         {http} (on this machine only)")?;
    }
    writeln!(text, "  CA certificate     {ca}")?;
    let token = if may_know_secrets { format!("#token={}", ready.admin_token) } else { String::new() };
    writeln!(text, "  Web                {}/{token}", ready.web)?;
    writeln!(text)?;
    writeln!(text, "Let the official SDKs trust it:")?;
    for variable in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        writeln!(text, "  export {variable}={ca}")?;
    }
    if demo {
        writeln!(text)?;
        writeln!(
            text,
            "Demo mode: everything is bound to loopback; anybody on this machine may call the numbers, and \
             webhooks and play files may be on this machine."
        )?;
    }
    writeln!(text)?;
    writeln!(text, "Next:")?;
    let number = ready.numbers.first().map_or("NUMBER", String::as_str);
    writeln!(
        text,
        "  {program} phone --data {data} --dial {number} --send \",,,1\" --record heard.wav --for 25s"
    )?;
    writeln!(text, "  {program} events subscribe --data {data} --url http://127.0.0.1:7000/events")?;
    writeln!(text)
}

/// All addresses but the one that is shown first.
fn also(ready: &Ready) -> String {
    let shown = format!("udp {}", ready.sip.udp.as_deref().unwrap_or_default());
    let others: Vec<&str> = ready.sip.all.iter().filter(|one| **one != shown).map(String::as_str).collect();
    if others.is_empty() { String::new() } else { format!(" (udp; {})", others.join(", ")) }
}
