//! The menu as a table: where a caller is, what happened, what is done.

use call_engine::EndCause;
use jiff::civil::Time;
use media_plan::Tone;

use crate::words;

/// Where a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Menu {
    /// The call is being answered.
    Answering,
    /// The menu is heard, or a key is awaited.
    Choosing {
        /// The caller has let one menu pass.
        hesitates: bool,
    },
    /// The echo is announced.
    BeforeEcho,
    /// The caller hears themselves.
    Echoing,
    /// The other phone rings.
    Calling,
    /// The two phones talk.
    Talking,
    /// Goodbye is being said.
    Leaving,
    /// Nothing more is done.
    Gone,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// The call is established.
    Connected,
    /// A key was pressed where one was awaited.
    Key(Tone),
    /// None was, in time.
    NoKey,
    /// The words could not be said.
    Speechless,
    /// The words have been said.
    Said,
    /// The other phone answered.
    OtherAnswered,
    /// It did not.
    OtherUnavailable(Option<EndCause>),
    /// There is none.
    NoOther,
    /// It hung up.
    OtherLeft,
    /// The caller hung up while the other phone talked.
    CallerLeft,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Says this (nothing, when empty) and awaits a key.
    Ask(String),
    /// Says this.
    Say(String),
    /// Awaits a key for a long time, saying nothing.
    AwaitKey,
    /// The caller hears themselves, or no longer.
    Echo(bool),
    /// Says this, plays music, and calls the other phone.
    CallOther(String),
    /// No more music.
    StopMusic,
    /// Ends the call.
    HangUp,
}

impl Menu {
    /// Where the caller is after something happened, and what is done about it. What does not
    /// belong to where the caller is comes late, and changes nothing.
    pub(crate) fn on(self, happened: Happened, now: Time) -> (Self, Vec<Deed>) {
        match (self, happened) {
            (Self::Answering, Happened::Connected) => choose(words::WELCOME),

            (Self::Choosing { .. }, Happened::Key(Tone::One)) => choose(&words::time(now)),
            (Self::Choosing { .. }, Happened::Key(Tone::Two)) => {
                (Self::BeforeEcho, vec![Deed::Say(words::ECHO.into())])
            }
            (Self::Choosing { .. }, Happened::Key(Tone::Three)) => {
                (Self::Calling, vec![Deed::CallOther(words::CALLING.into())])
            }
            (Self::Choosing { .. }, Happened::Key(Tone::Nine | Tone::Asterisk)) => leave(),
            (Self::Choosing { .. }, Happened::Key(_)) => choose(words::WRONG_KEY),
            (Self::Choosing { hesitates: false }, Happened::NoKey) => {
                (Self::Choosing { hesitates: true }, vec![ask(words::SILENCE)])
            }
            (Self::Choosing { hesitates: true }, Happened::NoKey) => leave(),

            // In this order, so that no key is lost that is pressed as soon as the echo begins.
            (Self::BeforeEcho, Happened::Said) => (Self::Echoing, vec![Deed::AwaitKey, Deed::Echo(true)]),
            (Self::Echoing, Happened::Key(_) | Happened::NoKey) => echo_over(),

            (Self::Calling, Happened::OtherAnswered) => (Self::Talking, vec![Deed::StopMusic]),
            (Self::Calling, Happened::OtherUnavailable(why)) => choose(unavailable(why)),
            (Self::Calling, Happened::NoOther) => choose(words::NO_OTHER),
            (Self::Talking, Happened::OtherLeft) => choose(words::OTHER_LEFT),

            (Self::Leaving, Happened::Said) => (Self::Gone, vec![Deed::HangUp]),
            // Without a voice there is nothing to choose from.
            (
                Self::Choosing { .. } | Self::BeforeEcho | Self::Echoing | Self::Leaving,
                Happened::Speechless,
            )
            | (Self::Calling | Self::Talking, Happened::CallerLeft) => (Self::Gone, vec![Deed::HangUp]),

            (
                Self::Answering
                | Self::Choosing { .. }
                | Self::BeforeEcho
                | Self::Echoing
                | Self::Calling
                | Self::Talking
                | Self::Leaving
                | Self::Gone,
                Happened::Connected
                | Happened::Key(_)
                | Happened::NoKey
                | Happened::Speechless
                | Happened::Said
                | Happened::OtherAnswered
                | Happened::OtherUnavailable(_)
                | Happened::NoOther
                | Happened::OtherLeft
                | Happened::CallerLeft,
            ) => (self, Vec::new()),
        }
    }
}

