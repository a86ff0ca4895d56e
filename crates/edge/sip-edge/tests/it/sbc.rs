//! Session border controllers, with certificates of one authority and names that lead to this machine.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use call_engine::{Destination, Dial, Hop};
use identifier::{TenantId, TrunkName};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use sip_edge::{ClientCertificates, Resolver, TlsListen};
use tenant::organization::Gateway;
use tenant::{FarEnd, MediaEncryption, Pairing, SipTransport, Trunk, TrunkDialect, TrunkLimits};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::streams::Line;
use crate::world::{PATIENCE, Setting, World, dial};

/// What session border controllers call us.
pub const OWN_NAME: &str = "sip.ringdown.example";

type Issuer = CertifiedIssuer<'static, KeyPair>;
type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Somebody who signs certificates.
pub struct Authority(Issuer);

impl Authority {
    pub fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn sign(&self, names: &[&str]) -> Pair {
        self.sign_with(names, |_| {})
    }

    /// With something special about it.
    pub fn sign_with(&self, names: &[&str], special: impl FnOnce(&mut CertificateParams)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        // As public authorities issue them.
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        special(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    /// Where we listen, and whoever connects is asked for a certificate.
    fn listen(&self) -> TlsListen {
        let folder = tempfile::tempdir().unwrap();
        let [chain_file, key_file] = ["sip.pem", "sip.key"].map(|name| folder.path().join(name));
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![OWN_NAME.to_owned()]).unwrap();
        std::fs::write(&chain_file, params.signed_by(&key, &self.0).unwrap().pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        let clients = ClientCertificates::Requested(self.roots());
        TlsListen::from_pem("127.0.0.1:0".parse().unwrap(), &chain_file, &key_file, &clients).unwrap()
    }

    fn roots(&self) -> Arc<rustls::RootCertStore> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Arc::new(roots)
    }
}

/// Where names lead, for now.
#[derive(Debug, Default)]
pub struct Names(Mutex<HashMap<String, Vec<IpAddr>>>);

impl Names {
    pub fn lead(&self, name: &str, address: &str) {
        self.lead_to(name, &[address]);
    }

    pub fn lead_to(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.0.lock().unwrap().insert(name.to_owned(), addresses);
    }
}

#[async_trait]
impl Resolver for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let known = self.0.lock().unwrap().get(host).cloned();
        known.ok_or(io::ErrorKind::NotFound.into())
    }
}

/// An edge over TLS, and whoever pairs with it.
pub struct Scene {
    pub world: World,
    pub authority: Authority,
    pub names: Arc<Names>,
}

/// What is set up before the edge starts.
pub struct Plan {
    pub setting: Setting,
    pub authority: Authority,
    pub names: Arc<Names>,
}

impl Plan {
    pub fn new() -> Self {
        let (authority, names) = (Authority::new(), Arc::new(Names::default()));
        let mut setting = Setting::default();
        let (chain, key) = authority.sign_with(&[OWN_NAME], |params| {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        });
        let own = rustls::ClientConfig::builder()
            .with_root_certificates(authority.roots())
            .with_client_auth_cert(chain, key)
            .unwrap();
        setting.config.tls_client = Some(Arc::new(own));
        setting.config.resolver = Arc::clone(&names) as Arc<dyn Resolver>;
        setting.config.names_fresh = Duration::ZERO;
        setting.config.allow_private = vec!["127.0.0.0/28".parse().unwrap()];
        Self { setting, authority, names }
    }

    /// A session border controller that a company has named, at this port.
    pub fn gateway(&mut self, name: &str, port: u16, said: impl FnOnce(&mut Gateway)) -> &mut Self {
        let pairing = Pairing::of_customer(Some(OWN_NAME));
        self.setting.trunks.push(trunk(name, name, port, pairing));
        let mut gateway = Gateway { enabled: true, ..Gateway::new(TrunkName::new(name)) };
        said(&mut gateway);
        self.setting.gateways.push(gateway);
        self
    }

