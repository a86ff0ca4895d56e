//! `ringdown teams`: the objects of a company's phone system under the names of the vendor's cmdlets.
//!
//! One table of verbs over all kinds of objects makes the commands, their help and what they ask of the server.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde_json::{Map, Value, json};
use tenant_document::{Field, Kind, PolicyType, fields};

use crate::client::{Client, escaped};
use crate::command_line::Server;
use crate::failure::Failure;
use crate::tenant_command::{print, tenant};

/// The option under which nothing is done.
const DRY_RUN: &str = "dry-run";

/// Options of `ringdown teams`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: ringdown teams new-resource-account line@contoso.example applicationId=5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01\n\
    `ringdown teams grant calling-policy --to alice@contoso.example NAME` assigns a policy of any type."
)]
pub struct TeamsOptions {
    /// What to do.
    #[command(subcommand)]
    cmdlet: Cmdlet,
}

/// A command, and what was said with it.
#[derive(Clone, Debug)]
struct Cmdlet {
    verb: Verb,
    matches: ArgMatches,
}

/// What is done with which kind of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    New(Kind),
    Get(Kind),
    Find(Kind),
    Set(Kind),
    Remove(Kind),
    Sync,
    Assign,
    Unassign,
    CallingSettings,
    Grant,
    TestDialPlan,
    DelegatedToken,
}

/// All commands, in the order of their help.
fn verbs() -> Vec<(String, Verb)> {
    let mut verbs = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        let noun = kind.noun();
        if kind != Kind::Tenant {
            verbs.push((format!("new-{noun}"), Verb::New(kind)));
            verbs.push((format!("remove-{noun}"), Verb::Remove(kind)));
        }
        verbs.push((format!("get-{noun}"), Verb::Get(kind)));
        verbs.push((format!("set-{noun}"), Verb::Set(kind)));
    }
    verbs.extend([
        ("find-resource-account".to_owned(), Verb::Find(Kind::ResourceAccount)),
        ("sync-resource-account".to_owned(), Verb::Sync),
        ("get-phone-number-assignment".to_owned(), Verb::Get(Kind::PhoneNumber)),
        ("set-phone-number-assignment".to_owned(), Verb::Assign),
        ("remove-phone-number-assignment".to_owned(), Verb::Unassign),
        ("get-user-calling-settings".to_owned(), Verb::Get(Kind::User)),
        ("set-user-calling-settings".to_owned(), Verb::CallingSettings),
        ("grant".to_owned(), Verb::Grant),
        ("test-effective-tenant-dial-plan".to_owned(), Verb::TestDialPlan),
        ("new-delegated-token".to_owned(), Verb::DelegatedToken),
    ]);
    verbs
}

impl Verb {
    fn about(self) -> String {
        let noun = |kind: Kind| kind.noun().replace('-', " ");
        match self {
            Self::New(kind) => format!("Makes a {}", noun(kind)),
            Self::Get(kind) => format!("Shows one {}, or lists them", noun(kind)),
            Self::Find(kind) => format!("Finds a {} by a part of its name, number or id", noun(kind)),
            Self::Set(kind) => format!("Changes a {}", noun(kind)),
            Self::Remove(kind) => format!("Removes a {} that nothing uses", noun(kind)),
            Self::Sync => {
                "Lets those who deliver calls know of the application of a resource account".to_owned()
            }
            Self::Assign => "Gives a number to a person or a resource account".to_owned(),
            Self::Unassign => "Takes a number from whoever holds it".to_owned(),
            Self::CallingSettings => "Changes what becomes of a person's calls".to_owned(),
            Self::Grant => "Assigns a policy to a person, a resource account or a group".to_owned(),
            Self::TestDialPlan => "Says what dialled digits mean for a person".to_owned(),
            Self::DelegatedToken => {
                "Gives an application a token with which it asks Microsoft Graph in a person's name"
                    .to_owned()
            }
        }
    }

