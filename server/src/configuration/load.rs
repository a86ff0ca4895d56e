//! From layers to a checked configuration.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use media_edge::RtpCodec;
use outbound_http::AllowedNetwork;

use super::address::parse_listen;
use super::error::ConfigurationError;
use super::file::{self, File};
use super::layers::{Flags, Values};
use super::subscription_entry::SubscriptionEntry;
use super::tenant_entry::TenantEntry;

/// Everything the server was told.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// Where the database, keys and certificates live.
    pub data: PathBuf,
    /// Demo mode.
    pub demo: bool,
    /// The listeners for applications.
    pub api: Api,
    /// The listener for administration.
    pub web: SocketAddr,
    /// The listener for Prometheus, if any.
    pub metrics: Option<SocketAddr>,
    /// Signaling.
    pub sip: Sip,
    /// Sound.
    pub media: Media,
    /// Requests to other people's servers.
    pub outgoing: Outgoing,
    /// What the server takes on.
    pub limits: Limits,
    /// The journal from which calls are replayed takes at most so many bytes; none is kept at 0.
    pub journal_bytes: u64,
    /// Where the log goes.
    pub log: Log,
    /// Customer organisations.
    pub tenants: Vec<TenantEntry>,
    /// Event Grid subscriptions.
    pub subscriptions: Vec<SubscriptionEntry>,
    /// All settings with who said them.
    pub values: Values,
}

/// The listeners for applications.
#[derive(Clone, Debug)]
pub struct Api {
    /// HTTPS.
    pub listen: SocketAddr,
    /// Plain HTTP, if any.
    pub http: Option<SocketAddr>,
    /// Names in the certificate, at least one.
    pub hosts: Vec<String>,
    /// Certificate chain and key brought by the operator.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Signaling.
#[derive(Clone, Debug)]
pub struct Sip {
    /// UDP and TCP: one address, or one of each family.
    pub listen: Vec<SocketAddr>,
    /// TLS, if any.
    pub tls: Vec<SocketAddr>,
    /// Whether whoever connects over TLS shows a certificate.
    pub tls_client: ClientCertificate,
    /// Who may have signed it.
    pub tls_client_ca: Option<PathBuf>,
    /// The certificate and key that we show to trunks that ask for one.
    pub tls_own: Option<(PathBuf, PathBuf)>,
    /// What phones shall use instead of the addresses we bind.
    pub advertise: Vec<IpAddr>,
    /// The realm of digest authentication.
    pub realm: String,
    /// Whether phones are offered SHA-256 besides MD5.
    pub offer_sha256: bool,
    /// A call whose far end has vanished is over after so many seconds.
    pub session_timer_s: u32,
    /// The pause between two questions to a trunk whether it is there.
    pub trunk_ping: Option<Duration>,
    /// Whose calls are taken without knowing them.
    pub strangers: Reach,
    /// What is dialled for help.
    pub emergency_numbers: Vec<Box<str>>,
}

/// Sound.
#[derive(Clone, Debug)]
pub struct Media {
    /// The addresses of RTP sockets: one, or one of each family.
    pub addresses: Vec<IpAddr>,
    /// Named in session descriptions instead, each for the address of its family.
    pub advertise: Vec<IpAddr>,
    /// The ports of RTP sockets.
    pub ports: RangeInclusive<u16>,
    /// The codecs that are spoken, the preferred one first.
    pub codecs: Vec<RtpCodec>,
    /// Threads that carry sound.
    pub threads: usize,
}

/// Requests to other people's servers.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which private networks may be reached.
    pub allow_private: Vec<AllowedNetwork>,
    /// Authorities trusted besides the usual.
    pub extra_ca: Option<PathBuf>,
}

/// Whether whoever connects shows a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// Nobody is asked for one.
    None,
    /// Who has one shows it.
    Requested,
    /// Without one there is no connection.
    Required,
}

/// How far something that is dangerous may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    Refuse,
    /// On this machine.
    Loopback,
    /// Everywhere.
    Allow,
}

/// What the server takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls at the same time.
    pub calls: usize,
    /// Calls that have arrived and wait for an answer.
    pub waiting_calls: usize,
    /// The same, from one address that is no trunk's.
    pub waiting_calls_per_source: usize,
    /// New calls in a second; as many as come when absent.
    pub calls_per_second: Option<u32>,
    /// The same, from one address that is no trunk's.
    pub calls_per_second_per_source: Option<u32>,
    /// Participants in one call.
    pub participants: usize,
    /// Media operations waiting in one call.
    pub queued_operations: usize,
    /// HTTP requests of one address, or one resource, in a second; any number when absent.
    pub requests_per_second: Option<NonZeroU32>,
    /// How long a stopping server waits for calls to end.
    pub patience: Duration,
}

