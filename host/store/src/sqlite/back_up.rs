//! A copy of an SQLite database, made while it is in use.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::opening;
use crate::StoreError;

/// Copies the database in a file into a new one. What has the target's name is a whole copy, on the disk, at any moment.
pub(crate) fn back_up(path: &Path, target: &Path) -> Result<(), StoreError> {
    let connection = opening::open_copier(path)?;
    let refused = |reason: String| StoreError::Unavailable { reason };
    let shown = target.display();
    match target.try_exists() {
        Ok(false) => {}
        Ok(true) => {
            return Err(refused(format!(
                "`{shown}` is there already; name a file that does not exist yet"
            )));
        }
        Err(error) => {
            return Err(refused(format!(
                "`{shown}` cannot be looked for: {error}; check the rights to its directory"
            )));
        }
    }
    let partial = Partial::create(target)?;
    // The copy has no free pages and is otherwise the same; readers and the writer are not held up.
    let name = partial.path.to_str().ok_or_else(|| {
        refused(format!(
            "`{shown}` is not a name in UTF-8, which SQLite asks for; name another file"
        ))
    })?;
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    copied.map_err(|error| match error.into() {
        StoreError::DiskFull => refused(format!(
            "the disk of `{shown}` is full; free some space or name another file"
        )),
        error => error,
    })?;
    partial
        .finish(target)
        .map_err(|error| StoreError::other(format!("the copy could not be put in place as `{shown}`: {error}")))
}