    fn example(self) -> String {
        match self {
            Self::New(Kind::ResourceAccount) => {
                "new-resource-account line@contoso.example applicationId=5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01"
                    .to_owned()
            }
            Self::New(kind) => format!("new-{} NAME FIELD=VALUE", kind.noun()),
            Self::Get(kind) => format!("get-{} --json", kind.noun()),
            Self::Find(kind) => format!("find-{} line", kind.noun()),
            Self::Set(kind) => format!("set-{} NAME FIELD=VALUE", kind.noun()),
            Self::Remove(kind) => format!("remove-{} NAME", kind.noun()),
            Self::Sync => "sync-resource-account line@contoso.example".to_owned(),
            Self::Assign => "set-phone-number-assignment +4930123456 --to line@contoso.example".to_owned(),
            Self::Unassign => "remove-phone-number-assignment +4930123456".to_owned(),
            Self::CallingSettings => {
                "set-user-calling-settings alice@contoso.example unansweredDelay=30".to_owned()
            }
            Self::Grant => "grant calling-policy --to alice@contoso.example \"Service desk\"".to_owned(),
            Self::TestDialPlan => {
                "test-effective-tenant-dial-plan 600 --from alice@contoso.example".to_owned()
            }
            Self::DelegatedToken => {
                "new-delegated-token alice@contoso.example --application 5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01 \\\n    \
                 scopes=TeamsResourceAccount.Read.All lifetimeSeconds=3600"
                    .to_owned()
            }
        }
    }

    /// The fields that may be said.
    fn kind(self) -> Option<Kind> {
        match self {
            Self::New(kind) | Self::Set(kind) => Some(kind),
            Self::Get(_)
            | Self::Find(_)
            | Self::Remove(_)
            | Self::Sync
            | Self::Assign
            | Self::Unassign
            | Self::CallingSettings
            | Self::Grant
            | Self::TestDialPlan
            | Self::DelegatedToken => None,
        }
    }

    /// Whether it makes, changes or removes objects.
    fn changes_objects(self) -> bool {
        match self {
            Self::New(_)
            | Self::Set(_)
            | Self::Remove(_)
            | Self::Sync
            | Self::Assign
            | Self::Unassign
            | Self::CallingSettings
            | Self::Grant => true,
            Self::Get(_) | Self::Find(_) | Self::TestDialPlan | Self::DelegatedToken => false,
        }
    }

    fn command(self, name: &str) -> Command {
        // Commands are made once, and their names last as long as the process.
        let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
        let mut help = format!("Example: ringdown teams {}", self.example());
        if let Some(kind) = self.kind() {
            help.push_str("\n\nFields:\n");
            for Field { name, description, .. } in fields(kind) {
                help.push_str(&format!("  {name:<32} {description}\n"));
            }
        }
        let identity =
            |name: &'static str, help: &'static str| Arg::new("identity").value_name(name).help(help);
        let pairs = Arg::new("fields").value_name("FIELD=VALUE").action(ArgAction::Append);
        let pairs =
            pairs.help("What it says; a list is separated by commas, an empty value takes the default");
        let option = |id: &'static str, value: &'static str, help: &'static str| {
            Arg::new(id).long(id).value_name(value).help(help)
        };
        let command = Command::new(name);
        let command = match self {
            Self::New(_) | Self::Set(_) | Self::CallingSettings => {
                command.arg(identity("NAME", "Its name, or its id").required(true)).arg(pairs)
            }
            Self::Get(_) => {
                let pairs = pairs.help("Only those that say this");
                command.arg(identity("NAME", "Its name, or its id; all when absent")).arg(pairs)
            }
            Self::Find(_) => command.arg(identity("PART", "A part of it").required(true)),
            Self::Remove(_) | Self::Unassign => {
                command.arg(identity("NAME", "Its name, or its id").required(true))
            }
            Self::Sync => command.arg(identity("NAME", "Its name, or its id").required(true)).arg(pairs),
            Self::Assign => command
                .arg(identity("NUMBER", "The number").required(true))
                .arg(option("to", "WHO", "A person or a resource account").required(true))
                .arg(pairs),
            Self::Grant => command
                .arg(identity("POLICY-TYPE", "calling-policy, tenant-dial-plan, …").required(true))
                .arg(
                    Arg::new("policy")
                        .value_name("NAME")
                        .help("The policy; takes the assignment away when absent"),
                )
                .arg(option("to", "WHO", "A person, a resource account or a group").required(true))
                .arg(
                    option("rank", "NUMBER", "Of a group: the lowest wins")
                        .value_parser(clap::value_parser!(u32)),
                ),
            Self::TestDialPlan => command
                .arg(identity("DIALLED", "What is dialled").required(true))
                .arg(option("from", "WHO", "A person, by name").required(true)),
            Self::DelegatedToken => command
                .arg(identity("WHO", "In whose name, or the id").required(true))
                .arg(option("application", "ID", "The client id of the application").required(true))
                .arg(pairs.help(
                    "scopes=A,B, which is all of the application when absent, or lifetimeSeconds=3600",
                )),
        };
        let tenant = option("tenant", "NAME", "The tenant; not needed where there is one");
        let command = match self.changes_objects() {
            true => command.arg(
                Arg::new(DRY_RUN)
                    .long(DRY_RUN)
                    .action(ArgAction::SetTrue)
                    .help("Say what would change, and how it would stand in a document, and change nothing"),
            ),
            false => command,
        };
        // What options have in common says something of itself, which is not about this command.
        Server::augment_args(command.arg(tenant)).about(self.about()).after_help(help)
    }
}

