//! Where somebody is who calls for help, as a trunk is told (RFC 6442 §4.1; contract: Teams Phone §6.6).

use call_engine::Caller;
use identifier::ObjectId;
use pidf_lo::{CivicAddress, LocationObject, Method, Position, multipart};
use rsipstack::sip::{Header, Uri};
use tenant::organization::Location;
use tenant::{Directory, Trunk};

/// The parts of a body are told apart by this; no description and no location contains it.
const BOUNDARY: &str = "ringdown-part-4b7d2e9a";
/// Names the part of the message that holds the location.
const CONTENT_ID: &str = "caller@location.invalid";

/// A place that a trunk is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    document: String,
}

impl Told {
    /// The place as this trunk is told of it; nothing where the trunk takes no places, or where nobody knows it.
    pub fn by(
        directory: &Directory,
        trunk: &Trunk,
        location: Option<ObjectId>,
        caller: &Caller,
        from: &Uri,
        unix_us: i64,
    ) -> Option<Self> {
        if !trunk.dialect.takes_location {
            return None;
        }
        let location = directory.organization(trunk.tenant)?.location(location?)?;
        let document = LocationObject {
            entity: from.to_string(),
            contact: caller.number.as_ref().map(|number| format!("tel:{number}")),
            civic: civic(location),
            position: location.position.map(|(latitude, longitude)| Position { latitude, longitude }),
            method: Some(Method::Manual),
            written_s: Some(unix_us.div_euclid(1_000_000)),
        };
        Some(Self { document: document.to_xml() })
    }

    /// Where the place is in the message, and that the call may be routed by it (RFC 6442 §4.2).
    pub fn headers(&self) -> [Header; 2] {
        [
            Header::Other("Geolocation".to_owned(), format!("<cid:{CONTENT_ID}>")),
            Header::Other("Geolocation-Routing".to_owned(), "yes".to_owned()),
        ]
    }

    /// The description and the place in one body, and its type.
    pub fn body(&self, description: &str) -> (String, String) {
        let kind = format!("multipart/mixed;boundary={BOUNDARY}");
        (kind, multipart::write(BOUNDARY, description, CONTENT_ID, &self.document))
    }
}

/// Gateways for emergency line numbers look for theirs in the place of a name.
fn civic(location: &Location) -> CivicAddress {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    CivicAddress {
        country: Some(location.country.to_string()),
        state: text(&location.state),
        city: text(&location.city),
        pre_directional: text(&location.street_pre_directional),
        road: text(&location.street),
        street_suffix: text(&location.street_suffix),
        post_directional: text(&location.street_post_directional),
        house_number: text(&location.house_number),
        house_number_suffix: text(&location.house_number_suffix),
        place: text(&location.place),
        name: text(&location.elin).or_else(|| text(&location.company)),
        postal_code: text(&location.postal_code),
    }
}
