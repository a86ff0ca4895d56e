//! The certificates that this server shows, and how they are renewed while it runs.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use configuration::{Configuration, ConfigurationError};
use http_kit::{Shown, dev_ca};

use crate::failure::Failure;
use crate::serve::data_folder::DataFolder;

/// How often the files are looked at.
const GLANCE: Duration = Duration::from_secs(5);
/// Every so many glances our own authority is asked whether its certificate nears its end: each day.
const GLANCES_OF_A_DAY: u32 = 24 * 3600 / 5;

/// A certificate chain and its key, shown as they stand in two files.
#[derive(Clone, Debug)]
pub struct Pair {
    chain: PathBuf,
    key: PathBuf,
    shown: Arc<Shown>,
}

/// All that this server shows of itself.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// What clients trust.
    pub authority: PathBuf,
    server: Pair,
    to_trunks: Option<Pair>,
    /// Where our own authority lives, when it is the one, and the names it certifies.
    own: Option<(PathBuf, Vec<String>)>,
}

/// The names by which clients call this server: those of the API, and that of recordings.
fn certified_hosts(configuration: &Configuration) -> Vec<String> {
    let mut hosts = configuration.api.hosts.clone();
    let recordings = configuration.recording.host.as_deref().and_then(|host| host.split(':').next());
    if let Some(host) = recordings.filter(|host| hosts.iter().all(|known| known != host)) {
        hosts.push(host.to_owned());
    }
    hosts
}

impl Certificates {
    /// Reads all of them; with none of the operator's, our own authority makes one.
    pub fn load(configuration: &Configuration, folder: &DataFolder) -> Result<Self, Failure> {
        let own = configuration.api.certificate.is_none();
        let own = own.then(|| (folder.path().join("tls"), certified_hosts(configuration)));
        let (authority, chain, key) = match (&configuration.api.certificate, &own) {
            (Some((chain, key)), _) => (chain.clone(), chain.clone(), key.clone()),
            (None, own) => {
                let (folder, hosts) = own.as_ref().expect("one of the two is there");
                let made = dev_ca::ensure(folder, hosts)
                    .map_err(|error| Failure::Happened(format!("cannot {error}")))?;
                (made.ca_pem_path, made.cert_path, made.key_path)
            }
        };
        let server = Pair::load("api.certificate", chain, key)?;
        let to_trunks = configuration.sip.tls_own.clone();
        let to_trunks =
            to_trunks.map(|(chain, key)| Pair::load("sip.tls-own-certificate", chain, key)).transpose()?;
        Ok(Self { authority, server, to_trunks, own })
    }

    /// What HTTPS and SIP over TLS show.
    pub fn server(&self) -> Arc<Shown> {
        Arc::clone(&self.server.shown)
    }

    /// What trunks are shown that ask for a certificate: who they call, if nothing else is said.
    pub fn to_trunks(&self) -> Arc<Shown> {
        Arc::clone(&self.to_trunks.as_ref().unwrap_or(&self.server).shown)
    }

    /// Shows what stands in the files now. Tells whether that is something else; what cannot be used
    /// changes nothing.
    pub fn renew(&self) -> Result<bool, String> {
        if let Some((folder, hosts)) = &self.own {
            dev_ca::ensure(folder, hosts).map_err(|error| format!("cannot {error}"))?;
        }
        let mut is_other = false;
        for pair in self.pairs() {
            is_other |= pair.renew()?;
        }
        Ok(is_other)
    }

    /// Renews them whenever their files change, for as long as the server runs.
    pub async fn watch(self) {
        let mut seen = self.looks();
        let mut glances = 0;
        loop {
            tokio::time::sleep(GLANCE).await;
            glances += 1;
            let looks = self.looks();
            if looks == seen && glances % GLANCES_OF_A_DAY != 0 {
                continue;
            }
            let certificates = self.clone();
            let renewed = tokio::task::spawn_blocking(move || certificates.renew()).await;
            match renewed {
                Ok(Ok(true)) => tracing::info!("a renewed certificate is shown from now on"),
                // Whoever renews them writes one file after the other: the next glance sees both.
                Ok(Err(reason)) if looks != seen => {
                    tracing::warn!("the certificate of before is still shown: {reason}");
                }
                Ok(Ok(false) | Err(_)) | Err(_) => {}
            }
            seen = looks;
        }
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        std::iter::once(&self.server).chain(&self.to_trunks)
    }

    fn looks(&self) -> Vec<Option<Look>> {
        self.pairs().flat_map(|pair| [look(&pair.chain), look(&pair.key)]).collect()
    }
}

impl Pair {
    fn load(setting: &'static str, chain: PathBuf, key: PathBuf) -> Result<Self, ConfigurationError> {
        let shown = Shown::load(&chain, &key)
            .map_err(|error| ConfigurationError::contradiction(setting, format!("cannot {error}")))?;
        Ok(Self { chain, key, shown: Arc::new(shown) })
    }

    fn renew(&self) -> Result<bool, String> {
        self.shown.renew(&self.chain, &self.key).map_err(|error| format!("cannot {error}"))
    }
}

/// What tells a file that was written anew, in place or by a rename.
type Look = (u64, i64, i64, u64);

fn look(path: &Path) -> Option<Look> {
    let facts = fs::metadata(path).ok()?;
    Some((facts.ino(), facts.mtime(), facts.mtime_nsec(), facts.len()))
}