/// Where the log goes.
#[derive(Clone, Debug)]
pub struct Log {
    /// Directives of `tracing-subscriber`.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Reads and checks what the server was told. `config` is the file, `environment` all variables.
pub fn load(
    config: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Configuration, ConfigurationError> {
    let file = config.map(file::read).transpose()?;
    settle(config.zip(file), environment, flags)
}

fn settle(
    file: Option<(&Path, File)>,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Configuration, ConfigurationError> {
    let layer = file.as_ref().map(|(path, file)| (*path, file.values.as_slice()));
    let values = Values::layered(layer, environment, flags);
    let file = file.map(|(_, file)| file).unwrap_or_default();
    let configuration = Configuration {
        data: PathBuf::from(values.text("data", "a folder")?),
        demo: values.parsed("demo", "true or false")?,
        api: api(&values)?,
        web: values.address("web.listen")?,
        metrics: values.optional_address("metrics.listen")?,
        sip: sip(&values)?,
        media: media(&values)?,
        outgoing: Outgoing {
            allow_private: values.networks("outgoing.allow-private")?,
            extra_ca: values.optional("outgoing.extra-ca").map(PathBuf::from),
        },
        limits: limits(&values)?,
        journal_bytes: values.checked(
            "journal.max-mb",
            "megabytes from 1 to 1000000, or 0 for none",
            |text| {
                text.parse::<u64>()
                    .ok()
                    .filter(|megabytes| *megabytes <= 1_000_000)
                    .map(|megabytes| megabytes << 20)
            },
        )?,
        log: log(&values)?,
        tenants: file.tenants,
        subscriptions: file.subscriptions,
        values,
    };
    configuration.check()?;
    Ok(configuration)
}

fn api(values: &Values) -> Result<Api, ConfigurationError> {
    let hosts = values.text("api.hosts", "at least one host name")?;
    let certificate = values.pair("api.certificate", "api.key")?;
    Ok(Api {
        listen: values.address("api.listen")?,
        http: values.optional_address("api.http")?,
        hosts: hosts.split(',').map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()).collect(),
        certificate,
    })
}

fn sip(values: &Values) -> Result<Sip, ConfigurationError> {
    let tls_client = values.checked("sip.tls-client", "none, requested or required", |text| match text {
        "none" => Some(ClientCertificate::None),
        "requested" => Some(ClientCertificate::Requested),
        "required" => Some(ClientCertificate::Required),
        _ => None,
    })?;
    let tls_client_ca = values.optional("sip.tls-client-ca").map(PathBuf::from);
    if tls_client != ClientCertificate::None && tls_client_ca.is_none() {
        let reason = "name the authorities that sign these certificates with sip.tls-client-ca";
        return Err(ConfigurationError::contradiction("sip.tls-client", reason));
    }
    Ok(Sip {
        listen: values.addresses("sip.listen")?,
        tls: values.optional_addresses("sip.tls")?,
        tls_client,
        tls_client_ca,
        tls_own: values.pair("sip.tls-own-certificate", "sip.tls-own-key")?,
        advertise: values.ips("sip.advertise")?,
        realm: values.text("sip.realm", "a name")?.to_owned(),
        offer_sha256: values.checked("sip.digest", "md5 or sha-256", |text| match text {
            "md5" => Some(false),
            "sha-256" => Some(true),
            _ => None,
        })?,
        session_timer_s: values.checked("sip.session-timer", "seconds from 90 to 86400", |text| {
            text.parse().ok().filter(|seconds| (90..=86_400).contains(seconds))
        })?,
        trunk_ping: values.checked(
            "sip.trunk-ping",
            "off, or seconds from 5 to 3600",
            |text| match text {
                "off" => Some(None),
                number => {
                    let seconds = number.parse().ok().filter(|seconds| (5..=3600).contains(seconds));
                    seconds.map(|seconds| Some(Duration::from_secs(seconds)))
                }
            },
        )?,
        strangers: values.reach("sip.strangers")?,
        emergency_numbers: values.checked(
            "sip.emergency-numbers",
            "digits, separated by commas",
            |text| {
                let numbers = text.split(',').map(str::trim).filter(|number| !number.is_empty());
                numbers
                    .map(|number| number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.into()))
                    .collect()
            },
        )?,
    })
}

fn media(values: &Values) -> Result<Media, ConfigurationError> {
    let expected = "a range such as 20000-29999 with room for two ports or more";
    let ports = values.checked("media.ports", expected, |text| {
        let (first, last) = text.split_once('-')?;
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first > 0 && last > first).then_some(first..=last)
    })?;
    let threads = values.checked("media.threads", "auto, or a number from 1 to 256", |text| match text {
        "auto" => Some((cores() / 2).max(1)),
        number => number.parse().ok().filter(|threads| (1..=256).contains(threads)),
    })?;
    let addresses = values.ips("media.address")?;
    if addresses.is_empty() {
        return Err(ConfigurationError::contradiction("media.address", "name at least one address"));
    }
    let codecs = values.checked("media.codecs", "some of pcmu, pcma, g722, opus, each once", codecs)?;
    Ok(Media { addresses, advertise: values.ips("media.advertise")?, ports, codecs, threads })
}

