//! A component that fails while it decides is told apart by how, costs its caller that one answer, and nobody else
//! anything.

use std::time::Duration;

use reprise_engine::{AdmissionLimits, CallLimits, CompileError, CriteriaComponent, Fault, RuleEngine};

use super::{ask, check_that_it_works, check_that_others_work, engine, load, tight_limits};
use crate::components;

/// A guest, the product that turns it bad, how it fails within the tight limits, and in which words.
pub(super) struct Vice {
    pub(super) guest: &'static [u8],
    pub(super) product: &'static str,
    is: fn(&Fault) -> bool,
    pub(super) words: &'static str,
}

macro_rules! vice {
    ($guest:ident, $product:literal, $fault:ident, $words:literal) => {
        Vice {
            guest: components::$guest,
            product: $product,
            is: |fault| matches!(fault, Fault::$fault { .. }),
            words: $words,
        }
    };
}

/// Every way to fail.
pub(super) const VICES: &[Vice] = &[
    vice!(
        PANICS,
        "PANIC-IN-COMPILE",
        Panicked,
        "it panicked: the table of products has no row (at "
    ),
    vice!(
        PANICS,
        "PANIC-IN-MATCH",
        Panicked,
        " lines and no price, nor a second line of words (at "
    ),
    vice!(
        LOOPS,
        "LOOP-IN-COMPILE",
        OutOfFuel,
        "it ran out of fuel: more than 500000000 units in one call"
    ),
    vice!(
        LOOPS,
        "LOOP-IN-MATCH",
        OutOfFuel,
        "it ran out of fuel: more than 500000000 units in one call"
    ),
    vice!(
        GROWS,
        "GROW-IN-COMPILE",
        OutOfMemory,
        "it ran out of memory: more than 64 MiB"
    ),
    vice!(
        GROWS,
        "GROW-IN-MATCH",
        OutOfMemory,
        "it ran out of memory: more than 64 MiB"
    ),
    vice!(
        RECURSES,
        "RECURSE",
        Trapped,
        "it trapped: its stack is full, as when a function calls itself without end"
    ),
    vice!(
        RECURSES,
        "RECURSE-WITH-LUGGAGE",
        Trapped,
        "it trapped: out of bounds memory access"
    ),
    vice!(
        SAYS_TOO_MUCH,
        "LONG-NOTE",
        TooMuchOutput,
        "it handed over too much: more than 1 MiB in one go"
    ),
    vice!(
        SAYS_TOO_MUCH,
        "LONG-REFUSAL",
        TooMuchOutput,
        "it handed over too much: more than 1 MiB in one go"
    ),
    vice!(
        SAYS_TOO_MUCH,
        "LONG-REASON",
        TooMuchOutput,
        "it handed over too much: more than 1 MiB in one go"
    ),
    vice!(SAYS_TOO_MUCH, "MANY-NOTES", Panicked, "it panicked: note 0 xxx"),
    vice!(
        BREAKS_CONTRACT,
        "MANY-HANDLES",
        TooManyHandles,
        "it holds too many handles: more than 100"
    ),
    vice!(
        BREAKS_CONTRACT,
        "NO-STAGE",
        BrokeContract,
        "its plan has 0 stages; it must have 1 to 16"
    ),
    vice!(
        BREAKS_CONTRACT,
        "MANY-STAGES",
        BrokeContract,
        "its plan has 17 stages; it must have 1 to 16"
    ),
    vice!(
        BREAKS_CONTRACT,
        "MANY-COLUMNS",
        BrokeContract,
        "it asks for a column more than once"
    ),
    vice!(
        BREAKS_CONTRACT,
        "UNKNOWN-COLUMN",
        BrokeContract,
        "it asks for column `shoe-size`, which the host does not have"
    ),
    vice!(
        BREAKS_CONTRACT,
        "UNKNOWN-COLUMN-TO-EXPLAIN",
        BrokeContract,
        "it asks for column `hat-size`"
    ),
    vice!(
        BREAKS_CONTRACT,
        "UNKNOWN-BOUND",
        BrokeContract,
        "it asks for column `glove-size`"
    ),
    vice!(
        BREAKS_CONTRACT,
        "LINE-COLUMN-OF-CLAIMS",
        BrokeContract,
        "a claim stage asks for column `products`, which lines have"
    ),
    vice!(
        BREAKS_CONTRACT,
        "CLAIMS-AFTER-LINES",
        BrokeContract,
        "its plan has a claim stage after a line stage"
    ),
    vice!(
        BREAKS_CONTRACT,
        "SHORT-BITMAP",
        BrokeContract,
        " rows has 0 words; it must have 1"
    ),
    vice!(
        BREAKS_CONTRACT,
        "LONG-BITMAP",
        BrokeContract,
        " rows has 2 words; it must have 1"
    ),
    vice!(
        BREAKS_CONTRACT,
        "STRAY-BITS",
        BrokeContract,
        " rows sets bits beyond the last row"
    ),
    vice!(
        BREAKS_CONTRACT,
        "NO-FINDING",
        BrokeContract,
        "it explains 0 criteria of a request that has "
    ),
    vice!(
        BREAKS_CONTRACT,
        "OTHER-FINDING",
        BrokeContract,
        "it explains `weather` where `"
    ),
];

