//! Who somebody is by the certificate that was shown (RFC 5922).

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::stream::Names;

/// More names than these are not read.
const MAX_NAMES: usize = 32;

/// The SIP domains that a verified chain speaks for. RFC 5922 §7.1: the SIP URIs among the alternative
/// names, those without a user; and if there is none, the DNS names. Wildcards (§7.2) are among them: they speak
/// only for session border controllers that customers have named.
pub(super) fn names(chain: Option<&[CertificateDer<'_>]>) -> Names {
    let Some(certificate) = chain.and_then(<[_]>::first) else { return Names::default() };
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Names::default() };
    let uris = certificate.valid_uri_names().filter_map(domain_of);
    let domains: Vec<Box<str>> = uris.take(MAX_NAMES).map(Box::from).collect();
    if !domains.is_empty() {
        return domains.into();
    }
    certificate.valid_dns_names().take(MAX_NAMES).map(Box::from).collect()
}

/// The domain of a SIP URI that names nobody in it.
fn domain_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_domain = scheme.eq_ignore_ascii_case("sip") && !rest.contains('@');
    let domain = rest.split([';', '?']).next().unwrap_or(rest);
    (is_domain && !domain.is_empty()).then_some(domain)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    #[track_caller]
    fn check(hosts: &[&str], uris: &[&str], expected: &[&str]) {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.subject_alt_names.extend(uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())));
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let found = names(Some(&[certificate.der().clone()]));
        assert_eq!(found.iter().map(|name| &**name).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn sip_domains_come_before_hosts() {
        check(&["sbc.example.com"], &[], &["sbc.example.com"]);
        check(&["sbc.example.com"], &["sip:example.com"], &["example.com"]);
        check(&["sbc.example.com"], &["sip:ada@example.com"], &["sbc.example.com"]);
        check(&["sbc.example.com"], &["https://example.com"], &["sbc.example.com"]);
        check(&["*.example.com", "b.example.com"], &[], &["*.example.com", "b.example.com"]);
        assert!(names(None).is_empty());
        assert!(names(Some(&[CertificateDer::from(vec![1, 2, 3])])).is_empty());
    }
}
