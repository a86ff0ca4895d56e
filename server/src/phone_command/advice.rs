//! What somebody may try whose call was not taken.

use crate::ready::Ready;

/// Who called whom.
pub struct Caller {
    /// Who was called; nobody if this phone waited.
    pub target: Option<String>,
    /// The phone gave a name and a password.
    pub is_registered: bool,
    /// The running server.
    pub ready: Option<Ready>,
}

impl Caller {
    /// What to try after this SIP status.
    pub fn advice(&self, status: Option<u16>) -> Option<String> {
        let target = self.target.as_deref()?;
        let advice = match status? {
            401 | 407 => "give a name with --register and its password with --password".to_owned(),
            403 | 404 if !self.is_registered => {
                format!(
                    "only service numbers{} take calls of strangers; call as a phone of the server with --register NAME",
                    self.numbers()
                )
            }
            403 => format!(
                "{target} is none of the service numbers{}; beyond them, a phone needs may-call-out and a trunk with that prefix",
                self.numbers()
            ),
            404 => {
                format!("nobody here is called {target}; service numbers{} and phones can be", self.numbers())
            }
            480 => format!(
                "is {target} registered, or does an application answer it? `ringdown events list` shows who is told of calls"
            ),
            486 | 600 | 603 => "it was refused at the other end".to_owned(),
            503 => {
                "the server takes no more calls, or its trunk does not answer; its log says which".to_owned()
            }
            _ => return None,
        };
        Some(advice)
    }

    fn numbers(&self) -> String {
        match self.ready.as_ref().map(|ready| ready.numbers.join(", ")) {
            Some(numbers) if !numbers.is_empty() => format!(" ({numbers})"),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_told_to_register() {
        let caller = Caller { target: Some("demo-2".to_owned()), is_registered: false, ready: None };
        assert!(caller.advice(Some(404)).is_some_and(|advice| advice.contains("--register")));
        let caller = Caller { is_registered: true, ..caller };
        assert!(
            caller.advice(Some(404)).is_some_and(|advice| advice.contains("nobody here is called demo-2"))
        );
        assert_eq!(caller.advice(Some(499)), None);
    }
}
