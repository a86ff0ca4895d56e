//! Texts that are more than text: numbers, names, addresses. Each has a name in the JSON Schema.

use std::net::IpAddr;

/// Why a text is not what its format wants; what would be right.
pub(crate) fn problem(format: &str, text: &str) -> Option<&'static str> {
    let (sound, right): (bool, &'static str) = match format {
        "e164" => (is_e164(text), "write a number in E.164 such as +14255550100"),
        "telephone-number" => (
            is_telephone_number(text),
            "write a number in E.164 such as +14255550100, or with an extension such as +14255550100;ext=12",
        ),
        "guid" => (is_guid(text), "write a GUID such as 7d9a9b4e-0000-0000-0000-000000000001"),
        "country" => (is_country(text), "write the two letters of ISO 3166-1 such as DE"),
        "domain" => (is_domain(text), "write a domain name such as contoso.example"),
        "user-principal-name" => {
            (is_user_principal_name(text), "write a name in a domain such as alice@contoso.example")
        }
        "ip-address" => (text.parse::<IpAddr>().is_ok(), "write an IP address such as 192.0.2.10"),
        "policy-name" => (
            is_policy_name(text),
            "a name has 1 to 49 letters, digits, spaces and the characters . - _ ( ), and begins with none of them",
        ),
        "dial-string" => (is_digits(text, 10), "write 1 to 10 digits such as 112"),
        "dial-mask" => (
            text.is_empty() || text.split(';').all(|mask| is_digits(mask, 10)),
            "write alternatives of 1 to 10 digits each, separated by ; such as 112;212",
        ),
        "bssid" => (
            is_bssid(text),
            "write six pairs of hexadecimal digits such as F0-6E-0B-C2-03-0A, of which the last one or two digits may be *",
        ),
        "https" => (
            text.starts_with("https://") && !text.contains(char::is_whitespace),
            "write an address that begins with https://",
        ),
        _ => (true, ""),
    };
    (!sound).then_some(right)
}

/// The same as a pattern, for editors.
pub(crate) fn pattern(format: &str) -> Option<&'static str> {
    Some(match format {
        "e164" => r"^\+[1-9][0-9]{1,14}$",
        "telephone-number" => r"^\+[1-9][0-9]{1,14}(;ext=[0-9]{1,8})?$",
        "guid" => "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
        "country" => "^[A-Z]{2}$",
        "user-principal-name" => r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        "dial-string" => "^[0-9]{1,10}$",
        "dial-mask" => "^([0-9]{1,10}(;[0-9]{1,10})*)?$",
        "https" => "^https://",
        _ => return None,
    })
}

fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_e164(text: &str) -> bool {
    text.strip_prefix('+')
        .is_some_and(|digits| is_digits(digits, 15) && digits.len() > 1 && !digits.starts_with('0'))
}

fn is_telephone_number(text: &str) -> bool {
    match text.split_once(";ext=") {
        Some((number, extension)) => is_e164(number) && is_digits(extension, 8),
        None => is_e164(text),
    }
}

pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

fn is_user_principal_name(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-'!#^~+".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(letter) && is_domain(domain)
}

fn is_policy_name(text: &str) -> bool {
    let letter = |letter: char| letter.is_alphanumeric() || " .-_()".contains(letter);
    (1..=49).contains(&text.chars().count())
        && text.chars().all(letter)
        && text.chars().next().is_some_and(char::is_alphanumeric)
}

fn is_bssid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let [first @ .., last] = &groups[..] else { return false };
    let hexadecimal = |group: &str| group.len() == 2 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let starred = match last.as_bytes() {
        [b'*'] | [b'*', b'*'] => true,
        [one, b'*'] => one.is_ascii_hexdigit(),
        _ => hexadecimal(last),
    };
    groups.len() == 6 && first.iter().all(|group| hexadecimal(group)) && starred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(format: &str, text: &str, sound: bool) {
        assert_eq!(problem(format, text).is_none(), sound, "{format}: {text}");
    }

    #[test]
    fn formats_are_what_they_say() {
        check("e164", "+14255550100", true);
        check("e164", "14255550100", false);
        check("e164", "+٤٢٥٥٥٥٠١٠٠", false);
        check("telephone-number", "+14255550100;ext=12", true);
        check("telephone-number", "+14255550100;ext=", false);
        check("guid", "7d9a9b4e-0000-0000-0000-000000000001", true);
        check("guid", "7d9a9b4e-0000-0000-0000-00000000000", false);
        check("country", "DE", true);
        check("country", "Germany", false);
        check("user-principal-name", "alice@contoso.example", true);
        check("user-principal-name", "alice", false);
        check("policy-name", "Tag:Berlin", false);
        check("policy-name", "Berlin (night)", true);
        check("dial-mask", "112;212", true);
        check("dial-mask", "", true);
        check("dial-mask", "12345678901", false);
        check("bssid", "F0-6E-0B-C2-03-*", true);
        check("bssid", "F0-6E-0B-C2-03-0*", true);
        check("bssid", "F0-6E-0B-C2-*-*", false);
    }
}