/// A copy that is not whole yet, in a file of its own beside the target. Dropped, it is removed.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn create(target: &Path) -> Result<Self, StoreError> {
        let mut name = OsString::from(target);
        name.push("-partial");
        let path = PathBuf::from(name);
        // SQLite copies into a file that is not there or is empty; to have made it keeps a second copy out.
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => Ok(Self { path }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(StoreError::Unavailable {
                reason: format!(
                    "`{}` is there already: another copy is being made, or one was broken off; remove it in that case",
                    path.display()
                ),
            }),
            Err(error) => Err(StoreError::Unavailable {
                reason: format!(
                    "`{}` cannot be created: {error}; check that its directory exists and is writable",
                    path.display()
                ),
            }),
        }
    }

    /// Brings the copy to the disk and gives it its name.
    fn finish(self, target: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, target)?;
        let directory = target.parent().filter(|path| !path.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is not there any more if the copy was put in place.
        let _: io::Result<()> = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use rusqlite::Connection;

    use super::super::Sqlite;
    use crate::conformance::audit::ALL;
    use crate::conformance::claim_audit::record;
    use crate::conformance::claims::{claim, write};
    use crate::conformance::components::digest;
    use crate::conformance::tokens::token;
    use crate::conformance::{
        access, create_activity, done, generations, index_images, rule_faults, serving_hosts, trust,
    };
    use crate::{
        AccessStore, ClaimScan, ExistingClaims, IndexImageStore as _, PrincipalsOf, Role, RuleStore, RulesOf,
        RulesPolicy, Store,
    };

    /// The codes of all claims, and the change sequence.
    fn content(store: &dyn Store) -> (Vec<String>, u64) {
        let mut codes = Vec::new();
        let sequence = store.scan_claims(ClaimScan::All, &mut |chunk| {
            codes.extend(chunk.iter().map(|row| row.decode().expect("readable").code));
            ControlFlow::Continue(())
        });
        (codes, sequence.expect("scanned"))
    }

    #[test]
    fn a_copy_is_a_database_with_the_same_content() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let claims = (0..1000)
            .map(|number| claim("ACME", &format!("C{number}"), ""))
            .collect();
        write(&store, claims, ExistingClaims::Refuse);
        let activity = create_activity(&store, "ACME");
        index_images::record(&store, "a", 1);
        let target = directory.path().join("it's a copy.db");
        store.back_up(&target).expect("copied");
        let copy = Sqlite::open(&target).expect("a database of ours");
        assert_eq!(content(&copy), content(&store));
        assert_eq!(copy.activity("ACME", activity), store.activity("ACME", activity));
        assert_eq!(copy.index_image("a"), store.index_image("a"));
        write(&copy, vec![claim("ACME", "new", "")], ExistingClaims::Refuse);
        assert_eq!((copy.claim_count(None), store.claim_count(None)), (Ok(1001), Ok(1000)));
        assert!(!directory.path().join("it's a copy.db-partial").exists());
    }

    #[test]
    fn a_copy_has_who_may_do_what_and_what_was_done() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let jane = access::create(&store, &access::new(Some("ACME"), "jane", Some("s1")));
        let role = Role {
            payer: "ACME".to_owned(),
            name: "reviewer".to_owned(),
            restrictions: BTreeSet::from(["claims.read IP".to_owned()]),
        };
        done(&store, |transaction| {
            transaction.write_role(&role)?;
            transaction.create_token(&token("a", jane))?;
            transaction.revoke_token("a")
        });
        record(&store);
        let target = directory.path().join("copy.db");
        store.back_up(&target).expect("copied");
        let copy = Sqlite::open(&target).expect("a database of ours");
        let access = |store: &Sqlite| {
            (
                store.access_sequence().expect("read"),
                store.principals(PrincipalsOf::Everyone).expect("read"),
                store.roles("ACME").expect("read"),
                store.tokens(jane).expect("read"),
            )
        };
        assert_eq!(access(&copy), access(&store));
        let log = |store: &Sqlite| (store.audit_entries(&ALL), store.claim_audit(&ALL));
        assert_eq!(log(&copy), log(&store));
        assert_eq!(log(&copy).0.expect("read").len(), 1);
        let connection = Connection::open(&target).expect("opened");
        for table in ["audit", "claim_history"] {
            let deleted = connection.execute_batch(&format!("DELETE FROM {table}"));
            assert!(deleted.is_err(), "{table} is only ever added to");
        }
    }

    #[test]
    fn a_copy_has_the_rules_and_what_is_known_of_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        generations::prepare(&store);
        generations::activate(
            &store,
            Some("ACME"),
            Some(generations::create(&store, Some("ACME"), "due")),
        );
        let policy = RulesPolicy {
            require_signature: true,
            return_after_quarantine: true,
        };
        done(&store, |transaction| {
            transaction.add_trusted_key(&trust::key(Some("ACME"), "a"))?;
            transaction.add_signature(&trust::signature(Some("ACME"), 1, "a", 0))?;
            transaction.set_rules_policy(Some("ACME"), &policy)
        });
        serving_hosts::note(&store, "a", None, 1);
        rule_faults::note(&store, "it fell over");
        let target = directory.path().join("copy.db");
        store.back_up(&target).expect("copied");
        let copy = Sqlite::open(&target).expect("a database of ours");
        let digest = digest(1);
        let rules = |store: &Sqlite| {
            (
                store.rules_sequence().expect("read"),
                store.installations(RulesOf::Everyone).expect("read"),
                store.installed_components(RulesOf::Everyone).expect("read"),
                store.component_bytes(&digest).expect("read"),
                store.active_generations().expect("read"),
                store.activations(Some("ACME"), None, 9).expect("read"),
            )
        };
        assert_eq!(rules(&copy), rules(&store));
        assert!(rules(&copy).0 > 0 && rules(&copy).4.len() == 1);
        let known = |store: &Sqlite| {
            (
                store.trusted_keys(Some("ACME")).expect("read"),
                store.signatures(Some("ACME"), &digest).expect("read"),
                store.rules_policy(Some("ACME")).expect("read"),
                serving_hosts::names(store),
                rule_faults::texts(store),
            )
        };
        assert_eq!(known(&copy), known(&store));
        assert_eq!(
            (known(&copy).0.len(), known(&copy).1.len(), known(&copy).2),
            (1, 1, policy)
        );
        let connection = Connection::open(&target).expect("opened");
        for table in ["rule_component", "rule_generation", "rule_activation"] {
            let deleted = connection.execute_batch(&format!("DELETE FROM {table}"));
            assert!(deleted.is_err(), "{table} is only ever added to");
        }
    }

    #[test]
    fn a_copy_is_of_one_moment_while_others_write() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let pair = |number: u64| {
            vec![
                claim("A", &format!("{number}"), ""),
                claim("B", &format!("{number}"), ""),
            ]
        };
        for number in 0..200 {
            write(&store, pair(number), ExistingClaims::Refuse);
        }
        let copied = AtomicBool::new(false);
        let copies = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut number = 200;
                while !copied.load(Ordering::SeqCst) {
                    write(&store, pair(number), ExistingClaims::Refuse);
                    number += 1;
                }
                number
            });
            let copies: Vec<_> = (0..3)
                .map(|number| {
                    let target = directory.path().join(format!("copy-{number}.db"));
                    store.back_up(&target).map(|()| target)
                })
                .collect();
            copied.store(true, Ordering::SeqCst);
            let written = writer.join().expect("written");
            assert_eq!(store.claim_count(None), Ok(2 * written));
            copies
        });
        for target in copies {
            let copy = Sqlite::open(&target.expect("copied")).expect("a database of ours");
            let (codes, sequence) = content(&copy);
            assert!(
                sequence >= 200 && codes.len() as u64 == 2 * sequence,
                "{} at {sequence}",
                codes.len()
            );
        }
    }

    #[test]
    fn what_is_no_database_of_ours_is_not_copied_and_none_is_created() {
        let directory = tempfile::tempdir().expect("a directory");
        let named = |name: &str| directory.path().join(name);
        fs::write(
            named("notes.txt"),
            "not a database, but long enough to look at: ".repeat(100),
        )
        .expect("a file");
        fs::write(named("empty.db"), "").expect("a file");
        Connection::open(named("other.db"))
            .expect("opened")
            .execute_batch("CREATE TABLE recipe (name TEXT)")
            .expect("created");
        for (name, words) in [
            ("absent.db", "absent.db` cannot be opened"),
            ("notes.txt", "notes.txt` is not an SQLite database"),
            ("empty.db", "empty.db` is not a database of Reprise"),
            ("other.db", "other.db` is not a database of Reprise"),
        ] {
            let before = fs::read(named(name)).ok();
            let url = format!("sqlite:{}", named(name).display());
            let refused = crate::back_up(&url, &named("copy.db")).expect_err(name).to_string();
            assert!(refused.contains(words), "{refused}");
            assert_eq!(fs::read(named(name)).ok(), before, "{name}");
        }
        assert!(!named("copy.db").exists() && !named("copy.db-partial").exists());
    }

    #[test]
    fn a_target_that_will_not_do_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Sqlite::open(&directory.path().join("reprise.db")).expect("opened");
        let there = directory.path().join("there.db");
        fs::write(&there, "precious").expect("a file");
        fs::write(directory.path().join("begun.db-partial"), "half").expect("a file");
        for (name, words) in [
            (
                "there.db",
                "there.db` is there already; name a file that does not exist yet",
            ),
            ("reprise.db", "is there already"),
            (
                "begun.db",
                "begun.db-partial` is there already: another copy is being made",
            ),
            ("absent/copy.db", "check that its directory exists"),
        ] {
            let refused = store.back_up(&directory.path().join(name)).expect_err(name).to_string();
            assert!(refused.contains(words), "{refused}");
        }
        assert_eq!(fs::read(&there).expect("read"), b"precious");
        assert!(!directory.path().join("begun.db").exists());
    }
}
