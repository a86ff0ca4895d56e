//! From layers to a checked configuration.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use media_edge::RtpCodec;

use crate::error::ConfigurationError;
use crate::file::{self, File};
use crate::layers::{Flags, Values};
use crate::parts::{Api, ClientCertificate, Configuration, Limits, Log, LogFormat, Media, Outgoing, Sip};
use crate::recording;
use crate::speech;

/// Reads and checks what the server was told. `config` is the file, `environment` all variables.
pub fn load(
    config: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Configuration, ConfigurationError> {
    let file = config.map(file::read).transpose()?;
    settle(file.unwrap_or_default(), environment, flags)
}

/// The same with the text of a file that lies at `path`.
pub fn read(
    text: &str,
    path: &Path,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Configuration, ConfigurationError> {
    settle(file::parse(text, path)?, environment, flags)
}

fn settle(
    file: File,
    environment: &BTreeMap<String, String>,
    flags: &Flags,
) -> Result<Configuration, ConfigurationError> {
    let values = Values::layered(&file.values, environment, flags);
    let said = values.clone();
    put_together(file, values).map_err(|error| error.said_by(|key| said.source(key)))
}

fn put_together(file: File, values: Values) -> Result<Configuration, ConfigurationError> {
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
        recording: recording::read(&values)?,
        speech: speech::read(&values)?,
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
        name: values.optional("sip.name").map(Into::into),
        allow_private: values.networks("sip.allow-private")?,
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
    let positive_u32 = |key| values.checked(key, number, |text| text.parse().ok().map(NonZeroU32::get));
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
        waiting_calls_per_trunk: positive("limits.waiting-calls-per-trunk")?,
        calls_for_help: positive("limits.calls-for-help")?,
        calls_per_second: speed("limits.calls-per-second")?,
        calls_per_second_per_source: speed("limits.calls-per-second-per-source")?,
        late: speed("limits.late-ms")?.map(|ms| Duration::from_millis(ms.into())),
        sip_connections: positive("limits.sip-connections")?,
        sip_connections_per_source: positive("limits.sip-connections-per-source")?,
        contacts_per_phone: positive("limits.contacts-per-phone")?,
        unknown_per_second: positive_u32("limits.unknown-per-second")?,
        wrong_passwords_per_minute: positive_u32("limits.wrong-passwords-per-minute")?,
        participants: positive("limits.participants")?,
        queued_operations: positive("limits.queued-operations")?,
        applications: positive("limits.applications")?,
        same_number_twice: values.parsed("calls.same-number-twice", "true or false")?,
        tones_wait_for_answer: values.parsed("calls.tones-wait-for-answer", "true or false")?,
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

#[cfg(test)]
mod tests {
    use outbound_http::AllowedNetwork;

    use super::*;
    use crate::parts::Reach;
    use crate::place::Place;
    use crate::setting::Source;

    fn told(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Configuration, String> {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let flags = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
        read(file, Path::new("ringdown.toml"), &environment, &flags).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_win_over_the_environment_and_the_environment_over_the_file() {
        let file = "[api]\nlisten = \"127.0.0.1:1\"\n[web]\nlisten = \"127.0.0.1:1\"\n[sip]\nlisten = \"127.0.0.1:1\"";
        let environment = [("RINGDOWN_API_LISTEN", "127.0.0.1:2"), ("RINGDOWN_WEB_LISTEN", "127.0.0.1:2")];
        let told = told(file, &environment, &[("api.listen", "127.0.0.1:3")]).expect("it is right");

        assert_eq!((told.api.listen.port(), told.web.port(), told.sip.listen[0].port()), (3, 2, 1));
        assert_eq!(told.values.get("api.listen").source, Source::Flag("--api"));
        assert_eq!(told.values.get("web.listen").source, Source::Environment("RINGDOWN_WEB_LISTEN".into()));
        assert_eq!(
            told.values.get("sip.listen").source,
            Source::File(Place { file: Path::new("ringdown.toml").into(), line: 6 })
        );
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
        assert!(error.contains("sip.listen (flag --sip): demo mode binds to loopback only"), "{error}");
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
