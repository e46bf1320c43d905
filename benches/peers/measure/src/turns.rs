//! Who answers which question how fast: the best formulation of each is found first, then all take turns, round by round,
//! so that whatever else the machine does befalls all of them alike.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use crate::peers::{ANSWER_TIME_MAX, Formulation, Peer};
use crate::question::Question;

/// A formulation is given up when it takes so many times as long as the best one so far, and longer than this.
const WORSE_BY: u32 = 3;
const GIVEN_UP_AFTER: Duration = Duration::from_secs(10);

/// An answer that takes less is asked for once more before it is measured: what went before has emptied the caches.
const WARM_UP_BELOW: Duration = Duration::from_secs(1);

/// A question put to one peer.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) question: String,
    /// The peer's place among the peers.
    pub(crate) peer: usize,
    /// Each formulation with how long it took, or why it did not answer.
    pub(crate) tried: Vec<(Formulation, Result<Duration, String>)>,
    /// The place of the best among those tried.
    pub(crate) kept: Option<usize>,
    /// Why its answers do not count, if so.
    pub(crate) void: Option<String>,
    /// How long the kept one took, in each round.
    pub(crate) times: Vec<Duration>,
}

/// All that was measured.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) rows: Vec<Row>,
    /// How many claims each question hits.
    pub(crate) hits: Vec<(String, usize)>,
}

/// Put every question to every peer, the first of which is Reprise. Plans are written into the directory.
pub(crate) fn measure(
    questions: &[Question],
    peers: &mut [Box<dyn Peer>],
    rounds: usize,
    plans: &Path,
    say: &mut dyn FnMut(&str),
) -> anyhow::Result<Measured> {
    std::fs::create_dir_all(plans).with_context(|| format!("`{}` cannot be made", plans.display()))?;
    let (mut rows, mut hits) = (Vec::new(), Vec::new());
    for question in questions {
        let mut expected = None;
        for (place, peer) in peers.iter_mut().enumerate() {
            let row = try_formulations(question, place, peer.as_mut(), &mut expected)?;
            let kept = row.kept.map_or("nothing", |kept| row.tried[kept].0.name.as_str());
            say(&format!("{}: {} keeps `{kept}`", question.name, peer.name()));
            write_plans(&row, peer.as_mut(), plans)?;
            rows.push(row);
        }
        hits.push((question.name.clone(), expected.map_or(0, |hits| hits.len())));
    }
    for round in 0..rounds {
        say(&format!("round {} of {rounds}", round + 1));
        for row in &mut rows {
            let Some(kept) = row.kept.filter(|_| row.void.is_none()) else {
                continue;
            };
            let (formulation, tried) = &row.tried[kept];
            let peer = peers[row.peer].as_mut();
            if tried.as_ref().is_ok_and(|tried| *tried < WARM_UP_BELOW) {
                peer.count(formulation, ANSWER_TIME_MAX)?;
            }
            row.times.push(peer.count(formulation, ANSWER_TIME_MAX)?.elapsed);
        }
    }
    Ok(Measured { rows, hits })
}

/// Find the best formulation, and hold its answer against that of the first who was asked.
fn try_formulations(
    question: &Question,
    place: usize,
    peer: &mut dyn Peer,
    expected: &mut Option<Vec<i32>>,
) -> anyhow::Result<Row> {
    let mut row = Row {
        question: question.name.clone(),
        peer: place,
        tried: Vec::new(),
        kept: None,
        void: None,
        times: Vec::new(),
    };
    for formulation in peer.formulations(question) {
        let best = row.tried.iter().filter_map(|(_, tried)| tried.as_ref().ok()).min();
        let time_max = best.map_or(ANSWER_TIME_MAX, |best| (*best * WORSE_BY).max(GIVEN_UP_AFTER));
        let counted = peer.count(&formulation, time_max).and_then(|first| {
            if first.elapsed >= WARM_UP_BELOW {
                return Ok(first);
            }
            let second = peer.count(&formulation, time_max)?;
            Ok(if second.elapsed < first.elapsed { second } else { first })
        });
        if let (Ok(counted), Some(expected)) = (&counted, expected.as_ref())
            && counted.count != expected.len() as u64
        {
            let (name, count, expected) = (&formulation.name, counted.count, expected.len());
            row.void = Some(format!("`{name}` counts {count} claims instead of {expected}"));
        }
        let elapsed = counted
            .map(|counted| counted.elapsed)
            .map_err(|error| format!("{error:#}"));
        row.tried.push((formulation, elapsed));
    }
    let times = row.tried.iter().enumerate();
    row.kept = times
        .filter_map(|(place, (_, elapsed))| Some((elapsed.as_ref().ok()?, place)))
        .min()
        .map(|(_, place)| place);
    let Some(kept) = row.kept else {
        let reasons: Vec<_> = row.tried.iter().filter_map(|(_, tried)| tried.clone().err()).collect();
        row.void = Some(format!("no formulation is answered: {}", reasons.join("; ")));
        return Ok(row);
    };
    let answer = match peer.hits(&row.tried[kept].0) {
        Ok(answer) => answer,
        // What all others have shown is worth more than a run that ends here.
        Err(error) => {
            row.void = Some(format!("does not say which claims are hit: {error:#}"));
            return Ok(row);
        }
    };
    match expected {
        None => *expected = Some(answer),
        Some(expected) if *expected == answer => {}
        Some(expected) => {
            row.void = Some(difference(expected, &answer));
        }
    }
    Ok(row)
}

/// In what two answers differ.
fn difference(expected: &[i32], answer: &[i32]) -> String {
    let lacking = expected.iter().filter(|claim| answer.binary_search(claim).is_err());
    let surplus = answer.iter().filter(|claim| expected.binary_search(claim).is_err());
    format!(
        "{} claims are missing and {} are too many, of {}",
        lacking.count(),
        surplus.count(),
        expected.len()
    )
}

fn write_plans(row: &Row, peer: &mut dyn Peer, plans: &Path) -> anyhow::Result<()> {
    let name: String = peer
        .name()
        .to_lowercase()
        .chars()
        .filter_map(|letter| match letter {
            ' ' => Some('-'),
            ',' => None,
            letter => Some(letter),
        })
        .collect();
    let file = plans.join(format!("{}-{name}.txt", row.question));
    let mut text = Vec::new();
    for (formulation, elapsed) in &row.tried {
        let took = match elapsed {
            Ok(elapsed) => format!("{:.1} ms", elapsed.as_secs_f64() * 1e3),
            Err(error) => format!("not answered: {error}"),
        };
        writeln!(text, "-- {}: {took}\n{}\n", formulation.name, formulation.count)?;
    }
    if let Some(kept) = row.kept {
        let (formulation, _) = &row.tried[kept];
        let plan = peer
            .plan(formulation)
            .unwrap_or_else(|error| format!("no plan: {error:#}"));
        writeln!(text, "-- kept: {}\n{plan}", formulation.name)?;
    }
    std::fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn answers_are_compared_claim_by_claim() {
        for (expected, answer, said) in [
            (
                vec![1, 2, 3],
                vec![1, 3],
                "1 claims are missing and 0 are too many, of 3",
            ),
            (vec![1], vec![2], "1 claims are missing and 1 are too many, of 1"),
        ] {
            assert_eq!(difference(&expected, &answer), said);
        }
    }
}
