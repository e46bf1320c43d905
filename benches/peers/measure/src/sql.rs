//! The questions as SQL, each in several formulations.

use crate::claims::CLAIM;
use crate::membership::Memberships;
use crate::peers::Formulation;
use crate::question::{Condition, Question};

/// The line's day, on which memberships are looked up.
const DAY: &str = "service_start_date";

/// How it is told that a line is a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Membership {
    /// `EXISTS` with a range of days for each group.
    Exists,
    /// A join with each group on the id and the range of days.
    Join,
    /// Days looked up by the id in arrays that were made beforehand, as DuckDB's variables.
    Arrays,
}

/// How claims are counted once though several of their lines are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counting {
    /// `count(DISTINCT claim)`.
    Distinct,
    /// Rows of `SELECT DISTINCT claim`.
    Rows,
    /// Rows of `GROUP BY claim`, where lines come in the order of their claims.
    Groups,
    /// Bits of `bitstring_agg`, for so many claims.
    Bits(usize),
}

/// Lines that are hit, in one of the ways; claims are counted in another.
pub(crate) fn of_lines(
    question: &Question,
    memberships: &Memberships,
    membership: Membership,
    counting: Counting,
) -> Formulation {
    let mut joins = String::new();
    let mut tests = Vec::new();
    for (number, condition) in question.conditions.iter().enumerate() {
        match (condition, membership) {
            (Condition::Member { columns, table, dated }, Membership::Join) if columns.len() == 1 => {
                let days = dated_test(*dated, &format!("m{number}"), "l");
                joins.push_str(&format!(
                    "\n  JOIN {table} m{number} ON m{number}.id = l.{}{days}",
                    columns[0]
                ));
            }
            (Condition::Member { columns, table, .. }, Membership::Arrays) => {
                let periods = memberships.tables.get(table).map_or(0, |table| table.periods_max());
                tests.push(either(columns, |column| in_arrays(column, table, periods)));
            }
            (condition, _) => tests.push(test(condition, "l")),
        }
    }
    let from = format!("FROM lines l{joins}\n  WHERE {}", tests.join("\n    AND "));
    let count = match counting {
        Counting::Distinct => format!("SELECT count(DISTINCT l.{CLAIM})\n  {from}"),
        Counting::Rows => format!("SELECT count(*) FROM (\n  SELECT DISTINCT l.{CLAIM}\n  {from}) hit"),
        Counting::Groups => format!("SELECT count(*) FROM (\n  SELECT l.{CLAIM}\n  {from}\n  GROUP BY l.{CLAIM}) hit"),
        Counting::Bits(claims) => format!(
            "SELECT coalesce(bit_count(bitstring_agg(l.{CLAIM}, 0, {})), 0)\n  {from}",
            claims.saturating_sub(1)
        ),
    };
    let how = match membership {
        Membership::Exists => "exists",
        Membership::Join => "join",
        Membership::Arrays => "arrays",
    };
    let counted = match counting {
        Counting::Distinct => "count distinct",
        Counting::Rows => "rows of distinct",
        Counting::Groups => "groups",
        Counting::Bits(_) => "bits",
    };
    Formulation {
        name: format!("{how}, {counted}"),
        settings: String::new(),
        count,
        hits: format!("SELECT DISTINCT l.{CLAIM}\n  {from}"),
    }
}

/// Claims that meet what claims can meet, then whether one of their lines meets the rest.
pub(crate) fn of_claims(question: &Question) -> Formulation {
    let (of_claims, of_lines): (Vec<_>, Vec<_>) = question
        .conditions
        .iter()
        .partition(|condition| condition.is_of_claims());
    let of_claims: Vec<_> = of_claims.into_iter().map(|condition| test(condition, "c")).collect();
    let of_lines: Vec<_> = of_lines.into_iter().map(|condition| test(condition, "l")).collect();
    let lines = if of_lines.is_empty() {
        String::new()
    } else {
        format!("\n      AND {}", of_lines.join("\n      AND "))
    };
    let from = format!(
        "FROM claims c\n  WHERE {}\n    AND EXISTS (SELECT 1 FROM lines l WHERE l.{CLAIM} = c.{CLAIM}{lines})",
        of_claims.join("\n    AND ")
    );
    Formulation {
        name: "claims first".to_owned(),
        settings: String::new(),
        count: format!("SELECT count(*)\n  {from}"),
        hits: format!("SELECT c.{CLAIM}\n  {from}"),
    }
}

