//! Where a trunk is, in SIP's words.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{Domain, Host, HostWithPort, Uri};
use rsipstack::transport::SipAddr;
use tenant::{SipTransport, Trunk};
use tracing::debug;

use crate::core::Core;
use crate::listener::ConnectError;
use crate::uri::{default_port, sip_addr, uri_at};

/// A trunk that can be sent to.
pub(crate) struct Place {
    transport: SipTransport,
    host: HostWithPort,
    /// Its address, to which there is a connection if the transport needs one.
    pub address: SocketAddr,
}

impl Place {
    /// Looks a trunk up and connects to it, at its first host that is there; `None` when it is out of reach.
    pub async fn find(core: &Core, trunk: &Trunk) -> Option<Self> {
        for host in hosts(trunk) {
            if let Some(place) = Self::at(core, trunk, host).await {
                return Some(place);
            }
        }
        None
    }

    /// The same at one of its hosts.
    pub async fn at(core: &Core, trunk: &Trunk, host: &str) -> Option<Self> {
        let addresses = core.names.look_up(host, trunk.pairing.named_by).await;
        Self::at_one_of(core, trunk, host, addresses, None).await
    }

    /// The same for somebody who needs help: where a name has led before, it is not asked for longer than
    /// `names`, and none of its addresses is waited for longer than `connects`.
    pub async fn at_soon(
        core: &Core,
        trunk: &Trunk,
        host: &str,
        names: Duration,
        connects: Duration,
    ) -> Option<Self> {
        let addresses = core.names.look_up_soon(host, trunk.pairing.named_by, names).await;
        Self::at_one_of(core, trunk, host, addresses, Some(connects)).await
    }

    async fn at_one_of(
        core: &Core,
        trunk: &Trunk,
        host: &str,
        addresses: Vec<IpAddr>,
        connects: Option<Duration>,
    ) -> Option<Self> {
        let transport = trunk.transport;
        let port = if trunk.port == 0 { default_port(transport) } else { trunk.port };
        let address = reach(core, trunk, host, port, addresses, connects).await?;
        let host = match host.parse() {
            Ok(ip) => Host::IpAddr(ip),
            Err(_) => Host::Domain(Domain::from(host)),
        };
        Some(Self { transport, host: HostWithPort { host, port: Some(port.into()) }, address })
    }

    /// Somebody there, or the trunk itself.
    pub fn uri(&self, user: Option<&str>) -> Uri {
        uri_at(user, self.transport, self.host.clone())
    }

    /// Where what is sent there goes.
    pub fn destination(&self) -> SipAddr {
        sip_addr(self.transport, self.address)
    }
}

/// Where a trunk takes calls, in the order in which it is tried.
pub(crate) fn hosts(trunk: &Trunk) -> impl Iterator<Item = &str> {
    std::iter::once(&*trunk.host).chain(trunk.pairing.next_hosts.iter().map(|host| &**host))
}

/// What we answer to a trunk's challenge.
pub(crate) fn credential(trunk: &Trunk) -> Option<Credential> {
    trunk.account.as_ref().map(|account| Credential {
        username: account.username.to_string(),
        password: account.password.expose().to_string(),
        realm: None,
        auth_username: None,
    })
}

/// The first address of a trunk's host that takes a connection, if it needs one; those that we can send to go first.
async fn reach(
    core: &Core,
    trunk: &Trunk,
    host: &str,
    port: u16,
    mut addresses: Vec<IpAddr>,
    connects: Option<Duration>,
) -> Option<SocketAddr> {
    addresses.sort_by_key(|address| !core.presence.is_akin(*address));
    for address in addresses {
        let address = SocketAddr::new(address, port);
        let connecting = core.streams.connect(trunk.transport, address, host);
        let connected = match connects {
            Some(patience) => {
                let in_time = tokio::time::timeout(patience, connecting).await;
                in_time.unwrap_or(Err(ConnectError::TimedOut(address)))
            }
            None => connecting.await,
        };
        match connected {
            Ok(()) => return Some(address),
            Err(error) => {
                debug!(trunk.name = %trunk.name, %error, "a trunk is out of reach: cannot {error}");
            }
        }
    }
    None
}
