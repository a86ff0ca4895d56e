//! `ringdown apply`, `ringdown export` and `ringdown explain`: a company's phone system as a whole.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use tenant_document::{Faults, LARGEST_DOCUMENT, TenantDocument};

use crate::client::{Client, escaped};
use crate::command_line::Server;
use crate::failure::Failure;
use crate::teams_command::told;

/// Options of `ringdown apply`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown apply -f contoso.yaml --dry-run\n\
    The document says all of it: what it does not name is deleted. docs/TENANT.md explains each part.")]
pub struct ApplyOptions {
    /// The document, YAML or JSON; - reads it from the standard input.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: Server,
}

/// Options of `ringdown export`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown export Contoso > contoso.yaml")]
pub struct ExportOptions {
    /// The tenant, by name or id; not needed where there is one.
    tenant: Option<String>,
    #[command(flatten)]
    server: Server,
}

/// Options of `ringdown explain`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown explain +49301234567 --from alice@contoso.example")]
pub struct ExplainOptions {
    /// What is dialled, as it is keyed.
    dialled: String,
    /// Who calls: a person, a resource account, a phone or a trunk, by name.
    #[arg(long, value_name = "WHO")]
    from: String,
    #[command(flatten)]
    server: Server,
}

/// Makes it so, or says all that is wrong.
pub async fn apply(options: &ApplyOptions) -> Result<(), Failure> {
    let text = read(&options.file)?;
    // What is wrong with the document alone is said without asking the server.
    TenantDocument::read(&text).map_err(|faults| wrong(&options.file, &faults))?;
    let client = Client::find(&options.server.data)?;
    let body = json!({ "document": text, "dryRun": options.dry_run });
    let outcome = client.post("/admin/v1/apply", &body).await?;
    print(&outcome, options.server.json);
    Ok(())
}

/// Prints the document.
pub async fn export(options: &ExportOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let tenant = tenant(&client, options.tenant.as_deref()).await?;
    let answer = client.get(&format!("/admin/v1/tenants/{}/document", escaped(&tenant))).await?;
    if options.server.json {
        println!("{answer:#}");
    } else {
        print!("{}", answer["document"].as_str().unwrap_or_default());
    }
    Ok(())
}

/// Prints why, line by line.
pub async fn explain(options: &ExplainOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let (dialled, from) = (escaped(&options.dialled), escaped(&options.from));
    let answer = client.get(&format!("/admin/v1/explain?dialled={dialled}&from={from}")).await?;
    if options.server.json {
        println!("{answer:#}");
        return Ok(());
    }
    println!("{}", answer["text"].as_str().unwrap_or_default());
    if let Some(reason) = answer["refused"].as_str() {
        println!("refused: cannot call this destination: {reason}");
    }
    Ok(())
}

/// The tenant that is meant: the one that was named, or the only one.
pub async fn tenant(client: &Client, named: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let tenants = client.get("/admin/v1/tenants").await?;
    let names: Vec<&str> =
        tenants["value"].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
    match names[..] {
        [only] => Ok(only.to_owned()),
        _ => Err(Failure::Told(format!("name a tenant: there are {}", names.join(", ")))),
    }
}

/// What a change did, for people or as JSON.
pub fn print(outcome: &Value, as_json: bool) {
    if as_json {
        println!("{outcome:#}");
        return;
    }
    let changes = outcome["changes"].as_array().map_or(&[][..], Vec::as_slice);
    for change in changes {
        let word = |name: &str| change[name].as_str().unwrap_or_default();
        println!("{:<8} {} {}", word("action"), word("kind"), word("identity"));
        for field in change["fields"].as_array().into_iter().flatten() {
            let name = field["field"].as_str().unwrap_or_default();
            println!("           {name}: {} -> {}", told(&field["old"]), told(&field["new"]));
        }
    }
    for warning in outcome["warnings"].as_array().into_iter().flatten() {
        println!("warning: {}", warning.as_str().unwrap_or_default());
    }
    let (tenant, version) = (outcome["tenant"].as_str().unwrap_or_default(), &outcome["version"]);
    match (changes.len(), outcome["dryRun"] == true) {
        (0, _) => println!("{tenant} is as it should be (version {version})"),
        (count, true) => println!("{count} changes would be made to {tenant}; nothing was done"),
        (count, false) => println!("{count} changes were made to {tenant} (version {version})"),
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::Told(format!("cannot read {}: {error}", file.display()));
    let mut text = String::new();
    let most = LARGEST_DOCUMENT as u64 + 1;
    if file == Path::new("-") {
        std::io::stdin().take(most).read_to_string(&mut text).map_err(failed)?;
    } else {
        let file = std::fs::File::open(file).map_err(failed)?;
        file.take(most).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

fn wrong(file: &Path, faults: &Faults) -> Failure {
    Failure::Told(format!("cannot apply {}:\n{faults}", file.display()))
}
