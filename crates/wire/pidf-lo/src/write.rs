//! From a location object to its document.

use std::fmt::Write as _;

use jiff::Timestamp;
use quick_xml::escape::escape;

use crate::location_object::{LocationObject, Position};

/// The longest value, in characters; what is longer ends there.
const LONGEST: usize = 256;

impl LocationObject {
    /// The document: at most some 5 KiB, whatever it says.
    pub fn to_xml(&self) -> String {
        let mut xml = String::from(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy""#,
        );
        element(&mut xml, " entity=\"", &self.entity, "\">\r\n");
        xml += "<tuple id=\"caller\"><status><gp:geopriv>\r\n<gp:location-info>";
        let is_addressed = self.civic.city.is_some() || self.civic.road.is_some();
        match self.position {
            Some(position) if !is_addressed => point(&mut xml, position),
            Some(_) | None => self.address(&mut xml),
        }
        // Whoever helps may tell it to others who help (RFC 4119 §2.2.2).
        xml += "</gp:location-info>\r\n<gp:usage-rules><gbp:retransmission-allowed>yes\
                </gbp:retransmission-allowed></gp:usage-rules>\r\n";
        if let Some(method) = self.method {
            element(&mut xml, "<gp:method>", method.as_str(), "</gp:method>\r\n");
        }
        xml += "</gp:geopriv></status>\r\n";
        if let Some(contact) = &self.contact {
            element(&mut xml, "<contact>", contact, "</contact>\r\n");
        }
        if let Some(written) = self.written_s.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
            element(&mut xml, "<timestamp>", &written.to_string(), "</timestamp>\r\n");
        }
        xml += "</tuple></presence>\r\n";
        xml
    }

    fn address(&self, xml: &mut String) {
        *xml += "<ca:civicAddress xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\">\r\n";
        for (name, value) in self.civic.elements() {
            element(xml, &format!("<ca:{name}>"), value, &format!("</ca:{name}>\r\n"));
        }
        *xml += "</ca:civicAddress>";
    }
}

/// RFC 5491 §5.2.1: latitude comes first.
fn point(xml: &mut String, Position { latitude, longitude }: Position) {
    let _ = write!(
        xml,
        "<gml:Point xmlns:gml=\"http://www.opengis.net/gml\" srsName=\"urn:ogc:def:crs:EPSG::4326\"><gml:pos>{} {}\
         </gml:pos></gml:Point>",
        degrees(latitude),
        degrees(longitude)
    );
}

fn degrees(millionths: i32) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let absolute = millionths.unsigned_abs();
    format!("{sign}{}.{:06}", absolute / 1_000_000, absolute % 1_000_000)
}

fn element(xml: &mut String, begin: &str, value: &str, end: &str) {
    // XML 1.0 §2.2 has no control characters, however they are written.
    let sound = |character: &char| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}');
    let value: String = value.chars().filter(sound).take(LONGEST).collect();
    *xml += begin;
    *xml += &escape(&value);
    *xml += end;
}
