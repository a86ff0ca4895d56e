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

/// What an operation needs: one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// About anybody.
    pub(crate) anybody: &'static [Permission],
    /// About oneself, with a token of one's own.
    pub(crate) oneself: &'static [Permission],
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.anybody.iter().map(|permission| permission.as_str()).collect();
        write!(f, "{}", names.join(" or "))?;
        if !self.oneself.is_empty() {
            let names: Vec<&str> = self.oneself.iter().map(|permission| permission.as_str()).collect();
            write!(f, ", or about oneself {}", names.join(" or "))?;
        }
        Ok(())
    }
}
