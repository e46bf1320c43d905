//! Breaks the contract in the way that the product it is asked about names; else every line is a hit.
//!
//! Written against the bare contract, because the SDK does not let rules go wrong like this.

use reprise_rules::bindings::exports::reprise::rules::criteria as contract;

/// The rules: there are none.
pub struct Breaker;

/// Which promise is broken.
pub struct Asked {
    vice: String,
    criteria: Vec<String>,
}

impl contract::Guest for Breaker {
    type Matcher = Asked;

    fn describe() -> contract::Description {
        let criteria = ["process-type", "product"].map(str::to_owned).to_vec();
        contract::Description {
            name: "breaks-contract".to_owned(),
            version: "1.0.0".to_owned(),
            criteria,
        }
    }

    fn conditions() -> Vec<contract::Condition> {
        Vec::new()
    }

    fn compile(criteria: Vec<contract::Criterion>) -> Result<contract::Matcher, contract::Refusal> {
        let product = criteria.iter().find_map(|criterion| match &criterion.test {
            contract::Test::AnyOf(codes) if criterion.name == "product" => codes.first().cloned(),
            _ => None,
        });
        let vice = product.unwrap_or_default();
        let criteria: Vec<_> = criteria.into_iter().map(|criterion| criterion.name).collect();
        let matcher = || {
            contract::Matcher::new(Asked {
                vice: vice.clone(),
                criteria: criteria.clone(),
            })
        };
        if vice == "MANY-HANDLES" {
            loop {
                std::mem::forget(matcher());
            }
        }
        Ok(matcher())
    }
}

fn stage(granularity: contract::Granularity, columns: &[&str]) -> contract::Stage {
    contract::Stage {
        granularity,
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
    }
}

impl contract::GuestMatcher for Asked {
    fn plan(&self) -> contract::Plan {
        use contract::Granularity::{Claim, Line};
        let stages = match self.vice.as_str() {
            "NO-STAGE" => Vec::new(),
            "MANY-STAGES" => (0..17).map(|_| stage(Line, &[])).collect(),
            "UNKNOWN-COLUMN" => vec![stage(Line, &["shoe-size"])],
            "LINE-COLUMN-OF-CLAIMS" => vec![stage(Claim, &["claim-type", "products"])],
            "CLAIMS-AFTER-LINES" => vec![stage(Line, &[]), stage(Claim, &[])],
            "MANY-COLUMNS" => vec![stage(Line, &["products"; 100])],
            _ => vec![stage(Line, &[])],
        };
        let columns = match self.vice.as_str() {
            "UNKNOWN-COLUMN-TO-EXPLAIN" => vec!["hat-size".to_owned()],
            _ => Vec::new(),
        };
        contract::Plan { stages, columns }
    }

    fn prefilter(&self) -> Vec<contract::Bound> {
        match self.vice.as_str() {
            "UNKNOWN-BOUND" => vec![contract::Bound {
                column: "glove-size".to_owned(),
                least: 1,
                greatest: 9,
            }],
            _ => Vec::new(),
        }
    }

    fn match_batch(&self, _: u32, rows: u32, _: Vec<contract::Column>) -> Vec<u64> {
        let mut words = vec![u64::MAX; rows.div_ceil(64) as usize];
        if let (Some(last), beyond @ 1..) = (words.last_mut(), rows % 64) {
            *last = (1 << beyond) - 1;
        }
        match self.vice.as_str() {
            "SHORT-BITMAP" => words.clear(),
            "LONG-BITMAP" => words.push(0),
            "STRAY-BITS" => words.fill(u64::MAX),
            _ => {}
        }
        words
    }

    fn match_line(&self, _: Vec<i64>) -> bool {
        true
    }

    fn explain(&self, _: Vec<i64>) -> Vec<contract::Finding> {
        let finding = |criterion: &String| contract::Finding {
            criterion: criterion.clone(),
            met: true,
            reason: "every line will do".to_owned(),
        };
        match self.vice.as_str() {
            "NO-FINDING" => Vec::new(),
            "OTHER-FINDING" => self.criteria.iter().map(|_| finding(&"weather".to_owned())).collect(),
            _ => self.criteria.iter().map(finding).collect(),
        }
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    reprise_rules::bindings::export_component!(Breaker with_types_in reprise_rules::bindings);
};
