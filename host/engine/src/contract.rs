//! The contract's worlds, what each exports, and the checks that a component fits one of a version that is served.

use std::fmt;

use wit_parser::Resolve;

use crate::versions::{ContractVersion, SERVED};
use crate::words::listed;

/// What a component is for. A payer has one of each kind and swaps each on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// It decides which claim lines a request hits.
    Criteria,
    /// It decides in which status a claim may be.
    ClaimStatus,
}

impl ComponentKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Criteria, Self::ClaimStatus];

    /// The kind's name, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Criteria => "criteria",
            Self::ClaimStatus => "claim-status",
        }
    }

    /// The contract's world for it.
    const fn world(self) -> &'static str {
        match self {
            Self::Criteria => "criteria-component",
            Self::ClaimStatus => "claim-status-component",
        }
    }

    /// The interface that no component of another kind exports.
    const fn interface(self) -> &'static str {
        match self {
            Self::Criteria => "criteria",
            Self::ClaimStatus => "disposition",
        }
    }

    /// Whether a component exports that interface, of any version that is served.
    fn is_exported(self, exports: &[String]) -> bool {
        SERVED
            .iter()
            .any(|version| exports.contains(&version.interface(self.interface())))
    }

    /// The kind of a component that exports these interfaces.
    pub(crate) fn of_exports(exports: &[String]) -> Result<Self, String> {
        let kinds: Vec<_> = Self::ALL.into_iter().filter(|kind| kind.is_exported(exports)).collect();
        let [newest, ..] = &SERVED;
        let interfaces = Self::ALL.map(|kind| format!("`{}` ({kind})", newest.interface(kind.interface())));
        match kinds[..] {
            [kind] => Ok(kind),
            [] => Err(format!(
                "it is no component of {}: it must export {}",
                listed_served(),
                interfaces.join(" or ")
            )),
            _ => Err(format!(
                "it exports {}; a component has one job, so make one of each",
                interfaces.join(" and ")
            )),
        }
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The interfaces that the host offers, in every version.
const IMPORTS: [&str; 3] = ["types", "reference-data", "diagnostics"];

/// The versions that are served, for people.
fn listed_served() -> String {
    SERVED.each_ref().map(ToString::to_string).join(" or ")
}

/// The linker offers nothing else anyway; refusing here says it in the author's words.
pub(crate) fn check_imports(imports: &[String]) -> Result<(), String> {
    let allowed: Vec<_> = SERVED
        .iter()
        .flat_map(|version| IMPORTS.map(|name| version.interface(name)))
        .collect();
    let foreign: Vec<_> = imports.iter().filter(|import| !allowed.contains(import)).collect();
    let Some(foreign_listed) = listed(&foreign) else {
        return Ok(());
    };
    let advice = if foreign.iter().any(|import| import.starts_with("wasi:")) {
        "rules have no clock, files, randomness or network; build for target wasm32-unknown-unknown, without WASI"
            .to_owned()
    } else {
        let allowed: Vec<_> = allowed.iter().map(|import| format!("`{import}`")).collect();
        format!("what a rule may import is {}", allowed.join(", "))
    };
    Err(format!("it imports {foreign_listed}; {advice}"))
}

/// The newest served version whose world for this kind the component fits: it exports what that says, with the
/// contract's types.
pub(crate) fn check_contract(
    bytes: &[u8],
    exports: &[String],
    kind: ComponentKind,
) -> Result<&'static ContractVersion, String> {
    let mut reason = None;
    for version in &SERVED {
        let Err(refused) = fits(version, bytes, exports, kind) else {
            return Ok(version);
        };
        // What keeps it from the version that it was built for is what its author has to know; else from the newest.
        if reason.is_none() || exports.contains(&version.interface(kind.interface())) {
            reason = Some(refused);
        }
    }
    // INVARIANT: a version at least is served.
    Err(reason.unwrap_or_default())
}

/// The component exports what a version's world for its kind says.
fn fits(version: &ContractVersion, bytes: &[u8], exports: &[String], kind: ComponentKind) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("rules.wit", version.text)
        .map_err(|error| format!("{error:#}"))?;
    let world = resolve
        .select_world(&[package], Some(kind.world()))
        .map_err(|error| format!("{error:#}"))?;
    wit_component::targets(&resolve, world, bytes).map_err(|error| {
        let start = format!("it does not fit world `{}` of {version}: ", kind.world());
        // Of a component that was handed in for another job, what is missing is not what its author has to know.
        if let Ok(other) = ComponentKind::of_exports(exports)
            && other != kind
        {
            return format!(
                "{start}it is a {other} component, for it exports `{}`; hand it in as the {other} rules, or hand in \
                 here a component that exports `{}`",
                version.interface(other.interface()),
                version.interface(kind.interface())
            );
        }
        let cause = error.root_cause().to_string();
        // The first line speaks of the world as a whole; those below it lead to what is missing or of another type.
        let mut lines: Vec<_> = cause.lines().collect();
        if lines.len() > 1 {
            lines.remove(0);
        }
        let cause = lines.join(": ");
        let cause = cause.split(" (at offset").next().unwrap_or_default();
        format!("{start}{cause}")
    })
}

#[cfg(test)]
mod tests {
    use super::ComponentKind;

    /// What the kind of a component with these exports is, or the words that refuse it.
    #[track_caller]
    fn check(exports: &[&str], expected: Result<ComponentKind, &str>) {
        let exports: Vec<_> = exports.iter().map(|&export| export.to_owned()).collect();
        match (ComponentKind::of_exports(&exports), expected) {
            (Ok(kind), Ok(expected)) => assert_eq!(kind, expected),
            (Err(reason), Err(words)) => assert!(reason.contains(words), "{reason}"),
            (kind, expected) => assert!(kind.is_ok() == expected.is_ok(), "{kind:?}, but {expected:?}"),
        }
    }

    #[test]
    fn the_exports_tell_the_kinds_apart() {
        let (criteria, disposition) = ("reprise:rules/criteria@0.1.0", "reprise:rules/disposition@0.1.0");
        let identity = "reprise:rules/identity@0.1.0";
        check(&[criteria], Ok(ComponentKind::Criteria));
        check(&[disposition, identity], Ok(ComponentKind::ClaimStatus));
        check(
            &[identity],
            Err("it must export `reprise:rules/criteria@0.1.0` (criteria) or"),
        );
        check(
            &["reprise:rules/criteria@0.2.0"],
            Err("it is no component of reprise:rules@0.1.0"),
        );
        check(
            &[disposition, criteria],
            Err("a component has one job, so make one of each"),
        );
    }
}
