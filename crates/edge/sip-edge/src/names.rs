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
    /// When the log was told last of a name that leads where it may not.
    told: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Known {
    addresses: Vec<IpAddr>,
    learned: Instant,
    ask_at: Instant,
}

impl Names {
    pub fn new(resolver: Arc<dyn Resolver>, fresh: Duration, allowed: Vec<AllowedNetwork>) -> Self {
        Self { resolver, fresh, known: Mutex::default(), allowed, told: Mutex::default() }
    }

    /// The addresses of a host, the best first, as whoever named it may use them; none when nobody knows it.
    pub async fn look_up(&self, host: &str, named_by: NamedBy) -> Vec<IpAddr> {
        let found = self.look_up_any(host).await;
        self.reachable(host, found, named_by)
    }

    /// The same for whoever cannot wait: where the name has led before, a new answer is waited for no longer than
    /// `patience`; where it has not, it is asked again, however lately nobody knew it.
    pub async fn look_up_soon(&self, host: &str, named_by: NamedBy, patience: Duration) -> Vec<IpAddr> {
        let last = self.lock().get(host).map(|known| known.addresses.clone()).unwrap_or_default();
        let found = if last.is_empty() {
            self.lock().remove(host);
            self.look_up_any(host).await
        } else {
            let asked = tokio::time::timeout(patience, self.look_up_any(host)).await.ok();
            asked.filter(|found| !found.is_empty()).unwrap_or(last)
        };
        self.reachable(host, found, named_by)
    }

    fn reachable(&self, host: &str, mut addresses: Vec<IpAddr>, named_by: NamedBy) -> Vec<IpAddr> {
        if named_by == NamedBy::Customer {
            let found = addresses.len();
            addresses.retain(|address| may_reach(&self.allowed, *address));
            if addresses.len() < found && self.may_tell() {
                warn!(
                    "{host} leads to a private network, where customers may not send this server; if it belongs \
                     there, allow that network with sip.allow-private"
                );
            }
        }
        addresses
    }

    /// Whether the log may be told of such a name: once a second, or customers could fill it.
    fn may_tell(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let may = told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1));
        if may {
            *told = Some(Instant::now());
        }
        may
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers once, and then says nothing.
    #[derive(Debug, Default)]
    struct Tired(Mutex<bool>);

    #[async_trait]
    impl Resolver for Tired {
        async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
            let has_answered = std::mem::replace(&mut *self.0.lock().unwrap(), true);
            if has_answered {
                std::future::pending::<()>().await;
            }
            Ok(vec![[192, 0, 2, 7].into()])
        }
    }

    #[tokio::test]
    async fn who_cannot_wait_is_told_where_a_name_has_led() {
        let names = Names::new(Arc::new(Tired::default()), Duration::ZERO, Vec::new());
        let patience = Duration::from_millis(10);
        for _ in 0..2 {
            let found = names.look_up_soon("sip.help.example", NamedBy::Operator, patience).await;
            assert_eq!(found, [IpAddr::from([192, 0, 2, 7])]);
        }
    }
}
