//! Where a trunk is, in SIP's words.

use std::net::SocketAddr;
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::sip::{Domain, Host, HostWithPort, Uri};
use rsipstack::transport::SipAddr;
use tenant::{SipTransport, Trunk};
use tracing::debug;

use crate::core::Core;
use crate::uri::{default_port, sip_addr, uri_at};

const LOOKUP: Duration = Duration::from_secs(5);

/// A trunk that can be sent to.
pub(crate) struct Place {
    transport: SipTransport,
    host: HostWithPort,
    /// Its address, to which there is a connection if the transport needs one.
    pub address: SocketAddr,
}

impl Place {
    /// Looks a trunk up and connects to it; `None` when it is out of reach.
    pub async fn find(core: &Core, trunk: &Trunk) -> Option<Self> {
        let transport = trunk.transport;
        let port = if trunk.port == 0 { default_port(transport) } else { trunk.port };
        let address = look_up(&trunk.host, port).await?;
        if let Err(error) = core.streams.connect(transport, address, &trunk.host).await {
            debug!(trunk.name = %trunk.name, %error, "a trunk is out of reach: cannot {error}");
            return None;
        }
        let host = match trunk.host.parse() {
            Ok(ip) => Host::IpAddr(ip),
            Err(_) => Host::Domain(Domain::from(&*trunk.host)),
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

/// What we answer to a trunk's challenge.
pub(crate) fn credential(trunk: &Trunk) -> Option<Credential> {
    trunk.account.as_ref().map(|account| Credential {
        username: account.username.to_string(),
        password: account.password.expose().to_string(),
        realm: None,
        auth_username: None,
    })
}

async fn look_up(host: &str, port: u16) -> Option<SocketAddr> {
    let mut addresses =
        tokio::time::timeout(LOOKUP, tokio::net::lookup_host((host, port))).await.ok()?.ok()?;
    addresses.next()
}
