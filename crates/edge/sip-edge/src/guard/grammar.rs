//! The grammar of Via and of addresses (RFC 3261 §25): values are read, and written anew without
//! the white space that the library does not expect.

use super::raw_message::is_token;

/// The values of a Via header, one after another; `None` when one is no Via.
pub(super) fn vias(value: &str) -> Option<Vec<String>> {
    split(value, ',')?.into_iter().map(via).collect()
}

/// The value of From or To; `None` when it is no address.
pub(super) fn address(value: &str) -> Option<String> {
    let parts = split(value, ';')?;
    let (head, parameters) = parts.split_first()?;
    let mut text = name_and_uri(head.trim())?;
    write_parameters(&mut text, parameters)?;
    Some(text)
}

/// The value of a Contact header, with one or several addresses.
pub(super) fn contacts(value: &str) -> Option<String> {
    if value == "*" {
        return Some(value.to_owned());
    }
    let contacts: Option<Vec<String>> = split(value, ',')?.into_iter().map(address).collect();
    Some(contacts?.join(", "))
}

/// The tag of a From or To that [`address`] has written.
pub(super) fn tag(address: &str) -> Option<&str> {
    split(address, ';')?.into_iter().skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("tag").then_some(value)
    })
}

/// The URI of an address that [`address`] has written.
pub(super) fn uri_of(address: &str) -> Option<&str> {
    let head = split(address, ';')?.into_iter().next()?;
    Some(match bracket(head)? {
        Some(start) => head[start + 1..].trim_end_matches('>'),
        None => head,
    })
}

/// RFC 5118 §4.10: older grammars let an IPv6 address be written with three colons.
pub(super) fn mend_colons(value: &mut String) {
    // Once mended, it is right: what we write is never mended again.
    while value.contains('[') && value.contains(":::") {
        *value = value.replace(":::", "::");
    }
}

fn via(value: &str) -> Option<String> {
    let parts = split(value, ';')?;
    let (head, parameters) = parts.split_first()?;
    let (protocol, rest) = head.split_once('/')?;
    let (version, rest) = rest.split_once('/')?;
    let (transport, sent_by) = rest.trim().split_once([' ', '\t'])?;
    let sent_by: String = sent_by.split([' ', '\t']).collect();
    let words = [protocol.trim(), version.trim(), transport];
    if sent_by.is_empty() || words.iter().any(|word| word.is_empty() || !word.bytes().all(is_token)) {
        return None;
    }
    let mut text = format!("{} {sent_by}", words.join("/"));
    write_parameters(&mut text, parameters)?;
    Some(text)
}

fn write_parameters(text: &mut String, parameters: &[&str]) -> Option<()> {
    for parameter in parameters {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (parameter.trim(), None),
        };
        if name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        text.push(';');
        text.push_str(name);
        if let Some(value) = value {
            let is_quoted = value.starts_with('"');
            if value.is_empty() || (!is_quoted && value.contains([' ', '\t'])) {
                return None;
            }
            text.push('=');
            text.push_str(value);
        }
    }
    Some(())
}

fn name_and_uri(head: &str) -> Option<String> {
    let Some(start) = bracket(head)? else {
        // RFC 3261 §20.10: a URI with a comma, semicolon or question mark stands in brackets.
        return (!head.is_empty() && !head.contains([' ', '\t', '?', ',', '"'])).then(|| head.to_owned());
    };
    let (name, uri) = (head[..start].trim(), head[start + 1..].strip_suffix('>')?);
    if uri.is_empty() || uri.contains([' ', '\t', '<', '>']) {
        return None;
    }
    // Many write a name that is no token without quotation marks; only a comma leaves us in doubt.
    let is_name = if name.starts_with('"') { is_quoted(name) } else { !name.contains([',', '"']) };
    match name {
        _ if !is_name => None,
        "" => Some(format!("<{uri}>")),
        name => Some(format!("{name} <{uri}>")),
    }
}

fn is_quoted(text: &str) -> bool {
    let mut escaped = false;
    let ends = text.char_indices().skip(1).find(|(_, sign)| {
        let ends = *sign == '"' && !escaped;
        escaped = *sign == '\\' && !escaped;
        ends
    });
    ends.is_some_and(|(end, _)| end + 1 == text.len())
}

