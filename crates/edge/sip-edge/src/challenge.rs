//! Challenges and proofs (RFC 7616, RFC 8760) on their way to and from the library, which spells the names of
//! algorithms in a way of its own.

use rsipstack::sip::{Header, Headers};

/// As the RFC has it, and as the library has it.
const SPELLINGS: [(&str, &str); 2] = [("SHA-256", "SHA256"), ("SHA-256-sess", "SHA256-sess")];
const KNOWN: [&str; 4] = ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"];

/// What a challenge that was received asks for, so that the library understands it. It reads the first one
/// only: one that it cannot answer is left out when there are others (RFC 8760 §2.3).
pub(crate) fn read(headers: &mut Headers) {
    let is_known = |header: &Header| {
        let challenge = challenge(header)?;
        let (start, end) = algorithm(challenge)?;
        Some(KNOWN.iter().any(|known| known.eq_ignore_ascii_case(&challenge[start..end])))
    };
    if headers.iter().any(|header| challenge(header).is_some() && is_known(header) != Some(false)) {
        headers.retain(|header| is_known(header) != Some(false));
    }
    for header in headers.iter_mut() {
        let Some(text) = challenge(header).and_then(|text| respelled(text, |(rfc, library)| (rfc, library)))
        else {
            continue;
        };
        match header {
            Header::WwwAuthenticate(_) => *header = Header::WwwAuthenticate(text.into()),
            Header::ProxyAuthenticate(_) => *header = Header::ProxyAuthenticate(text.into()),
            _ => {}
        }
    }
}

/// What the library proves, in words that others understand.
pub(crate) fn write(headers: &mut Headers) {
    for header in headers.iter_mut() {
        let spelled = |text: &str| respelled(text, |(rfc, library)| (library, rfc));
        match header {
            Header::Authorization(value) => {
                if let Some(text) = spelled(value.value()) {
                    *header = Header::Authorization(text.into());
                }
            }
            Header::ProxyAuthorization(value) => {
                if let Some(text) = spelled(value.value()) {
                    *header = Header::ProxyAuthorization(text.into());
                }
            }
            _ => {}
        }
    }
}

fn challenge(header: &Header) -> Option<&str> {
    match header {
        Header::WwwAuthenticate(value) => Some(value.value()),
        Header::ProxyAuthenticate(value) => Some(value.value()),
        _ => None,
    }
}

fn respelled(
    text: &str,
    way: impl Fn((&'static str, &'static str)) -> (&'static str, &'static str),
) -> Option<String> {
    let (start, end) = algorithm(text)?;
    let found =
        SPELLINGS.into_iter().map(way).find(|(from, _)| from.eq_ignore_ascii_case(&text[start..end]))?;
    Some(format!("{}{}{}", &text[..start], found.1, &text[end..]))
}

/// Where the algorithm is named, without quotation marks.
fn algorithm(text: &str) -> Option<(usize, usize)> {
    const NAME: &str = "algorithm";
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(NAME) {
        let (place, after) = (from + found, from + found + NAME.len());
        from = after;
        let is_quoted = lower[..place].matches('"').count() % 2 == 1;
        let is_parameter = !is_quoted
            && lower[..place].ends_with([' ', ','])
            && lower[after..].trim_start().starts_with('=');
        if is_parameter {
            let equals = after + lower[after..].find('=')? + 1;
            let start = equals + text[equals..].len() - text[equals..].trim_start_matches([' ', '"']).len();
            let length = text[start..].find([',', '"', ' ']).unwrap_or(text[start..].len());
            return Some((start, start + length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenged(values: &[&str]) -> Vec<String> {
        let mut headers = Headers::default();
        for value in values {
            headers.push(Header::WwwAuthenticate((*value).into()));
        }
        read(&mut headers);
        headers.iter().map(|header| header.value().to_owned()).collect()
    }

    #[test]
    fn challenges_are_understood() {
        assert_eq!(
            challenged(&["Digest realm=\"an algorithm=x\", algorithm=SHA-256, nonce=\"a\""]),
            ["Digest realm=\"an algorithm=x\", algorithm=SHA256, nonce=\"a\""]
        );
        assert_eq!(challenged(&["Digest algorithm=\"sha-256\""]), ["Digest algorithm=\"SHA256\""]);
        assert_eq!(challenged(&["Digest realm=\"r\""]), ["Digest realm=\"r\""]);
        // The best one is not known: the next one is taken.
        assert_eq!(
            challenged(&["Digest algorithm=SHA-512-256", "Digest algorithm=SHA-256", "Digest algorithm=MD5"]),
            ["Digest algorithm=SHA256", "Digest algorithm=MD5"]
        );
        assert_eq!(challenged(&["Digest algorithm=SHA-512-256"]), ["Digest algorithm=SHA-512-256"]);
    }

    #[test]
    fn proofs_are_understood() {
        let mut headers = Headers::default();
        headers.push(Header::Authorization("Digest username=\"a\", algorithm=SHA256, qop=auth".into()));
        write(&mut headers);
        let header = headers.iter().next().map(|header| header.value().to_owned());
        assert_eq!(header.as_deref(), Some("Digest username=\"a\", algorithm=SHA-256, qop=auth"));
    }
}
