//! A population of claims in every state: generated ones, of which some are given pend reasons on all levels, other
//! statuses, locks, settlements and a life at intake. The same seed gives the same ones.

use reprise_interchange::{GenerateOptions, NoProgress, generate};
use serde_json::{Value, json};

/// Codes of pend reasons, of which most are defined by the population and some open a task.
const CODES: [&str; 9] = [
    "PR-1",
    "PR-2",
    "PR-3",
    "PR-4",
    "PR-5",
    "a/b c",
    "50%",
    "Prüfung <\"ä\"> & 'b'",
    "?#+",
];
const OPEN: [&str; 6] = [
    "ENTRY",
    "CHANGE",
    "MANUAL PRICING",
    "MANUAL PRICING ADJUDICATION",
    "MANUAL BENEFITS",
    "MANUAL ADJUDICATION",
];
const OTHERS: [&str; 9] = [
    "INITIAL",
    "SENT OUT FOR PREPROCESSING",
    "SENT OUT FOR PRICING",
    "PRICING DONE",
    "PRICING ADJUDICATION DONE",
    "PRICING FINALIZED",
    "BENEFITS DONE",
    "ADJUDICATION DONE",
    "FINALIZED",
];
/// But for the one that waits for a procedure in process: nobody does so for long where there is none.
const AT_INTAKE: [&str; 6] = ["U", "H", "W", "P", "S", "R"];

/// Claims to import, and what there is to know of them.
pub(super) struct Population {
    pub(super) lines: String,
    pub(super) codes: Vec<String>,
    /// The codes of those that some work under way is to hold.
    pub(super) held: Vec<String>,
    /// The pend reasons that open a task.
    pub(super) publishing: Vec<String>,
}

/// Numbers that look like chance and are the same each time.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded() -> Self {
        Self(seed())
    }

    /// A number below this one, by SplitMix64.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound.max(1)).expect("a bound");
        usize::try_from((mixed ^ (mixed >> 31)) % bound).expect("a number")
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn one_of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

/// What the population goes by; `REPRISE_SEED` says another.
pub(super) fn seed() -> u64 {
    std::env::var("REPRISE_SEED").map_or(1, |seed| seed.parse().expect("REPRISE_SEED is a number"))
}

impl Population {
    /// So many claims of payer ACME.
    pub(super) fn of(claims: u64) -> Self {
        let options = GenerateOptions {
            claims,
            seed: seed(),
            payer: "ACME".to_owned(),
            ..GenerateOptions::default()
        };
        let mut generated = Vec::new();
        generate(&options, &mut generated, &mut NoProgress).expect("a population");
        let generated = String::from_utf8(generated).expect("UTF-8");
        let mut population = Self {
            lines: format!(
                "{}\n",
                json!({
                    "kind": "pendReason", "payer": "ACME", "code": CODES[5], "publishMessage": true,
                })
            ),
            codes: Vec::new(),
            held: Vec::new(),
            publishing: vec![CODES[5].to_owned()],
        };
        let mut random = Random::seeded();
        for line in generated.lines() {
            let mut value: Value = serde_json::from_str(line).expect("JSON");
            let code = value["code"].as_str().expect("a code").to_owned();
            if value["kind"] == "claim" {
                if change(&mut value, &mut random) {
                    population.held.push(code.clone());
                }
                population.codes.push(code);
            } else if value["kind"] == "pendReason" && value["publishMessage"] == true {
                population.publishing.push(code);
            }
            population.lines += &format!("{value}\n");
        }
        population
    }
}

/// Gives a claim another state, and answers whether some work is to hold it.
fn change(claim: &mut Value, random: &mut Random) -> bool {
    let is_open = random.percent(65);
    claim["status"] = if is_open {
        json!(random.one_of(&OPEN))
    } else {
        json!(random.one_of(&OTHERS))
    };
    claim["settlementReason"] = if random.percent(5) { json!("PAID") } else { Value::Null };
    claim["lockedBy"] = if random.percent(5) {
        json!("nightly-run")
    } else {
        Value::Null
    };
    for flag in ["preprocessingDone", "pricingDone", "highPriority"] {
        claim[flag] = random.percent(50).into();
    }
    if random.percent(25) {
        claim["patient"] = "7".into();
        claim["claimType"] = "P".into();
        claim["claimStatus"] = json!(random.one_of(&AT_INTAKE));
    }
    // Of some, what the generator has pended them for is left.
    if random.percent(75) {
        let line = claim["lines"][0]["code"].clone();
        let has_bills = claim["bills"].as_array().is_some_and(|bills| !bills.is_empty());
        if !line.is_null() && !has_bills && random.percent(60) {
            claim["bills"] = json!([{ "code": "BILL", "lines": [line] }]);
        }
        claim["pendReasons"] = attached(random);
        for (parts, most) in [("bills", 2), ("lines", 3)] {
            let parts = claim.get_mut(parts).and_then(Value::as_array_mut);
            for part in parts.into_iter().flatten().take(most) {
                part["pendReasons"] = attached(random);
            }
        }
    }
    random.percent(6)
}

/// Some pend reasons, each once, resolved or not.
fn attached(random: &mut Random) -> Value {
    let mut codes = Vec::new();
    for _ in 0..random.below(4) {
        let code = *random.one_of(&CODES);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let codes = codes.into_iter();
    codes
        .map(|code| json!({ "code": code, "resolved": random.percent(35) }))
        .collect()
}
