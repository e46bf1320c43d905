//! The arguments of `reprise serve` about how fast claims are processed again.

use std::num::NonZeroU32;
use std::str::FromStr;

use crate::Throttle;

/// Claims a second, for one payer or for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    payer: Option<String>,
    claims: NonZeroU32,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A payer's name may hold an equals sign, a number may not.
        let (payer, claims) = match text.rsplit_once('=') {
            Some((payer, claims)) => (Some(payer), claims),
            None => (None, text),
        };
        if payer == Some("") {
            return Err("it names no payer before `=`".to_owned());
        }
        let claims = claims
            .parse()
            .map_err(|_| format!("`{claims}` is not a number of claims, 1 or more"))?;
        Ok(Self {
            payer: payer.map(str::to_owned),
            claims,
        })
    }
}

/// All rates together. Two for the same payer contradict each other.
pub(super) fn throttle(rates: &[Rate]) -> anyhow::Result<Throttle> {
    let mut throttle = Throttle::default();
    for Rate { payer, claims } in rates {
        let before = match payer {
            Some(payer) => throttle.by_payer.insert(payer.clone(), *claims),
            None => throttle.default.replace(*claims),
        };
        if before.is_some() {
            let whose = payer
                .as_ref()
                .map_or_else(|| "each payer".to_owned(), |payer| format!("payer `{payer}`"));
            anyhow::bail!("--claims-per-second is given more than once for {whose}");
        }
    }
    Ok(throttle)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::{Rate, throttle};

    fn rates(texts: &[&str]) -> Vec<Rate> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    #[test]
    fn a_payer_has_its_own_rate_or_that_of_each() {
        let throttle = throttle(&rates(&["100", "ACME=5", "A=B=7"])).expect("a throttle");
        for (payer, rate) in [("ACME", 5), ("A=B", 7), ("OTHER", 100)] {
            assert_eq!(throttle.rate(payer), NonZeroU32::new(rate), "{payer}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "0", "-1", "many", "=5", "ACME=", "ACME=0", "5=ACME"] {
            text.parse::<Rate>().expect_err(text);
        }
        for (texts, words) in [(["5", "6"], "for each payer"), (["A=5", "A=6"], "for payer `A`")] {
            let error = throttle(&rates(&texts)).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