/// The variables that formulations with arrays read: statements that make those of a membership table.
pub(crate) fn array_variables(table: &str, periods_max: usize) -> Vec<String> {
    let mut statements = Vec::new();
    for number in 0..periods_max {
        for day in ["first_day", "last_day"] {
            // An id without such a period gets one that holds no day.
            let none = if day == "first_day" { 32_767 } else { -1 };
            statements.push(format!(
                "SET VARIABLE {table}_{day}_{number} = (SELECT list(coalesce(p.{day}, {none})::SMALLINT ORDER BY i.id) \
                 FROM (SELECT unnest(range((SELECT max(id) + 1 FROM {table}_ids))) AS id) i LEFT JOIN \
                 (SELECT *, row_number() OVER (PARTITION BY id ORDER BY first_day) - 1 AS number FROM {table}) p \
                 ON p.id = i.id AND p.number = {number})"
            ));
        }
    }
    statements
}

fn in_arrays(column: &str, table: &str, periods_max: usize) -> String {
    let periods = (0..periods_max).map(|number| {
        let at = |day| format!("list_extract(getvariable('{table}_{day}_{number}'), l.{column} + 1)");
        format!("l.{DAY} BETWEEN {} AND {}", at("first_day"), at("last_day"))
    });
    let periods: Vec<_> = periods.collect();
    match periods.as_slice() {
        [] => "false".to_owned(),
        [only] => only.clone(),
        _ => format!("({})", periods.join(" OR ")),
    }
}

fn test(condition: &Condition, alias: &str) -> String {
    match condition {
        Condition::Among { column, numbers } => match numbers.as_slice() {
            [] => "1 = 0".to_owned(),
            [only] => format!("{alias}.{column} = {only}"),
            _ => {
                let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                format!("{alias}.{column} IN ({})", numbers.join(", "))
            }
        },
        Condition::Between { column, from, through } => format!("{alias}.{column} BETWEEN {from} AND {through}"),
        Condition::Member { columns, table, dated } => either(columns, |column| {
            format!(
                "EXISTS (SELECT 1 FROM {table} m WHERE m.id = {alias}.{column}{})",
                dated_test(*dated, "m", alias)
            )
        }),
    }
}

fn dated_test(dated: bool, member: &str, line: &str) -> String {
    if dated {
        format!(" AND {line}.{DAY} BETWEEN {member}.first_day AND {member}.last_day")
    } else {
        String::new()
    }
}

fn either(columns: &[String], test: impl Fn(&str) -> String) -> String {
    let tests: Vec<_> = columns.iter().map(|column| test(column)).collect();
    match tests.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", tests.join(" OR ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::question::Condition;

    use super::{in_arrays, test};

    #[test]
    fn a_condition_reads_as_one_would_write_it() {
        let member = |columns: &[&str], dated| Condition::Member {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            table: "members".to_owned(),
            dated,
        };
        let among = |numbers: &[i32]| Condition::Among {
            column: "form".to_owned(),
            numbers: numbers.to_vec(),
        };
        for (condition, expected) in [
            (among(&[]), "1 = 0"),
            (among(&[3]), "l.form = 3"),
            (among(&[3, 4]), "l.form IN (3, 4)"),
            (
                Condition::Between {
                    column: "day".to_owned(),
                    from: 1,
                    through: 9,
                },
                "l.day BETWEEN 1 AND 9",
            ),
            (
                member(&["codes"], false),
                "EXISTS (SELECT 1 FROM members m WHERE m.id = l.codes)",
            ),
            (
                member(&["a", "b"], true),
                "(EXISTS (SELECT 1 FROM members m WHERE m.id = l.a AND l.service_start_date BETWEEN m.first_day AND \
                 m.last_day) OR EXISTS (SELECT 1 FROM members m WHERE m.id = l.b AND l.service_start_date BETWEEN \
                 m.first_day AND m.last_day))",
            ),
        ] {
            assert_eq!(test(&condition, "l"), expected);
        }
    }

    #[test]
    fn a_group_without_members_is_never_met() {
        assert_eq!(in_arrays("codes", "members", 0), "false");
    }
}
