//! What README.md tells a newcomer to type is there, and works.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::command::{REPRISE, command_in};
use crate::support::Place;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The command lines in the `sh` blocks of the README, continued lines as one, without the `$` of a prompt.
fn command_lines() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    let mut lines: Vec<String> = Vec::new();
    let (mut in_block, mut continued) = (false, false);
    for line in readme.lines() {
        if line.starts_with("```") {
            in_block = !in_block && ["```sh", "```bash", "```shell", "```console"].contains(&line.trim());
            continued = false;
        } else if in_block {
            let line = line.trim().trim_start_matches("$ ");
            let (text, goes_on) = line.strip_suffix('\\').map_or((line, false), |text| (text.trim_end(), true));
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
    line.split_whitespace().take_while(|word| !word.starts_with('#')).collect()
}

#[test]
fn every_make_target_in_the_readme_exists() {
    let makefile = std::fs::read_to_string(Path::new(ROOT).join("Makefile")).expect("Makefile");
    let targets: BTreeSet<_> =
        makefile.lines().filter(|line| !line.starts_with(['.', '\t', '#'])).filter_map(|line| line.split_once(':')).collect();
    for line in command_lines() {
        let words = words(&line);
        if words.first() == Some(&"make") {
            for target in words[1..].iter().filter(|word| !word.starts_with('-') && !word.contains('=')) {
                assert!(targets.iter().any(|(name, _)| name == target), "`{line}`: there is no such target");
            }
        }
    }
}

#[test]
fn every_reprise_command_in_the_readme_works_in_its_order() {
    let place = Place::new();
    // Paths in the README are those of the repository; what is written, is written beside.
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
    for line in command_lines() {
        let words = words(&line);
        match words.as_slice() {
            // A server does not end by itself; that its arguments are right is told by its help.
            ["reprise", "serve", rest @ ..] => {
                let rest: Vec<_> = rest.iter().take_while(|word| **word != "&").collect();
                let help = command_in(place.directory()).arg("serve").args(rest).arg("--help").output();
                assert!(help.expect("the command runs").status.success(), "`{line}`");
            }
            ["reprise", ..] => {
                let output = Command::new("bash")
                    .args(["-o", "pipefail", "-c", &line])
                    .current_dir(place.directory())
                    .env("PATH", format!("{}:{path}", commands.display()))
                    .env_remove("REPRISE_DATABASE")
                    .output()
                    .expect("bash");
                assert!(output.status.success(), "`{line}`: {}", String::from_utf8_lossy(&output.stderr));
            }
            _ => {}
        }
    }
}
