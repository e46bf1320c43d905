//! Which of the two formats a body is in, and which an answer is to be in.

use std::fmt;

use reprise_model::{Message, MessageKey};

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// `application/xml`.
    Xml,
    /// `application/json`.
    Json,
}

impl MediaType {
    /// The media type as headers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xml => "application/xml",
            Self::Json => "application/json",
        }
    }

    /// What people call the format.
    pub const fn format_name(self) -> &'static str {
        match self {
            Self::Xml => "XML",
            Self::Json => "JSON",
        }
    }

    /// The media type that a `Content-Type` header names. A body in another format, or in a character set other than
    /// UTF-8, is refused.
    pub fn from_content_type(header: &str) -> Result<Self, Message> {
        let refuse = || Message::new(MessageKey::UnsupportedMediaType, [&crate::place::quoted(header)]);
        let mut parts = header.split(';').map(str::trim);
        let media_type = Self::from_name(parts.next().unwrap_or_default()).ok_or_else(refuse)?;
        for parameter in parts {
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("charset")
                && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            {
                return Err(refuse());
            }
        }
        Ok(media_type)
    }

    /// The media type that an `Accept` header asks for: the one with the highest quality, among equals the one that
    /// was sent. None if it accepts neither.
    pub fn from_accept(header: Option<&str>, sent: Self) -> Option<Self> {
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else {
            return Some(sent);
        };
        let mut best: Option<(u16, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let offered = match name {
                "*/*" | "application/*" => sent,
                _ => match Self::from_name(name) {
                    Some(media_type) => media_type,
                    None => continue,
                },
            };
            let quality = parts
                .find_map(|parameter| parameter.strip_prefix("q="))
                .map_or(1000, thousandths);
            if quality > 0 && best.is_none_or(|(top, held)| (quality, offered == sent) > (top, held == sent)) {
                best = Some((quality, offered));
            }
        }
        best.map(|(_, media_type)| media_type)
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "application/xml" | "text/xml" => Some(Self::Xml),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A quality of an `Accept` header, 0 to 1 with up to three decimals, in thousandths. What is none counts as 0.
fn thousandths(text: &str) -> u16 {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{decimals:0<3}");
    match (whole.parse::<u16>(), digits.parse::<u16>()) {
        (Ok(whole @ 0..=1), Ok(fraction)) if digits.len() == 3 => (whole * 1000 + fraction).min(1000),
        _ => 0,
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::MediaType::{self, Json, Xml};

    #[test]
    fn content_types_are_told_apart() {
        for (header, expected) in [
            ("application/xml", Some(Xml)),
            ("text/xml; charset=UTF-8", Some(Xml)),
            ("Application/JSON;charset=\"utf-8\"", Some(Json)),
            ("application/json; charset=iso-8859-1", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(MediaType::from_content_type(header).ok(), expected, "{header}");
        }
    }

    #[test]
    fn the_answer_is_in_the_format_that_the_client_prefers() {
        for (accept, expected) in [
            (None, Some(Xml)),
            (Some(""), Some(Xml)),
            (Some("*/*"), Some(Xml)),
            (Some("application/json"), Some(Json)),
            (Some("application/json;q=0.5, application/xml"), Some(Xml)),
            (Some("application/json, application/xml"), Some(Xml)),
            (Some("text/html, application/json;q=0.9, */*;q=0.8"), Some(Json)),
            (Some("application/json;q=0"), None),
            (Some("text/html"), None),
        ] {
            assert_eq!(MediaType::from_accept(accept, Xml), expected, "{accept:?}");
        }
    }
}
