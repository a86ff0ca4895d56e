//! Measuring more than once, because a machine is never quiet.

/// Measures so often, and keeps of each row the one in the middle by `key`.
pub(crate) fn middle<Row>(
    rounds: usize,
    mut measure: impl FnMut() -> anyhow::Result<Vec<Row>>,
    key: impl Fn(&Row) -> f64,
) -> anyhow::Result<Vec<Row>> {
    let mut kinds: Vec<Vec<Row>> = Vec::new();
    for _ in 0..rounds.max(1) {
        for (index, row) in measure()?.into_iter().enumerate() {
            if index == kinds.len() {
                kinds.push(Vec::new());
            }
            kinds[index].push(row);
        }
    }
    let in_the_middle = |mut rows: Vec<Row>| {
        rows.sort_by(|one, other| key(one).total_cmp(&key(other)));
        rows.swap_remove(rows.len() / 2)
    };
    Ok(kinds.into_iter().map(in_the_middle).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_the_middle_one_of_its_kind() {
        let mut rounds = [[1.0, 30.0], [9.0, 10.0], [2.0, 20.0]].into_iter();
        let rows = middle(3, || Ok(rounds.next().unwrap().to_vec()), |row| *row);
        assert_eq!(rows.unwrap(), [2.0, 20.0]);
    }
}
