//! Times, headers and deeds as people type them.

use std::time::Duration;

use soft_phone::{Hold, Transfer};

/// The longest time that makes sense here.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// `25s`, `1.5s`, `300ms`, `2m`, or a bare number of seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("", 1.0)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .expect("everything ends in nothing");
    let seconds: f64 = number.trim().parse().map_err(|_| "write for example 25s, 300ms or 2m".to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds * unit).ok().filter(|time| *time <= LONGEST);
    duration.ok_or_else(|| "write a time between 0s and a day".to_owned())
}

/// `Name: value`.
pub fn parse_header(text: &str) -> Result<(String, String), String> {
    let header = text.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    header.filter(|(name, _)| !name.is_empty()).ok_or_else(|| "write for example \"X-Account: 7\"".to_owned())
}

/// `5s,3s`.
pub fn parse_hold(text: &str) -> Result<Hold, String> {
    let (after, lasting) =
        text.split_once(',').ok_or("write after how long and for how long, as in 5s,3s")?;
    Ok(Hold { after: parse_duration(after)?, lasting: parse_duration(lasting)? })
}

/// `5s,demo-2`.
pub fn parse_transfer(text: &str) -> Result<Transfer, String> {
    let (after, target) = text.split_once(',').ok_or("write after how long and to whom, as in 5s,demo-2")?;
    Ok(Transfer { after: parse_duration(after)?, target: target.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let read = |text| parse_duration(text).map(|time| time.as_millis());
        assert_eq!(read("25s"), Ok(25_000));
        assert_eq!(read("1.5s"), Ok(1_500));
        assert_eq!(read("300ms"), Ok(300));
        assert_eq!(read("2m"), Ok(120_000));
        assert_eq!(read("7"), Ok(7_000));
        for wrong in ["", "s", "soon", "-1s", "9000h", "1e300s", "NaN"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
