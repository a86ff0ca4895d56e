//! Who calls, and who vouches for it.

use std::net::SocketAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use call_engine::Origin;
use identifier::{CommunicationIdentifier, PhoneNumber};
use redact::Pii;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Request};
use tenant::{Directory, PairingError, Phone, Shown, Trunk};

use crate::digest::{Authenticator, Credentials, Verdict};
use crate::headers::HAIRPIN;
use crate::uri::{name_and_uri, user_of};

/// What a caller may claim to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub origin: Origin,
    pub from: CommunicationIdentifier,
    pub display_name: Option<Pii<Arc<str>>>,
}

/// Whether the caller may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identified {
    /// As this.
    As(Box<Identity>),
    /// Only after it has authenticated; `stale` when its last try was sound but too old.
    Challenge { stale: bool },
    /// No.
    Refused,
    /// It is not the session border controller that it seems to be.
    Unpaired(PairingError),
}

/// What identification needs to know.
pub(crate) struct Gatekeeper<'a> {
    pub directory: &'a Directory,
    pub authenticator: &'a Authenticator,
    pub hairpin: &'a str,
    pub strangers: bool,
    pub now_us: i64,
}

impl Gatekeeper<'_> {
    /// Who sent this INVITE.
    pub fn identify(&self, request: &Request, source: SocketAddr) -> Identified {
        self.identify_certified(request, source, &[])
    }

    /// The same over a connection where a certificate with these names was shown.
    pub fn identify_certified(
        &self,
        request: &Request,
        source: SocketAddr,
        names: &[Box<str>],
    ) -> Identified {
        let from = request.from_header().ok().and_then(|from| name_and_uri(from.value()));
        let Some((display_name, uri)) = from else { return Identified::Refused };
        let user = user_of(&uri).unwrap_or_default();

        if self.is_ourselves(request) {
            return identified(Origin::Platform, caller_number(&user), display_name);
        }
        let certified = match paired(self.directory, request, names) {
            Ok(certified) => certified,
            Err(error) => return Identified::Unpaired(error),
        };
        let trunk = certified.or_else(|| self.directory.trunk_at(source.ip()));
        if let Some(trunk) = trunk {
            let may_assert = self.directory.may_assert(trunk);
            return trunk_identity(trunk, may_assert, request, &user, display_name);
        }
        if let Some(phone) = self.directory.phone(&user) {
            return self.phone_identity(phone, request, source);
        }
        if self.strangers {
            identified(Origin::Stranger, caller_number(&user), display_name)
        } else {
            Identified::Refused
        }
    }

    /// Whether the request proves that it comes from this phone.
    pub fn authenticate(&self, phone: Option<&Phone>, request: &Request, source: SocketAddr) -> Verdict {
        let credentials = request.headers().iter().find_map(|header| match header {
            Header::Authorization(value) => Credentials::parse(value.value()),
            Header::ProxyAuthorization(value) => Credentials::parse(value.value()),
            _ => None,
        });
        let Some(credentials) = credentials else { return Verdict::Stale };
        // An account that does not exist is refused as one whose password is wrong.
        let password = phone.map_or("", |phone| phone.password.expose());
        let method = request.method.to_string();
        let verdict = self.authenticator.verify(&credentials, &method, password, source.ip(), self.now_us);
        let right_name = phone.is_some_and(|phone| *phone.name == *credentials.username);
        if verdict == Verdict::Accepted && !right_name { Verdict::Rejected } else { verdict }
    }

    fn phone_identity(&self, phone: &Phone, request: &Request, source: SocketAddr) -> Identified {
        match self.authenticate(Some(phone), request, source) {
            Verdict::Accepted => {}
            Verdict::Stale => return Identified::Challenge { stale: has_credentials(request) },
            Verdict::Rejected => return Identified::Refused,
        }
        let Some(from) = self.directory.identity_of(phone) else { return Identified::Refused };
        let name = Some(phone.display_name.to_string()).filter(|name| !name.is_empty());
        identified(Origin::Phone(phone.user), from, name)
    }

    fn is_ourselves(&self, request: &Request) -> bool {
        request.headers().iter().any(|header| {
            matches!(header, Header::Other(name, value) if name.eq_ignore_ascii_case(HAIRPIN)
                && verify_slices_are_equal(value.as_bytes(), self.hairpin.as_bytes()).is_ok())
        })
    }
}

/// Whether the sender has tried to authenticate at all.
pub(crate) fn has_credentials(request: &Request) -> bool {
    let is_credential =
        |header: &Header| matches!(header, Header::Authorization(_) | Header::ProxyAuthorization(_));
    request.headers().iter().any(is_credential)
}

/// The trunk that a request belongs to by what its sender has shown over TLS.
pub(crate) fn paired<'a>(
    directory: &'a Directory,
    request: &Request,
    names: &[Box<str>],
) -> Result<Option<&'a Trunk>, PairingError> {
    let contact =
        request.contact_header().ok().and_then(|contact| name_and_uri(first_value(contact.value())));
    let contact = contact.map(|(_, uri)| uri.host_with_port.host.to_string());
    let called = request.uri.host_with_port.host.to_string();
    directory.paired(Shown { names, contact: contact.as_deref(), called: Some(&called) })
}

/// RFC 3261 §20.43: why somebody is not taken for who it seems to be, for whoever looks for the reason there.
pub(crate) fn warning(error: &PairingError) -> Header {
    Header::Other("Warning".to_owned(), format!("399 ringdown \"{error}\""))
}

