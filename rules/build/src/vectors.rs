//! Puts a rule crate's test vectors into its component.
//!
//! They are the files `cases/*.json` of the crate: each one vector or a list of them. In the component they are one JSON
//! array in a custom section, each with the name of its file, in the order of the files' names, so that the same crate
//! makes the same bytes. What a vector says, a host reads when it takes the component.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The custom section that a host looks for.
const SECTION: &str = "reprise:vectors";

/// A crate's test vectors and the files that they were read from.
#[derive(Debug, Default)]
pub(crate) struct Vectors {
    pub(crate) values: Vec<Value>,
    pub(crate) sources: Vec<PathBuf>,
}

/// Reads the test vectors of the rule crate in a directory; none if it has no folder `cases`.
pub(crate) fn read(crate_directory: &Path) -> Result<Vectors> {
    let folder = crate_directory.join("cases");
    if !folder.is_dir() {
        return Ok(Vectors::default());
    }
    let context = || format!("cannot read the folder `{}`", folder.display());
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            sources.push(path);
        }
    }
    sources.sort();
    let mut values = Vec::new();
    for path in &sources {
        values.extend(read_file(path).with_context(|| format!("the test vectors in `{}`", path.display()))?);
    }
    Ok(Vectors { values, sources })
}

fn read_file(path: &Path) -> Result<Vec<Value>> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        bail!("the file's name is not UTF-8");
    };
    let text = std::fs::read_to_string(path).context("cannot be read")?;
    let values = match serde_json::from_str(&text).context("are not JSON")? {
        Value::Array(values) => values,
        value => vec![value],
    };
    let with_origin = |(place, value): (usize, Value)| match value {
        Value::Object(fields) if fields.contains_key("file") => {
            bail!(
                "vector {} has a field `file`; that is set here, to the file's name",
                place + 1
            )
        }
        Value::Object(fields) => {
            let origin = ("file".to_owned(), Value::from(format!("cases/{name}")));
            Ok(Value::Object(std::iter::once(origin).chain(fields).collect()))
        }
        _ => bail!("vector {} is no JSON object", place + 1),
    };
    values.into_iter().enumerate().map(with_origin).collect()
}

/// The component with these test vectors, or the same component if there are none.
pub(crate) fn embed(mut component: Vec<u8>, vectors: &[Value]) -> Result<Vec<u8>> {
    if vectors.is_empty() {
        return Ok(component);
    }
    let text = serde_json::to_vec(vectors).context("cannot write the test vectors")?;
    // A custom section: its number, 0, its length, the length of its name, its name, and what it holds.
    let name_length = length(SECTION.len())?;
    component.push(0);
    component.extend(length(name_length.len() + SECTION.len() + text.len())?);
    component.extend(name_length);
    component.extend(SECTION.bytes());
    component.extend(text);
    Ok(component)
}

/// A length in the form that WebAssembly gives them (LEB128): seven bits a byte, the lowest first.
fn length(length: usize) -> Result<Vec<u8>> {
    let mut rest = u32::try_from(length).context("the test vectors are too long for a section")?;
    let mut bytes = Vec::new();
    loop {
        let low = (rest & 0x7f).to_le_bytes()[0];
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return Ok(bytes);
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read from these files of a crate.
    fn read_files(files: &[(&str, &str)]) -> Result<String> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let folder = directory.path().join("cases");
        std::fs::create_dir(&folder).expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("a file");
        }
        let vectors = read(directory.path())?;
        Ok(serde_json::to_string(&vectors.values).expect("JSON"))
    }

    #[test]
    fn vectors_are_read_in_the_order_of_their_files_and_say_which() {
        let files = [
            ("b.json", r#"{"name": "third"}"#),
            ("a.json", r#"[{"name": "first"}, {"name": "second"}]"#),
            ("notes.txt", "no vectors"),
        ];
        assert_eq!(
            read_files(&files).expect("vectors"),
            r#"[{"file":"cases/a.json","name":"first"},{"file":"cases/a.json","name":"second"},{"file":"cases/b.json","name":"third"}]"#
        );
        let without_folder = tempfile::tempdir().expect("a temporary directory");
        assert!(read(without_folder.path()).expect("no vectors").values.is_empty());
    }

    #[test]
    fn files_that_hold_no_vectors_are_refused_by_name_and_place() {
        for (text, words) in [
            ("[{\"name\": \"a\",}]", "trailing comma at line 1 column 15"),
            ("[1]", "vector 1 is no JSON object"),
            (r#"[{"file": "x"}]"#, "vector 1 has a field `file`"),
            ("", "EOF while parsing"),
        ] {
            let error = format!("{:#}", read_files(&[("a.json", text)]).expect_err(text));
            assert!(error.contains("cases/a.json`: ") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn the_section_is_one_that_readers_of_webassembly_know() {
        let vectors = [Value::from("x".repeat(200))];
        let bytes = embed(b"\0asm\x0d\0\x01\0".to_vec(), &vectors).expect("a component");
        // 204 bytes of JSON, a byte for the name's length, 15 of name: 220, in two bytes.
        assert_eq!(bytes[8..12], [0, 0xdc, 0x01, 15]);
        assert_eq!(&bytes[12..27], SECTION.as_bytes());
        assert_eq!(bytes.len(), 27 + 204);
        assert_eq!(embed(vec![1, 2], &[]).expect("the same"), [1, 2]);
    }
}
