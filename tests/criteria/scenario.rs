//! A population with requests on it, drawn, checked, and if a check fails made as small as it goes.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy};
use proptest::prop_oneof;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};

use super::population::{Breadth, NARROW, Population, WIDE, population};
use super::requests::{Request, body, request};
use super::world::lines;

/// A population with requests on it.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) population: Population,
    pub(super) requests: Vec<Request>,
}

/// Populations of some dozen claims with few words, now and then one with many.
pub(super) fn scenario(requests: usize) -> impl Strategy<Value = Scenario> {
    let of = move |breadth: Breadth, claims| {
        (population(breadth, claims), vec(request(breadth), 1..=requests))
            .prop_map(|(population, requests)| Scenario { population, requests })
    };
    prop_oneof![
        12 => of(NARROW, 0..=40),
        1 => of(WIDE, 200..=260),
    ]
}

/// Prints what reproduces a failure: the lines to import, and the bodies to send.
impl fmt::Debug for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "import:\n{}", lines("-", &self.population))?;
        for request in &self.requests {
            let criteria = request.criteria(&self.population);
            match body(&criteria, request.reason_given) {
                Some(body) => writeln!(formatter, "request: {body}")?,
                None => writeln!(formatter, "request, which no body can say: {criteria:?}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Population {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "import:\n{}", lines("-", self))
    }
}

/// Whether large sizes were asked for.
pub(super) fn soaks() -> bool {
    std::env::var("REPRISE_SOAK").is_ok_and(|value| value == "1")
}

/// Draw so many values, many more if soaking, and check each. The same are drawn each time, unless `REPRISE_SEED` says
/// otherwise: a story that fails fails again.
pub(super) fn draw<S: Strategy>(
    usual: u32,
    soaking: u32,
    strategy: &S,
    check: impl Fn(S::Value) -> Result<(), String>,
) {
    let seed = std::env::var("REPRISE_SEED").map_or(1, |seed| seed.parse().expect("REPRISE_SEED is a number"));
    let config = ProptestConfig {
        cases: if soaks() { soaking } else { usual },
        failure_persistence: None,
        // A failure is shown in a minute, as small as it is by then.
        max_shrink_time: 60_000,
        max_shrink_iters: 100_000,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |value| check(value).map_err(TestCaseError::fail));
    assert!(
        outcome.is_ok(),
        "REPRISE_SEED={seed}: {}",
        outcome.err().map(|error| error.to_string()).unwrap_or_default()
    );
}