impl FromArgMatches for Cmdlet {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::new(clap::error::ErrorKind::MissingSubcommand);
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let found = verbs().into_iter().find(|(known, _)| known == name);
        let (_, verb) = found.ok_or_else(missing)?;
        Ok(Self { verb, matches: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Cmdlet {
    fn augment_subcommands(command: Command) -> Command {
        let command = command.subcommand_required(true).arg_required_else_help(true);
        command.subcommands(verbs().iter().map(|(name, verb)| verb.command(name)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        verbs().iter().any(|(known, _)| known == name)
    }
}

/// Does what was asked.
pub async fn run(options: &TeamsOptions) -> Result<(), Failure> {
    let Cmdlet { verb, matches } = &options.cmdlet;
    let server = Server::from_arg_matches(matches).map_err(|error| Failure::Told(error.to_string()))?;
    let word = |id: &str| matches.try_get_one::<String>(id).ok().flatten().cloned();
    let identity = word("identity").unwrap_or_default();
    let pairs: Vec<String> = match matches.try_get_many::<String>("fields") {
        Ok(Some(pairs)) => pairs.cloned().collect(),
        Ok(None) | Err(_) => Vec::new(),
    };
    let client = Client::find(&server.data)?;
    let tenant = tenant(&client, word("tenant").as_deref()).await?;
    let tenant = format!("/admin/v1/tenants/{}", escaped(&tenant));
    let list = |kind: Kind| format!("{tenant}/objects/{}", kind.noun());
    let is_trial = matches!(matches.try_get_one::<bool>(DRY_RUN), Ok(Some(true)));
    let trial = if is_trial { "?dryRun=true" } else { "" };
    let one = |kind: Kind| format!("{}/{}", list(kind), escaped(&identity));
    let changed = |kind: Kind| format!("{}{trial}", one(kind));
    let outcome = match *verb {
        Verb::New(kind) => {
            let mut body = said(kind, &pairs)?;
            name(kind, &identity, &mut body);
            client.post(&format!("{}{trial}", list(kind)), &Value::Object(body)).await?
        }
        Verb::Set(kind) => client.patch(&changed(kind), &Value::Object(said(kind, &pairs)?)).await?,
        Verb::Remove(kind) => client.delete(&changed(kind)).await?,
        Verb::Sync => {
            let mut body = said(Kind::ResourceAccount, &pairs)?;
            body.insert("synchronized".to_owned(), json!(true));
            client.patch(&changed(Kind::ResourceAccount), &Value::Object(body)).await?
        }
        Verb::Assign => {
            let mut body = said(Kind::PhoneNumber, &pairs)?;
            body.insert("assignedPstnTargetId".to_owned(), json!(word("to")));
            client.patch(&changed(Kind::PhoneNumber), &Value::Object(body)).await?
        }
        Verb::Unassign => {
            client.patch(&changed(Kind::PhoneNumber), &json!({ "assignedPstnTargetId": null })).await?
        }
        Verb::CallingSettings => {
            let settings = loosely(&pairs)?;
            client.patch(&changed(Kind::User), &json!({ "callingSettings": settings })).await?
        }
        Verb::Grant => {
            let kind = PolicyType::named(&identity).ok_or_else(|| {
                let known: Vec<&str> = PolicyType::ALL.iter().map(|kind| kind.field()).collect();
                Failure::Told(format!("there is no policy type {identity}; there are {}", known.join(", ")))
            })?;
            let rank = matches.try_get_one::<u32>("rank").ok().flatten();
            let body = json!({ "policyType": kind, "policyName": word("policy"), "to": word("to"), "rank": rank, "dryRun": is_trial });
            client.post(&format!("{tenant}/grants"), &body).await?
        }
        Verb::TestDialPlan => {
            let from = escaped(&word("from").unwrap_or_default());
            let path = format!("/admin/v1/explain?dialled={}&from={from}", escaped(&identity));
            return show_dial_plan(&client.get(&path).await?, server.json);
        }
        Verb::DelegatedToken => {
            let mut body = loosely(&pairs)?;
            if let Some(Value::String(scopes)) = body.get("scopes") {
                let scopes: Vec<&str> = scopes.split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
                body.insert("scopes".to_owned(), json!(scopes));
            }
            body.insert("person".to_owned(), json!(identity));
            body.insert("application".to_owned(), json!(word("application")));
            let given = client.post(&format!("{tenant}/delegated-tokens"), &Value::Object(body)).await?;
            if server.json {
                println!("{given:#}");
            } else {
                // Alone, so that scripts can take it as it is.
                println!("{}", told(&given["accessToken"]));
            }
            return Ok(());
        }
        Verb::Get(kind) if !identity.is_empty() && !identity.contains('=') => {
            return show(&client.get(&one(kind)).await?, server.json);
        }
        Verb::Get(kind) => {
            let filters = pairs.iter().chain(Some(&identity).filter(|one| one.contains('=')));
            let filters = filters.filter_map(|pair| pair.split_once('='));
            let filters: Vec<String> =
                filters.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
            return show_all(&client, &format!("{}?top=500&{}", list(kind), filters.join("&")), server.json)
                .await;
        }
        Verb::Find(kind) => {
            let path = format!("{}?top=20&search={}", list(kind), escaped(&identity));
            return show_all(&client, &path, server.json).await;
        }
    };
    print(&outcome, server.json);
    if let Some(yaml) = outcome["yaml"].as_str().filter(|yaml| !yaml.is_empty() && !server.json) {
        println!("\n{}", yaml.trim_end());
    }
    Ok(())
}

/// What was said of fields, as JSON of the kind that each wants.
fn said(kind: Kind, pairs: &[String]) -> Result<Map<String, Value>, Failure> {
    let known = fields(kind);
    let mut said = Map::new();
    for pair in pairs {
        let (name, value) = pair_of(pair)?;
        let field = known.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        // Fields of fields are reached by dots; the server says what it does not know.
        match field {
            Some(field) => put(&mut said, &field.name, of_field(field, value)),
            None => put(&mut said, name, plain(value)),
        }
    }
    Ok(said)
}

fn loosely(pairs: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut said = Map::new();
    for pair in pairs {
        let (name, value) = pair_of(pair)?;
        put(&mut said, name, plain(value));
    }
    Ok(said)
}

fn pair_of(pair: &str) -> Result<(&str, &str), Failure> {
    pair.split_once('=').ok_or_else(|| Failure::Told(format!("write FIELD=VALUE, and not {pair:?}")))
}

fn put(said: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('.') {
        Some((first, rest)) => {
            let within = said.entry(first.to_owned()).or_insert_with(|| json!({}));
            if let Some(within) = within.as_object_mut() {
                put(within, rest, value);
            }
        }
        None => {
            said.insert(name.to_owned(), value);
        }
    }
}

fn of_field(field: &Field, value: &str) -> Value {
    if value.is_empty() {
        return Value::Null;
    }
    if field.is_text {
        return json!(value);
    }
    if field.is_list {
        // As in a document: [A, B]; or without brackets; or JSON, which lists of more than words want.
        let json = serde_json::from_str(value).ok().filter(Value::is_array);
        let words = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
        let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
        return json.unwrap_or_else(|| json!(words.collect::<Vec<_>>()));
    }
    plain(value)
}

/// JSON where it is JSON, and text where it is not; numbers with a plus sign are text.
fn plain(value: &str) -> Value {
    if value.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(value).unwrap_or_else(|_| json!(value))
}

/// Puts the name into the field that has it.
fn name(kind: Kind, identity: &str, body: &mut Map<String, Value>) {
    let field = match kind {
        Kind::User | Kind::ResourceAccount => "userPrincipalName",
        Kind::PhoneNumber => "telephoneNumber",
        Kind::PstnGateway => "fqdn",
        Kind::Tenant | Kind::CivicAddress | Kind::Location => "name",
        Kind::LisSubnet => "subnet",
        Kind::LisWirelessAccessPoint => "bssid",
        Kind::LisSwitch | Kind::LisPort => "chassisId",
        Kind::TrustedIpAddress => "ipAddress",
        Kind::NetworkSubnet => "subnetId",
        _ => "identity",
    };
    body.insert(field.to_owned(), json!(identity));
}

fn show(object: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        println!("{object:#}");
    } else {
        print!("{}", tenant_document::to_yaml(object));
    }
    Ok(())
}

async fn show_all(client: &Client, path: &str, as_json: bool) -> Result<(), Failure> {
    let mut objects = Vec::new();
    let mut path = path.to_owned();
    loop {
        let page = client.get(&path).await?;
        objects.extend(page["value"].as_array().cloned().unwrap_or_default());
        match page["nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    if as_json {
        println!("{:#}", Value::Array(objects));
    } else if objects.is_empty() {
        println!("there are none");
    } else {
        print!("{}", tenant_document::to_yaml(&Value::Array(objects)));
    }
    Ok(())
}

fn show_dial_plan(answer: &Value, as_json: bool) -> Result<(), Failure> {
    let steps = answer["why"].as_array().cloned().unwrap_or_default();
    let steps: Vec<Value> = steps.into_iter().filter(|step| step["about"] == "normalization").collect();
    if as_json {
        println!("{:#}", Value::Array(steps));
        return Ok(());
    }
    for step in &steps {
        let rule = step["rule"].as_str().map(|rule| format!(" ({rule})")).unwrap_or_default();
        println!("{}{rule}", step["found"].as_str().unwrap_or_default());
    }
    if steps.is_empty() {
        println!("no rule applies: it goes on as it was dialled");
    }
    Ok(())
}

/// A value in one line.
pub fn told(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_has_the_shape_that_the_field_wants() {
        let pairs = ["applicationId=1e5", "licenses=Teams, TeamsPhone", "funded=false", "usageLocation="];
        let pairs = pairs.map(ToOwned::to_owned);
        let said = said(Kind::ResourceAccount, &pairs).unwrap_or_else(|failure| panic!("{failure}"));
        let expected = json!({
            "applicationId": "1e5", "licenses": ["Teams", "TeamsPhone"], "funded": false, "usageLocation": null,
        });
        assert_eq!(Value::Object(said), expected);
        for list in [
            "licenses=[Teams, TeamsPhone]",
            "licenses=[\"Teams\",\"TeamsPhone\"]",
            "licenses=Teams,TeamsPhone",
        ] {
            let said =
                super::said(Kind::User, &[list.to_owned()]).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(Value::Object(said), json!({ "licenses": ["Teams", "TeamsPhone"] }), "{list}");
        }
        let settings = loosely(&["callGroup.order=InOrder".to_owned(), "unansweredDelay=30".to_owned()]);
        let settings = settings.unwrap_or_else(|failure| panic!("{failure}"));
        let expected = json!({ "callGroup": { "order": "InOrder" }, "unansweredDelay": 30 });
        assert_eq!(Value::Object(settings), expected);
    }
}
