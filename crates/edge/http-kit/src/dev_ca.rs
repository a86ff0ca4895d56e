//! A certificate authority of one's own, for the first minutes on a laptop.
//!
//! The authority lives as long as its directory; the server's certificate is
//! made anew when it nears its end or when it is to carry other names.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData as _,
};
use time::{Duration, OffsetDateTime};
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;

const CA_DAYS: i64 = 3650;
// Browsers distrust server certificates that live longer.
const LEAF_DAYS: i64 = 397;
const RENEW_DAYS: i64 = 30;
const ALWAYS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevCa {
    /// The authority's certificate, for clients to trust.
    pub ca_pem_path: PathBuf,
    /// The server's certificate, followed by the authority's.
    pub cert_path: PathBuf,
    /// The server's key.
    pub key_path: PathBuf,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum DevCaError {
    /// A file.
    #[error("use {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A name that cannot stand in a certificate.
    #[error("make a certificate for {names}: {source}")]
    Certificate {
        /// The names that were asked for.
        names: String,
        /// What is wrong.
        source: rcgen::Error,
    },
}

/// Makes what is missing in `dir`: an authority, and a certificate for `localhost`, its addresses and `names`.
pub fn ensure(dir: &Path, names: &[String]) -> Result<DevCa, DevCaError> {
    let files = DevCa {
        ca_pem_path: dir.join("ca.pem"),
        cert_path: dir.join("server.pem"),
        key_path: dir.join("server-key.pem"),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| at(dir, source))?;
    let names = all_names(names);
    let now = OffsetDateTime::now_utc();
    let made = |source| DevCaError::Certificate { names: names.join(", "), source };
    let ca = Authority::ensure(&files.ca_pem_path, &dir.join("ca-key.pem"), now)?;
    if !is_sound(&files, &ca.pem, &names, now) {
        let key = KeyPair::generate().map_err(made)?;
        let certificate =
            leaf(&names, now).and_then(|leaf| leaf.signed_by(&key, &ca.issuer)).map_err(made)?;
        write(&files.key_path, &key.serialize_pem(), 0o600)?;
        write(&files.cert_path, &format!("{}{}", certificate.pem(), ca.pem), 0o644)?;
    }
    Ok(files)
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The authority of the directory, or a new one when it has none that can be used.
    fn ensure(certificate: &Path, key: &Path, now: OffsetDateTime) -> Result<Self, DevCaError> {
        if let Some(ca) = Self::load(certificate, key, now) {
            return Ok(ca);
        }
        let made = |source| DevCaError::Certificate { names: "the authority".to_owned(), source };
        let pair = KeyPair::generate().map_err(made)?;
        let params = ca_params(now);
        let pem = params.self_signed(&pair).map_err(made)?.pem();
        write(key, &pair.serialize_pem(), 0o600)?;
        write(certificate, &pem, 0o644)?;
        Ok(Self { pem, issuer: Issuer::new(params, pair) })
    }

    fn load(certificate: &Path, key: &Path, now: OffsetDateTime) -> Option<Self> {
        let pem = fs::read_to_string(certificate).ok()?;
        let pair = KeyPair::from_pem(&fs::read_to_string(key).ok()?).ok()?;
        let parsed = first_certificate(&pem)?;
        let parsed = parsed.parse_x509().ok()?;
        let ours = parsed.public_key().raw == pair.subject_public_key_info();
        if !ours || !lasts(&parsed, now) {
            return None;
        }
        let issuer = Issuer::from_ca_cert_pem(&pem, pair).ok()?;
        Some(Self { pem, issuer })
    }
}

/// Whether the server's certificate can still be used: from this authority, for these names, for a while.
fn is_sound(files: &DevCa, ca: &str, names: &[String], now: OffsetDateTime) -> bool {
    let sound = || {
        let pem = fs::read_to_string(&files.cert_path).ok()?;
        let key = KeyPair::from_pem(&fs::read_to_string(&files.key_path).ok()?).ok()?;
        let (leaf, ca) = (first_certificate(&pem)?, first_certificate(ca)?);
        let (leaf, ca) = (leaf.parse_x509().ok()?, ca.parse_x509().ok()?);
        leaf.verify_signature(Some(ca.public_key())).ok()?;
        let carried = carried_names(&leaf);
        let complete = names.iter().all(|name| carried.contains(name));
        let own_key = leaf.public_key().raw == key.subject_public_key_info();
        Some(complete && own_key && lasts(&leaf, now))
    };
    sound().unwrap_or(false)
}

fn first_certificate(pem: &str) -> Option<Pem> {
    Pem::iter_from_buffer(pem.as_bytes()).next()?.ok()
}

fn lasts(certificate: &x509_parser::certificate::X509Certificate<'_>, now: OffsetDateTime) -> bool {
    let end = certificate.validity().not_after.timestamp();
    end > (now + Duration::days(RENEW_DAYS)).unix_timestamp()
}

fn carried_names(certificate: &x509_parser::certificate::X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    names.value.general_names.iter().filter_map(text).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(bytes));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

fn all_names(names: &[String]) -> Vec<String> {
    let mut all: Vec<String> = ALWAYS.iter().map(ToString::to_string).collect();
    for name in names {
        let name = name.trim().trim_end_matches('.').to_ascii_lowercase();
        let name = name.parse::<IpAddr>().map_or(name, |address| address.to_string());
        if !name.is_empty() && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn ca_params(now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::OrganizationName, "Ringdown");
    params.distinguished_name.push(DnType::CommonName, "Ringdown development CA");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (now - Duration::days(1), now + Duration::days(CA_DAYS));
    params
}

fn leaf(names: &[String], now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Ringdown");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    // SIP over TLS may use the same certificate as a client.
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    (params.not_before, params.not_after) = (now - Duration::days(1), now + Duration::days(LEAF_DAYS));
    Ok(params)
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), DevCaError> {
    let beside = path.with_extension("new");
    let written = || {
        if beside.exists() {
            fs::remove_file(&beside)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    written().map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> DevCaError {
    DevCaError::File { path: path.to_owned(), source }
}
