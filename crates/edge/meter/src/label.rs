//! Labels, whose values are few by construction.

use metrics::SharedString;

/// What a value counts as that the table does not list.
pub(crate) const OTHER: &str = "other";

/// One dimension of a metric.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: Values,
}

/// Which values a label has.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// These; anything else counts as `other`.
    Of(&'static [&'static str]),
    /// Names that the operator gave, or that the program has: as many as there are.
    Configured,
}

impl Label {
    /// A label with these values.
    pub const fn of(name: &'static str, values: &'static [&'static str]) -> Self {
        Self { name, values: Values::Of(values) }
    }

    /// A label whose values are names from the configuration or the program.
    pub const fn configured(name: &'static str) -> Self {
        Self { name, values: Values::Configured }
    }

    pub(crate) fn with(self, value: &str) -> metrics::Label {
        metrics::Label::new(self.name, self.value(value))
    }

    fn value(self, value: &str) -> SharedString {
        match self.values {
            Values::Of(known) => {
                SharedString::const_str(known.iter().copied().find(|known| *known == value).unwrap_or(OTHER))
            }
            Values::Configured => SharedString::from(value.to_owned()),
        }
    }
}