/// How a component fails that is asked for a product.
pub(super) fn fault_of(component: &CriteriaComponent, product: &str) -> Fault {
    match ask(component, product) {
        Err(CompileError::Fault(fault)) => fault,
        other => panic!("`{product}` should have ended in a fault, not {other:?}"),
    }
}

/// Every way to fail with the component that has it, each component loaded once.
pub(super) fn for_each_vice(engine: &RuleEngine, mut check: impl FnMut(&Vice, &CriteriaComponent)) {
    for of_one_guest in VICES.chunk_by(|left, right| left.guest == right.guest) {
        let component = load(engine, of_one_guest[0].guest);
        of_one_guest.iter().for_each(|vice| check(vice, &component));
    }
}

#[test]
fn each_way_to_fail_is_told_apart_and_survived() {
    let engine = engine(tight_limits());
    let others = load(&engine, reprise_bundle::CRITERIA);
    for_each_vice(&engine, |vice, component| {
        let fault = fault_of(component, vice.product);
        assert!((vice.is)(&fault), "{}: {fault:?}", vice.product);
        assert!(fault.to_string().contains(vice.words), "{}: {fault}", vice.product);
        ask(component, "GOLD").expect("the component decides what it can");
        check_that_it_works(&others);
    });
    check_that_others_work(&engine);
}

#[test]
fn a_call_without_a_bound_on_fuel_ends_by_the_clock() {
    let time_max = Duration::from_millis(200);
    let engine = engine(CallLimits {
        fuel_max: u64::MAX,
        time_max,
        ..tight_limits()
    });
    let component = load(&engine, components::LOOPS);
    for product in ["LOOP-IN-COMPILE", "LOOP-IN-MATCH"] {
        let fault = fault_of(&component, product);
        assert_eq!(fault, Fault::OutOfTime { time_max });
        assert_eq!(fault.to_string(), "it ran out of time: more than 200 ms in one call");
    }
    check_that_others_work(&engine);
    let admission = AdmissionLimits {
        description_fuel_max: u64::MAX,
        ..AdmissionLimits::default()
    };
    let patient = RuleEngine::new(admission, engine.call_limits()).expect("an engine");
    let Err(refusal) = patient.load_criteria(components::LOOPS_IN_DESCRIBE) else {
        panic!("it never says what it is")
    };
    let expected = "the component is refused at step `description`: it takes more than 200 ms to say what it is; ";
    assert!(refusal.to_string().starts_with(expected), "{refusal}");
}

#[test]
fn a_component_that_asks_the_host_too_often_is_told_apart() {
    let engine = engine(tight_limits());
    let component = load(&engine, components::SAYS_TOO_MUCH);
    let hostcalls_max = 100;
    let limited = component.with_limits(CallLimits {
        hostcalls_max,
        ..tight_limits()
    });
    let fault = fault_of(&limited, "MANY-NOTES");
    assert_eq!(fault, Fault::TooManyHostcalls { hostcalls_max });
    assert_eq!(
        fault.to_string(),
        "it asks the host too often: more than 100 times in one call"
    );
    ask(&limited, "GOLD").expect("the component decides what it can");
    let fault = fault_of(&component, "MANY-NOTES");
    assert!(
        matches!(fault, Fault::Panicked { .. }),
        "others' calls have their own limits: {fault}"
    );
    check_that_others_work(&engine);
}

#[test]
fn what_a_component_notes_is_kept_short() {
    let engine = engine(tight_limits());
    let Fault::Panicked { words } = fault_of(&load(&engine, components::SAYS_TOO_MUCH), "MANY-NOTES") else {
        panic!("it panics after its notes")
    };
    assert!(words.len() <= 8 * 1_024 + 7 * "; ".len(), "{} bytes", words.len());
    assert_eq!(words.split("; ").count(), 8);
}

#[test]
fn fuel_is_the_same_whenever_it_is_counted() {
    let engine = engine(tight_limits());
    let component = load(&engine, reprise_bundle::CRITERIA);
    let fuel = || {
        let criteria = [super::any_of(reprise_model::CriterionName::Product, &["GOLD"])];
        let mut matcher = component
            .compile(std::sync::Arc::new(reprise_engine::EmptyReference), &criteria)
            .expect("a matcher");
        super::ask_all(&mut matcher).expect("an answer");
        matcher.fuel_used()
    };
    let first = fuel();
    assert!(first > 0 && (0..3).all(|_| fuel() == first), "{first}");
}

#[test]
fn a_refusal_is_the_components_own_sentence() {
    let engine = engine(tight_limits());
    let component = load(&engine, components::REFUSES);
    let refused = ask(&component, "SOLD-NO-MORE").expect_err("a refusal");
    let reason = "product `SOLD-NO-MORE` is sold no more; ask for `GOLD`".to_owned();
    assert_eq!(
        refused,
        CompileError::Refused {
            criterion: "product".to_owned(),
            reason
        }
    );
    let understood = &load(&engine, components::KNOWS_LESS).description().criteria.clone();
    assert_eq!(understood, &["process-type", "product"]);
}
