//! Components are compiled in a process of the command itself, which ends with its compilation and takes nothing with it.

use std::process::{Command, Stdio};
use std::time::Duration;

use reprise_engine::{AdmissionLimits, AdmissionStep, Compiler, RuleEngine};

use super::forged::{Part, with_part};
use super::{check_that_it_works, check_that_others_work, load, tight_limits};
use crate::cli::command::REPRISE;

/// An engine that compiles as a host does.
fn engine(limits: AdmissionLimits) -> RuleEngine {
    let compiler = Compiler::Process {
        program: REPRISE.into(),
        arguments: vec!["compile-component".into()],
    };
    RuleEngine::new(limits, tight_limits())
        .expect("an engine")
        .with_compiler(compiler)
}

#[test]
fn a_component_that_another_process_compiled_decides() {
    check_that_it_works(&load(&engine(AdmissionLimits::default()), reprise_bundle::CRITERIA));
}

#[test]
fn a_component_that_is_made_to_compile_for_ever_is_refused() {
    let impatient = engine(AdmissionLimits {
        block_depth_max: u32::MAX,
        // Far less than it takes on any machine.
        compile_time_max: Duration::from_millis(100),
        ..AdmissionLimits::default()
    });
    let bomb = with_part(reprise_bundle::CRITERIA, Part::DeepBlocks(300_000));
    let refusal = impatient.load_criteria(&bomb).err().expect("a refusal");
    let ends = [
        "compiling it takes longer than 100 ms",
        "compiling it takes more than 2 GiB of memory",
        "the compiler could not cope with it and gave up",
    ];
    assert!(
        refusal.step == AdmissionStep::Compilation && ends.contains(&refusal.reason.as_str()),
        "it ends by its time, its memory or its depth: {refusal}"
    );
    check_that_others_work(&engine(AdmissionLimits::default()));
}

#[test]
fn the_process_that_compiles_is_not_for_people() {
    let done = Command::new(REPRISE)
        .arg("compile-component")
        .stdin(Stdio::null())
        .output()
        .expect("a process");
    assert!(!done.status.success() && done.stdout.is_empty(), "{done:?}");
    assert_eq!(
        String::from_utf8_lossy(&done.stderr),
        "error: this compiles a component for the process that started it, and was not given one; it is not for people\n"
    );
}
