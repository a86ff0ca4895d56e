//! The ladder as text: a lane for each leg, for applications, events and media, with the platform
//! between them.
//!
//! ```text
//!     ms  UTC            app   events    media ringdown     leg1
//!    0.0  13:50:02.123     │        │        │        ◀────────┤  INVITE +…0100 …
//!    0.0  13:50:02.123     │        ◀────────┼────────┤        │  IncomingCall …
//! ```

use std::fmt::Write;

use crate::ladder::{APP, EVENTS, HUB, Line, MEDIA};

/// The width of a lane.
const LANE: usize = 9;
/// What stands before the lanes.
const MARGIN: usize = 26;
/// A live call has at least room for two.
const USUAL_LEGS: usize = 2;

/// Draws lines as they come.
#[derive(Clone, Debug)]
pub struct Picture {
    lanes: Vec<String>,
    has_head: bool,
}

impl Picture {
    /// For a call whose lines are not known yet.
    pub fn live() -> Self {
        Self::with_legs(USUAL_LEGS)
    }

    /// For these lines.
    pub fn of(lines: &[Line]) -> Self {
        let legs = lines.iter().flat_map(|line| [leg(&line.from), leg(&line.to)]).flatten().max();
        Self::with_legs(legs.unwrap_or(1))
    }

    fn with_legs(count: usize) -> Self {
        let legs = (1..=count).map(|number| format!("leg{number}"));
        let lanes = [APP, EVENTS, MEDIA, HUB].map(str::to_owned).into_iter().chain(legs).collect();
        Self { lanes, has_head: false }
    }

    /// One more line; before the first, and where a leg appears for which there was no lane, the lanes' names.
    pub fn draw(&mut self, line: &Line) -> String {
        let legs = [leg(&line.from), leg(&line.to)].into_iter().flatten().max().unwrap_or(0);
        if legs + 4 > self.lanes.len() {
            *self = Self::with_legs(legs);
        }
        let mut text = String::new();
        if !std::mem::replace(&mut self.has_head, true) {
            text.push_str(&self.head());
            text.push('\n');
        }
        // `2026-11-21T13:50:02.123456Z`: the day stands above the ladder.
        let clock: String = line.at.chars().skip(11).take(12).filter(|letter| *letter != 'Z').collect();
        let _ = write!(text, "{:>11.1}  {clock:<13}", line.milliseconds);
        text.push_str(&self.rungs(self.lane(&line.from), self.lane(&line.to)));
        let _ = write!(text, "  {}", line.text);
        text
    }

    /// The whole ladder.
    pub fn text(lines: &[Line]) -> String {
        let mut picture = Self::of(lines);
        lines.iter().map(|line| picture.draw(line) + "\n").collect()
    }

    fn head(&self) -> String {
        let mut text = format!("{:>11}  {:<13}", "ms", "UTC");
        debug_assert_eq!(text.chars().count(), MARGIN);
        for lane in &self.lanes {
            let _ = write!(text, "{lane:>LANE$}");
        }
        text
    }

    fn lane(&self, name: &str) -> usize {
        self.lanes.iter().position(|lane| lane == name).unwrap_or(0)
    }

    fn rungs(&self, from: usize, to: usize) -> String {
        let (left, right) = (from.min(to), from.max(to));
        let mut text = String::new();
        for lane in 0..self.lanes.len() {
            let is_crossed = left < lane && lane <= right;
            text.extend(std::iter::repeat_n(if is_crossed { '─' } else { ' ' }, LANE - 1));
            text.push(match lane {
                _ if from == to && lane == from => '●',
                _ if lane == to && from < to => '▶',
                _ if lane == to => '◀',
                _ if lane == from && from < to => '├',
                _ if lane == from => '┤',
                _ if is_crossed => '┼',
                _ => '│',
            });
        }
        text
    }
}

fn leg(lane: &str) -> Option<usize> {
    lane.strip_prefix("leg")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_ladder_has_a_lane_for_everybody() {
        let line = |milliseconds, from: &str, to: &str, text: &str| Line {
            sequence: 1,
            milliseconds,
            at: "2026-11-21T13:50:02.123456Z".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            text: text.to_owned(),
        };
        let lines = [
            line(0.0, "leg1", "ringdown", "INVITE +…0100"),
            line(0.0, "ringdown", "events", "IncomingCall"),
            line(12.5, "app", "ringdown", "Answer"),
            line(12.5, "ringdown", "leg2", "INVITE +…0200"),
            line(30_000.0, "ringdown", "ringdown", "a timer is due"),
        ];
        // Something at the margin keeps the spaces before the numbers.
        let text = format!("ladder:\n{}", Picture::text(&lines));
        expect![[r#"
            ladder:
                     ms  UTC                app   events    media ringdown     leg1     leg2
                    0.0  13:50:02.123         │        │        │        ◀────────┤        │  INVITE +…0100
                    0.0  13:50:02.123         │        ◀────────┼────────┤        │        │  IncomingCall
                   12.5  13:50:02.123         ├────────┼────────┼────────▶        │        │  Answer
                   12.5  13:50:02.123         │        │        │        ├────────┼────────▶  INVITE +…0200
                30000.0  13:50:02.123         │        │        │        ●        │        │  a timer is due
        "#]]
        .assert_eq(&text);
    }
}
