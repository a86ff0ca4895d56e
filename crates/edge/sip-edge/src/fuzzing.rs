//! What is done with the bytes of strangers, from the socket to the dialogs, for fuzz targets: each
//! function panics when something does not hold. No part of the product uses this.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use entropy::Entropy;
use identifier::{ResourceId, TenantId, TrunkName, UserId};
use rsipstack::dialog::DialogId;
use rsipstack::sip::{HasHeaders, Header, Headers, HeadersExt, Request, Response, SipMessage, Uri};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transport::SipConnection;
use tenant::{Directory, DirectoryBuilder, DiversionHeader, Phone, Resource, SipTransport, Tenant, Trunk};

use crate::cause::{outcome_of_response, q850};
use crate::config::{DigestOffer, SessionTimers};
use crate::dialog::{Agreed, Info, Session, find_replaced, least_interval, read_refer};
use crate::digest::{Authenticator, Credentials, Verdict as DigestVerdict};
use crate::guard::{Framing, MAX_MESSAGE, Verdict, frame_length, inspect};
use crate::headers::{
    accepts_descriptions, allows, custom_headers, has_option, outgoing_headers, unknown_extensions,
};
use crate::history;
use crate::identity::{Gatekeeper, Identified};
use crate::inspector::Inspector;
use crate::legs::Legs;
use crate::registrar::read_wish;
use crate::uri::{
    address_of, library_transport, name_and_uri, sip_addr, transport_of, unescape, uri_at, user_of,
};

const SOURCE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 5066);
const TRUNK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 5060);
const NOW_US: i64 = 1_800_000_000_000_000;
const PASSWORD: &str = "nobody guesses this: 4f6e7a1c";
/// Limits on parts of a message are met anew when a part grows by being written properly.
const LIMITS_ARE_FAR: usize = 1_500;

/// One message, in a datagram and in a stream.
pub fn message(bytes: &[u8]) {
    for framing in [Framing::Datagram, Framing::Stream] {
        match inspect(bytes, framing, SOURCE) {
            Verdict::Pass(message) => passed(bytes, &message, framing),
            Verdict::Answer(answer) => answered(bytes, &answer),
            Verdict::Drop => {}
        }
    }
}

/// What the library sees: a message that both of us read alike, however it is framed.
fn passed(bytes: &[u8], message: &[u8], framing: Framing) {
    // Latin-1 takes twice as many bytes in UTF-8; a comma gets its space, and a length is added.
    assert!(message.len() <= 2 * bytes.len() + 64);
    if bytes.len() <= LIMITS_ARE_FAR {
        assert_eq!(inspect(message, framing, SOURCE), Verdict::Pass(message.to_vec()), "it passes as it is");
        assert_eq!(frame_length(message), Ok(Some(message.len())), "a stream would be cut at its end");
    }
    let Ok(read) = SipMessage::try_from(message) else { return };
    let body = message.windows(4).position(|window| window == b"\r\n\r\n").map(|end| &message[end + 4..]);
    let transport = library_transport(SipTransport::Udp);
    let Ok(read) = SipConnection::update_msg_received(read, SOURCE, transport) else { return };
    let presence = crate::presence::Presence::new(Default::default(), Default::default(), &[]);
    let read = Inspector::new(presence, Arc::new(Legs::new(0, 0)))
        .after_received(read, Some(&sip_addr(SipTransport::Udp, SOURCE)));
    match read {
        SipMessage::Request(request) => {
            assert_eq!(Some(&request.body[..]), body);
            read_request(&request);
        }
        SipMessage::Response(response) => {
            assert_eq!(Some(&response.body[..]), body);
            read_response(&response);
        }
    }
}

/// A refusal is about as long as what it refuses, so that nobody is flooded with our answers.
fn answered(bytes: &[u8], answer: &[u8]) {
    assert!(answer.len() <= 2 * bytes.len() + 256, "{} for {}", answer.len(), bytes.len());
    assert!(answer.starts_with(b"SIP/2.0 4") || answer.starts_with(b"SIP/2.0 5"));
    assert_eq!(frame_length(answer), Ok(Some(answer.len())), "a refusal is one message");
    assert!(!matches!(inspect(answer, Framing::Datagram, SOURCE), Verdict::Answer(_)), "nor is it refused");
}

