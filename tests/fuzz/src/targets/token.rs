//! What proves who asks: signatures of requests, sealed contexts, the administrator's token.

use access::{AdminToken, ContextKey, IncomingCallContext, SignatureRules, SignedHead};
use clock::Now;
use identifier::{CallId, ResourceId};
use redact::Secret;

const NOW: Now = Now::new(0, 1_795_228_380_000_000);

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_signature(text);
    check_context(text);
    let token = AdminToken::new(&Secret::new("the administrator's token".to_owned()));
    let opens = token.check(Some(text)).is_ok();
    assert!(!opens || text.trim().ends_with("the administrator's token"));
}

/// A request, line by line: the first is method and target, the others are headers.
fn check_signature(text: &str) {
    let mut lines = text.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or(("GET", "/"));
    let headers: Vec<(&str, &str)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim())).collect();
    let head = SignedHead { method, target, headers: &headers };
    // Nobody knows this key: whatever is accepted was forged.
    let key = Secret::new(Box::from(&b"a key that is in no corpus: 4f6e7a1c"[..]));
    for unsigned_query in [false, true] {
        let rules = SignatureRules { unsigned_query, ..SignatureRules::default() };
        assert!(rules.verify(&head, std::slice::from_ref(&key), NOW).is_err());
    }
}

fn check_context(text: &str) {
    let key = ContextKey::new(&Secret::new([7; 32]));
    if let Ok(context) = key.open(text, NOW) {
        assert_eq!(key.seal(&context).expose(), text, "only what was sealed here opens");
    }
    // One that is ours opens, and with a letter changed it does not.
    let ours = IncomingCallContext {
        call: CallId::from_u128(1),
        resource: ResourceId::from_u128(2),
        expires_unix_us: i64::MAX,
    };
    let sealed = key.seal(&ours);
    assert_eq!(key.open(sealed.expose(), NOW), Ok(ours));
    let Some(letter) = text.chars().next() else { return };
    let at = text.len() % sealed.expose().len();
    let mut changed = sealed.expose().clone();
    changed.replace_range(at..=at, &letter.to_string());
    assert!(changed == *sealed.expose() || key.open(&changed, NOW).is_err());
}
