//! Why a call goes where it goes: what was looked at, in order.
//!
//! The text names numbers and people: it is for administrators, not for logs.

use std::fmt;

/// What was looked at on the way to a decision, in order. Prints a line for each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why(Vec<Step>);

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it was about.
    pub about: About,
    /// The rule, policy or route that decided, if one did.
    pub rule: Option<Rule>,
    /// What was found, as a clause that reads after a colon.
    pub found: Box<str>,
}

/// Something with a name that an administrator wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is, for example `voice route`.
    pub kind: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// How it came to hold, for example `by group Sales`; nothing where there is no choice.
    pub by: Option<Box<str>>,
}

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum About {
    Caller,
    Emergency,
    Normalization,
    Ownership,
    Unassigned,
    Block,
    Access,
    Restriction,
    CallerId,
    VoiceRoute,
    LocationBasedRouting,
    Gateway,
    Trunk,
    Translation,
    Delivery,
    Application,
    Outcome,
}

impl About {
    /// The word for it, in lower camel case as JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Emergency => "emergency",
            Self::Normalization => "normalization",
            Self::Ownership => "ownership",
            Self::Unassigned => "unassigned",
            Self::Block => "block",
            Self::Access => "access",
            Self::Restriction => "restriction",
            Self::CallerId => "callerId",
            Self::VoiceRoute => "voiceRoute",
            Self::LocationBasedRouting => "locationBasedRouting",
            Self::Gateway => "gateway",
            Self::Trunk => "trunk",
            Self::Translation => "translation",
            Self::Delivery => "delivery",
            Self::Application => "application",
            Self::Outcome => "outcome",
        }
    }

    /// The words for it, as people read them.
    const fn words(self) -> &'static str {
        match self {
            Self::CallerId => "caller id",
            Self::VoiceRoute => "voice route",
            Self::LocationBasedRouting => "location-based routing",
            Self::Caller
            | Self::Emergency
            | Self::Normalization
            | Self::Ownership
            | Self::Unassigned
            | Self::Block
            | Self::Access
            | Self::Restriction
            | Self::Gateway
            | Self::Trunk
            | Self::Translation
            | Self::Delivery
            | Self::Application
            | Self::Outcome => self.as_str(),
        }
    }
}

impl Why {
    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(crate) fn note(&mut self, about: About, found: impl Into<Box<str>>) {
        self.0.push(Step { about, rule: None, found: found.into() });
    }

    pub(crate) fn rule(&mut self, about: About, rule: Rule, found: impl Into<Box<str>>) {
        self.0.push(Step { about, rule: Some(rule), found: found.into() });
    }
}

impl Rule {
    pub(crate) fn new(kind: impl Into<Box<str>>, name: impl fmt::Display) -> Self {
        Self { kind: kind.into(), name: name.to_string().into(), by: None }
    }

    pub(crate) fn by(self, by: impl fmt::Display) -> Self {
        Self { by: Some(by.to_string().into()), ..self }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)?;
        match &self.by {
            Some(by) => write!(f, ", {by}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about.words(), self.found)?;
        match &self.rule {
            Some(rule) => write!(f, " ({rule})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{step}")?;
        }
        Ok(())
    }
}