fn read_request(request: &Request) {
    read_headers(request.headers());
    read_uri(&request.uri);
    for source in [SOURCE, TRUNK] {
        identify(request, source);
    }
    unknown_extensions(request);
    accepts_descriptions(request);
    let _ = Agreed::with_request(request.headers(), &SessionTimers::default())
        .map(|agreed| agreed.map(Agreed::answer_headers));
    let _ = read_wish(request, (SipTransport::Udp, SOURCE), NOW_US).map(|wish| {
        assert!(wish.len() <= 8, "a phone registers a few contacts");
    });
    pass_on_history(request);
    let legs = Legs::new(1, 0);
    Info::read(request);
    let _ = read_refer(&legs, request);
    let _ = Session::can_answer(&request.body, tenant::MediaEncryption::Preferred, SipTransport::Tls);
    let _ = DialogId::try_from((request, TransactionRole::Server));
    let _ = TransactionKey::from_request(request, TransactionRole::Server);
    let _ = request.rack_value();
    // What the library writes, it reads.
    let _ = request.to_string();
}

/// For whom a call was meant before is told to the next one in line, who sees no more entries than there are.
fn pass_on_history(request: &Request) {
    let diversions = history::read(request);
    assert!(diversions.len() <= call_engine::MOST_DIVERSIONS);
    let callee = uri_at(Some("b"), SipTransport::Udp, SOURCE.into());
    for dialect in [DiversionHeader::HistoryInfo, DiversionHeader::Diversion, DiversionHeader::None] {
        for header in history::headers(&diversions, dialect, "example.net", &callee) {
            let line = header.to_string();
            assert!(
                !line.contains(['\r', '\n', '\0', '"', ',']),
                "a stranger's history breaks out: {line:?}"
            );
            assert!(line.matches('<').count() == 1 && line.matches('>').count() == 1, "{line:?}");
        }
    }
}

fn read_response(response: &Response) {
    read_headers(response.headers());
    outcome_of_response(response);
    least_interval(response.headers());
    let _ = Agreed::with_answer(response.headers(), &SessionTimers::default());
    let _ = DialogId::try_from((response, TransactionRole::Client));
    let _ = TransactionKey::from_response(response, TransactionRole::Client);
}

fn read_headers(headers: &Headers) {
    let custom = custom_headers(headers);
    for header in outgoing_headers(&custom) {
        let line = header.to_string();
        assert!(!line.contains(['\r', '\n', '\0']), "a header of a stranger breaks its line: {line:?}");
    }
    for option in ["timer", "100rel"] {
        has_option(headers, option);
    }
    allows(headers, "UPDATE");
    let legs = Legs::new(1, 0);
    for header in headers.iter() {
        match header {
            Header::Reason(value) => {
                q850(value.value());
            }
            Header::Replaces(value) => {
                let _ = find_replaced(&legs, value.value());
            }
            Header::From(value) => read_address(value.value()),
            Header::To(value) => read_address(value.value()),
            Header::Contact(value) => read_address(value.value()),
            Header::ReferTo(value) => read_address(value.value()),
            Header::PAssertedIdentity(value) => read_address(value.value()),
            _ => {}
        }
    }
}

fn read_address(value: &str) {
    if let Some((_, uri)) = name_and_uri(value) {
        read_uri(&uri);
    }
}

fn read_uri(uri: &Uri) {
    transport_of(uri);
    address_of(uri);
    if let Some(user) = user_of(uri) {
        // What is no UTF-8 after unescaping is replaced by a sign of three bytes.
        assert!(user.len() <= 3 * uri.to_string().len());
    }
}

