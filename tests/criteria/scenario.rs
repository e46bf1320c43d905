//! A population with requests on it, drawn, checked, and if a check fails made as small as it goes.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::Strategy;
use proptest::prop_oneof;

use super::population::{Breadth, NARROW, Population, WIDE, population};
use super::requests::{Request, body, request};
use super::world::lines;

pub(super) use crate::support::draw::{draw, soaks};

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
