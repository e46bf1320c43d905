//! The arguments of `reprise serve` about telling others that an activity has ended.

use anyhow::{Context as _, bail, ensure};
use axum::http::Uri;

use crate::cli::Format;
use crate::{NotificationAuthorization, NotificationSettings};

/// Secrets are not flags: those of a process are there for everybody on its machine to see.
const USER: &str = "REPRISE_NOTIFICATION_USER";
const PASSWORD: &str = "REPRISE_NOTIFICATION_PASSWORD";
const TOKEN: &str = "REPRISE_NOTIFICATION_TOKEN";

#[derive(Debug, clap::Args)]
pub(super) struct NotificationArguments {
    /// Tell this endpoint when the activity of a criteria request has ended, until it answers with success
    ///
    /// It stands for the property `ohi.reprocessclaims.datafile.notification.endpoint`. What proves who is telling comes
    /// from the environment: REPRISE_NOTIFICATION_USER and REPRISE_NOTIFICATION_PASSWORD for basic authentication, or
    /// REPRISE_NOTIFICATION_TOKEN for a bearer token.
    #[arg(long, value_name = "URL", value_parser = url)]
    notification_endpoint: Option<String>,
    /// Send notifications in this format
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "xml",
        requires = "notification_endpoint"
    )]
    notification_format: Format,
    /// What links in notifications begin with; http:// or https:// and the address that is listened on if absent
    #[arg(long, value_name = "URL", value_parser = url)]
    public_url: Option<String>,
}

impl NotificationArguments {
    /// Whom to tell, if anybody. `own_url` is where this server listens, `variable` reads the environment.
    pub(super) fn settings(
        &self,
        own_url: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Option<NotificationSettings>> {
        let authorization = authorization(variable)?;
        let Some(endpoint) = &self.notification_endpoint else {
            return Ok(None);
        };
        Ok(Some(NotificationSettings {
            endpoint: endpoint.clone(),
            authorization,
            media_type: self.notification_format.media_type(),
            public_url: self.public_url.clone().unwrap_or_else(|| own_url.to_owned()),
        }))
    }
}

/// The value of a variable of the environment; an empty one is an absent one.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn authorization(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<NotificationAuthorization>> {
    match (variable(USER), variable(PASSWORD), variable(TOKEN)) {
        (None, None, None) => Ok(None),
        (Some(user), Some(password), None) => {
            ensure!(!user.contains(':'), "{USER} holds a colon, which ends a user's name");
            Ok(Some(NotificationAuthorization::Basic { user, password }))
        }
        (None, None, Some(token)) => {
            let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
            ensure!(
                is_visible,
                "{TOKEN} holds characters other than the visible ones of ASCII"
            );
            Ok(Some(NotificationAuthorization::Bearer(token)))
        }
        (_, _, Some(_)) => bail!("{TOKEN} is set beside {USER} or {PASSWORD}; set either the token or the other two"),
        (Some(_), None, None) => bail!("{USER} is set without {PASSWORD}"),
        (None, Some(_), None) => bail!("{PASSWORD} is set without {USER}"),
    }
}

/// An address on the web.
fn url(text: &str) -> anyhow::Result<String> {
    let uri: Uri = text
        .parse()
        .context("it is not a URL; write one such as http://127.0.0.1:9000/done")?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    ensure!(
        is_web && uri.host().is_some(),
        "it has to begin with http:// or https:// and a host"
    );
    let has_user = uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'));
    ensure!(
        !has_user,
        "it names a user; {USER} and {PASSWORD} in the environment are for that"
    );
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{authorization, url};
    use crate::NotificationAuthorization::{Basic, Bearer};

    fn of(variables: &[(&str, &str)]) -> Result<Option<crate::NotificationAuthorization>, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(held, _)| name.ends_with(held));
            found.map(|(_, value)| (*value).to_owned())
        };
        authorization(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_says_what_to_prove_oneself_with() {
        let basic = Basic {
            user: "reprise".to_owned(),
            password: "s:cret".to_owned(),
        };
        for (variables, expected) in [
            (&[][..], None),
            (&[("USER", "reprise"), ("PASSWORD", "s:cret")][..], Some(basic)),
            (&[("TOKEN", "t0ken")][..], Some(Bearer("t0ken".to_owned()))),
        ] {
            assert_eq!(of(variables), Ok(expected), "{variables:?}");
        }
    }

    #[test]
    fn what_is_half_or_too_much_is_refused() {
        for (variables, words) in [
            (&[("USER", "a")][..], "set without REPRISE_NOTIFICATION_PASSWORD"),
            (&[("PASSWORD", "a")][..], "set without REPRISE_NOTIFICATION_USER"),
            (&[("USER", "a"), ("TOKEN", "b")][..], "set either the token"),
            (&[("USER", "a:b"), ("PASSWORD", "c")][..], "holds a colon"),
            (&[("TOKEN", "a b")][..], "other than the visible ones"),
        ] {
            let error = of(variables).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_endpoint_is_an_address_on_the_web_without_a_user() {
        for text in ["http://127.0.0.1:9000/done", "https://example.com"] {
            assert_eq!(url(text).expect(text), text);
        }
        for (text, words) in [
            ("", "not a URL"),
            ("example.com/done", "such as http://"),
            ("ftp://example.com", "begin with http://"),
            ("http://a:b@example.com", "names a user"),
        ] {
            let error = url(text).expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
