//! The arguments of `reprise serve` about JWTs that an issuer vouches by.

use crate::access::{JwtKeys, JwtSettings};

#[derive(Debug, clap::Args)]
pub(super) struct JwtArguments {
    /// Take JWTs of this issuer, as `iss` names it, beside tokens that were made here
    #[arg(long, value_name = "URL", requires_all = ["jwt_audience", "jwt_keys"], value_parser = clap::builder::NonEmptyStringValueParser::new())]
    jwt_issuer: Option<String>,
    /// For whom JWTs have to be, as `aud` names it
    #[arg(long, value_name = "TEXT", requires = "jwt_issuer", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    jwt_audience: Option<String>,
    /// The issuer's public keys, a set of JSON web keys; at an address they are fetched again from time to time
    #[arg(long, value_name = "FILE_OR_URL", requires = "jwt_issuer")]
    jwt_keys: Option<JwtKeys>,
}

impl JwtArguments {
    /// Whose JWTs are taken, if anybody's.
    pub(super) fn settings(&self) -> Option<JwtSettings> {
        Some(JwtSettings {
            issuer: self.jwt_issuer.clone()?,
            audience: self.jwt_audience.clone()?,
            keys: self.jwt_keys.clone()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::JwtArguments;

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        jwt: JwtArguments,
    }

    #[test]
    fn all_three_are_given_or_none() {
        let all = [
            "--jwt-issuer",
            "https://login.example/",
            "--jwt-audience",
            "reprise",
            "--jwt-keys",
            "keys.json",
        ];
        for given in 0..8 {
            let pairs = all
                .chunks(2)
                .enumerate()
                .filter(|(number, _)| given & (1 << number) != 0);
            let arguments = std::iter::once("serve").chain(pairs.flat_map(|(_, pair)| pair.iter().copied()));
            let parsed = Arguments::try_parse_from(arguments);
            assert_eq!(parsed.is_ok(), given == 0 || given == 7, "{given:03b}");
            let settings = parsed.ok().and_then(|parsed| parsed.jwt.settings());
            assert_eq!(settings.is_some(), given == 7, "{given:03b}");
        }
    }

    #[test]
    fn keys_that_others_could_change_on_the_way_are_refused() {
        let given = [
            "--jwt-issuer",
            "a",
            "--jwt-audience",
            "b",
            "--jwt-keys",
            "http://login.example/keys",
        ];
        let error = Arguments::try_parse_from([&["serve"], &given[..]].concat()).expect_err("refused");
        assert!(error.to_string().contains("write https://"), "{error}");
    }
}
