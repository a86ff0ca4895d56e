//! Names become addresses here, at the moment of connecting, and nowhere else: what was public
//! when somebody checked cannot be private when somebody connects.

use std::fmt;
use std::net::SocketAddr;

use internet::{AllowedNetwork, may_reach};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system's resolver, without the addresses that may not be reached.
#[derive(Debug)]
pub(crate) struct GuardedResolver {
    pub(crate) allowed: std::sync::Arc<[AllowedNetwork]>,
}

/// A name that leads nowhere, or nowhere allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameError(pub(crate) NameProblem);

#[derive(Clone, Copy, Debug)]
pub(crate) enum NameProblem {
    Unknown,
    Private,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            NameProblem::Unknown => f.write_str("the name has no address"),
            NameProblem::Private => f.write_str("all addresses of the name are private"),
        }
    }
}

impl std::error::Error for NameError {}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = match tokio::net::lookup_host((name.as_str(), 0)).await {
                Ok(found) => found.collect(),
                Err(_) => Vec::new(),
            };
            if found.is_empty() {
                return Err(NameError(NameProblem::Unknown).into());
            }
            let reachable: Vec<SocketAddr> =
                found.into_iter().filter(|address| may_reach(&allowed, address.ip())).collect();
            if reachable.is_empty() {
                return Err(NameError(NameProblem::Private).into());
            }
            Ok(Box::new(reachable.into_iter()) as Addrs)
        })
    }
}
