//! A component with bytes changed is refused, fails or is harmless; it never takes the host with it.

use std::time::Duration;

use reprise_engine::{AdmissionChecks, CallLimits, RuleComponent};

use super::{ask, check_that_others_work, engine, tight_limits};
use crate::components;

/// How many are made by default, and at large.
const MUTANTS: u64 = 200;
const MUTANTS_IN_SOAK: u64 = 1_000;

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a length")
    }
}

/// A component with a few bits turned, or a piece cut out, doubled or overwritten by another.
fn mutant(component: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let (from, length) = (numbers.below(bytes.len()), 1 + numbers.below(64));
    let piece = from..(from + length).min(bytes.len());
    match numbers.below(8) {
        0 => drop(bytes.drain(piece)),
        1 => {
            let copy = bytes[piece].to_vec();
            let place = numbers.below(bytes.len());
            bytes.splice(place..place, copy);
        }
        2 => {
            let place = numbers.below(bytes.len() - length);
            bytes.copy_within(piece, place);
        }
        _ => {
            for _ in 0..=numbers.below(4) {
                let place = numbers.below(bytes.len());
                bytes[place] ^= 1 << numbers.below(8);
            }
        }
    }
    bytes
}

#[test]
fn a_component_with_bytes_changed_does_no_harm() {
    let count = if std::env::var_os("REPRISE_SOAK").is_some() {
        MUTANTS_IN_SOAK
    } else {
        MUTANTS
    };
    let engine = engine(CallLimits {
        fuel_max: 20_000_000,
        time_max: Duration::from_secs(5),
        ..tight_limits()
    });
    let (mut refused, mut failed, mut harmless) = (0, 0, 0);
    for seed in 0..count {
        let parent = if seed % 2 == 0 {
            components::BREAKS_CONTRACT
        } else {
            reprise_bundle::CRITERIA
        };
        let bytes = mutant(parent, &mut Numbers(seed));
        // Some are tried as a component is that nobody has checked before.
        let taken = if seed % 5 == 0 {
            let (report, component) = engine.admit(&bytes, &AdmissionChecks::default());
            component.ok_or_else(|| report.refusal().expect("a refusal or a component"))
        } else {
            engine.load_any(&bytes)
        };
        match taken {
            Err(refusal) => {
                assert!(
                    !refusal.reason.contains("gave up"),
                    "mutant {seed} brought the compiler down: {refusal}"
                );
                refused += 1;
            }
            Ok(RuleComponent::Criteria(component)) => match ask(&component, "GOLD") {
                Err(_) => failed += 1,
                Ok(()) => harmless += 1,
            },
            Ok(RuleComponent::ClaimStatus(_)) => panic!("mutant {seed} has become a component of the other kind"),
        }
    }
    #[expect(clippy::print_stdout, reason = "a figure for whoever runs the story alone")]
    {
        println!("{refused} refused, {failed} failed, {harmless} harmless");
    }
    assert!(refused > 0 && harmless > 0, "mutants of one kind only test little");
    check_that_others_work(&engine);
}
