//! What an application may do, in Graph's words.

use std::fmt;
use std::str::FromStr;

macro_rules! permissions {
    ($($name:ident = $text:literal,)+) => {
        /// A permission, as an administrator grants it to an application.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Permission {
            $($name,)+
        }

        impl Permission {
            /// All that this surface knows.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

permissions! {
    DirectoryReadAll = "Directory.Read.All",
    PresenceRead = "Presence.Read",
    PresenceReadAll = "Presence.Read.All",
    PresenceReadWrite = "Presence.ReadWrite",
    PresenceReadWriteAll = "Presence.ReadWrite.All",
    TeamsResourceAccountReadAll = "TeamsResourceAccount.Read.All",
    UserRead = "User.Read",
    UserReadAll = "User.Read.All",
    UserReadBasicAll = "User.ReadBasic.All",
}

/// The text is no permission that this surface knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a permission that Graph has here")]
pub struct UnknownPermission;

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL.iter().find(|known| known.as_str() == text).copied().ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Permission {
    /// Whether an application may have it in its own name.
    pub const fn is_of_applications(self) -> bool {
        !matches!(self, Self::PresenceRead | Self::PresenceReadWrite | Self::UserRead)
    }

    /// Whether an application may have it in the name of a person.
    pub const fn is_delegated(self) -> bool {
        !matches!(self, Self::PresenceReadWriteAll)
    }
}

/// What an operation needs: one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Of an application that asks in its own name.
    pub(crate) application: &'static [Permission],
    /// Of an application that asks in the name of a person, about anybody.
    pub(crate) delegated: &'static [Permission],
    /// The same, about that person.
    pub(crate) oneself: &'static [Permission],
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            (self.application, "an application"),
            (self.delegated, "a token of a person"),
            (self.oneself, "a token of that person"),
        ];
        let mut is_first = true;
        for (permissions, with) in kinds.into_iter().filter(|(permissions, _)| !permissions.is_empty()) {
            let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
            let comma = if is_first { "" } else { "; " };
            write!(f, "{comma}with {with} {}", names.join(" or "))?;
            is_first = false;
        }
        Ok(())
    }
}
