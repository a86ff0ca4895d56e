//! Paths with colon verbs: `/calling/callConnections/{id}:play` (contract: Call Automation §5).

use percent_encoding::percent_decode_str;

/// More segments than any operation has.
const MOST_SEGMENTS: usize = 16;

/// A path taken apart: its segments, and the verb after the last colon of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationPath {
    /// Percent-decoded once.
    pub segments: Vec<String>,
    /// What shall be done, for example `play`.
    pub verb: Option<String>,
}

impl OperationPath {
    /// Takes a raw path apart. `None`: it is no path of ours.
    ///
    /// A colon that belongs to a value is percent-encoded, so the verb is split off before decoding.
    pub fn parse(raw: &str) -> Option<Self> {
        let raw = raw.strip_prefix('/')?;
        let (raw, verb) = match raw.rsplit_once(':') {
            Some((path, verb)) if !verb.contains('/') => (path, Some(verb)),
            _ => (raw, None),
        };
        let segments: Vec<&str> = raw.split('/').collect();
        if segments.len() > MOST_SEGMENTS {
            return None;
        }
        let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
        Some(Self {
            segments: segments.into_iter().map(decode).collect::<Option<_>>()?,
            verb: match verb {
                Some(verb) => Some(decode(verb)?),
                None => None,
            },
        })
    }

    /// The segments as slices, for matching.
    pub fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, segments: &[&str], verb: Option<&str>) {
        let path = OperationPath::parse(raw).expect("it is a path");
        assert_eq!((path.parts().as_slice(), path.verb.as_deref()), (segments, verb), "{raw}");
    }

    #[test]
    fn the_verb_follows_the_last_colon() {
        check("/calling/callConnections", &["calling", "callConnections"], None);
        check("/calling/callConnections:answer", &["calling", "callConnections"], Some("answer"));
        check("/calling/callConnections/c:play", &["calling", "callConnections", "c"], Some("play"));
        check(
            "/calling/callConnections/c/participants:add",
            &["calling", "callConnections", "c", "participants"],
            Some("add"),
        );
        check(
            "/identities/8%3Aacs%3Ar_u/:issueAccessToken",
            &["identities", "8:acs:r_u", ""],
            Some("issueAccessToken"),
        );
    }

    #[test]
    fn a_participant_is_decoded_once() {
        check("/participants/4%3A%2B15550001", &["participants", "4:+15550001"], None);
        check("/participants/8%3Aacs%3Ar%2525u", &["participants", "8:acs:r%25u"], None);
    }

    #[test]
    fn junk_is_no_path() {
        assert_eq!(OperationPath::parse("calling"), None);
        assert_eq!(OperationPath::parse("/%ff"), None);
        assert_eq!(OperationPath::parse(&"/a".repeat(100)), None);
        check("/", &[""], None);
        check("/:", &[""], Some(""));
    }

    proptest::proptest! {
        #[test]
        fn no_path_is_too_strange(raw in ".*") {
            OperationPath::parse(&raw);
            OperationPath::parse(&format!("/{raw}"));
        }
    }
}
