//! From a document to a location object, whoever wrote it.

use jiff::Timestamp;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::location_object::{LocationObject, Method, Position};

/// The longest document that is read.
pub const MOST_BYTES: usize = 16 * 1024;
/// Elements within one another.
const DEEPEST: usize = 32;
/// The longest value, in bytes.
const LONGEST: usize = 1_024;

const PIDF: &str = "urn:ietf:params:xml:ns:pidf";
const GEOPRIV: &str = "urn:ietf:params:xml:ns:pidf:geopriv10";
const CIVIC: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr";
const GML: &str = "http://www.opengis.net/gml";

/// Why a document says nothing of a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Longer than any that is read.
    #[error("read a location of {0} bytes: at most {MOST_BYTES} are read")]
    TooLong(usize),
    /// Not well-formed, or with a document type.
    #[error("read a location: {0}")]
    Malformed(String),
    /// No civic address and no point in it.
    #[error("find a place in a location: it holds no civic address and no point")]
    Nowhere,
}

/// Reads a document: the first civic address and the first point of it, and what is said of them.
pub fn read(document: &[u8]) -> Result<LocationObject, ReadError> {
    if document.len() > MOST_BYTES {
        return Err(ReadError::TooLong(document.len()));
    }
    let malformed = |error: &dyn std::fmt::Display| ReadError::Malformed(error.to_string());
    let document = std::str::from_utf8(document).map_err(|error| malformed(&error))?;
    let mut reader = NsReader::from_str(document);
    let mut found = LocationObject::default();
    let mut path: Vec<Element> = Vec::new();
    let mut text = String::new();
    loop {
        let event = reader.read_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(start) => {
                if path.len() >= DEEPEST {
                    return Err(malformed(&"its elements lie too deep in one another"));
                }
                let element = Element::of(reader.resolver().resolve_element(start.name()));
                if element == Element::Presence {
                    let entity = start.try_get_attribute("entity").map_err(|error| malformed(&error))?;
                    if let Some(entity) = entity {
                        let value = entity
                            .normalized_value(XmlVersion::Implicit1_0)
                            .map_err(|error| malformed(&error))?;
                        found.entity = value.chars().take(LONGEST / 4).collect();
                    }
                }
                path.push(element);
                text.clear();
            }
            Event::End(_) => {
                let Some(element) = path.pop() else { return Err(malformed(&"it ends before it began")) };
                element.is(text.trim(), &mut found);
                text.clear();
            }
            Event::Text(more) => add(&mut text, &more.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| malformed(&error))?;
                match (character, resolve_xml_entity(&reference)) {
                    (Some(character), _) => add(&mut text, character.encode_utf8(&mut [0; 4])),
                    (None, Some(known)) => add(&mut text, known),
                    (None, None) => return Err(malformed(&"it refers to an entity of its own")),
                }
            }
            Event::DocType(_) => return Err(malformed(&"it has a document type")),
            Event::Empty(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if path.is_empty() => break,
            Event::Eof => return Err(malformed(&"it ends too early")),
        }
    }
    if found.civic.is_empty() && found.position.is_none() {
        return Err(ReadError::Nowhere);
    }
    Ok(found)
}

fn add(text: &mut String, more: &str) {
    let room = LONGEST.saturating_sub(text.len());
    text.extend(more.chars().take(room / 4));
}

/// What this program makes something of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Presence,
    Contact,
    Timestamp,
    Method,
    Position,
    OfAddress(String),
    Other,
}

impl Element {
    fn of((namespace, name): (ResolveResult<'_>, quick_xml::name::LocalName<'_>)) -> Self {
        let ResolveResult::Bound(namespace) = namespace else { return Self::Other };
        match (namespace.0, name.as_ref()) {
            (PIDF, "presence") => Self::Presence,
            (PIDF, "contact") => Self::Contact,
            (PIDF, "timestamp") => Self::Timestamp,
            (GEOPRIV, "method") => Self::Method,
            (GML, "pos") => Self::Position,
            (CIVIC, name) => Self::OfAddress(name.to_owned()),
            _ => Self::Other,
        }
    }

    fn is(self, text: &str, found: &mut LocationObject) {
        if text.is_empty() {
            return;
        }
        match self {
            Self::Contact => found.contact = Some(text.to_owned()),
            Self::Timestamp => {
                found.written_s = text.parse::<Timestamp>().ok().map(|written| written.as_second());
            }
            Self::Method => found.method = Method::parse(text),
            Self::Position => found.position = found.position.or_else(|| position(text)),
            Self::OfAddress(name) => {
                if let Some(field @ None) = found.civic.field(&name) {
                    *field = Some(text.to_owned());
                }
            }
            Self::Presence | Self::Other => {}
        }
    }
}