fn ask(first: &str) -> Deed {
    Deed::Ask(format!("{first} {}", words::MENU))
}

fn choose(first: &str) -> (Menu, Vec<Deed>) {
    (Menu::Choosing { hesitates: false }, vec![ask(first)])
}

fn echo_over() -> (Menu, Vec<Deed>) {
    (Menu::Choosing { hesitates: false }, vec![Deed::Echo(false), ask(words::ECHO_OVER)])
}

fn leave() -> (Menu, Vec<Deed>) {
    (Menu::Leaving, vec![Deed::Say(words::GOODBYE.into())])
}

fn unavailable(why: Option<EndCause>) -> &'static str {
    match why {
        Some(EndCause::Busy | EndCause::Declined) => "The other phone does not want to talk now.",
        Some(EndCause::NoAnswer | EndCause::Canceled) => "The other phone does not answer.",
        Some(EndCause::Unavailable | EndCause::NotFound | EndCause::Unreachable) => {
            "The other phone is not registered."
        }
        Some(
            EndCause::HungUp
            | EndCause::Forbidden
            | EndCause::NotAcceptable
            | EndCause::Overloaded
            | EndCause::MediaLost,
        )
        | None => "The other phone cannot be reached.",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    const CHOOSING: Menu = Menu::Choosing { hesitates: false };

    #[test]
    fn the_menu_is_this_table() {
        let menu = |first: &str| vec![ask(first)];
        let table = [
            (Menu::Answering, Happened::Connected, CHOOSING, menu(words::WELCOME)),
            (CHOOSING, Happened::Key(Tone::One), CHOOSING, menu("It is 3 o'clock P M.")),
            (CHOOSING, Happened::Key(Tone::Two), Menu::BeforeEcho, vec![Deed::Say(words::ECHO.into())]),
            (Menu::BeforeEcho, Happened::Said, Menu::Echoing, vec![Deed::AwaitKey, Deed::Echo(true)]),
            (
                Menu::Echoing,
                Happened::Key(Tone::Five),
                CHOOSING,
                vec![Deed::Echo(false), ask(words::ECHO_OVER)],
            ),
            (Menu::Echoing, Happened::NoKey, CHOOSING, vec![Deed::Echo(false), ask(words::ECHO_OVER)]),
            (
                CHOOSING,
                Happened::Key(Tone::Three),
                Menu::Calling,
                vec![Deed::CallOther(words::CALLING.into())],
            ),
            (Menu::Calling, Happened::OtherAnswered, Menu::Talking, vec![Deed::StopMusic]),
            (
                Menu::Calling,
                Happened::OtherUnavailable(Some(EndCause::Unavailable)),
                CHOOSING,
                menu("The other phone is not registered."),
            ),
            (Menu::Calling, Happened::NoOther, CHOOSING, menu(words::NO_OTHER)),
            (Menu::Calling, Happened::Said, Menu::Calling, vec![]),
            (Menu::Calling, Happened::Speechless, Menu::Calling, vec![]),
            (Menu::Talking, Happened::OtherLeft, CHOOSING, menu(words::OTHER_LEFT)),
            (Menu::Talking, Happened::CallerLeft, Menu::Gone, vec![Deed::HangUp]),
            (CHOOSING, Happened::Key(Tone::Pound), CHOOSING, menu(words::WRONG_KEY)),
            (CHOOSING, Happened::NoKey, Menu::Choosing { hesitates: true }, menu(words::SILENCE)),
            (
                Menu::Choosing { hesitates: true },
                Happened::NoKey,
                Menu::Leaving,
                vec![Deed::Say(words::GOODBYE.into())],
            ),
            (CHOOSING, Happened::Key(Tone::Asterisk), Menu::Leaving, vec![Deed::Say(words::GOODBYE.into())]),
            (CHOOSING, Happened::Speechless, Menu::Gone, vec![Deed::HangUp]),
            (Menu::Leaving, Happened::Said, Menu::Gone, vec![Deed::HangUp]),
            (Menu::Gone, Happened::Key(Tone::One), Menu::Gone, vec![]),
        ];
        for (place, happened, next, deeds) in table {
            assert_eq!(place.on(happened, time(15, 0, 0, 0)), (next, deeds), "{place:?} {happened:?}");
        }
    }

    #[test]
    fn a_key_after_hesitating_starts_afresh() {
        let (place, _) = Menu::Choosing { hesitates: true }.on(Happened::Key(Tone::One), time(1, 0, 0, 0));
        assert_eq!(place, CHOOSING);
    }
}
