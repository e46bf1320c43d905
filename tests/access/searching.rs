//! What is searched for a secret, and each way in which the secret may be written there.

/// Something that is to be found nowhere, in each way in which it may be written.
pub(super) struct Secret {
    name: &'static str,
    forms: Vec<String>,
}

impl Secret {
    pub(super) fn of(name: &'static str, text: &str) -> Self {
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let list: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
        let mut forms = vec![
            text.to_owned(),
            hex.to_uppercase(),
            hex,
            // As people see bytes that are printed for debugging.
            list.join(", "),
        ];
        // As basic authentication has it, wherever it begins among other bytes.
        for skipped in 0..3 {
            let whole = &text.as_bytes()[skipped..];
            forms.push(base64(&whole[..whole.len() / 3 * 3]));
        }
        Self { name, forms }
    }

    /// The same of bytes that are kept as text.
    pub(super) fn of_bytes(name: &'static str, text: &str) -> Self {
        let mut secret = Self::of(name, text);
        let bytes = unbase64(text);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let list: Vec<_> = bytes.iter().map(u8::to_string).collect();
        secret.forms.extend([as_text(&bytes), hex, list.join(", ")]);
        secret
    }

    /// It is not in this content, which [`as_text`] has made.
    #[track_caller]
    pub(super) fn assert_absent(&self, place: &str, content: &str) {
        for form in &self.forms {
            if let Some((before, _)) = content.split_once(form) {
                let around: String = before.chars().rev().take(300).collect();
                let around: String = around.chars().rev().collect();
                panic!("{} is in {place}, behind: {around}", self.name);
            }
        }
    }
}

/// Bytes as a text of as many letters, whatever they are: what is searched for texts is searched fast.
pub(super) fn as_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whole groups of three bytes in base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    let groups = bytes.chunks_exact(3).flat_map(|group| {
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift & 63) as usize]))
    });
    groups.collect()
}

/// The bytes of a text in base64, of either alphabet.
fn unbase64(text: &str) -> Vec<u8> {
    let digits = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bits: String = digits
        .bytes()
        .map(|digit| {
            let value = DIGITS
                .iter()
                .position(|known| *known == digit)
                .expect("a digit of base64");
            format!("{value:06b}")
        })
        .collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    bytes
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).expect("digits"), 2).expect("a byte"))
        .collect()
}
