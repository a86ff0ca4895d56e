//! An edge under test, with the exchange and the media played by the test.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use call_engine::{
    Caller, CustomHeaders, Destination, Dial, EndCause, Hop, Invitation, LegOutcome, LegReport, LegRequest,
};
use entropy::Entropy;
use identifier::{CallId, LegId, ObjectId, PhoneNumber, ResourceId, TenantId, TrunkName, UserId};
use media_edge::{LocalMedia, Negotiated, OpenError};
use sip_edge::{BindingKeeper, Exchanges, ForgetfulKeeper, MediaSockets, SipConfig, SipEdge};
use switchboard::{Lateness, LegPort};
use tenant::organization::{
    Assignments, CallingSettings, EmergencyCallRoutingPolicy, EmergencyNumber, Gateway, Licences, Location,
    Name, OrganizationBuilder, Person, Persona,
};
use tenant::{
    Directory, DirectoryBuilder, Pairing, Phone, PhoneOwner, Resource, SipTransport, Tenant, Trunk,
    TrunkAccount, TrunkDialect, TrunkLimits,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::sipp::Sipp;

/// Long enough for a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const CALL: CallId = CallId::from_u128(0xca11);
pub const DEMO_1: UserId = UserId::from_u128(0xd1);
pub const DEMO_2: UserId = UserId::from_u128(0xd2);
/// Whose phone demo-2 is.
const OWNER: ObjectId = ObjectId::from_u128(0xd02a);
/// Where the company is.
pub const PLACE: ObjectId = ObjectId::from_u128(0x91ace);
/// The carrier's address; phones are at 127.0.0.1.
pub const CARRIER: &str = "127.0.0.2";

pub struct World {
    pub edge: SipEdge,
    exchange: Arc<ScriptedExchange>,
    pub media: Arc<ScriptedMedia>,
    invitations: mpsc::UnboundedReceiver<(LegId, Invitation)>,
    reports: mpsc::UnboundedReceiver<(LegId, LegReport)>,
    legs: u128,
}

pub struct Setting {
    pub config: SipConfig,
    pub carrier: IpAddr,
    /// Its name, when it is known by one.
    pub carrier_host: Option<&'static str>,
    pub carrier_port: u16,
    pub carrier_transport: SipTransport,
    /// Where a second carrier is, at the address of the first.
    pub spare_port: Option<u16>,
    pub account: Option<TrunkAccount>,
    pub certificate: Option<&'static str>,
    pub trunk_limits: TrunkLimits,
    pub dialect: TrunkDialect,
    /// Further trunks.
    pub trunks: Vec<Trunk>,
    /// What the company says of those of them that are its session border controllers.
    pub gateways: Vec<Gateway>,
    pub keeper: Arc<dyn BindingKeeper>,
    pub takes_calls: bool,
}

impl Default for Setting {
    fn default() -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        Self {
            config: SipConfig { udp: Some(any), tcp: Some(any), ..SipConfig::default() },
            carrier: CARRIER.parse().unwrap(),
            carrier_host: None,
            carrier_port: 0,
            carrier_transport: SipTransport::Udp,
            spare_port: None,
            account: None,
            certificate: None,
            trunk_limits: TrunkLimits::default(),
            dialect: TrunkDialect::default(),
            trunks: Vec::new(),
            gateways: Vec::new(),
            keeper: Arc::new(ForgetfulKeeper),
            takes_calls: true,
        }
    }
}

impl World {
    pub async fn start() -> Self {
        Self::with(Setting::default()).await
    }

    pub async fn with(setting: Setting) -> Self {
        let (to_invitations, invitations) = mpsc::unbounded_channel();
        let (to_reports, reports) = mpsc::unbounded_channel();
        let exchange = Arc::new(ScriptedExchange {
            demoted: Mutex::default(),
            directory: Arc::new(directory(&setting)),
            next_leg: AtomicU64::new(1),
            takes_calls: setting.takes_calls,
            lag: Mutex::default(),
            called_back: Mutex::default(),
            lateness: Arc::default(),
            invitations: to_invitations,
            reports: to_reports,
        });
        let media = Arc::new(ScriptedMedia::default());
        let edge = SipEdge::start(
            setting.config,
            Arc::clone(&exchange) as Arc<dyn Exchanges>,
            Arc::clone(&media) as Arc<dyn MediaSockets>,
            setting.keeper,
            Entropy::from_number(7),
        )
        .await
        .unwrap();
        Self { edge, exchange, media, invitations, reports, legs: 1 << 64 }
    }

    pub fn udp(&self) -> SocketAddr {
        self.edge.addresses().udp.unwrap()
    }

    pub async fn invitation(&mut self) -> (LegId, Invitation) {
        timeout(PATIENCE, self.invitations.recv()).await.expect("a call arrives").unwrap()
    }

    pub async fn report(&mut self, leg: LegId) -> LegReport {
        let (reported, report) =
            timeout(PATIENCE, self.reports.recv()).await.expect("a report is made").unwrap();
        assert_eq!(reported, leg, "{report:?}");
        report
    }

