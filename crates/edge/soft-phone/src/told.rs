//! What a caller tells with an INVITE, as those who help need it: who calls, and where that is.

use pidf_lo::{LocationObject, MEDIA_TYPE, multipart};
use rsipstack::sip::{HasHeaders, HeadersExt, Request};
use serde::Serialize;

/// What a caller tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// What was called: the user part of the Request-URI.
    pub called: String,
    /// `From`.
    pub from: String,
    /// `P-Asserted-Identity`.
    pub asserted: Option<String>,
    /// `Priority`.
    pub priority: Option<String>,
    /// `Geolocation`: where in the message the place is.
    pub geolocation: Option<String>,
    /// `Geolocation-Routing`.
    pub geolocation_routing: Option<String>,
    /// The number to call back: that of the location, else the asserted one, else that of `From`.
    pub call_back: Option<String>,
    /// The place.
    pub place: Option<Place>,
    /// Why the place cannot be read, when there is one.
    pub unreadable: Option<String>,
}

/// A place as it was told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// In a line.
    pub address: String,
    /// Elements of the civic address by name (RFC 5139), such as `A3`.
    pub civic: Vec<(String, String)>,
    /// Latitude and longitude in degrees.
    pub position: Option<(f64, f64)>,
    /// How it became known, such as `Manual`.
    pub method: Option<String>,
    /// The document itself.
    pub document: String,
}

impl Told {
    /// What a request tells, and the session description in its body.
    pub(crate) fn of(request: &Request) -> (Self, Vec<u8>) {
        let header = |name: &str| {
            let found = request.headers().iter().find(|header| header.name().eq_ignore_ascii_case(name));
            found.map(|header| header.value().to_owned())
        };
        let content_type = header("Content-Type").unwrap_or_default();
        let parts = multipart::parts(&content_type, &request.body);
        let of_kind = |kind: &str| parts.iter().find(|part| part.media_type == kind);
        let description = of_kind("application/sdp").map(|part| part.body.to_vec()).unwrap_or_default();
        let location = of_kind(MEDIA_TYPE).map(|part| (part.body, pidf_lo::read(part.body)));
        let from = request.from_header().map(|from| from.value().to_owned()).unwrap_or_default();
        let asserted = header("P-Asserted-Identity");
        let contact = match &location {
            Some((_, Ok(location))) => location.contact.as_deref().and_then(number_in),
            Some((_, Err(_))) | None => None,
        };
        let call_back =
            contact.or_else(|| asserted.as_deref().and_then(number_in)).or_else(|| number_in(&from));
        let told = Self {
            called: request.uri.user().unwrap_or_default().to_owned(),
            from,
            asserted,
            priority: header("Priority"),
            geolocation: header("Geolocation"),
            geolocation_routing: header("Geolocation-Routing"),
            call_back,
            unreadable: match &location {
                Some((_, Err(error))) => Some(format!("cannot {error}")),
                Some((_, Ok(_))) | None => None,
            },
            place: match location {
                Some((document, Ok(location))) => Some(Place::of(document, &location)),
                Some((_, Err(_))) | None => None,
            },
        };
        (told, description)
    }
}

impl Place {
    fn of(document: &[u8], location: &LocationObject) -> Self {
        let degrees = |millionths: i32| f64::from(millionths) / 1e6;
        Self {
            address: location.civic.in_words(),
            civic: location
                .civic
                .elements()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            position: location.position.map(|at| (degrees(at.latitude), degrees(at.longitude))),
            method: location.method.map(|method| method.as_str().to_owned()),
            document: String::from_utf8_lossy(document).into_owned(),
        }
    }
}

/// The number in an address such as `"Ada" <sip:+14255550101@192.0.2.1>` or `tel:+14255550101`.
fn number_in(address: &str) -> Option<String> {
    let start =
        ["sip:", "sips:", "tel:"].iter().find_map(|scheme| Some(address.find(scheme)? + scheme.len()))?;
    let number: String =
        address[start..].chars().take_while(|letter| *letter == '+' || letter.is_ascii_digit()).collect();
    (number.len() >= 3).then_some(number)
}
