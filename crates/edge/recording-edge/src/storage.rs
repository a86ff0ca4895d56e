//! Where files go: containers of object storages, spoken to through the one outgoing gate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use redact::Secret;
use url::Url;

use crate::gate::Gate;

/// The protocol of a storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// Amazon S3, and whatever speaks like it.
    S3,
    /// Azure Blob Storage.
    AzureBlob,
}

/// A container and how to get into it.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// Its address: `https://account.blob.core.windows.net/container` (or, as emulators have it,
    /// `https://host/account/container`), `https://s3.example.org/bucket`; a prefix for names may follow.
    pub url: String,
    /// Its protocol; read off the address when absent.
    pub kind: Option<StorageKind>,
    /// The access key id (S3). Azure's account is in the address.
    pub user: String,
    /// The secret access key, or the account's key.
    pub secret: Option<Secret<String>>,
    /// The region (S3).
    pub region: String,
}

/// An address that is no container's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContainerError {
    /// Not an absolute http or https address, or without a container.
    #[error("use {0} as a container of recordings: write https://host/container")]
    Address(String),
    /// The gate refuses it.
    #[error("{0}")]
    NotAllowed(String),
    /// The library refuses it.
    #[error("use the container: {0}")]
    Refused(String),
}

/// A container that can be written to.
#[derive(Clone)]
pub(crate) struct Container {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    /// The address without anything secret, and without a slash at its end.
    address: String,
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Requests are tried so often before a file is put aside for a while.
const TRIES: usize = 2;
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);

impl Container {
    /// A container that the operator configured.
    pub(crate) fn configured(settings: &StorageSettings, gate: &Gate) -> Result<Self, ContainerError> {
        let address = Address::parse(&settings.url, settings.kind)?;
        address.open(gate, Some(settings))
    }

    /// A container that an application named: with the signature in the address (SAS), or with none.
    pub(crate) fn named(url: &str, gate: &Gate) -> Result<Self, ContainerError> {
        Address::parse(url, None)?.open(gate, None)
    }

    pub(crate) fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    pub(crate) fn path(&self, name: &str) -> ObjectPath {
        ObjectPath::from_iter(self.prefix.parts().chain(ObjectPath::from(name).parts()))
    }
}

