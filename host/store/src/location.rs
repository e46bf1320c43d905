//! Which database a URL names.

use std::path::PathBuf;

use crate::StoreError;

/// What every refusal of a URL ends with.
const ALLOWED: &str = "write `sqlite:PATH`, such as `sqlite:reprise.db`";

/// Where a database is, by its back end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// An SQLite file.
    Sqlite(PathBuf),
}

impl Location {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let refuse = |reason: String| {
            Err(StoreError::Unavailable {
                reason: format!("{reason}; {ALLOWED}"),
            })
        };
        let Some((scheme, rest)) = url.split_once(':') else {
            return refuse(format!("`{url}` is not a database URL"));
        };
        match scheme {
            "sqlite" => {}
            // The URL is not repeated: it may hold a password.
            "postgres" | "postgresql" => {
                return refuse("this version of reprise keeps its data in SQLite, not yet in PostgreSQL".to_owned());
            }
            _ => return refuse(format!("`{scheme}:` is not a kind of database that reprise knows")),
        }
        // `sqlite://a.db` names what `sqlite:a.db` does, `sqlite:///a.db` what `sqlite:/a.db` does.
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return refuse(format!("`{url}` names no file"));
        }
        if path.starts_with(':') {
            return refuse(format!(
                "`{url}` is no file: a database in memory would be lost, and is not offered"
            ));
        }
        if path.contains('?') {
            return refuse(format!("`{url}` has options, which are not known here"));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn an_sqlite_url_names_a_path() {
        for (url, path) in [
            ("sqlite:reprise.db", "reprise.db"),
            ("sqlite:/var/reprise.db", "/var/reprise.db"),
            ("sqlite://reprise.db", "reprise.db"),
            ("sqlite:///var/reprise.db", "/var/reprise.db"),
        ] {
            assert_eq!(Location::parse(url).expect(url), Location::Sqlite(path.into()), "{url}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_would_be_right() {
        for (url, word) in [
            ("reprise.db", "`reprise.db` is not a database URL"),
            ("sqlite:", "names no file"),
            ("sqlite::memory:", "in memory"),
            ("sqlite:a.db?mode=ro", "options"),
            ("mysql://a/b", "`mysql:` is not a kind"),
            ("postgres://user:secret@host/reprise", "not yet in PostgreSQL"),
        ] {
            let sentence = Location::parse(url).expect_err(url).to_string();
            assert!(
                sentence.contains(word) && sentence.contains("sqlite:reprise.db"),
                "{sentence}"
            );
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}
