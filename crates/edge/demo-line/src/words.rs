//! What the demo line says.

use jiff::civil::Time;

pub(crate) const WELCOME: &str = "Welcome to Ringdown. You have reached the demo line.";
pub(crate) const MENU: &str = "To hear the time, press 1. For an echo test, press 2. \
To talk to the other demo phone, press 3. To leave, press 9.";
pub(crate) const SILENCE: &str = "I did not hear a key.";
pub(crate) const WRONG_KEY: &str = "That key has no meaning here.";
pub(crate) const ECHO: &str = "You will now hear yourself. Press any key to come back.";
pub(crate) const ECHO_OVER: &str = "That was the echo.";
pub(crate) const CALLING: &str = "I am calling the other phone. Please hold the line.";
pub(crate) const NO_OTHER: &str = "There is no other demo phone.";
pub(crate) const OTHER_LEFT: &str = "The other phone has hung up.";
pub(crate) const GOODBYE: &str = "Thank you for calling. Goodbye.";

/// The hour and minute of a clock on the wall.
pub(crate) fn time(now: Time) -> String {
    let (hour, half) = match now.hour() {
        0 => (12, "A M"),
        hour @ 1..=11 => (hour, "A M"),
        12 => (12, "P M"),
        hour => (hour - 12, "P M"),
    };
    match now.minute() {
        0 => format!("It is {hour} o'clock {half}."),
        minute @ 1..=9 => format!("It is {hour} oh {minute} {half}."),
        minute => format!("It is {hour} {minute} {half}."),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time as at;

    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(time(at(0, 0, 0, 0)), "It is 12 o'clock A M.");
        assert_eq!(time(at(9, 5, 0, 0)), "It is 9 oh 5 A M.");
        assert_eq!(time(at(12, 30, 0, 0)), "It is 12 30 P M.");
        assert_eq!(time(at(23, 59, 0, 0)), "It is 11 59 P M.");
    }
}
