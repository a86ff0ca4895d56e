//! `[[tenants]]` of the configuration file.

use std::net::IpAddr;
use std::path::PathBuf;

use redact::Secret;
use serde::Deserialize;

use crate::number_entry::NumberEntry;
use crate::place::Place;

/// A customer organisation and what belongs to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TenantEntry {
    /// For people; ids are generated once and kept under this name.
    pub name: String,
    /// Communication resources; the first of all is the default one.
    #[serde(default)]
    pub resources: Vec<ResourceEntry>,
    /// SIP phones.
    #[serde(default)]
    pub phones: Vec<PhoneEntry>,
    /// Carriers and SBCs.
    #[serde(default)]
    pub trunks: Vec<TrunkEntry>,
    /// Where its people come from, besides its tenant document.
    pub directory: Option<DirectoryEntry>,
    /// A folder of WAV and MP3 files, which announcements of its tenant document name.
    pub announcements: Option<PathBuf>,
}

/// Microsoft Graph as a source of people and their presence.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DirectoryEntry {
    /// Such as `https://graph.microsoft.com`.
    pub endpoint: String,
    /// Where tokens are given, such as `https://login.microsoftonline.com/contoso.example`.
    pub authority: String,
    /// The application there that may read people and presence.
    pub client_id: String,
    /// Its secret.
    #[serde(deserialize_with = "required_secret")]
    pub client_secret: Secret<String>,
    /// Seconds between questions for people, at least 1.
    #[serde(default = "five_minutes")]
    pub people_seconds: u32,
    /// Seconds between questions for presence; 0 where it is not asked for.
    #[serde(default = "half_a_minute")]
    pub presence_seconds: u32,
}

/// An ACS communication resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResourceEntry {
    /// Where it stands in the file.
    #[serde(skip)]
    pub place: Option<Place>,
    /// Last segment of the Event Grid topic; its keys are generated once and kept under this name.
    pub name: String,
    /// Host names that choose it.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Service numbers in E.164.
    #[serde(default)]
    pub numbers: Vec<String>,
}

/// A SIP phone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PhoneEntry {
    /// Where it stands in the file.
    #[serde(skip)]
    pub place: Option<Place>,
    /// Its user name.
    pub name: String,
    /// Shown to callees; the name when absent.
    pub display_name: Option<String>,
    /// The resource it belongs to; the tenant's first when absent.
    pub resource: Option<String>,
    /// Its own number in E.164.
    pub number: Option<String>,
    /// The digest password; generated once and kept when absent.
    #[serde(default, deserialize_with = "secret")]
    pub password: Option<Secret<String>>,
    /// Whether it may call the public network.
    #[serde(default)]
    pub may_call_out: bool,
}

/// A carrier or session border controller.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrunkEntry {
    /// Where it stands in the file.
    #[serde(skip)]
    pub place: Option<Place>,
    /// The operator's name for it.
    pub name: String,
    /// What is there; a carrier when absent.
    #[serde(default)]
    pub kind: TrunkKindEntry,
    /// Where calls are sent.
    #[serde(default)]
    pub host: String,
    /// Where they are sent when `host` does not take them, in order.
    #[serde(default)]
    pub next_hosts: Vec<String>,
    /// Our name there, in Contact and From; our address when absent.
    pub own_name: Option<String>,
    /// The transport's default when absent.
    #[serde(default)]
    pub port: u16,
    /// UDP when absent.
    #[serde(default)]
    pub transport: TransportEntry,
    /// Calls from these addresses belong to it.
    #[serde(default)]
    pub sources: Vec<IpAddr>,
    /// Whose it is, where the company must consent to that operator (`tenant.operators` of its document) before the
    /// trunk carries anything.
    pub operator: Option<String>,
    /// Numbers with these prefixes leave through it.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Numbers that are reached over it and can be purchased.
    #[serde(default)]
    pub numbers: Vec<NumberEntry>,
    /// Who we are there, when it does not know us by our address.
    pub username: Option<String>,
    /// The password that goes with `username`.
    #[serde(default, deserialize_with = "secret")]
    pub password: Option<Secret<String>>,
    /// Whether to register there as `username`.
    #[serde(default)]
    pub registers: bool,
    /// The name in its TLS certificate, by which alone it is then known.
    pub certificate: Option<String>,
    /// Whether calls for help leave through it before all others.
    #[serde(default)]
    pub emergency: bool,
    /// Whether it is told where somebody is who calls for help (RFC 6442).
    #[serde(default)]
    pub takes_location: bool,
    /// Calls at the same time.
    pub calls: Option<u32>,
    /// New calls from it in a second.
    pub calls_per_second: Option<u32>,
    /// Which header tells it for whom a call was meant before.
    #[serde(default)]
    pub diversion: DiversionEntry,
    /// Who connects its callers with somebody else behind it.
    #[serde(default)]
    pub transfer: TransferEntry,
    /// Whether sound is encrypted; when absent, over TLS where the trunk can.
    pub media_encryption: Option<MediaEncryptionEntry>,
}

/// Who is at the other end of a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum TrunkKindEntry {
    #[default]
    Carrier,
    Teams,
}

/// Whether sound is encrypted (SRTP).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum MediaEncryptionEntry {
    Required,
    Preferred,
    None,
}

/// How a trunk learns for whom a call was meant that is sent on.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum DiversionEntry {
    #[default]
    HistoryInfo,
    Diversion,
    None,
}

/// How a transfer within a trunk is done.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum TransferEntry {
    #[default]
    Bridge,
    Refer,
}

/// How SIP travels.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum TransportEntry {
    #[default]
    Udp,
    Tcp,
    Tls,
}

fn required_secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    Ok(Secret::new(String::deserialize(deserializer)?))
}

fn five_minutes() -> u32 {
    300
}

fn half_a_minute() -> u32 {
    30
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Some(Secret::new(String::deserialize(deserializer)?)))
}
