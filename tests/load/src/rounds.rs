//! Measuring more than once, because a machine is never quiet.

use crate::gaps::Gaps;

/// Measures so often, and keeps of each kind of row the one in the middle by `key`, in the order of the first
/// round. What fails in a round is noted as `work`, and the other rounds count.
pub(crate) fn middle<Row>(
    rounds: usize,
    (work, gaps): (&str, &mut Gaps),
    mut measure: impl FnMut(&mut Gaps) -> anyhow::Result<Vec<Row>>,
    kind: impl Fn(&Row) -> String,
    key: impl Fn(&Row) -> f64,
) -> Vec<Row> {
    let mut kinds: Vec<(String, Vec<Row>)> = Vec::new();
    for _ in 0..rounds.max(1) {
        let measured = measure(gaps);
        for row in gaps.check(work, measured).unwrap_or_default() {
            let name = kind(&row);
            match kinds.iter_mut().find(|(known, _)| *known == name) {
                Some((_, rows)) => rows.push(row),
                None => kinds.push((name, vec![row])),
            }
        }
    }
    let in_the_middle = |(_, mut rows): (String, Vec<Row>)| {
        rows.sort_by(|one, other| key(one).total_cmp(&key(other)));
        rows.swap_remove(rows.len() / 2)
    };
    kinds.into_iter().map(in_the_middle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_the_middle_one_of_its_kind_and_a_round_that_fails_is_told() {
        let rounds = [
            Ok(vec![("a", 1.0), ("b", 30.0)]),
            Err(anyhow::anyhow!("a bad moment")),
            Ok(vec![("a", 9.0), ("b", 10.0)]),
            Ok(vec![("b", 20.0), ("a", 2.0)]),
        ];
        let (mut rounds, mut gaps) = (rounds.into_iter(), Gaps::default());
        let measure = |_: &mut Gaps| rounds.next().unwrap();
        let rows = middle(4, ("all", &mut gaps), measure, |row| row.0.to_owned(), |row| row.1);
        assert_eq!(rows, [("a", 2.0), ("b", 20.0)]);
        assert_eq!(gaps.into_all().len(), 1);
    }
}
