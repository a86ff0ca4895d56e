//! How much one core of this machine carries, beside the floor measured in the same run.
//!
//! `cargo run -p load --release` prints a table and, as its last line, the same rows as JSON.

mod media;

use clap::Parser;

/// Measures media: legs relayed, in conferences and listening, beside a bare UDP echo.
#[derive(Parser)]
struct Arguments {
    /// Legs in each measurement; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [300, 900])]
    legs: Vec<usize>,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let rows = media::measure(&arguments.legs, arguments.seconds)?;
    print!("{}", media::table(&rows));
    println!("{}", serde_json::to_string(&rows)?);
    Ok(())
}
