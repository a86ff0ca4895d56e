//! Trunks that are known by a certificate (RFC 5922), and whoever has none or the wrong one.

use std::sync::Arc;

use call_engine::{LegRequest, Origin};
use identifier::TrunkName;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sip_edge::{ClientCertificates, TlsListen};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::streams::{Line, request};
use crate::world::{Setting, World};

const SBC: &str = "sbc.example.com";

type Authority = CertifiedIssuer<'static, KeyPair>;
type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn signed_by(authority: &Authority, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn read(folder: &std::path::Path, (certificate, key): &(String, String)) -> Pair {
    std::fs::write(folder.join("own.pem"), certificate).unwrap();
    std::fs::write(folder.join("own.key"), key).unwrap();
    sip_edge::read_pair(&folder.join("own.pem"), &folder.join("own.key")).unwrap()
}

struct Scene {
    world: World,
    folder: tempfile::TempDir,
    authority: Authority,
}

impl Scene {
    async fn new(clients: fn(Arc<rustls::RootCertStore>) -> ClientCertificates) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (folder, authority) = (tempfile::tempdir().unwrap(), authority());
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("ca.pem"), authority.pem()).unwrap();
        let (certificate, key) = signed_by(&authority, "localhost");
        std::fs::write(path("sip.pem"), certificate).unwrap();
        std::fs::write(path("sip.key"), key).unwrap();
        let clients = clients(ClientCertificates::authorities(&path("ca.pem")).unwrap());
        let any = "127.0.0.1:0".parse().unwrap();
        // Its address says nothing: the trunk is at another one.
        let mut setting = Setting { certificate: Some(SBC), ..Setting::default() };
        setting.config.tls =
            Some(TlsListen::from_pem(any, &path("sip.pem"), &path("sip.key"), &clients).unwrap());
        Self { world: World::with(setting).await, folder, authority }
    }

    /// A connection, with or without a certificate; none when it is refused.
    async fn connect(&self, own: Option<Pair>) -> Option<Line<TlsStream<TcpStream>>> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.authority.der().clone()).unwrap();
        let client = rustls::ClientConfig::builder().with_root_certificates(roots);
        let client = match own {
            Some((chain, key)) => client.with_client_auth_cert(chain, key).unwrap(),
            None => client.with_no_client_auth(),
        };
        let stream = TcpStream::connect(self.world.edge.addresses().tls.unwrap()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut line = Line::new(TlsConnector::from(Arc::new(client)).connect(name, stream).await.ok()?);
        // With TLS 1.3 the refusal comes only after what the client takes for the end of the handshake.
        let options = request("OPTIONS", "TLS");
        let answered =
            line.takes(options.as_bytes()).await && line.message().await.starts_with("SIP/2.0 200");
        answered.then_some(line)
    }

    fn pair(&self, authority: &Authority, name: &str) -> Option<Pair> {
        Some(read(self.folder.path(), &signed_by(authority, name)))
    }
}

#[tokio::test]
async fn without_the_right_certificate_there_is_no_connection() {
    let scene = Scene::new(ClientCertificates::Required).await;
    assert!(scene.connect(None).await.is_none(), "none at all");
    assert!(scene.connect(scene.pair(&authority(), SBC)).await.is_none(), "signed by somebody else");
    assert!(scene.connect(scene.pair(&scene.authority, "anybody")).await.is_some(), "any of ours connects");
}

#[tokio::test]
async fn a_trunk_is_known_by_the_name_in_its_certificate() {
    let mut scene = Scene::new(ClientCertificates::Requested).await;
    let invite = request("INVITE", "TLS").replace("bKINVITE", "bKin");
    for stranger in [None, scene.pair(&scene.authority, "other.example.com")] {
        let mut line = scene.connect(stranger).await.expect("a certificate is only asked for");
        line.write(invite.as_bytes()).await;
        assert!(line.message().await.starts_with("SIP/2.0 403"));
    }
    let own = scene.pair(&scene.authority, "SBC.example.com");
    let mut line = scene.connect(own).await.expect("signed by whom we trust");
    line.write(invite.as_bytes()).await;
    let (leg, invitation) = scene.world.invitation().await;
    assert_eq!(invitation.origin, Origin::Trunk(TrunkName::new("carrier")));
    scene.world.ask(leg, LegRequest::Hangup);
}
