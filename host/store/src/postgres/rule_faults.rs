//! Faults of rule components, in PostgreSQL.

use postgres::Row;

use super::session::{Session, get};
use super::write::Raised;
use super::{duration_ms, from_stored};
use crate::rules::kept_words;
use crate::{FAULT_KEPT_FOR, RuleFault, StoreError};

pub(super) fn since(session: &mut Session, payer: &str, digest: &str, since_ms: i64) -> Result<u64, StoreError> {
    let count = session.one(
        "SELECT count(*) FROM rule_fault
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND digest = $2 AND at_ms >= $3",
        &[&payer, &digest, &since_ms],
    )?;
    from_stored(count)
}

pub(super) fn last(session: &mut Session, payer: &str, digest: &str, limit: u32) -> Result<Vec<RuleFault>, StoreError> {
    let rows = session.rows(
        "SELECT host, text, at_ms FROM rule_fault
         WHERE payer_id = (SELECT id FROM payer WHERE name = $1) AND digest = $2
         ORDER BY at_ms DESC, id DESC LIMIT $3",
        &[&payer, &digest, &i64::from(limit)],
    )?;
    let fault = |row: &Row| {
        Ok(RuleFault {
            host: get(row, 0)?,
            text: get(row, 1)?,
            at_ms: get(row, 2)?,
        })
    };
    rows.iter().map(fault).collect()
}

pub(super) fn note(
    session: &mut Session,
    raised: &mut Raised,
    payer: &str,
    digest: &str,
    host: &str,
    text: &str,
) -> Result<(), StoreError> {
    let payer = raised.payer(session, payer)?;
    session.execute(
        "DELETE FROM rule_fault WHERE at_ms <= now_ms() - $1",
        &[&duration_ms(FAULT_KEPT_FOR)],
    )?;
    session.execute(
        "INSERT INTO rule_fault (payer_id, digest, host, text) VALUES ($1, $2, $3, $4)",
        &[&payer, &digest, &host, &kept_words(text)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use reprise_test_postgres::shared;

    use super::super::{Postgres, parse};
    use crate::conformance::rule_faults::{note, texts};

    #[test]
    fn a_fault_is_forgotten_after_a_day() {
        let Some(cluster) = shared() else { return };
        let url = cluster.create_database();
        let store = Postgres::open(parse(&url).expect("a URL")).expect("opened");
        for text in ["old", "young"] {
            note(&store, text);
        }
        let age = |text: &str, by_ms: i64| {
            let sql = format!("UPDATE rule_fault SET at_ms = at_ms - {by_ms} WHERE text = '{text}'");
            cluster.execute(&url, &sql);
        };
        age("old", 24 * 60 * 60 * 1000);
        // Some minutes less than a day, so that the test may take its time.
        age("young", 24 * 60 * 60 * 1000 - 600_000);
        note(&store, "new");
        assert_eq!(texts(&store), ["new", "young"]);
    }
}
