//! What could not be measured: it is told, and everything else is measured all the same.

use serde::Serialize;

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Gap {
    pub(crate) work: String,
    pub(crate) why: String,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps(Vec<Gap>);

impl Gaps {
    /// What was measured; if it was not, that is noted, once for each kind of work.
    pub(crate) fn check<Done>(&mut self, work: &str, measured: anyhow::Result<Done>) -> Option<Done> {
        match measured {
            Ok(done) => Some(done),
            Err(error) => {
                eprintln!("{work}: {error:#}");
                if self.0.iter().all(|gap| gap.work != work) {
                    self.0.push(Gap { work: work.to_owned(), why: format!("{error:#}") });
                }
                None
            }
        }
    }

    pub(crate) fn into_all(self) -> Vec<Gap> {
        self.0
    }
}

/// The rows for people.
pub(crate) fn table(gaps: &[Gap]) -> String {
    let mut text = "not measured, in one round at least\n".to_owned();
    for Gap { work, why } in gaps {
        text.push_str(&format!("{work:<36}{why}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_told_once_and_the_rest_goes_on() {
        let mut gaps = Gaps::default();
        let rows: Vec<i32> = [Ok(1), Err(anyhow::anyhow!("no")), Err(anyhow::anyhow!("again")), Ok(2)]
            .into_iter()
            .filter_map(|measured| gaps.check("work", measured))
            .collect();
        assert_eq!(rows, [1, 2]);
        assert_eq!(gaps.into_all(), [Gap { work: "work".into(), why: "no".into() }]);
    }
}
