//! What is handed in and is no component of ours is refused at its step, in words that its author can act on.

use std::time::Duration;

use reprise_engine::{AdmissionLimits, AdmissionStep, CallLimits, RuleEngine};

use super::forged::{Part, deep_type, exporting, importing, nested, with_part};
use super::{check_that_others_work, engine, tight_limits};
use crate::components;

/// The bytes are refused at this step with these words.
#[track_caller]
fn check(engine: &RuleEngine, bytes: &[u8], step: AdmissionStep, words: &str) {
    let Err(refusal) = engine.load_criteria(bytes) else {
        panic!("taken, but should be refused: {words}")
    };
    assert!(
        refusal.step == step && refusal.reason.contains(words),
        "{refusal}\nis not at `{step}`: {words}"
    );
}

#[test]
fn what_is_no_component_is_refused_for_what_it_is() {
    let engine = engine(tight_limits());
    let good = reprise_bundle::CRITERIA;
    for (bytes, words) in [
        (
            b"".as_slice(),
            "this is not a WebAssembly component: its first bytes are not those of one",
        ),
        (b"#!/bin/sh\nexit 0\n", "this is not a WebAssembly component"),
        (b"{\"kind\":\"product\"}", "this is not a WebAssembly component"),
        // What wasmtime compiles ahead of time is an ELF file as well.
        (
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0",
            "this is native code, and only WebAssembly is taken",
        ),
        (
            b"\0asm\x01\0\0\0",
            "this is a core module, not a component; build it with `reprise rules build`",
        ),
        (
            b"\0asm\x0d\0\x01\0\x0b",
            "this component cannot be read: unexpected end-of-file",
        ),
        (&good[..good.len() / 2], "this component cannot be read: "),
        (&good[..good.len() - 1], "this component cannot be read: "),
        (&good[4..], "this is not a WebAssembly component"),
    ] {
        check(&engine, bytes, AdmissionStep::Validation, words);
    }
    check_that_others_work(&engine);
}

#[test]
fn imports_that_rules_do_not_have_are_refused_by_name() {
    let engine = engine(tight_limits());
    for (interface, words) in [
        (
            "wasi:clocks/monotonic-clock@0.2.0",
            "it imports `wasi:clocks/monotonic-clock@0.2.0`; rules have no clock",
        ),
        (
            "wasi:cli/environment@0.2.6",
            "build for target wasm32-unknown-unknown, without WASI",
        ),
        (
            "acme:prices/lists@1.0.0",
            "it imports `acme:prices/lists@1.0.0`; what a rule may import is `reprise:rules/types",
        ),
        (
            "reprise:rules/reference-data@0.2.0",
            "`reprise:rules/reference-data@0.1.0`, `reprise:rules/diagnostics@0.1.0`",
        ),
    ] {
        check(&engine, &importing(interface), AdmissionStep::Imports, words);
    }
}

#[test]
fn a_component_of_another_world_is_refused_by_the_contract() {
    let engine = engine(tight_limits());
    let contract = AdmissionStep::Contract;
    let world = "it does not fit world `criteria-component` of reprise:rules@0.1.0: ";
    check(&engine, b"\0asm\x0d\0\x01\0", contract, world);
    check(
        &engine,
        b"\0asm\x0d\0\x01\0",
        contract,
        "missing export named `reprise:rules/criteria@0.1.0`",
    );
    let other_interface = exporting("acme:prices/lists@1.0.0");
    check(
        &engine,
        &other_interface,
        contract,
        "missing export named `reprise:rules/criteria@0.1.0`",
    );
    let other_types = exporting("reprise:rules/criteria@0.1.0");
    check(&engine, &other_types, contract, world);
    let other_import = importing("reprise:rules/diagnostics@0.1.0");
    check(&engine, &other_import, contract, world);
}