/// Nobody is taken for a phone, a trunk or ourselves without proof.
fn identify(request: &Request, source: SocketAddr) {
    let gatekeeper = Gatekeeper {
        directory: &DIRECTORY,
        authenticator: &AUTHENTICATOR,
        hairpin: PASSWORD,
        strangers: true,
        now_us: NOW_US,
    };
    if let Identified::As(identity) = gatekeeper.identify(request, source) {
        match identity.origin {
            call_engine::Origin::Stranger => assert_ne!(source, TRUNK),
            call_engine::Origin::Trunk(_) => assert_eq!(source, TRUNK),
            call_engine::Origin::Phone(_) | call_engine::Origin::Platform => {
                panic!("{identity:?} was believed without proof")
            }
        }
        if let Some(name) = identity.display_name {
            assert!(name.expose().chars().count() <= 128);
        }
    }
}

/// The value of an Authorization header.
pub fn digest(bytes: &[u8]) {
    let Ok(value) = std::str::from_utf8(bytes) else { return };
    let Some(credentials) = Credentials::parse(value) else { return };
    for method in ["REGISTER", "INVITE"] {
        let verdict = AUTHENTICATOR.verify(&credentials, method, PASSWORD, SOURCE.ip(), NOW_US);
        assert_ne!(verdict, DigestVerdict::Accepted, "nobody knows the password");
    }
}

/// A URI, and an address with one.
pub fn uri(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(unescape(text).len() <= 3 * text.len());
    read_address(text);
    if let Ok(uri) = Uri::try_from(text) {
        read_uri(&uri);
    }
}

/// A stream of messages: where it is cut does not depend on how it arrived.
pub fn stream(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some(length)) = frame_length(rest) {
        assert!(0 < length && length <= rest.len() && length <= MAX_MESSAGE);
        let (message, after) = rest.split_at(length);
        assert_eq!(frame_length(message), Ok(Some(length)), "what follows does not matter");
        assert!(
            !matches!(frame_length(&message[..length - 1]), Ok(Some(_))),
            "a message is not complete before its last byte"
        );
        if let Verdict::Pass(passed) = inspect(message, Framing::Stream, SOURCE) {
            let body = |message: &[u8]| message.len() - head_length(message);
            assert_eq!(body(&passed), body(message), "framing and reading agree on the body");
        }
        rest = after;
    }
}

/// The lines before the body, the empty one included.
fn head_length(message: &[u8]) -> usize {
    let mut lines = 0;
    let mut length = 0;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        let is_empty = matches!(line, b"\n" | b"\r\n");
        if is_empty && lines > 0 {
            return length;
        }
        lines += usize::from(!is_empty);
    }
    length
}

static AUTHENTICATOR: LazyLock<Authenticator> =
    LazyLock::new(|| Authenticator::new("ringdown", DigestOffer::Sha256OrMd5, &mut Entropy::from_number(1)));

static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| directory(TRUNK.ip(), PASSWORD));

/// A phone and a trunk, as the tests of others want them too.
pub(crate) fn directory(trunk: IpAddr, password: &str) -> Directory {
    let (tenant, resource) = (TenantId::from_u128(1), ResourceId::from_u128(2));
    let directory = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![Resource {
            id: resource,
            tenant,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: Vec::new(),
        }],
        phones: vec![Phone {
            name: "demo-1".into(),
            display_name: "Demo".into(),
            user: UserId::from_u128(3),
            resource,
            number: None,
            password: Box::<str>::from(password).into(),
            may_call_out: true,
            owner: None,
        }],
        trunks: vec![Trunk {
            name: TrunkName::new("carrier"),
            tenant,
            host: trunk.to_string().into(),
            port: 0,
            transport: SipTransport::Udp,
            sources: vec![trunk],
            prefixes: Vec::new(),
            account: None,
            certificate: None,
            emergency: false,
            limits: tenant::TrunkLimits::default(),
            dialect: tenant::TrunkDialect::default(),
            pairing: tenant::Pairing::default(),
        }],
    };
    directory.build().expect("a sound directory")
}
