//! The text under work may grow in every way that harms no component that there is, and in no other.

use std::path::Path;

use wit_parser::Resolve;

use super::CONTRACT;
use super::frozen::versions_in;

/// The text under work.
const WORKING: &str = include_str!("../../wit/rules.wit");

/// Whether components for every world of an older text are good under a newer one, or which is not and why.
fn check(older: &str, newer: &str) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let newer_version = version_of(newer);
    let is_of_package = format!("package reprise:rules@{newer_version};");
    // Two texts of one version have no place beside each other; numbers are all that this changes, and the check is
    // blind to them.
    let newer = newer.replacen(&is_of_package, "package reprise:rules@9999.0.0;", 1);
    let older = resolve
        .push_str("older.wit", older)
        .map_err(|error| format!("{error:#}"))?;
    let newer = resolve
        .push_str("newer.wit", &newer)
        .map_err(|error| format!("{error:#}"))?;
    let worlds = resolve.packages[older].worlds.clone();
    assert!(!worlds.is_empty(), "a contract has worlds");
    for (name, old_world) in worlds {
        let Some(&new_world) = resolve.packages[newer].worlds.get(&name) else {
            return Err(format!("world `{name}` is there no more"));
        };
        wit_component::semver_check(resolve.clone(), old_world, new_world)
            .map_err(|error| format!("world `{name}`: {error:#}"))?;
    }
    Ok(())
}

/// The version that a text says it is.
fn version_of(text: &str) -> &str {
    let package = text
        .lines()
        .find_map(|line| line.strip_prefix("package reprise:rules@"));
    package.and_then(|rest| rest.strip_suffix(';')).expect("a package")
}

/// What all versions have in common that promise to be compatible: the first number that is not 0.
fn promise_of(version: &str) -> Vec<&str> {
    let parts: Vec<_> = version.split('.').collect();
    let first = parts.iter().position(|part| *part != "0").unwrap_or(parts.len() - 1);
    parts[..=first].to_vec()
}

#[test]
fn what_was_built_for_a_release_is_good_under_the_text_under_work() {
    for version in versions_in(Path::new(CONTRACT)) {
        let text = std::fs::read_to_string(Path::new(CONTRACT).join(&version).join("rules.wit")).expect("a text");
        assert_eq!(version_of(&text), version);
        if promise_of(&version) != promise_of(version_of(WORKING)) {
            continue;
        }
        if let Err(reason) = check(&text, WORKING) {
            panic!(
                "`wit/rules.wit` refuses components that were built for {version}; undo the change, or wish for it in \
                 `wit/PENDING.md`: {reason}"
            );
        }
    }
}

/// The text under work with one edit.
fn edited(from: &str, to: &str) -> String {
    assert!(WORKING.contains(from), "`{from}` is not in the contract");
    WORKING.replacen(from, to, 1)
}

#[test]
fn an_edit_that_would_refuse_old_components_is_found() {
    const DESCRIBE: &str = "    describe: func() -> description;\n";
    const EXPORT: &str = "    export criteria;\n";
    for (what, from, to) in [
        (
            "a function that is exported",
            DESCRIBE,
            &format!("{DESCRIBE}    again: func() -> bool;\n")[..],
        ),
        (
            "a function renamed",
            DESCRIBE,
            "    describes: func() -> description;\n",
        ),
        ("a parameter", "plan: func() -> plan;", "plan: func(rows: u32) -> plan;"),
        (
            "another result",
            "match-line: func(cells: list<s64>) -> bool;",
            "match-line: func(cells: list<s64>) -> u32;",
        ),
        (
            "a member of a record",
            "    record refusal {\n",
            "    record refusal {\n        more: u32,\n",
        ),
        (
            "a case of a variant",
            "    variant test {\n",
            "    variant test {\n        always,\n",
        ),
        (
            "a flag",
            "    flags claim-flags {\n",
            "    flags claim-flags {\n        urgent,\n",
        ),
        (
            "a value of an enum",
            "    enum dictionary {\n",
            "    enum dictionary {\n        tooth,\n",
        ),
        (
            "an export of a world",
            EXPORT,
            &format!("{EXPORT}    export identity;\n"),
        ),
        ("an import taken away", "    import diagnostics;\n", ""),
        (
            "a world taken away",
            "world criteria-component {",
            "world other-component {",
        ),
    ] {
        assert!(
            check(WORKING, &edited(from, to)).is_err(),
            "{what} harms old components, and is not found"
        );
    }
}

#[test]
fn growth_that_harms_nobody_is_let_through() {
    const FIRST: &str = "/// The shapes that both sides use.\n";
    const IMPORT: &str = "    import diagnostics;\n";
    const ID_OF: &str = "    id-of: func(dictionary: dictionary, code: string) -> option<code-id>;\n";
    let interface = "interface weather {\n    today: func() -> u32;\n}\n\n";
    let imported =
        edited(FIRST, &format!("{interface}{FIRST}")).replace(IMPORT, &format!("{IMPORT}    import weather;\n"));
    let world = "world weather-component {\n    export weather;\n}\n\n";
    for (what, text) in [
        ("nothing at all", WORKING.to_owned()),
        ("a comment", edited(FIRST, "/// What both sides speak in.\n")),
        (
            "an interface that nobody has to know",
            edited(FIRST, &format!("{interface}{FIRST}")),
        ),
        ("an imported interface", imported),
        (
            "an exported interface in a new world",
            edited(FIRST, &format!("{interface}{world}{FIRST}")),
        ),
        (
            "a function that is imported",
            edited(ID_OF, &format!("{ID_OF}    count-of: func() -> u32;\n")),
        ),
    ] {
        assert_eq!(check(WORKING, &text), Ok(()), "{what}");
    }
}

#[test]
fn versions_promise_by_their_first_number_that_is_not_0() {
    for (left, right, is_one_promise) in [
        ("0.1.0", "0.1.7", true),
        ("0.1.0", "0.2.0", false),
        ("1.0.0", "1.9.3", true),
        ("1.0.0", "2.0.0", false),
        ("0.0.1", "0.0.2", false),
    ] {
        assert_eq!(
            promise_of(left) == promise_of(right),
            is_one_promise,
            "{left} and {right}"
        );
    }
}
