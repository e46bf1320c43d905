//! The default component agrees with the plain reading, claim by claim, on populations and requests drawn at random.

use std::cell::Cell;

use super::plain;
use super::scenario::{draw, scenario};
use super::world::{World, agree};

/// How often requests were asked and hit, so that the stories can tell that they showed something.
#[derive(Default)]
struct Tally {
    asked: Cell<usize>,
    with_hits: Cell<usize>,
    with_misses: Cell<usize>,
}

impl Tally {
    fn add(&self, claims: usize, hits: usize) {
        let plus = |number: &Cell<usize>, more: bool| number.set(number.get() + usize::from(more));
        plus(&self.asked, true);
        plus(&self.with_hits, hits > 0);
        plus(&self.with_misses, hits < claims);
    }
}

/// Criteria request and count agree with the plain reading, and the count with the criteria request.
#[test]
fn the_default_component_agrees_with_a_plain_reading() {
    let world = World::new(None);
    let tally = Tally::default();
    draw(150, 2_500, &scenario(60), |scenario| {
        let payer = world.bring(&scenario.population);
        for request in &scenario.requests {
            let request = request.submitted(&scenario.population);
            let matched = agree(&world.host, &payer, plain::by_default, &scenario.population, &request)?;
            tally.add(scenario.population.claims.len(), matched.claims.len());
        }
        Ok(())
    });
    let (asked, with_hits, with_misses) = (tally.asked.get(), tally.with_hits.get(), tally.with_misses.get());
    assert!(asked > 3_000, "{asked} requests were asked");
    // Neither "all" nor "none" would show a difference.
    assert!(
        with_hits > asked / 4 && with_misses > asked / 2,
        "{with_hits} and {with_misses} of {asked}"
    );
}

/// A host that reads what is there when it starts decides as one that was there when it came.
#[test]
fn a_host_that_starts_later_agrees_too() {
    let world = World::new(None);
    let scenarios = std::cell::RefCell::new(Vec::new());
    draw(12, 200, &scenario(10), |scenario| {
        let payer = world.bring(&scenario.population);
        scenarios.borrow_mut().push((payer, scenario));
        Ok(())
    });
    let host = world.another_host();
    for (payer, scenario) in scenarios.into_inner() {
        for request in &scenario.requests {
            let request = request.submitted(&scenario.population);
            agree(&host, &payer, plain::by_default, &scenario.population, &request).expect(&payer);
        }
    }
}

/// Every finding of an explanation is what the plain reading says of that line and criterion, and the claim is said to
/// be hit exactly if it is.
#[test]
fn explanations_agree_with_the_plain_reading_line_by_line() {
    let world = World::new(None);
    draw(25, 600, &scenario(4), |scenario| {
        let payer = world.bring(&scenario.population);
        let references = &scenario.population.references;
        for request in &scenario.requests {
            let request = request.submitted(&scenario.population);
            for claim in scenario.population.claims.iter().take(40) {
                let explanation = world
                    .host
                    .explain(&payer, &request, &claim.code)
                    .map_err(|error| error.to_string())?;
                let hit = plain::claim_is_hit(plain::by_default, references, claim, &request.criteria);
                if explanation.hit != hit || explanation.lines.len() != claim.lines.len() {
                    return Err(format!(
                        "claim {}: {explanation:?}, by the plain reading {hit}",
                        claim.code
                    ));
                }
                for (line, explained) in claim.lines.iter().zip(&explanation.lines) {
                    let told: Vec<_> = explained
                        .findings
                        .iter()
                        .map(|finding| (finding.criterion.as_str(), finding.met))
                        .collect();
                    let expected: Vec<_> = request
                        .criteria
                        .iter()
                        .map(|criterion| {
                            let met = plain::meets(plain::by_default, references, claim, line, criterion);
                            (criterion.name.as_str(), met)
                        })
                        .collect();
                    if told != expected || explained.line != line.code {
                        return Err(format!(
                            "claim {}: {explained:?}, by the plain reading {expected:?}",
                            claim.code
                        ));
                    }
                }
            }
        }
        Ok(())
    });
}
