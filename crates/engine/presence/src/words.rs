//! The words in which presence is told, as Microsoft Graph spells them.

use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($word:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum $name {
            $($word,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => stringify!($word),)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                // Applications do not agree about capitals.
                Self::ALL.iter().find(|word| word.as_str().eq_ignore_ascii_case(text)).copied().ok_or(UnknownWord)
            }
        }
    };
}

/// The text is none of the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a word that presence does not have")]
pub struct UnknownWord;

words! {
    /// How available somebody is.
    Availability {
        Available,
        AvailableIdle,
        Away,
        BeRightBack,
        Busy,
        BusyIdle,
        DoNotDisturb,
        Offline,
        OutOfOffice,
        PresenceUnknown,
    }
}

words! {
    /// What somebody does.
    Activity {
        Available,
        AvailableInactive,
        Away,
        BeRightBack,
        Busy,
        DoNotDisturb,
        InACall,
        InAConferenceCall,
        InAMeeting,
        Inactive,
        OffWork,
        Offline,
        OutOfOffice,
        PresenceUnknown,
        Presenting,
        UrgentInterruptionsOnly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_whatever_its_capitals() {
        for word in Activity::ALL {
            assert_eq!(word.to_string().parse(), Ok(*word));
            assert_eq!(word.to_string().to_uppercase().parse(), Ok(*word));
        }
        assert_eq!("Gone".parse::<Availability>(), Err(UnknownWord));
    }
}
