//! The schema and its history: numbered files, each applied once, in order, in a transaction of its own.

use sqlx::SqlitePool;

/// Why the schema is not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A step failed; nothing of it was kept.
    #[error("bring the database to version {version}: {source}")]
    Step {
        /// The version that was not reached.
        version: i64,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The file was written by a newer program.
    #[error("read a database of version {found}: this program knows versions up to {known}; use a newer one")]
    TooNew {
        /// The file's version.
        found: i64,
        /// Ours.
        known: i64,
    },
}

// The position in the list is the version.
const STEPS: &[&str] = &[
    include_str!("../migrations/0001_spine.sql"),
    include_str!("../migrations/0002_call_records.sql"),
    include_str!("../migrations/0003_last_attempt.sql"),
    include_str!("../migrations/0004_recordings.sql"),
    include_str!("../migrations/0005_resource_holdings.sql"),
    include_str!("../migrations/0006_what_dies_with_a_process.sql"),
    include_str!("../migrations/0007_presence_and_graph.sql"),
    include_str!("../migrations/0008_tenant_objects.sql"),
    include_str!("../migrations/0009_numbers_set_aside.sql"),
    include_str!("../migrations/0010_personal_calls.sql"),
];

pub(crate) async fn run(pool: &SqlitePool) -> Result<(), MigrationError> {
    let failed = |version| move |source| MigrationError::Step { version, source };
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_us BIGINT NOT NULL)",
    )
    .execute(pool)
    .await
    .map_err(failed(0))?;
    let found: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM schema_version")
        .fetch_one(pool)
        .await
        .map_err(failed(0))?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(MigrationError::TooNew { found, known });
    }
    for (version, step) in (1..).zip(STEPS).skip(found as usize) {
        apply(pool, version, step).await.map_err(failed(version))?;
    }
    Ok(())
}

async fn apply(pool: &SqlitePool, version: i64, step: &'static str) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql(step).execute(&mut *transaction).await?;
    sqlx::query("INSERT INTO schema_version (version, applied_us) VALUES ($1, $2)")
        .bind(version)
        .bind(unix_us())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

fn unix_us() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    since.as_micros() as i64
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    #[tokio::test]
    async fn records_of_the_first_version_are_kept() {
        // Each connection of an in-memory database is a database of its own.
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE schema_version (version BIGINT PRIMARY KEY, applied_us BIGINT NOT NULL)")
            .execute(&pool)
            .await
            .unwrap();
        apply(&pool, 1, STEPS[0]).await.unwrap();
        sqlx::raw_sql("INSERT INTO call_record VALUES ('c', 'x', 'r', '4:+1', NULL, 'HungUp', 1, 5, 9, 4)")
            .execute(&pool)
            .await
            .unwrap();
        run(&pool).await.unwrap();
        let kept: (String, i64, i64, String) =
            sqlx::query_as("SELECT end_reason, connected_us, lasted_us, participants FROM call_record")
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!(kept, ("HungUp".into(), 5, 4, "[]".into()));
    }

    #[tokio::test]
    async fn deliveries_and_attempts_of_the_second_version_are_kept() {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE schema_version (version BIGINT PRIMARY KEY, applied_us BIGINT NOT NULL)")
            .execute(&pool)
            .await
            .unwrap();
        for (version, step) in (1..).zip(&STEPS[..2]) {
            apply(&pool, version, step).await.unwrap();
        }
        sqlx::raw_sql(
            "INSERT INTO outbox VALUES ('d', 5, 's', 'e', 't', 'callback', 'https://a', NULL, 'r', 'c', NULL, '[]',
                'delivered', 1, 4, NULL, NULL, 6);
             INSERT INTO delivery_attempt VALUES ('d', 1, 5, 1, 200, NULL, 'thanks', NULL)",
        )
        .execute(&pool)
        .await
        .unwrap();
        run(&pool).await.unwrap();
        let kept: (String, Option<i64>, i64) = sqlx::query_as(
            "SELECT state, arrived_at_us, (SELECT status FROM delivery_attempt WHERE delivery = id) FROM outbox",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        assert_eq!(kept, ("delivered".into(), None, 200));
    }
}