    pub async fn next_report(&mut self) -> (LegId, LegReport) {
        timeout(PATIENCE, self.reports.recv()).await.expect("a report is made").unwrap()
    }

    pub fn exchange(&self) -> Arc<dyn Exchanges> {
        Arc::clone(&self.exchange) as Arc<dyn Exchanges>
    }

    /// Help may call back under this number.
    pub fn expect_call_back(&self, number: &str) {
        *self.exchange.called_back.lock().unwrap() = Some(number.to_owned());
    }

    /// From now on inputs wait so long for the exchange.
    pub fn fall_behind(&self, lag: Duration) {
        *self.exchange.lag.lock().unwrap() = lag;
    }

    pub async fn ended(&mut self, leg: LegId) -> LegOutcome {
        match self.report(leg).await {
            LegReport::Ended(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// Answers the call of a `sipp`, which hangs up.
    pub async fn answers_and_is_left(&mut self, leg: LegId, sipp: Sipp) {
        self.ask(leg, LegRequest::Answer);
        assert_eq!(self.report(leg).await, LegReport::Answered);
        self.is_left(leg, sipp).await;
    }

    /// A `sipp` hangs up, and has come to the good end of its scenario.
    pub async fn is_left(&mut self, leg: LegId, sipp: Sipp) {
        assert_eq!(self.ended(leg).await.cause, EndCause::HungUp);
        sipp.succeeds().await;
    }

    /// Hangs up on a `sipp`, which has come to the good end of its scenario.
    pub async fn hangs_up(&mut self, leg: LegId, sipp: Sipp) {
        self.ask(leg, LegRequest::Hangup);
        self.is_left(leg, sipp).await;
    }

    /// Which gateways shall be tried last, or no longer, as the exchanges were told.
    pub fn demoted(&self) -> Vec<(String, bool)> {
        self.exchange.demoted.lock().unwrap().clone()
    }

    /// All that was reported and nobody asked for.
    pub fn unread_reports(&mut self) -> Vec<(LegId, LegReport)> {
        std::iter::from_fn(|| self.reports.try_recv().ok()).collect()
    }

    pub fn has_no_invitation(&mut self) -> bool {
        self.invitations.try_recv().is_err()
    }

    pub fn ask(&self, leg: LegId, request: LegRequest) {
        self.edge.request(CALL, leg, request);
    }

    pub fn dial(&mut self, dial: Dial) -> LegId {
        self.legs += 1;
        let leg = LegId::from_u128(self.legs);
        self.ask(leg, LegRequest::Dial(Box::new(dial)));
        leg
    }
}

pub fn to_phone(user: UserId) -> Dial {
    dial(Destination::Phone(user))
}

pub fn to_carrier(number: &str) -> Dial {
    dial(Destination::Trunk { trunk: TrunkName::new("carrier"), number: number.parse().unwrap() })
}

/// Through the carrier, or else through the spare one.
pub fn to_gateways(number: &str) -> Dial {
    let hop = |name| Hop::new(TrunkName::new(name), number);
    dial(Destination::Gateways(vec![hop("carrier"), hop("spare")]))
}

pub fn to_platform(number: &str) -> Dial {
    dial(Destination::Platform(number.parse().unwrap()))
}

pub fn dial(destination: Destination) -> Dial {
    Dial {
        destination,
        caller: Caller {
            number: Some("+14255550100".parse().unwrap()),
            display_name: Some(redact::Pii::new("Contoso \"Help\"".into())),
        },
        headers: CustomHeaders::default(),
        diversions: Vec::new(),
        ring_for: Duration::from_secs(60),
    }
}

struct ScriptedExchange {
    demoted: Mutex<Vec<(String, bool)>>,
    directory: Arc<Directory>,
    next_leg: AtomicU64,
    takes_calls: bool,
    lag: Mutex<Duration>,
    called_back: Mutex<Option<String>>,
    lateness: Arc<Lateness>,
    invitations: mpsc::UnboundedSender<(LegId, Invitation)>,
    reports: mpsc::UnboundedSender<(LegId, LegReport)>,
}

impl Exchanges for ScriptedExchange {
    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    fn new_leg(&self) -> LegId {
        LegId::from_u128(self.next_leg.fetch_add(1, Ordering::Relaxed).into())
    }

    fn called_back(&self, trunk: &TrunkName, dialled: &str) -> Option<(TenantId, PhoneNumber)> {
        let is_it = self.called_back.lock().unwrap().as_deref() == Some(dialled);
        let tenant = self.directory.trunk(trunk)?.tenant;
        is_it.then(|| dialled.parse().ok()).flatten().map(|number| (tenant, number))
    }

    fn invite(&self, leg: LegId, invitation: Invitation) -> bool {
        let _ = self.invitations.send((leg, invitation));
        self.takes_calls
    }

    fn report_leg(&self, leg: LegId, report: LegReport) {
        let _ = self.reports.send((leg, report));
    }

    fn set_gateway(&self, trunk: &TrunkName, is_demoted: bool) {
        self.demoted.lock().unwrap().push((trunk.as_str().to_owned(), is_demoted));
    }

    fn lag(&self) -> Duration {
        *self.lag.lock().unwrap()
    }

    fn lateness(&self) -> Arc<Lateness> {
        Arc::clone(&self.lateness)
    }

    fn unix_us(&self) -> i64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        now.as_micros() as i64
    }
}

/// Real sockets that nobody reads.
#[derive(Default)]
pub struct ScriptedMedia {
    sockets: Mutex<HashMap<LegId, UdpSocket>>,
    connected: Mutex<HashMap<LegId, Negotiated>>,
}

impl ScriptedMedia {
    pub fn open_sockets(&self) -> usize {
        self.sockets.lock().unwrap().len()
    }

    /// Waits until the media of a leg flows to this port.
    pub async fn flows_to(&self, leg: LegId, port: u16) {
        let flows = async {
            while self.connected(leg).is_none_or(|connected| connected.remote.port() != port) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, flows).await.expect("media flows");
    }

    pub fn connected(&self, leg: LegId) -> Option<Negotiated> {
        self.connected.lock().unwrap().get(&leg).cloned()
    }
}

impl MediaSockets for ScriptedMedia {
    fn open(&self, _call: CallId, leg: LegId, peer: IpAddr) -> Result<LocalMedia, OpenError> {
        let mut sockets = self.sockets.lock().unwrap();
        let socket = sockets.entry(leg).or_insert_with(|| {
            UdpSocket::bind(if peer.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" }).unwrap()
        });
        Ok(LocalMedia { address: socket.local_addr().unwrap() })
    }

    fn connect(&self, leg: LegId, negotiated: Negotiated) {
        self.connected.lock().unwrap().insert(leg, negotiated);
    }

    fn close(&self, leg: LegId) {
        self.sockets.lock().unwrap().remove(&leg);
    }
}

fn directory(setting: &Setting) -> Directory {
    let (tenant, resource) = (TenantId::from_u128(1), ResourceId::from_u128(2));
    let phone = |name: &str, user, number: Option<PhoneNumber>| Phone {
        name: name.into(),
        display_name: format!("Phone {name}").into(),
        user,
        resource,
        number,
        password: Box::<str>::from("secret").into(),
        may_call_out: true,
        owner: None,
    };
    let carrier = Trunk {
        name: TrunkName::new("carrier"),
        tenant,
        host: setting.carrier_host.map_or_else(|| setting.carrier.to_string(), str::to_owned).into(),
        port: setting.carrier_port,
        transport: setting.carrier_transport,
        sources: vec![setting.carrier],
        prefixes: vec!["+".into()],
        account: setting.account.clone(),
        certificate: setting.certificate.map(Into::into),
        emergency: false,
        limits: setting.trunk_limits,
        dialect: setting.dialect,
        pairing: Pairing::default(),
    };
    let spare = setting.spare_port.map(|port| Trunk {
        name: TrunkName::new("spare"),
        port,
        sources: Vec::new(),
        ..carrier.clone()
    });
    let directory = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![Resource {
            id: resource,
            tenant,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: vec!["+14255550100".parse().unwrap()],
        }],
        phones: vec![
            phone("demo-1", DEMO_1, Some("+14255550101".parse().unwrap())),
            Phone {
                owner: Some(PhoneOwner { person: OWNER, persona: Persona::Teams, on_behalf_of: None }),
                ..phone("demo-2", DEMO_2, None)
            },
        ],
        trunks: std::iter::once(carrier).chain(spare).chain(setting.trunks.iter().cloned()).collect(),
    };
    let organization = OrganizationBuilder {
        gateways: setting.gateways.clone(),
        locations: vec![place()],
        people: vec![owner_of_demo_2()],
        emergency_call_routing_policies: vec![EmergencyCallRoutingPolicy {
            name: Name::global(),
            enhanced: false,
            numbers: vec![EmergencyNumber { dial_string: "110".into(), masks: Vec::new(), usage: None }],
        }],
        ..OrganizationBuilder::new(tenant)
    };
    let organization = Arc::new(organization.build().unwrap());
    directory.build().unwrap().with_organizations(vec![organization]).unwrap()
}

fn owner_of_demo_2() -> Person {
    Person {
        id: OWNER,
        user_principal_name: "dora@contoso.example".into(),
        display_name: "Dora".into(),
        usage_country: "DE".parse().unwrap(),
        licences: Licences { teams: true, phone_system: true, calling_plan: false },
        enterprise_voice: true,
        teams_only: true,
        blocked_numbers: Vec::new(),
        hides_number: false,
        policies: Assignments::default(),
        groups: Vec::new(),
        settings: CallingSettings::default(),
    }
}

fn place() -> Location {
    let text = |text: &str| Some(text.into());
    Location {
        id: PLACE,
        place: text("2nd floor"),
        company: text("Contoso"),
        country: "US".parse().unwrap(),
        state: text("WA"),
        city: text("Redmond"),
        postal_code: text("98052"),
        street_pre_directional: None,
        street: text("163rd"),
        street_suffix: text("Ave"),
        street_post_directional: text("NE"),
        house_number: text("3910"),
        house_number_suffix: None,
        position: Some((47_642_450, -122_136_910)),
        elin: None,
    }
}
