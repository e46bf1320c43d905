//! An amount as a body gives it.

use reprise_model::Amount;

use crate::document::Value;
use crate::place::quoted;

/// The amount, or what is wrong with it, as words that go on from its name.
pub(crate) fn amount_of(value: &Value) -> Result<Amount, String> {
    match value {
        Value::Text(text) | Value::Integer(text) => text.parse().map_err(|_| {
            let text = quoted(text);
            format!("is {text}; write a decimal number with at most four decimals, such as \"120.00\"")
        }),
        Value::Fraction(_) => Err(format!(
            "is {}; write it as a text, such as \"120.00\", because JSON numbers with decimals are not exact",
            value.described()
        )),
        value => Err(format!("is {}; write a text, such as \"120.00\"", value.described())),
    }
}