#[test]
fn a_component_that_fails_before_its_first_request_is_refused() {
    use AdmissionStep::{Description, Instantiation};
    let engine = engine(tight_limits());
    let good = reprise_bundle::CRITERIA;
    for (part, words) in [
        (
            Part::LoopsAtStart,
            "it ran out of fuel: more than 500000000 units in one call",
        ),
        (
            Part::TrapsAtStart,
            "it trapped: wasm `unreachable` instruction executed",
        ),
        (Part::GrowsMemory, "it ran out of memory: more than 64 MiB"),
        (
            Part::GrowsTable,
            "its tables are too large: more than 1000000 elements in all of them",
        ),
        (
            Part::Table(10_000_000),
            "its tables are too large: more than 1000000 elements in all of them",
        ),
        (
            Part::Memories(1, 2_048),
            "it starts with 134,217,728 bytes of memory; 67,108,864 are allowed",
        ),
        (Part::Memories(3, 512), "it ran out of memory: more than 64 MiB"),
        (
            Part::Instances(65),
            "it is made of too many parts: more than 64 instances, memories or tables",
        ),
    ] {
        check(&engine, &with_part(good, part), Instantiation, words);
    }
    check_that_others_work(&engine);
    check(
        &engine,
        components::LOOPS_IN_DESCRIBE,
        Description,
        "it takes more than 50,000,000 units of fuel to say what it is; ",
    );
    check(
        &engine,
        components::PANICS_IN_DESCRIBE,
        Description,
        "it panicked: the list of criteria is not written yet (at ",
    );
}

#[test]
fn a_good_component_with_a_harmless_part_is_taken() {
    let engine = engine(tight_limits());
    for part in [
        Part::Instances(3),
        Part::Memories(2, 1),
        Part::MemoryModules(3),
        Part::Table(10),
        Part::DeepBlocks(5),
    ] {
        let component = engine
            .load_criteria(&with_part(reprise_bundle::CRITERIA, part))
            .expect("a good component");
        assert_eq!(component.description().name, "default-criteria", "{part:?}");
    }
}

#[test]
fn what_is_nested_too_deep_is_refused_and_overflows_nothing() {
    let engine = engine(tight_limits());
    let good = reprise_bundle::CRITERIA;
    let validation = AdmissionStep::Validation;
    check(&engine, &nested(2_000), AdmissionStep::Contract, "missing export");
    check(&engine, &deep_type(50_000), validation, "type nesting is too deep");
    let blocks = with_part(good, Part::DeepBlocks(300_000));
    check(
        &engine,
        &blocks,
        validation,
        "one of its functions has blocks in blocks more than 10,000 deep",
    );
}

/// The threads that the compiler is still busy on are nobody else's.
#[test]
fn a_component_that_takes_long_to_compile_holds_nobody_up() {
    let bomb = with_part(reprise_bundle::CRITERIA, Part::DeepBlocks(60_000));
    let limits = AdmissionLimits {
        block_depth_max: u32::MAX,
        compile_time_max: Duration::ZERO,
        ..AdmissionLimits::default()
    };
    let impatient = RuleEngine::new(limits, tight_limits()).expect("an engine");
    check(
        &impatient,
        &bomb,
        AdmissionStep::Compilation,
        "compiling it takes longer than 0 ms",
    );
    check_that_others_work(&engine(tight_limits()));
}

#[test]
fn each_limit_on_admission_is_reached() {
    use AdmissionStep::{Compilation, Instantiation, Size, Validation};
    let good = reprise_bundle::CRITERIA;
    let defaults = AdmissionLimits::default();
    for (limits, step, words) in [
        (
            AdmissionLimits {
                component_bytes_max: 1_000,
                ..defaults
            },
            Size,
            "bytes long; 1,000 are allowed",
        ),
        (
            AdmissionLimits {
                functions_max: 10,
                ..defaults
            },
            Validation,
            "functions; 10 are allowed",
        ),
        (
            AdmissionLimits {
                function_bytes_max: 100,
                ..defaults
            },
            Validation,
            "bytes long; 100 are allowed",
        ),
        (
            AdmissionLimits {
                memories_max: 0,
                ..defaults
            },
            Validation,
            "it has 1 memories; 0 are allowed",
        ),
        (
            AdmissionLimits {
                compile_time_max: Duration::ZERO,
                ..defaults
            },
            Compilation,
            "takes longer than 0 ms",
        ),
    ] {
        let engine = RuleEngine::new(limits, tight_limits()).expect("an engine");
        let refusal = engine.load_criteria(good).err().expect("a refusal");
        assert!(
            refusal.step == step && refusal.reason.contains(words),
            "{refusal}\nis not at `{step}`: {words}"
        );
    }
    let engine = engine(CallLimits {
        memory_bytes_max: 64 << 10,
        ..tight_limits()
    });
    let refusal = engine.load_criteria(good).err().expect("a refusal");
    assert!(
        refusal.step == Instantiation && refusal.reason.contains("of memory; 65,536 are allowed"),
        "{refusal}"
    );
    let many = with_part(good, Part::MemoryModules(9));
    let engine = super::engine(tight_limits());
    check(&engine, &many, Validation, "it has 10 memories; 8 are allowed");
}
