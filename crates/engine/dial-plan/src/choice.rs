//! Which trunk a number leaves through.

use identifier::{PhoneNumber, TenantId};
use tenant::{Directory, Trunk};

/// The trunk of this tenant with the longest prefix of the number.
pub(crate) fn trunk<'a>(
    directory: &'a Directory,
    tenant: Option<TenantId>,
    number: &PhoneNumber,
) -> Option<&'a Trunk> {
    let fits = |trunk: &Trunk| {
        let prefixes = trunk.prefixes.iter().filter(|prefix| number.as_str().starts_with(&***prefix));
        prefixes.map(|prefix| prefix.len()).max()
    };
    let own: Vec<&Trunk> = directory.trunks_of(tenant?).collect();
    let candidates = own.into_iter().filter_map(|trunk| fits(trunk).map(|length| (length, trunk)));
    // Of equal prefixes the trunk that was configured first.
    candidates.rev().max_by_key(|(length, _)| *length).map(|(_, trunk)| trunk)
}