    /// Microsoft Teams at these hosts, which knows us by this name.
    pub fn teams(&mut self, hosts: &[&str], own_name: &str, port: u16) -> &mut Self {
        let pairing = Pairing {
            own_name: Some(own_name.into()),
            next_hosts: hosts[1..].iter().map(|host| (*host).into()).collect(),
            far_end: FarEnd::Teams,
            ..Pairing::default()
        };
        self.setting.trunks.push(trunk("teams", hosts[0], port, pairing));
        self
    }

    pub async fn start(mut self) -> Scene {
        self.setting.config.tls = Some(self.authority.listen());
        Scene { world: World::with(self.setting).await, authority: self.authority, names: self.names }
    }
}

fn trunk(name: &str, host: &str, port: u16, pairing: Pairing) -> Trunk {
    let dialect =
        TrunkDialect { media_encryption: Some(MediaEncryption::Required), ..TrunkDialect::default() };
    Trunk {
        name: TrunkName::new(name),
        tenant: TenantId::from_u128(1),
        host: host.into(),
        port,
        transport: SipTransport::Tls,
        sources: Vec::new(),
        prefixes: Vec::new(),
        account: None,
        certificate: Some(host.into()),
        emergency: false,
        limits: TrunkLimits::default(),
        dialect,
        pairing,
    }
}

impl Scene {
    /// Whoever connects here over TCP is heard over TLS, with this certificate.
    pub async fn stand_behind(&self, own: Pair) -> SocketAddr {
        let mut secure = self.secure(Some(own)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut plain, _) = listener.accept().await.unwrap();
            let _ = copy_bidirectional(&mut plain, &mut secure).await;
        });
        address
    }

    /// A connection of somebody with this certificate; none when it is refused.
    pub async fn connect(&self, own: Option<Pair>) -> io::Result<Line<client::TlsStream<TcpStream>>> {
        self.secure(own).await.map(Line::new)
    }

    async fn secure(&self, own: Option<Pair>) -> io::Result<client::TlsStream<TcpStream>> {
        let client = rustls::ClientConfig::builder().with_root_certificates(self.authority.roots());
        let client = match own {
            Some((chain, key)) => client.with_client_auth_cert(chain, key).unwrap(),
            None => client.with_no_client_auth(),
        };
        let stream = TcpStream::connect(self.world.edge.addresses().tls.unwrap()).await?;
        let name = ServerName::try_from(OWN_NAME).unwrap();
        TlsConnector::from(Arc::new(client)).connect(name, stream).await
    }
}

/// A session border controller that is called.
pub struct Sbc {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    pub address: SocketAddr,
}

impl Sbc {
    /// At this address, with a certificate for these names; it wants to see ours.
    pub async fn at(address: &str, port: u16, authority: &Authority, names: &[&str]) -> Self {
        let listener = TcpListener::bind((address, port)).await.unwrap();
        let (chain, key) = authority.sign(names);
        let verifier = WebPkiClientVerifier::builder(authority.roots()).build().unwrap();
        let config = rustls::ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)), address }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The next connection to it.
    pub async fn accept(&self) -> Line<server::TlsStream<TcpStream>> {
        Line::new(timeout(PATIENCE, self.try_accept()).await.expect("a connection").unwrap())
    }

    /// The same, which may be given up by the far end.
    pub async fn try_accept(&self) -> io::Result<server::TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await
    }

    /// What is said to it over TLS is said to somebody there over TCP, and back.
    pub fn stand_before(self, plain: SocketAddr) {
        tokio::spawn(async move {
            while let Ok(mut secure) = self.try_accept().await {
                tokio::spawn(async move {
                    let mut plain = TcpStream::connect(plain).await.unwrap();
                    let _ = copy_bidirectional(&mut secure, &mut plain).await;
                });
            }
        });
    }

    /// Whether nobody has come.
    pub async fn is_alone(&self) -> bool {
        let ready = std::future::poll_fn(|context| match self.listener.poll_accept(context) {
            std::task::Poll::Ready(_) => std::task::Poll::Ready(false),
            std::task::Poll::Pending => std::task::Poll::Ready(true),
        });
        ready.await
    }
}

/// A call through the first of these that takes it.
pub fn through(names: &[&str], number: &str) -> Dial {
    dial(Destination::Gateways(names.iter().map(|name| Hop::new(TrunkName::new(name), number)).collect()))
}
