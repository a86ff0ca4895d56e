//! `ringdown version`.

use serde_json::json;

use crate::command_line::VersionOptions;
use crate::failure::Failure;

/// Prints the version.
pub fn run(options: &VersionOptions) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    if options.json {
        println!("{}", json!({ "version": version }));
    } else {
        println!("ringdown {version}");
    }
    Ok(())
}
