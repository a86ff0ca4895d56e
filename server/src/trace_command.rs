//! `ringdown trace`: what happens in a call, as it happens.

use clap::Args;
use journal::{Line, Picture};
use serde_json::Value;

use crate::client::Client;
use crate::command_line::Server;
use crate::failure::Failure;

/// Options of `ringdown trace`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown trace 00000000-5b1c-4b6e-9c3d-7f1e2a3b4c5d\n\
    `ringdown calls list` shows which calls there are; `ringdown replay` shows one again.")]
pub struct TraceOptions {
    /// The call: its id, its serverCallId, or the id of a connection, a correlation or a leg.
    call: String,
    /// Show what has happened until now, and end.
    #[arg(long)]
    no_follow: bool,
    /// Show numbers, names and words of people.
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    server: Server,
}

/// Shows it until the call has ended.
pub async fn run(options: &TraceOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let name: String = url::form_urlencoded::byte_serialize(options.call.as_bytes()).collect();
    let mut path =
        format!("/admin/v1/calls/{name}/trace?follow={}&reveal={}", !options.no_follow, options.reveal);
    let mut picture = Picture::live();
    loop {
        let mut page = client.get(&path).await?;
        let lines: Vec<Value> = match page["value"].take() {
            Value::Array(lines) => lines,
            _ => Vec::new(),
        };
        for line in lines {
            if options.server.json {
                println!("{line}");
                continue;
            }
            let line: Line = serde_json::from_value(line)
                .map_err(|error| Failure::Happened(format!("cannot read the server's answer: {error}")))?;
            println!("{}", picture.draw(&line));
        }
        match page["nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return Ok(()),
        }
    }
}
