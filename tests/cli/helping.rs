//! What the command says of itself.

use super::{Done, reprise};
use crate::support::Place;

/// Every subcommand, each as its words.
const SUBCOMMANDS: [&[&str]; 44] = [
    &[],
    &["import"],
    &["export"],
    &["generate"],
    &["match"],
    &["serve"],
    &["backup"],
    &["claims"],
    &["claims", "validate"],
    &["principal"],
    &["principal", "list"],
    &["principal", "create"],
    &["principal", "change"],
    &["principal", "disable"],
    &["principal", "enable"],
    &["role"],
    &["role", "list"],
    &["role", "write"],
    &["role", "delete"],
    &["token"],
    &["token", "create"],
    &["token", "list"],
    &["token", "revoke"],
    &["audit"],
    &["rules"],
    &["rules", "build"],
    &["rules", "check"],
    &["rules", "sign"],
    &["rules", "key"],
    &["rules", "key", "generate"],
    &["rules", "install"],
    &["rules", "activate"],
    &["rules", "deactivate"],
    &["rules", "rollback"],
    &["rules", "reinstate"],
    &["rules", "history"],
    &["rules", "list"],
    &["rules", "inspect"],
    &["rules", "generations"],
    &["rules", "trust"],
    &["rules", "trust", "add"],
    &["rules", "trust", "list"],
    &["rules", "trust", "revoke"],
    &["rules", "policy"],
];

fn run(words: &[&str], last: &str) -> Done {
    let arguments: Vec<_> = words.iter().copied().chain([last]).collect();
    reprise(&Place::new(), &arguments)
}

#[test]
fn every_subcommand_has_help() {
    for words in SUBCOMMANDS {
        let help = run(words, "--help").well().output;
        assert!(help.contains("Usage: "), "{words:?}: {help}");
        assert!(help.contains(&words.join(" ")), "{words:?}: {help}");
    }
}

#[test]
fn the_list_of_subcommands_is_whole() {
    let help = run(&[], "--help").well().output;
    let (_, listed) = help.split_once("Commands:").expect("a list of commands");
    let listed: Vec<_> = listed
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        listed,
        [
            "import",
            "export",
            "generate",
            "match",
            "serve",
            "backup",
            "claims",
            "principal",
            "role",
            "token",
            "audit",
            "rules",
            "secrets-key",
            "help"
        ]
    );
}

#[test]
fn the_version_is_told() {
    assert_eq!(
        run(&[], "--version").well().output,
        format!("reprise {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_command_that_is_none_is_refused() {
    for (arguments, words) in [
        (vec!["reprocess"], "unrecognized subcommand 'reprocess'"),
        (vec!["import"], "<FILE>"),
        (vec!["generate"], "--claims <COUNT>"),
        (vec!["generate", "--claims", "-1"], "-1"),
        (vec!["match"], "<CRITERIA.{xml,json}>"),
        (
            vec!["match", "a.json", "--count", "--explain", "C001"],
            "cannot be used with",
        ),
        (vec!["match", "a.json", "--format", "yaml"], "'yaml'"),
        (vec!["serve", "--listen", "8080"], "'8080'"),
        (vec!["serve", "--workers", "0"], "'0'"),
        (vec!["serve", "--lease-seconds", "0"], "'0'"),
        (vec!["serve", "--claims-per-second", "ACME=many"], "'ACME=many'"),
        (vec!["serve", "--notification-endpoint", "nowhere"], "'nowhere'"),
        (vec!["backup"], "<FILE>"),
        (vec!["principal", "change", "jane"], "--role <ROLE>"),
        (vec!["role", "write", "reviewer"], "--restriction <RESTRICTION>"),
        (vec!["token", "create"], "--role <ROLE>"),
        (
            vec!["token", "create", "--role", "operator", "--expires-in-days", "0"],
            "'0'",
        ),
        (vec!["rules", "list"], "--payer <PAYER>|--platform"),
        (
            vec!["rules", "list", "--payer", "A", "--platform"],
            "cannot be used with",
        ),
        (vec!["rules", "activate", "01234567", "--payer", "A"], "--reason <TEXT>"),
        (
            vec!["rules", "activate", "0123", "--payer", "A", "--reason", "r"],
            "at least 8 digits",
        ),
        (
            vec!["rules", "activate", "--payer", "A", "--reason", "r"],
            "<COMPONENT>",
        ),
        (
            vec!["rules", "trust", "add", "00ff", "--comment", "c", "--platform"],
            "64 hexadecimal digits or as base64",
        ),
        (vec!["audit", "--claim", "C001"], "--payer <PAYER>"),
        (vec!["audit", "--from", "yesterday"], "'yesterday'"),
    ] {
        reprise(&Place::new(), &arguments).failed(2, &[words]);
    }
}