/// The address of a container without the signature in it, and without a slash at its end.
pub(crate) fn without_secrets(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

/// Whether an address lies in a container: the same origin, and the path of the container or below.
pub(crate) fn lies_in(url: &str, container: &str) -> bool {
    let (Ok(url), Ok(container)) = (Url::parse(url), Url::parse(container)) else { return false };
    let path = container.path().trim_end_matches('/');
    let below = url.path().strip_prefix(path);
    url.origin() == container.origin()
        && url.query().is_none()
        && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Reads an address and no more, for the fuzzer.
pub(crate) fn read_address(text: &str) {
    if let Ok(address) = Address::parse(text, None) {
        assert!(!address.container.is_empty() && !address.plain.contains('?'));
    }
}

struct Address {
    kind: StorageKind,
    url: Url,
    /// Of Azure.
    account: String,
    container: String,
    prefix: ObjectPath,
    endpoint: String,
    plain: String,
}

const AZURE_HOSTS: [&str; 3] =
    [".blob.core.windows.net", ".blob.core.usgovcloudapi.net", ".blob.core.chinacloudapi.cn"];

impl Address {
    fn parse(text: &str, kind: Option<StorageKind>) -> Result<Self, ContainerError> {
        let plain = without_secrets(text).to_owned();
        let wrong = || ContainerError::Address(plain.clone());
        let url = Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or_else(wrong)?;
        if text.len() > 4_096 || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong());
        }
        let azure_account =
            AZURE_HOSTS.iter().find_map(|end| host.strip_suffix(end)).filter(|name| !name.contains('.'));
        let is_signed = url.query_pairs().any(|(name, _)| name == "sig");
        let kind = kind.unwrap_or(match azure_account.is_some() || is_signed {
            true => StorageKind::AzureBlob,
            false => StorageKind::S3,
        });
        let mut segments: Vec<String> =
            url.path().split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        let mut take = || if segments.is_empty() { None } else { Some(segments.remove(0)) };
        let mut endpoint = url.clone();
        endpoint.set_query(None);
        endpoint.set_fragment(None);
        endpoint.set_path("");
        let mut endpoint = endpoint.as_str().trim_end_matches('/').to_owned();
        let account = match (kind, azure_account) {
            (StorageKind::S3, _) => String::new(),
            (StorageKind::AzureBlob, Some(account)) => account.to_owned(),
            (StorageKind::AzureBlob, None) => {
                let account = take().ok_or_else(wrong)?;
                endpoint = format!("{endpoint}/{account}");
                account
            }
        };
        let container = take().ok_or_else(wrong)?;
        let prefix = ObjectPath::from_url_path(segments.join("/")).map_err(|_| wrong())?;
        Ok(Self { kind, account, container, prefix, endpoint, plain, url })
    }

    fn open(self, gate: &Gate, credentials: Option<&StorageSettings>) -> Result<Container, ContainerError> {
        gate.check(&self.plain).map_err(|error| ContainerError::NotAllowed(format!("cannot {error}")))?;
        let store = match self.kind {
            StorageKind::S3 => self.s3(gate, credentials),
            StorageKind::AzureBlob => self.azure(gate, credentials),
        };
        let store = store.map_err(|error| ContainerError::Refused(error.to_string()))?;
        Ok(Container { store, prefix: self.prefix, address: self.plain })
    }

    fn s3(
        &self,
        gate: &Gate,
        credentials: Option<&StorageSettings>,
    ) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut builder = AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_bucket_name(&self.container)
            .with_allow_http(self.url.scheme() == "http")
            .with_retry(retry())
            .with_client_options(ClientOptions::new())
            .with_http_connector(gate.clone());
        builder = match credentials.and_then(|known| Some((known, known.secret.as_ref()?))) {
            Some((known, secret)) => builder
                .with_region(&known.region)
                .with_access_key_id(&known.user)
                .with_secret_access_key(secret.expose()),
            None => builder.with_region("us-east-1").with_skip_signature(true),
        };
        Ok(Arc::new(builder.build()?))
    }

    fn azure(
        &self,
        gate: &Gate,
        credentials: Option<&StorageSettings>,
    ) -> object_store::Result<Arc<dyn ObjectStore>> {
        let mut builder = MicrosoftAzureBuilder::new()
            .with_endpoint(self.endpoint.clone())
            .with_account(&self.account)
            .with_container_name(&self.container)
            .with_allow_http(self.url.scheme() == "http")
            .with_retry(retry())
            .with_http_connector(gate.clone());
        let signature: Vec<(String, String)> = self.url.query_pairs().into_owned().collect();
        builder = match credentials.and_then(|known| known.secret.as_ref()) {
            Some(secret) => builder.with_access_key(secret.expose()),
            None if signature.is_empty() => builder.with_skip_signature(true),
            None => builder.with_sas_authorization(signature),
        };
        Ok(Arc::new(builder.build()?))
    }
}

fn retry() -> RetryConfig {
    RetryConfig { max_retries: TRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<(StorageKind, &str, &str, &str, &str)>) {
        let parsed = Address::parse(url, None).ok();
        let found = parsed.as_ref().map(|parsed| {
            let Address { kind, account, container, prefix, endpoint, .. } = parsed;
            (*kind, endpoint.as_str(), account.as_str(), container.as_str(), prefix.as_ref())
        });
        assert_eq!(found, expected, "{url}");
    }

    #[test]
    fn containers_are_found_in_their_addresses() {
        use StorageKind::{AzureBlob, S3};
        check(
            "https://contoso.blob.core.windows.net/recordings/",
            Some((AzureBlob, "https://contoso.blob.core.windows.net", "contoso", "recordings", "")),
        );
        check(
            "http://127.0.0.1:10000/devstoreaccount1/recordings/a/b?sv=1&sig=x",
            Some((
                AzureBlob,
                "http://127.0.0.1:10000/devstoreaccount1",
                "devstoreaccount1",
                "recordings",
                "a/b",
            )),
        );
        check("https://s3.example.org/bucket/x", Some((S3, "https://s3.example.org", "", "bucket", "x")));
        for wrong in ["", "container", "ftp://h/c", "https://h", "https://h/", "https://u:p@h/c", "http:///c"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn an_address_lies_in_a_container_or_not() {
        let container = "https://contoso.blob.core.windows.net/recordings";
        assert!(lies_in("https://contoso.blob.core.windows.net/recordings/a", container));
        assert!(lies_in("https://contoso.blob.core.windows.net/recordings", container));
        assert!(!lies_in("https://contoso.blob.core.windows.net/recordings2", container));
        assert!(!lies_in("https://contoso.blob.core.windows.net/recordings/../secrets", container));
        assert!(!lies_in("https://fabrikam.blob.core.windows.net/recordings", container));
        assert!(!lies_in("http://contoso.blob.core.windows.net/recordings", container));
    }
}
