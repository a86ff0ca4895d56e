//! From the configuration to everything that is SIP.

use std::sync::Arc;
use std::time::Duration;

use admin_edge::{PhoneContact, PhoneContacts};
use entropy::Entropy;
use media_edge::MediaEdge;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use sip_edge::{DigestOffer, SessionTimers, SipConfig, SipEdge, SipLimits, StartError, TlsListen, TrunkPing};
use switchboard::{Board, LegPort};

use crate::configuration::{Configuration, ConfigurationError, Reach};
use crate::failure::Failure;
use crate::serve::data_folder::DataFolder;
use crate::serve::doors::Certificate;
use crate::serve::listening::cannot_listen;

/// A leg for each participant that a call may have is far beyond what phones do; two for each call is the rule.
const LEGS_PER_CALL: usize = 2;

/// How long far ends may take to answer our BYE.
const LAST_GOODBYES: Duration = Duration::from_secs(3);

/// Binds the SIP sockets and begins to take calls.
pub async fn start(
    configuration: &Configuration,
    folder: &DataFolder,
    certificate: &Certificate,
    board: &Board,
    media: &MediaEdge,
    entropy: Entropy,
) -> Result<SipEdge, Failure> {
    let config = sip_config(configuration, certificate)?;
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

fn sip_config(configuration: &Configuration, certificate: &Certificate) -> Result<SipConfig, Failure> {
    let sip = &configuration.sip;
    let tls = match sip.tls {
        Some(address) => {
            let tls = TlsListen::from_pem(address, &certificate.chain, &certificate.key);
            Some(
                tls.map_err(|error| ConfigurationError::contradiction("sip.tls", format!("cannot {error}")))?,
            )
        }
        None => None,
    };
    let strangers = match sip.strangers {
        Reach::Refuse => false,
        Reach::Loopback => sip.listen.ip().is_loopback(),
        Reach::Allow => true,
    };
    Ok(SipConfig {
        udp: Some(sip.listen),
        tcp: Some(sip.listen),
        tls,
        tls_client: Some(tls_client(configuration)?),
        advertised: sip.advertise,
        realm: sip.realm.clone(),
        digest: if sip.offer_sha256 { DigestOffer::Sha256OrMd5 } else { DigestOffer::Md5 },
        strangers,
        limits: SipLimits {
            legs: configuration.limits.calls.saturating_mul(LEGS_PER_CALL),
            ..SipLimits::default()
        },
        session_timers: SessionTimers { interval_s: sip.session_timer_s, ..SessionTimers::default() },
        trunk_ping: sip.trunk_ping.map(|every| TrunkPing { every, ..TrunkPing::default() }),
    })
}

/// Whom we trust when we open a TLS connection to a trunk: the system's authorities and those of the operator.
fn tls_client(configuration: &Configuration) -> Result<Arc<rustls::ClientConfig>, Failure> {
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
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(client))
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

/// Takes no more calls and says goodbye to those that are left.
pub async fn stop(sip: &SipEdge) {
    sip.stop(LAST_GOODBYES).await;
}
