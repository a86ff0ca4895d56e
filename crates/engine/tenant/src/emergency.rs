//! Calls for help: what is dialled, and which trunks may bring it to those who answer.

use identifier::TenantId;

use crate::directory::Directory;
use crate::trunk::Trunk;

/// The service URN of all help there is (RFC 5031 §4.2).
const SOS: &str = "urn:service:sos";

/// The numbers that call for help.
#[derive(Clone, Debug)]
pub(crate) struct EmergencyNumbers(Vec<Box<str>>);

impl Default for EmergencyNumbers {
    /// Every mobile phone of the world knows these two.
    fn default() -> Self {
        Self(vec!["112".into(), "911".into()])
    }
}

impl Directory {
    /// The same directory with other numbers that call for help; `urn:service:sos` means the first of them.
    #[must_use]
    pub fn with_emergency_numbers(mut self, numbers: Vec<Box<str>>) -> Self {
        self.emergency = EmergencyNumbers(numbers);
        self
    }

    /// The numbers that call for help.
    pub(crate) fn emergency_numbers(&self) -> &[Box<str>] {
        &self.emergency.0
    }

    /// The number for help that was dialled, if it was one: by itself, with a plus sign that does not belong
    /// there, with separators, or as a service URN (RFC 5031).
    pub fn emergency_number(&self, dialled: &str) -> Option<&str> {
        let numbers = &self.emergency.0;
        let service = dialled.get(..SOS.len()).is_some_and(|start| start.eq_ignore_ascii_case(SOS));
        if service && matches!(dialled.as_bytes().get(SOS.len()), None | Some(b'.')) {
            return numbers.first().map(|number| &**number);
        }
        let plain = |character: &char| !" -.()/".contains(*character);
        let dialled = dialled.strip_prefix('+').unwrap_or(dialled);
        let is_dialled = |number: &&str| dialled.chars().filter(plain).eq(number.chars());
        numbers.iter().map(|number| &**number).find(is_dialled)
    }

    /// The trunks of a tenant in the order in which a call for help tries them: those that are meant for it,
    /// then all others.
    pub fn emergency_trunks(&self, tenant: TenantId) -> impl Iterator<Item = &Trunk> {
        let own =
            move |emergency: bool| self.trunks_of(tenant).filter(move |trunk| trunk.emergency == emergency);
        own(true).chain(own(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dialled: &str, expected: Option<&str>) {
        assert_eq!(Directory::default().emergency_number(dialled), expected, "{dialled}");
    }

    #[test]
    fn help_is_called_by_number_and_by_service() {
        check("112", Some("112"));
        check("+911", Some("911"));
        check("1-1-2", Some("112"));
        check("urn:service:sos", Some("112"));
        check("URN:service:sos.fire", Some("112"));
        check("urn:service:sosimple", None);
        check("urn:service:counseling", None);
        check("1123", None);
        check("", None);
        check("sös", None);
    }

    #[test]
    fn an_operator_chooses_the_numbers() {
        let directory = Directory::default().with_emergency_numbers(vec!["110".into(), "112".into()]);
        assert_eq!(directory.emergency_number("urn:service:sos"), Some("110"));
        assert_eq!(directory.emergency_number("911"), None);
        assert_eq!(Directory::default().with_emergency_numbers(Vec::new()).emergency_number("112"), None);
    }
}
