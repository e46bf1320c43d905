//! A currency of ISO 4217.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Amount, UnknownValue};

/// A currency of ISO 4217, by its three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Currencies whose smallest unit is not a hundredth, by the number of decimals of it (ISO 4217, list one).
const OTHER_DECIMALS: [(u32, &[[u8; 3]]); 3] = [
    (
        0,
        &letters::<16>("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    ),
    (3, &letters::<7>("BHD IQD JOD KWD LYD OMR TND")),
    (4, &letters::<2>("CLF UYW")),
];

/// Currencies with a hundredth as their smallest unit (ISO 4217, list one), in alphabetical order.
const HUNDREDTHS: [[u8; 3]; 139] = letters(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD \
     CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
     HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
     MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK \
     SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG \
     YER ZAR ZMW ZWG",
);

/// The codes of a text that has a blank between each two. As arrays they are compared at once: an import compares
/// millions.
const fn letters<const COUNT: usize>(text: &str) -> [[u8; 3]; COUNT] {
    let bytes = text.as_bytes();
    assert!(bytes.len() == 4 * COUNT - 1, "every code has three letters");
    let mut codes = [[0; 3]; COUNT];
    let mut position = 0;
    while position < COUNT {
        codes[position] = [bytes[4 * position], bytes[4 * position + 1], bytes[4 * position + 2]];
        position += 1;
    }
    codes
}

impl Currency {
    /// Its three letters.
    pub fn code(&self) -> &str {
        // The letters were checked to be ASCII when the value was made.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals its smallest unit has.
    pub fn decimals(&self) -> u32 {
        OTHER_DECIMALS
            .iter()
            .find(|(_, codes)| codes.contains(&self.0))
            .map_or(2, |(decimals, _)| *decimals)
    }

    /// Whether the amount is whole in the currency's smallest unit.
    pub fn admits(&self, amount: Amount) -> bool {
        amount.number() % 10_i64.pow(4 - self.decimals()) == 0
    }
}

impl FromStr for Currency {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_known = |letters: &[u8; 3]| {
            HUNDREDTHS.binary_search(letters).is_ok() || OTHER_DECIMALS.iter().any(|(_, codes)| codes.contains(letters))
        };
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(letters) if is_known(&letters) => Ok(Self(letters)),
            _ => Err(UnknownValue::new(
                "currency",
                text,
                "the three letters of ISO 4217, such as USD or EUR",
            )),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.code())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 3]>::deserialize(deserializer).map(Currency);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, HUNDREDTHS, OTHER_DECIMALS};
    use crate::Amount;

    #[test]
    fn admits_no_fraction_of_its_smallest_unit() {
        for (code, text, admitted) in [
            ("USD", "1.25", true),
            ("USD", "1.255", false),
            ("JPY", "125.00", true),
            ("JPY", "1.25", false),
            ("KWD", "1.255", true),
            ("CLF", "0.0001", true),
        ] {
            let currency = code.parse::<Currency>().expect("a currency");
            let amount = text.parse::<Amount>().expect("an amount");
            assert_eq!(currency.admits(amount), admitted, "{code} {text}");
        }
    }

    #[test]
    fn is_read_as_it_is_written() {
        assert!(HUNDREDTHS.is_sorted());
        let others = OTHER_DECIMALS.iter().flat_map(|(_, codes)| codes.iter());
        for letters in HUNDREDTHS.iter().chain(others) {
            let text = str::from_utf8(letters).expect("letters");
            assert_eq!(text.parse::<Currency>().expect("a currency").code(), text);
        }
    }

    #[test]
    fn refuses_what_iso_4217_does_not_list() {
        for text in ["", "usd", "US", "USDX", "ABC", "U D"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}
