//! Which database a URL names.

use std::path::PathBuf;

use ::postgres::Config;

use crate::StoreError;

/// What every refusal of a URL ends with.
const ALLOWED: &str = "write `sqlite:PATH`, such as `sqlite:reprise.db`, or `postgres://USER:PASSWORD@HOST/DATABASE`";

/// Where a database is, by its back end.
#[derive(Debug)]
pub(crate) enum Location {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<Config>),
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
            "postgres" | "postgresql" => {
                return match crate::postgres::parse(url) {
                    Ok(config) => Ok(Self::Postgres(Box::new(config))),
                    Err(reason) => refuse(reason),
                };
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

/// The URL of a database as messages may show it: without a password.
pub fn shown_url(url: &str) -> String {
    let (before, query) = match url.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (url, None),
    };
    let mut shown = before.to_owned();
    if let Some((scheme, rest)) = before.split_once("://")
        && let Some((user, host)) = rest.rsplit_once('@')
        && let Some((user, _)) = user.split_once(':')
    {
        shown = format!("{scheme}://{user}:…@{host}");
    }
    let hidden = |option: &str| match option.split_once('=') {
        Some((name @ ("password" | "sslpassword"), _)) => format!("{name}=…"),
        _ => option.to_owned(),
    };
    if let Some(query) = query {
        let options: Vec<_> = query.split('&').map(hidden).collect();
        shown.push('?');
        shown.push_str(&options.join("&"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            ("sqlite:reprise.db", "sqlite:reprise.db"),
            ("postgres://me@host/claims", "postgres://me@host/claims"),
            ("postgres://me:se@cret@host/claims", "postgres://me:…@host/claims"),
            (
                "postgres:///claims?user=me&password=secret&host=/run",
                "postgres:///claims?user=me&password=…&host=/run",
            ),
        ] {
            assert_eq!(super::shown_url(url), shown);
        }
    }

    #[test]
    fn an_sqlite_url_names_a_path() {
        for (url, path) in [
            ("sqlite:reprise.db", "reprise.db"),
            ("sqlite:/var/reprise.db", "/var/reprise.db"),
            ("sqlite://reprise.db", "reprise.db"),
            ("sqlite:///var/reprise.db", "/var/reprise.db"),
        ] {
            let parsed = Location::parse(url);
            assert!(
                matches!(&parsed, Ok(Location::Sqlite(found)) if found.to_str() == Some(path)),
                "{parsed:?}"
            );
        }
    }

    #[test]
    fn a_postgresql_url_names_a_database() {
        for url in [
            "postgres://ann@db.example/reprise",
            "postgresql://ann:secret@db.example:5433/reprise?connect_timeout=3",
            "postgres:///reprise?host=/var/run/postgresql&user=ann",
            "postgres://ann@%2Fvar%2Frun%2Fpostgresql/reprise?sslmode=prefer",
        ] {
            let parsed = Location::parse(url);
            let is_right = |config: &::postgres::Config| {
                (config.get_user(), config.get_dbname()) == (Some("ann"), Some("reprise"))
            };
            assert!(
                matches!(&parsed, Ok(Location::Postgres(config)) if is_right(config)),
                "{parsed:?}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_would_be_right() {
        for (url, word) in [
            ("reprise.db", "`reprise.db` is not a database URL"),
            ("sqlite:", "names no file"),
            ("sqlite::memory:", "in memory"),
            ("sqlite:a.db?mode=ro", "options"),
            ("mysql://a:secret@b/c", "`mysql:` is not a kind"),
            ("postgres://ann:secret@/reprise", "names no host"),
            ("postgres://ann:secret@db.example", "names no database"),
            (
                "postgres://ann:secret@db.example/reprise?sslmode=require",
                "sslmode=require",
            ),
            (
                "postgres://ann:secret@db.example/reprise?sslmode=verify-full",
                "`sslmode`",
            ),
            ("postgres://ann:secret@db.example/reprise?colour=red", "`colour`"),
            ("postgres://ann:secret@db.example:port/reprise", "port"),
            ("postgres://ann:secret%F@db.example/reprise%ZZ?x", "cannot be read"),
        ] {
            let sentence = Location::parse(url).expect_err(url).to_string();
            assert!(
                sentence.contains(word) && sentence.contains("sqlite:reprise.db") && sentence.contains("postgres://"),
                "{sentence}"
            );
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }
}
