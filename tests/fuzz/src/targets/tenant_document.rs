//! Tenant documents, in YAML and JSON.

use tenant_document::TenantDocument;

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match TenantDocument::read(text) {
        Ok(document) => {
            // What was read is written so that it is read as the same.
            let written = TenantDocument::write(&document.objects);
            let again = TenantDocument::read(&written);
            let again = again.unwrap_or_else(|faults| panic!("{faults}\n{written}"));
            assert_eq!(again.objects, document.objects, "{written}");
        }
        Err(faults) => {
            assert!(!faults.0.is_empty());
            let lines = text.split(['\n', '\r']).count() + 1;
            for fault in &faults.0 {
                assert!(!fault.reason.is_empty() && !fault.path.is_empty());
                assert!(fault.line.is_none_or(|line| (1..=lines).contains(&line)), "{fault}");
            }
        }
    }
}