fn codecs(text: &str) -> Option<Vec<RtpCodec>> {
    let named: Vec<RtpCodec> = text.split(',').map(|name| codec(name.trim())).collect::<Option<_>>()?;
    let is_once = |codec: &RtpCodec| named.iter().filter(|other| *other == codec).count() == 1;
    named.iter().all(is_once).then_some(named)
}

fn codec(name: &str) -> Option<RtpCodec> {
    match name {
        "pcmu" => Some(RtpCodec::Pcmu),
        "pcma" => Some(RtpCodec::Pcma),
        "g722" => Some(RtpCodec::G722),
        "opus" => Some(RtpCodec::Opus),
        _ => None,
    }
}

fn limits(values: &Values) -> Result<Limits, ConfigurationError> {
    let number = "a number above 0";
    let positive = |key| values.checked(key, number, |text| text.parse().ok().map(NonZeroUsize::get));
    let speed = |key| {
        values.checked(key, "off, or a number above 0", |text| match text {
            "off" => Some(None),
            number => number.parse().ok().filter(|speed| *speed > 0).map(Some),
        })
    };
    Ok(Limits {
        calls: positive("limits.calls")?,
        waiting_calls: positive("limits.waiting-calls")?,
        waiting_calls_per_source: positive("limits.waiting-calls-per-source")?,
        calls_per_second: speed("limits.calls-per-second")?,
        calls_per_second_per_source: speed("limits.calls-per-second-per-source")?,
        participants: positive("limits.participants")?,
        queued_operations: positive("limits.queued-operations")?,
        requests_per_second: values.checked(
            "limits.requests-per-second",
            "off, or a number above 0",
            |text| match text {
                "off" => Some(None),
                number => number.parse().ok().map(Some),
            },
        )?,
        patience: Duration::from_secs(values.parsed("limits.drain-seconds", "a number of seconds")?),
    })
}

