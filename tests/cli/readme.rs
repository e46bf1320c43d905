//! What the documents tell people to type is there, and works.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::command::{REPRISE, command_in};
use crate::support::{Place, SAMPLE};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The documents with command lines.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/access.md",
    "docs/operating.md",
    "docs/rules.md",
    "docs/writing-rules.md",
];

/// The command lines in the `sh` blocks of a document, continued lines as one, without the `$` of a prompt.
fn command_lines(document: &str) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(document)).expect(document);
    let mut lines: Vec<String> = Vec::new();
    let (mut in_block, mut continued) = (false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block && ["```sh", "```bash", "```shell", "```console"].contains(&line.trim());
            continued = false;
        } else if in_block {
            let line = line.trim().trim_start_matches("$ ");
            let (text, goes_on) = line
                .strip_suffix('\\')
                .map_or((line, false), |text| (text.trim_end(), true));
            match lines.last_mut().filter(|_| continued) {
                Some(last) => {
                    last.push(' ');
                    last.push_str(text);
                }
                None => lines.push(text.to_owned()),
            }
            continued = goes_on;
        }
    }
    lines.retain(|line| !line.is_empty() && !line.starts_with('#'));
    lines
}

/// The words of a line up to its comment.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace()
        .take_while(|word| !word.starts_with('#'))
        .collect()
}

#[test]
fn every_make_target_in_a_document_exists() {
    let makefile = std::fs::read_to_string(Path::new(ROOT).join("Makefile")).expect("Makefile");
    let targets: BTreeSet<_> = makefile
        .lines()
        .filter(|line| !line.starts_with(['.', '\t', '#']))
        .filter_map(|line| line.split_once(':'))
        .collect();
    for line in DOCUMENTS.into_iter().flat_map(command_lines) {
        let words = words(&line);
        if words.first() == Some(&"make") {
            for target in words[1..]
                .iter()
                .filter(|word| !word.starts_with('-') && !word.contains('='))
            {
                assert!(
                    targets.iter().any(|(name, _)| name == target),
                    "`{line}`: there is no such target"
                );
            }
        }
    }
}

#[test]
fn every_reprise_command_in_a_document_works_in_its_order() {
    for document in DOCUMENTS {
        check_commands(document);
    }
}

fn check_commands(document: &str) {
    // What a document has no words for, it takes as given: the sample's claims, and a request of the reader's own.
    let place = Place::with(SAMPLE);
    place.file(
        "request.json",
        include_str!("../../host/samples/late-authorizations-1.json"),
    );
    // Paths in documents are those of the repository; what is written, is written beside.
    for entry in std::fs::read_dir(ROOT).expect("the repository") {
        let entry = entry.expect("an entry");
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with('.') && name != "target" {
            let target = entry.path().canonicalize().expect("a path");
            std::os::unix::fs::symlink(target, place.directory().join(name)).expect("a link");
        }
    }
    let commands = place.directory().join(".commands");
    std::fs::create_dir(&commands).expect("a directory");
    std::os::unix::fs::symlink(REPRISE, commands.join("reprise")).expect("a link");
    let path = std::env::var("PATH").expect("a search path");
    for line in command_lines(document) {
        let words = words(&line);
        match words.as_slice() {
            // A server does not end by itself; that its arguments are right is told by its help.
            ["reprise", "serve", rest @ ..] => {
                let rest: Vec<_> = rest.iter().take_while(|word| **word != "&").collect();
                let help = command_in(place.directory())
                    .arg("serve")
                    .args(rest)
                    .arg("--help")
                    .output();
                assert!(help.expect("the command runs").status.success(), "{document}: `{line}`");
            }
            ["reprise", ..] => {
                let output = Command::new("bash")
                    .args(["-o", "pipefail", "-c", &line])
                    .current_dir(place.directory())
                    .env("PATH", format!("{}:{path}", commands.display()))
                    .env_remove("REPRISE_DATABASE")
                    .output()
                    .expect("bash");
                assert!(
                    output.status.success(),
                    "{document}: `{line}`: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            _ => {}
        }
    }
}
