//! From the configuration to everything that is SIP.

use std::sync::Arc;
use std::time::Duration;

use admin_edge::{PhoneContact, PhoneContacts, TrunkStatus, TrunkStatuses};
use configuration::{ClientCertificate, Configuration, ConfigurationError, Reach, Sip};
use entropy::Entropy;
use media_edge::MediaEdge;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use sip_edge::{
    ClientCertificates, DigestOffer, OverloadLimits, Registration, SessionTimers, SipAddresses, SipConfig,
    SipEdge, SipLimits, StartError, TlsListen, TlsListenError, TrunkPing, TrunkState,
};
use switchboard::{Board, LegPort};

use crate::failure::Failure;
use crate::serve::certificate::Certificates;
use crate::serve::data_folder::DataFolder;
use crate::serve::listening::cannot_listen;

/// A leg for each participant that a call may have is far beyond what phones do; two for each call is the rule.
const LEGS_PER_CALL: usize = 2;

/// Session border controllers of customers are asked each minute (contract: Teams Phone §6.3), unless
/// `sip.trunk-ping` has another pause for all.
const GATEWAY_PING: Duration = Duration::from_secs(60);

/// How long far ends may take to answer our BYE.
const LAST_GOODBYES: Duration = Duration::from_secs(3);

/// Binds the SIP sockets and begins to take calls.
pub async fn start(
    configuration: &Configuration,
    folder: &DataFolder,
    certificates: &Certificates,
    board: &Board,
    media: &MediaEdge,
    entropy: Entropy,
) -> Result<SipEdge, Failure> {
    let config = sip_config(configuration, certificates)?;
    let started = SipEdge::start(
        config,
        Arc::new(board.clone()),
        Arc::new(media.clone()),
        Arc::new(folder.store().clone()),
        entropy,
    )
    .await;
    started.map_err(|error| match error {
        StartError::Listen { setting, address, source } => {
            let key = if setting.contains("tls") { "sip.tls" } else { "sip.listen" };
            cannot_listen(&configuration.values, key, address, &source)
        }
        StartError::NoTransport | StartError::Keeper(_) => Failure::Happened(format!("cannot {error}")),
    })
}

fn sip_config(configuration: &Configuration, certificates: &Certificates) -> Result<SipConfig, Failure> {
    let (sip, limits) = (&configuration.sip, &configuration.limits);
    let wrong = |key: &'static str| {
        move |error: TlsListenError| ConfigurationError::contradiction(key, format!("cannot {error}"))
    };
    let clients = client_certificates(sip).map_err(wrong("sip.tls-client-ca"))?;
    let tls = match sip.tls.first() {
        Some(address) => {
            let tls = TlsListen::showing(*address, certificates.server(), &clients);
            Some(tls.map_err(wrong("sip.tls"))?)
        }
        None => None,
    };
    let strangers = match sip.strangers {
        Reach::Refuse => false,
        Reach::Loopback => sip.listen.iter().all(|address| address.ip().is_loopback()),
        Reach::Allow => true,
    };
    Ok(SipConfig {
        udp: sip.listen.first().copied(),
        tcp: sip.listen.first().copied(),
        second: SipAddresses {
            udp: sip.listen.get(1).copied(),
            tcp: sip.listen.get(1).copied(),
            tls: sip.tls.get(1).copied(),
        },
        tls,
        tls_client: Some(tls_client(configuration, certificates)?),
        advertised: sip.advertise.clone(),
        allow_private: sip.allow_private.clone(),
        realm: sip.realm.clone(),
        digest: if sip.offer_sha256 { DigestOffer::Sha256OrMd5 } else { DigestOffer::Md5 },
        strangers,
        limits: SipLimits {
            half_open: configuration.limits.waiting_calls,
            half_open_per_source: configuration.limits.waiting_calls_per_source,
            calls_per_second: configuration.limits.calls_per_second,
            calls_per_second_per_source: configuration.limits.calls_per_second_per_source,
            legs: legs(configuration),
            overload: configuration.limits.late.map(OverloadLimits::of),
            half_open_per_trunk: limits.waiting_calls_per_trunk,
            for_help: limits.calls_for_help,
            unknown_per_second: limits.unknown_per_second,
            guesses_per_minute: limits.wrong_passwords_per_minute,
            connections: limits.sip_connections,
            connections_per_source: limits.sip_connections_per_source,
            bindings_per_phone: limits.contacts_per_phone,
            // No setting: a thousand calls that nobody has looked at yet are more than any machine is late
            // by before it sheds load.
            backlog: SipLimits::default().backlog,
        },
        session_timers: SessionTimers { interval_s: sip.session_timer_s, ..SessionTimers::default() },
        trunk_ping: sip.trunk_ping.map(|every| TrunkPing { every, ..TrunkPing::default() }),
        gateway_ping: Some(TrunkPing {
            every: sip.trunk_ping.unwrap_or(GATEWAY_PING),
            ..TrunkPing::default()
        }),
        ..SipConfig::default()
    })
}