fn log(values: &Values) -> Result<Log, ConfigurationError> {
    let format = values.checked("log.format", "auto, text or json", |text| match text {
        "auto" => Some(LogFormat::Auto),
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    })?;
    let expected = "error, warn, info, debug, trace, or directives such as sip_edge=debug,info";
    let level = values.checked("log.level", expected, |text| {
        tracing_subscriber::filter::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
    })?;
    Ok(Log { level, format })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

impl Configuration {
    fn check(&self) -> Result<(), ConfigurationError> {
        if let Some(http) = self.api.http.filter(|http| !http.ip().is_loopback()) {
            let reason = format!("plain HTTP is for loopback only, and {http} is not; use 127.0.0.1 or off");
            return Err(ConfigurationError::contradiction("api.http", reason));
        }
        if let Some(metrics) = self.metrics.filter(|metrics| !is_private(metrics.ip())) {
            let reason = format!(
                "{metrics} is neither loopback nor private, and whoever reaches it may read; name such an \
                 address, or let Prometheus read /metrics of web.listen with the token in metrics-token"
            );
            return Err(ConfigurationError::contradiction("metrics.listen", reason));
        }
        if self.api.hosts.is_empty() {
            return Err(ConfigurationError::contradiction("api.hosts", "name at least one host"));
        }
        if self.demo {
            self.check_demo()?;
        }
        Ok(())
    }

    /// Demo mode has passwords and tolerances that must not meet a network.
    fn check_demo(&self) -> Result<(), ConfigurationError> {
        let http = [("api.listen", self.api.listen.ip()), ("web.listen", self.web.ip())];
        let metrics = self.metrics.map(|address| ("metrics.listen", address.ip()));
        let sip = self.sip.listen.iter().map(|address| ("sip.listen", address.ip()));
        let tls = self.sip.tls.iter().map(|address| ("sip.tls", address.ip()));
        let media = self.media.addresses.iter().map(|address| ("media.address", *address));
        let all = http.into_iter().chain(metrics).chain(sip).chain(tls).chain(media);
        let open = all.into_iter().find(|(_, ip)| !ip.is_loopback());
        match open {
            Some((key, _)) => {
                let reason = "demo mode binds to loopback only; use 127.0.0.1, or leave demo mode";
                Err(ConfigurationError::contradiction(key, reason))
            }
            None => Ok(()),
        }
    }
}

/// An address that nobody outside of this network reaches.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// One, or two of different families.
fn one_of_each_family<T>(
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    is_ipv4: impl Fn(&T) -> bool,
) -> Option<Vec<T>> {
    let read: Option<Vec<T>> = text.split(',').map(|one| read(one.trim())).collect();
    read.filter(|all| match &all[..] {
        [_] => true,
        [first, second] => is_ipv4(first) != is_ipv4(second),
        _ => false,
    })
}

impl Values {
    fn checked<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigurationError> {
        let value = self.get(key);
        read(value.text.trim()).ok_or_else(|| ConfigurationError::BadValue {
            key,
            value: value.text.clone(),
            origin: value.source.clone(),
            expected,
        })
    }

    fn parsed<T: FromStr>(&self, key: &'static str, expected: &'static str) -> Result<T, ConfigurationError> {
        self.checked(key, expected, |text| text.parse().ok())
    }

    fn text(&self, key: &'static str, expected: &'static str) -> Result<&str, ConfigurationError> {
        self.checked(key, expected, |text| (!text.is_empty()).then_some(()))?;
        Ok(self.get(key).text.trim())
    }

    fn optional(&self, key: &'static str) -> Option<&str> {
        Some(self.get(key).text.trim()).filter(|text| !text.is_empty())
    }

    fn address(&self, key: &'static str) -> Result<SocketAddr, ConfigurationError> {
        self.checked(key, "an address such as 127.0.0.1:8443; port 0 takes any free one", parse_listen)
    }

    fn optional_address(&self, key: &'static str) -> Result<Option<SocketAddr>, ConfigurationError> {
        self.checked(key, "off, or an address such as 127.0.0.1:8080; port 0 takes any free one", |text| {
            match text {
                "" | "off" => Some(None),
                address => parse_listen(address).map(Some),
            }
        })
    }

    fn addresses(&self, key: &'static str) -> Result<Vec<SocketAddr>, ConfigurationError> {
        let expected = "an address such as 127.0.0.1:5060, or one of IPv4 and one of IPv6 with a comma";
        self.checked(key, expected, |text| one_of_each_family(text, parse_listen, SocketAddr::is_ipv4))
    }

    fn optional_addresses(&self, key: &'static str) -> Result<Vec<SocketAddr>, ConfigurationError> {
        if matches!(self.get(key).text.trim(), "" | "off") { Ok(Vec::new()) } else { self.addresses(key) }
    }

    fn ips(&self, key: &'static str) -> Result<Vec<IpAddr>, ConfigurationError> {
        if self.optional(key).is_none() {
            return Ok(Vec::new());
        }
        let expected = "an IP address, or one of IPv4 and one of IPv6 with a comma";
        self.checked(key, expected, |text| {
            one_of_each_family(text, |text| text.parse().ok(), IpAddr::is_ipv4)
        })
    }

    /// A certificate and its key: both or none.
    fn pair(
        &self,
        certificate: &'static str,
        key: &'static str,
    ) -> Result<Option<(PathBuf, PathBuf)>, ConfigurationError> {
        match (self.optional(certificate), self.optional(key)) {
            (Some(certificate), Some(key)) => Ok(Some((PathBuf::from(certificate), PathBuf::from(key)))),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(ConfigurationError::contradiction(certificate, format!("name its key with {key}")))
            }
            (None, Some(_)) => Err(ConfigurationError::contradiction(
                key,
                format!("name its certificate with {certificate}"),
            )),
        }
    }

    fn networks(&self, key: &'static str) -> Result<Vec<AllowedNetwork>, ConfigurationError> {
        self.checked(key, "loopback, addresses, or ranges such as 10.1.0.0/16", |text| {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(|name| name.parse().ok()).collect()
        })
    }

    fn reach(&self, key: &'static str) -> Result<Reach, ConfigurationError> {
        self.checked(key, "refuse, loopback or allow", |text| match text {
            "refuse" | "false" => Some(Reach::Refuse),
            "loopback" => Some(Reach::Loopback),
            "allow" | "true" => Some(Reach::Allow),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::setting::Source;

    fn told(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Configuration, String> {
        let path = Path::new("ringdown.toml");
        let file = file::parse(file, path).map_err(|error| error.to_string())?;
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let flags = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        settle(Some((path, file)), &environment, &flags).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_win_over_the_environment_and_the_environment_over_the_file() {
        let file = "[api]\nlisten = \"127.0.0.1:1\"\n[web]\nlisten = \"127.0.0.1:1\"\n[sip]\nlisten = \"127.0.0.1:1\"";
        let environment = [("RINGDOWN_API_LISTEN", "127.0.0.1:2"), ("RINGDOWN_WEB_LISTEN", "127.0.0.1:2")];
        let told = told(file, &environment, &[("api.listen", "127.0.0.1:3")]).expect("it is right");

        assert_eq!((told.api.listen.port(), told.web.port(), told.sip.listen[0].port()), (3, 2, 1));
        assert_eq!(told.values.get("api.listen").source, Source::Flag("--api"));
        assert_eq!(told.values.get("web.listen").source, Source::Environment("RINGDOWN_WEB_LISTEN".into()));
        assert_eq!(told.values.get("sip.listen").source, Source::File("ringdown.toml".into()));
        assert_eq!(told.values.get("media.ports").source, Source::Default);
    }

    #[test]
    fn without_demo_mode_everything_dangerous_is_closed() {
        let told = told("", &[], &[]).expect("defaults are right");
        assert_eq!(told.api.http, None);
        assert_eq!(told.sip.strangers, Reach::Refuse);
        assert!(told.outgoing.allow_private.is_empty());
        for listener in told.sip.listen.into_iter().chain([told.api.listen, told.web]) {
            assert!(listener.ip().is_loopback());
        }
    }

    #[test]
    fn demo_mode_opens_loopback_and_nothing_else() {
        let demo = told("", &[], &[("demo", "true")]).expect("demo mode is right");
        assert_eq!(demo.api.http, Some("127.0.0.1:8080".parse().expect("an address")));
        assert_eq!(demo.sip.strangers, Reach::Loopback);
        assert_eq!(demo.outgoing.allow_private, [AllowedNetwork::Loopback]);

        let error =
            told("", &[], &[("demo", "true"), ("sip.listen", "0.0.0.0:5060")]).expect_err("not loopback");
        assert!(error.contains("sip.listen: demo mode binds to loopback only"), "{error}");
    }

    #[test]
    fn a_server_on_free_ports_takes_free_ports_for_everything_that_was_not_named() {
        let told =
            told("", &[], &[("demo", "true"), ("api.listen", "127.0.0.1:0"), ("sip.listen", "127.0.0.1:0")])
                .expect("it is right");
        assert_eq!(told.web.port(), 0);
        assert_eq!(told.api.http.map(|http| http.port()), Some(0));
        assert_eq!(told.sip.tls.iter().map(|tls| tls.port()).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn sip_over_tls_is_one_port_above_sip() {
        let told = told("", &[], &[("sip.listen", "127.0.0.2:6060")]).expect("it is right");
        assert_eq!(told.sip.tls, ["127.0.0.2:6061".parse().expect("an address")]);
        assert_eq!(told.web.port(), 8480);
    }

    #[test]
    fn a_bad_value_names_the_setting_who_said_it_and_what_would_be_right() {
        let error = told("", &[("RINGDOWN_MEDIA_PORTS", "lots")], &[]).expect_err("it is wrong");
        assert_eq!(
            error,
            "cannot use media.ports = \"lots\" (environment RINGDOWN_MEDIA_PORTS): \
             expected a range such as 20000-29999 with room for two ports or more"
        );
        for (key, value) in [
            ("api.listen", "here"),
            ("demo", "maybe"),
            ("sip.strangers", "some"),
            ("sip.session-timer", "60"),
            ("sip.trunk-ping", "1"),
            ("log.format", "xml"),
            ("limits.calls", "0"),
        ] {
            let error = told("", &[], &[(key, value)]).expect_err("it is wrong");
            assert!(error.starts_with(&format!("cannot use {key} = ")), "{error}");
        }
        let error = told("", &[], &[("api.http", "0.0.0.0:80")]).expect_err("it is wrong");
        assert!(error.contains("plain HTTP is for loopback only"), "{error}");
    }
}