/// RFC 3325: what the trunk asserts, if it may, else what From says; withheld when privacy is asked for.
fn trunk_identity(
    trunk: &Trunk,
    may_assert: bool,
    request: &Request,
    from: &str,
    from_name: Option<String>,
) -> Identified {
    let asserted = request.headers().iter().filter(|_| may_assert).find_map(|header| match header {
        Header::PAssertedIdentity(value) => name_and_uri(first_value(value.value())),
        _ => None,
    });
    let is_private = request.headers().iter().any(|header| match header {
        Header::Privacy(value) => value.value().split([';', ',']).any(hides_the_caller),
        _ => false,
    });
    let (name, user) = match asserted {
        Some((name, uri)) => (name.or(from_name), user_of(&uri).unwrap_or_default()),
        None => (from_name, from.to_owned()),
    };
    let origin = Origin::Trunk(trunk.name.clone());
    if is_private || user.is_empty() || user.eq_ignore_ascii_case("anonymous") {
        return identified(origin, CommunicationIdentifier::anonymous_phone(), None);
    }
    let identifier = match user.parse::<PhoneNumber>() {
        Ok(number) => CommunicationIdentifier::phone(number),
        Err(_) => CommunicationIdentifier::Unknown(user.chars().take(128).collect::<String>().into()),
    };
    identified(origin, identifier, name)
}

/// RFC 3323 §4.2 and RFC 3325 §9.3; `session` and `history` are about something else.
fn hides_the_caller(privacy: &str) -> bool {
    ["id", "header", "user"].iter().any(|word| privacy.trim().eq_ignore_ascii_case(word))
}

/// The first of several identities in one header.
pub(crate) fn first_value(value: &str) -> &str {
    let end = value.find('>').map_or_else(|| value.find(','), |bracket| Some(bracket + 1));
    &value[..end.unwrap_or(value.len())]
}

fn caller_number(user: &str) -> CommunicationIdentifier {
    user.parse().map_or_else(|_| CommunicationIdentifier::anonymous_phone(), CommunicationIdentifier::phone)
}

fn identified(origin: Origin, from: CommunicationIdentifier, display_name: Option<String>) -> Identified {
    let display_name = display_name.map(|name| {
        let name: String = name.chars().filter(|character| !character.is_control()).take(128).collect();
        Pii::new(name.into())
    });
    Identified::As(Box::new(Identity { origin, from, display_name }))
}

#[cfg(test)]
mod tests {
    use entropy::Entropy;

    use super::*;

    #[track_caller]
    fn check(source: &str, strangers: bool, lines: &str, expected: &str) {
        let directory = crate::fuzzing::directory("192.0.2.9".parse().unwrap(), "secret");
        let gatekeeper = Gatekeeper {
            directory: &directory,
            authenticator: &Authenticator::new(
                "ringdown",
                crate::config::DigestOffer::Md5,
                &mut Entropy::from_number(1),
            ),
            hairpin: "token",
            strangers,
            now_us: 0,
        };
        let text = format!(
            "INVITE sip:b@r SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nTo: <sip:b@r>\r\nCall-ID: 1\r\nCSeq: 3 INVITE\r\n{lines}\r\nContent-Length: 0\r\n\r\n"
        );
        let request = Request::try_from(text.as_bytes()).unwrap();
        let said = match gatekeeper.identify(&request, source.parse().unwrap()) {
            Identified::As(identity) => format!("{:?} {}", identity.origin, identity.from),
            other => format!("{other:?}"),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn origins_are_told_apart() {
        const TRUNK: &str = "192.0.2.9:5060";
        const OTHER: &str = "192.0.2.1:5060";
        let trunk = "Trunk(TrunkName(\"carrier\"))";
        check(TRUNK, false, "From: <sip:+14255550123@x>;tag=1", &format!("{trunk} 4:+14255550123"));
        check(TRUNK, false, "From: <sip:anonymous@anonymous.invalid>;tag=1", &format!("{trunk} 4:anonymous"));
        check(TRUNK, false, "From: <sip:1234@x>;tag=1", &format!("{trunk} 1234"));
        check(
            TRUNK,
            false,
            "From: <sip:x@x>;tag=1\r\nP-Asserted-Identity: \"Ada\" <sip:+14255550123@x>, <tel:+1>",
            &format!("{trunk} 4:+14255550123"),
        );
        check(
            TRUNK,
            false,
            "From: <sip:+14255550123@x>;tag=1\r\nPrivacy: id",
            &format!("{trunk} 4:anonymous"),
        );
        for (privacy, hidden) in
            [("user;critical", true), ("header", true), ("session", false), ("none", false)]
        {
            let lines = format!("From: <sip:+14255550123@x>;tag=1\r\nPrivacy: {privacy}");
            let number = if hidden { "4:anonymous" } else { "4:+14255550123" };
            check(TRUNK, false, &lines, &format!("{trunk} {number}"));
        }
        // Only a trunk is believed.
        check(
            OTHER,
            true,
            "From: <sip:mallory@x>;tag=1\r\nP-Asserted-Identity: <tel:+14255550123>",
            "Stranger 4:anonymous",
        );
        check(OTHER, false, "From: <sip:demo-1@x>;tag=1", "Challenge { stale: false }");
        check(OTHER, true, "From: <sip:demo-1@x>;tag=1", "Challenge { stale: false }");
        check(OTHER, false, "From: <sip:+14255550123@x>;tag=1", "Refused");
        check(OTHER, true, "From: <sip:+14255550123@x>;tag=1", "Stranger 4:+14255550123");
        check(OTHER, true, "From: <sip:mallory@x>;tag=1", "Stranger 4:anonymous");
        check(
            OTHER,
            false,
            "From: <sip:+14255550123@x>;tag=1\r\nX-Ringdown-Hairpin: token",
            "Platform 4:+14255550123",
        );
        check(OTHER, false, "From: <sip:+14255550123@x>;tag=1\r\nX-Ringdown-Hairpin: toke", "Refused");
    }
}