fn client_certificates(sip: &Sip) -> Result<ClientCertificates, TlsListenError> {
    let Some(path) = &sip.tls_client_ca else { return Ok(ClientCertificates::NotAsked) };
    Ok(match sip.tls_client {
        ClientCertificate::None => ClientCertificates::NotAsked,
        ClientCertificate::Requested => ClientCertificates::Requested(ClientCertificates::authorities(path)?),
        ClientCertificate::Required => ClientCertificates::Required(ClientCertificates::authorities(path)?),
    })
}

/// As many legs as the calls need, and so few that ports are left for calls for help.
fn legs(configuration: &Configuration) -> usize {
    let ports = &configuration.media.ports;
    let pairs = usize::from(ports.end() - ports.start()).div_ceil(2);
    let for_help = configuration.limits.calls_for_help * LEGS_PER_CALL;
    let for_others = pairs.saturating_sub(for_help).max(pairs.div_ceil(2));
    configuration.limits.calls.saturating_mul(LEGS_PER_CALL).min(for_others)
}

/// Whom we trust when we open a TLS connection to a trunk: the system's authorities and those of the operator.
fn tls_client(
    configuration: &Configuration,
    certificates: &Certificates,
) -> Result<Arc<rustls::ClientConfig>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        ConfigurationError::contradiction("outgoing.extra-ca", format!("cannot trust it: {error}"))
    };
    let mut authorities = Vec::new();
    if let Some(path) = &configuration.outgoing.extra_ca {
        for authority in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
            authorities.push(authority.map_err(|error| wrong(&error))?);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(authorities, Arc::clone(&provider)).map_err(|error| wrong(&error))?;
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(Arc::new(client.with_client_cert_resolver(certificates.to_trunks())))
}

/// The edge as the switchboard sees it.
pub fn port(sip: &SipEdge) -> Arc<dyn LegPort> {
    Arc::new(sip.clone())
}

/// Where phones are registered now.
pub fn contacts(sip: &SipEdge) -> PhoneContacts {
    let sip = sip.clone();
    Arc::new(move |phone| {
        let contacts = sip.contacts(phone).into_iter();
        contacts.map(|(contact, expires_us)| PhoneContact { contact, user_agent: None, expires_us }).collect()
    })
}

/// How the trunks are now.
pub fn trunks(sip: &SipEdge) -> TrunkStatuses {
    let sip = sip.clone();
    Arc::new(move || {
        let trunks = sip.trunks().into_iter().map(|health| TrunkStatus {
            name: health.name.to_string(),
            state: match health.state {
                TrunkState::Unknown => "unknown",
                TrunkState::Up => "up",
                TrunkState::Down => "down",
            },
            since_us: Some(health.since_us).filter(|since_us| *since_us > 0),
            round_trip: health.round_trip,
            registration: match health.registration {
                Registration::NotWanted => "not-wanted",
                Registration::Registered => "registered",
                Registration::Failed => "failed",
            },
        });
        trunks.collect()
    })
}

/// Takes no more calls and says goodbye to those that are left.
pub async fn stop(sip: &SipEdge) {
    sip.stop(LAST_GOODBYES).await;
}
