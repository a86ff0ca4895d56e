//! Where in its network a phone says it is: `P-Access-Network-Info` (RFC 7315 §4.4, §5.4).

use call_engine::{Client, Word};
use rsipstack::sip::{HasHeaders, Request};

/// The longest header that is read.
const LONGEST: usize = 512;

/// What the header tells; of what it does not tell, nothing.
pub(crate) fn read(request: &Request) -> Client {
    let headers = request.headers().iter();
    let mut found = headers.filter(|header| header.name().eq_ignore_ascii_case("P-Access-Network-Info"));
    found.next().map(|header| client(header.value())).unwrap_or_default()
}

fn client(value: &str) -> Client {
    let mut client = Client::default();
    let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
    if value.len() > LONGEST {
        return client;
    }
    let is_of = |family: &str| {
        kind.trim().get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family))
    };
    let parameter = |wanted: &str| {
        let mut named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
        let found = named.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().trim_matches('"'))
    };
    if is_of("IEEE-802.11") {
        client.access_point = parameter("i-wlan-node-id").and_then(bssid);
    } else if is_of("IEEE-802.3") {
        // What LLDP-MED tells a phone: the chassis of the switch, and the port.
        let location = parameter("eth-location").unwrap_or_default();
        let (chassis, port) = location.split_once(['/', ' ']).unwrap_or((location, ""));
        client.chassis = Word::new(chassis.trim());
        client.port = Word::new(port.trim());
    }
    client
}

/// `aa-bb-cc-dd-ee-ff`, however it is written.
fn bssid(text: &str) -> Option<Word> {
    let digits: String = text.chars().filter(|letter| !matches!(letter, '-' | ':' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = digits.to_ascii_lowercase();
    let pairs: Vec<&str> = (0..6).map(|pair| &digits[2 * pair..2 * pair + 2]).collect();
    Word::new(&pairs.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: [Option<&str>; 3]) {
        let Client { access_point, chassis, port, .. } = client(value);
        let found = [&access_point, &chassis, &port].map(|word| word.as_ref().map(Word::as_str));
        assert_eq!(found, expected, "{value}");
    }

    #[test]
    fn phones_say_at_which_access_point_or_switch_they_are() {
        let point = Some("a1-b2-c3-d4-e5-f6");
        check("IEEE-802.11; i-wlan-node-id=A1B2C3D4E5F6", [point, None, None]);
        check("ieee-802.11ac;network-provided; i-wlan-node-id=\"a1:b2:c3:d4:e5:f6\"", [point, None, None]);
        check("IEEE-802.11; i-wlan-node-id=a1b2", [None; 3]);
        let (chassis, port) = (Some("00-11-22-33-44-55"), Some("Gi1/0/12"));
        check("IEEE-802.3; eth-location=\"00-11-22-33-44-55/Gi1/0/12\"", [None, chassis, port]);
        check("IEEE-802.3; eth-location=00-11-22-33-44-55", [None, chassis, None]);
        check("3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=1234", [None; 3]);
        check(&format!("IEEE-802.3; eth-location=\"{}\"", "x".repeat(600)), [None; 3]);
        check("", [None; 3]);
    }
}
