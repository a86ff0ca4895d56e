//! The addresses of trunks that are known by a host name, asked for again after a while.
//!
//! Whoever may write a name chooses where it leads, again each time. So of the names of customers only those addresses
//! are used that strangers may have us reach, and that is asked of each address when it is used.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use internet::{AllowedNetwork, may_reach};
use tenant::NamedBy;
use tracing::{debug, warn};

/// An answer takes no longer, or is none.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a failure the next question waits so long: until then calls do not wait for an answer.
const RETRY: Duration = Duration::from_secs(10);
/// What was known is believed so long while nobody answers.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// More names than there are trunks.
const MOST_NAMES: usize = 10_000;
/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 8;

/// Who knows the addresses of host names.
#[async_trait]
pub trait Resolver: Debug + Send + Sync {
    /// All addresses of a name, the best first.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system: its hosts file, and DNS (A and AAAA).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// What is known of names.
pub(crate) struct Names {
    resolver: Arc<dyn Resolver>,
    /// The system does not tell how long an answer is good: this long.
    fresh: Duration,
    known: Mutex<HashMap<Box<str>, Known>>,
    /// Internal networks where names of customers may lead all the same.
    allowed: Vec<AllowedNetwork>,
}

#[derive(Clone)]
struct Known {
    addresses: Vec<IpAddr>,
    learned: Instant,
    ask_at: Instant,
}

impl Names {
    pub fn new(resolver: Arc<dyn Resolver>, fresh: Duration, allowed: Vec<AllowedNetwork>) -> Self {
        Self { resolver, fresh, known: Mutex::default(), allowed }
    }

    /// The addresses of a host, the best first, as whoever named it may use them; none when nobody knows it.
    pub async fn look_up(&self, host: &str, named_by: NamedBy) -> Vec<IpAddr> {
        let mut addresses = self.look_up_any(host).await;
        if named_by == NamedBy::Customer {
            let found = addresses.len();
            addresses.retain(|address| may_reach(&self.allowed, *address));
            if addresses.len() < found {
                warn!(
                    "{host} leads to a private network, where customers may not send this server; if it belongs \
                     there, allow that network with sip.allow-private"
                );
            }
        }
        addresses
    }

    async fn look_up_any(&self, host: &str) -> Vec<IpAddr> {
        if let Ok(address) = host.parse() {
            return vec![address];
        }
        let known = self.lock().get(host).cloned();
        if let Some(known) = known.as_ref().filter(|known| Instant::now() < known.ask_at) {
            return known.addresses.clone();
        }
        match self.ask(host).await {
            Ok(addresses) => {
                self.keep(host, addresses.clone(), self.fresh, None);
                addresses
            }
            Err(error) => {
                let last = known.filter(|known| known.learned.elapsed() < KEPT);
                let learned = last.as_ref().map(|last| last.learned);
                let addresses = last.map(|last| last.addresses).unwrap_or_default();
                match addresses.is_empty() {
                    true => warn!(%error, "nobody knows the address of {host}: {error}"),
                    false => debug!(%error, "{host} is taken to be where it was: {error}"),
                }
                self.keep(host, addresses.clone(), RETRY, learned);
                addresses
            }
        }
    }

    async fn ask(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let asked = tokio::time::timeout(PATIENCE, self.resolver.addresses(host)).await;
        let mut addresses = asked.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        addresses.truncate(MOST_ADDRESSES);
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "it has no address"));
        }
        Ok(addresses)
    }

    fn keep(&self, host: &str, addresses: Vec<IpAddr>, good_for: Duration, learned: Option<Instant>) {
        let now = Instant::now();
        let mut known = self.lock();
        if known.len() >= MOST_NAMES {
            known.clear();
        }
        let learned = learned.unwrap_or(now);
        known.insert(host.into(), Known { addresses, learned, ask_at: now + good_for });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
