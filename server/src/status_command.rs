//! `ringdown status`: whether it runs, and how.

use serde_json::json;

use crate::client::Client;
use crate::command_line::StatusOptions;
use crate::failure::Failure;

/// Asks the running server how it is.
pub async fn run(options: &StatusOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let health = client.get("/health").await?;
    let ready = client.ready();
    if options.server.json {
        println!(
            "{:#}",
            json!({
                "running": true,
                "endpoint": ready.endpoint,
                "sip": ready.sip,
                "numbers": ready.numbers,
                "web": ready.web,
                "health": health,
            })
        );
    } else {
        println!("running");
        println!("  endpoint  {}", ready.endpoint);
        println!("  SIP       {}", sip(ready));
        println!("  numbers   {}", ready.numbers.join(", "));
        println!("  web       {}", ready.web);
    }
    Ok(())
}

fn sip(ready: &crate::ready::Ready) -> String {
    let transports = [("udp", &ready.sip.udp), ("tcp", &ready.sip.tcp), ("tls", &ready.sip.tls)];
    let open = transports
        .into_iter()
        .filter_map(|(name, address)| address.as_ref().map(|address| format!("{name} {address}")));
    open.collect::<Vec<_>>().join(", ")
}