/// Where the bracket of a URI opens, outside of a quoted name; `None` when quotes or brackets do not close.
#[allow(clippy::option_option)]
fn bracket(text: &str) -> Option<Option<usize>> {
    let mut found = None;
    walk(text, |index, sign| {
        if sign == '<' && found.is_none() {
            found = Some(index);
        }
    })?;
    Some(found)
}

/// The parts between separators that stand outside of quotes and brackets.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let mut cuts = Vec::new();
    walk(text, |index, sign| {
        if sign == separator {
            cuts.push(index);
        }
    })?;
    for cut in cuts {
        parts.push(text[start..cut].trim());
        start = cut + 1;
    }
    parts.push(text[start..].trim());
    Some(parts)
}

/// Shows each character that is outside of quotes and brackets, the opening bracket included.
fn walk(text: &str, mut show: impl FnMut(usize, char)) -> Option<()> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (index, sign) in text.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracketed => quoted = !quoted,
            _ if quoted => {}
            '>' if bracketed => bracketed = false,
            _ if bracketed => {}
            sign => {
                show(index, sign);
                bracketed = sign == '<';
            }
        }
    }
    (!quoted && !bracketed).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_taken_out() {
        let vias = |value| vias(value).unwrap().join(" | ");
        assert_eq!(vias("SIP  /   2.0  /UDP     192.0.2.2;branch=390"), "SIP/2.0/UDP 192.0.2.2;branch=390");
        assert_eq!(
            vias("SIP  / 2.0  / TCP     a.example.com   ;  branch  =   z9  , SIP/2.0/UDP b : 5060;rport"),
            "SIP/2.0/TCP a.example.com;branch=z9 | SIP/2.0/UDP b:5060;rport"
        );
        let address = |value| address(value).unwrap();
        assert_eq!(address("sip:a@h ;   tag    = 1"), "sip:a@h;tag=1");
        assert_eq!(
            address("\"a \\\\\\\"\"       <sip:a@h;x=1>   ;   tag = 1"),
            "\"a \\\\\\\"\" <sip:a@h;x=1>;tag=1"
        );
        assert_eq!(address("caller<sip:a@h>;tag=1"), "caller <sip:a@h>;tag=1");
        assert_eq!(address("Jörg B. <sip:a@h>"), "Jörg B. <sip:a@h>");
        assert_eq!(contacts("<sip:a@h>;expires=5,sip:b@h").as_deref(), Some("<sip:a@h>;expires=5, sip:b@h"));
        assert_eq!(contacts("*").as_deref(), Some("*"));
    }

    #[test]
    fn what_is_no_address_is_not_read() {
        for value in [
            "",
            "\"Mr. J. <sip:a@h>",
            "Bell, Alexander <sip:a@h>;tag=1",
            "< sip:a@h >",
            "<sip:a@h>;;",
            "<sip:a@h",
            "sip:a@h?Route=x",
            "\"a\" b <sip:a@h>",
        ] {
            assert_eq!(address(value), None, "{value}");
        }
        for value in ["SIP/2.0/UDP 192.0.2.15;;,;,,", "SIP/2.0/UDP", "", "SIP/2.0 h"] {
            assert_eq!(vias(value), None, "{value}");
        }
    }

    #[test]
    fn tags_and_uris_are_found() {
        assert_eq!(tag("\";tag=2\" <sip:a@h;tag=3>;tag=1"), Some("1"));
        assert_eq!(tag("<sip:a@h;tag=3>"), None);
        assert_eq!(uri_of("\"<\" <isbn:298>;tag=1"), Some("isbn:298"));
        assert_eq!(uri_of("sip:a@h;tag=1"), Some("sip:a@h"));
    }

    #[test]
    fn colons_are_mended_once_and_for_all() {
        for colons in [":::", "::::", ":::::::::"] {
            let mut value = format!("[2001:db8{colons}1]:5060");
            mend_colons(&mut value);
            assert_eq!(value, "[2001:db8::1]:5060");
        }
        let mut name = "a:::b".to_owned();
        mend_colons(&mut name);
        assert_eq!(name, "a:::b");
    }
}
