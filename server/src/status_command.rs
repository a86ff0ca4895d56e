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
            json!({ "running": true, "endpoint": ready.endpoint, "web": ready.web, "health": health })
        );
    } else {
        println!("running, {} and {}", ready.endpoint, ready.web);
    }
    Ok(())
}