fn position(text: &str) -> Option<Position> {
    let mut parts = text.split_ascii_whitespace();
    let mut degrees = |most: f64| {
        let value: f64 = parts.next()?.parse().ok()?;
        // Within the range, a millionth of it fits.
        (value.is_finite() && value.abs() <= most).then(|| (value * 1e6).round() as i32)
    };
    Some(Position { latitude: degrees(90.0)?, longitude: degrees(180.0)? })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;
    use crate::civic_address::CivicAddress;

    fn redmond() -> LocationObject {
        let some = |text: &str| Some(text.to_owned());
        LocationObject {
            entity: "sip:+14255550101@192.0.2.1".to_owned(),
            contact: some("tel:+14255550101"),
            civic: CivicAddress {
                country: some("US"),
                state: some("WA"),
                city: some("Redmond"),
                road: some("163rd"),
                street_suffix: some("Ave"),
                post_directional: some("NE"),
                house_number: some("3910"),
                place: some("2nd floor, room <17> & \"18\""),
                name: some("Contoso"),
                postal_code: some("98052"),
                ..CivicAddress::default()
            },
            position: None,
            method: Some(Method::Manual),
            written_s: Some(1_764_000_000),
        }
    }

    #[test]
    fn a_document_has_its_elements_in_the_order_of_the_schema() {
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy" entity="sip:+14255550101@192.0.2.1">
            <tuple id="caller"><status><gp:geopriv>
            <gp:location-info><ca:civicAddress xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr">
            <ca:country>US</ca:country>
            <ca:A1>WA</ca:A1>
            <ca:A3>Redmond</ca:A3>
            <ca:RD>163rd</ca:RD>
            <ca:STS>Ave</ca:STS>
            <ca:POD>NE</ca:POD>
            <ca:HNO>3910</ca:HNO>
            <ca:LOC>2nd floor, room &lt;17&gt; &amp; &quot;18&quot;</ca:LOC>
            <ca:NAM>Contoso</ca:NAM>
            <ca:PC>98052</ca:PC>
            </ca:civicAddress></gp:location-info>
            <gp:usage-rules><gbp:retransmission-allowed>yes</gbp:retransmission-allowed></gp:usage-rules>
            <gp:method>Manual</gp:method>
            </gp:geopriv></status>
            <contact>tel:+14255550101</contact>
            <timestamp>2025-11-24T16:00:00Z</timestamp>
            </tuple></presence>
        "#]]
        .assert_eq(&redmond().to_xml().replace("\r\n", "\n"));
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(read(redmond().to_xml().as_bytes()), Ok(redmond()));
        let position = Some(Position { latitude: 47_642_450, longitude: -122_136_910 });
        let civic = CivicAddress { country: Some("US".to_owned()), ..CivicAddress::default() };
        let somewhere = LocationObject { position, civic, ..redmond() };
        let read = read(somewhere.to_xml().as_bytes()).unwrap();
        assert_eq!((read.position, read.civic.is_empty()), (position, true));
        assert_eq!(
            redmond().civic.in_words(),
            "Contoso, 2nd floor, room <17> & \"18\", 3910 163rd Ave NE, Redmond, WA 98052, US"
        );
    }

    #[test]
    fn documents_of_others_are_read() {
        // RFC 5139 §5.
        let of_the_standard = br#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@example.com">
            <tuple id="x"><status><geopriv xmlns="urn:ietf:params:xml:ns:pidf:geopriv10"><location-info>
            <civicAddress xml:lang="en-AU" xmlns="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr">
            <country>AU</country><A1>NSW</A1><A3>Wollongong</A3><RD>Northfield</RD><STS>Avenue</STS><RDBR>7</RDBR>
            <LMK>Gwynneville</LMK><NAM>Video Rental &#x26; Store</NAM><PC>2500</PC></civicAddress>
            </location-info><usage-rules/></geopriv></status></tuple></presence>"#;
        let read = read(of_the_standard).unwrap();
        assert_eq!(
            read.civic.in_words(),
            "Video Rental & Store, Northfield Avenue, Wollongong, NSW 2500, AU"
        );
        assert_eq!(read.entity, "pres:a@example.com");
    }

    #[test]
    fn nothing_is_made_of_what_is_no_location() {
        let check = |text: &str| read(text.as_bytes()).unwrap_err();
        assert_eq!(check(""), ReadError::Nowhere);
        assert_eq!(check("<a/>"), ReadError::Nowhere);
        assert_eq!(check(&" ".repeat(MOST_BYTES + 1)), ReadError::TooLong(MOST_BYTES + 1));
        for text in ["<a>", "<a></b>", "<a>&b;</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "</a>"] {
            assert!(matches!(check(text), ReadError::Malformed(_)), "{text}");
        }
        assert!(matches!(check(&"<a>".repeat(40)), ReadError::Malformed(_)));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = read(&bytes);
        }

        #[test]
        fn whatever_an_address_says_is_well_formed(text in "\\PC{0,300}", state in any::<String>()) {
            let mut location = redmond();
            location.civic.place = Some(text.clone());
            location.civic.state = Some(state);
            let xml = location.to_xml();
            prop_assert!(xml.len() <= 8 * 1024);
            prop_assert!(read(xml.as_bytes()).is_ok());
        }
    }
}
