//! Where in a line's object something is, in people's words: `` `status` ``, or `` `code` of `diagnoses` 1 of `lines` 2 ``.

/// The place of what ends at this byte, counted from 1; none if that is the line's object itself, or beyond the line.
///
/// The text up to there is known to be JSON. What ends there is a value, or the name of a field: then the place is that
/// of the object which has the field.
pub(super) fn place(line: &str, end: usize) -> Option<String> {
    let mut walk = Walk::default();
    let mut bytes = line.bytes().take(end);
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' => walk.open(Container::Object {
                field: None,
                awaits_value: false,
            }),
            b'[' => walk.open(Container::List { position: 1 }),
            b'}' | b']' => walk.close(),
            b'"' => {
                let mut text = Vec::new();
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => text.extend([Some(byte), bytes.next()].into_iter().flatten()),
                        _ => text.push(byte),
                    }
                }
                walk.text(&text);
            }
            b':' => walk.colon(),
            b',' => walk.comma(),
            _ => {}
        }
    }
    walk.words()
}

/// What was passed on the way to the place.
#[derive(Default)]
struct Walk {
    /// The containers that are open, outermost first.
    open: Vec<Container>,
}

enum Container {
    Object { field: Option<String>, awaits_value: bool },
    List { position: usize },
}

impl Walk {
    fn open(&mut self, container: Container) {
        self.open.push(container);
    }

    fn close(&mut self) {
        self.open.pop();
    }

    fn text(&mut self, text: &[u8]) {
        if let Some(Container::Object {
            field,
            awaits_value: false,
        }) = self.open.last_mut()
        {
            *field = Some(String::from_utf8_lossy(text).into_owned());
        }
    }

    fn colon(&mut self) {
        if let Some(Container::Object { awaits_value, .. }) = self.open.last_mut() {
            *awaits_value = true;
        }
    }

    fn comma(&mut self) {
        match self.open.last_mut() {
            Some(Container::Object { field, awaits_value }) => {
                *field = None;
                *awaits_value = false;
            }
            Some(Container::List { position }) => *position += 1,
            None => {}
        }
    }

    fn words(&self) -> Option<String> {
        let mut words: Vec<String> = Vec::new();
        for container in &self.open {
            match container {
                Container::Object {
                    field: Some(field),
                    awaits_value: true,
                } => words.push(format!("`{field}`")),
                Container::Object { .. } => {}
                // A list's position belongs to the name of the list.
                Container::List { position } => {
                    if let Some(name) = words.last_mut() {
                        name.push_str(&format!(" {position}"));
                    }
                }
            }
        }
        words.reverse();
        (!words.is_empty()).then(|| words.join(" of "))
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    /// The place of what ends just before the bar.
    fn check(line: &str, expected: Option<&str>) {
        let end = line.find('|').expect("a bar");
        assert_eq!(place(&line.replace('|', ""), end).as_deref(), expected, "{line}");
    }

    #[test]
    fn a_value_is_named_by_its_field_and_what_holds_it() {
        check(r#"{"kind":"claim","status":"X"|}"#, Some("`status`"));
        check(
            r#"{"a":[1],"lines":[{"code":"L1"},{"code":"L2","sequence":"x"|}]}"#,
            Some("`sequence` of `lines` 2"),
        );
        check(
            r#"{"lines":[{"diagnoses":[{"code":"A"}, {"code" : 3|}]}]}"#,
            Some("`code` of `diagnoses` 2 of `lines` 1"),
        );
        check(r#"{"a":"b\\\"]}","n":[[1,2|]]}"#, Some("`n` 1 2"));
    }

    #[test]
    fn a_field_s_name_is_placed_in_its_object() {
        check(r#"{"lines":[{"code":"L1","x"|:1}]}"#, Some("`lines` 1"));
        check(r#"{"x"|:1}"#, None);
    }

    #[test]
    fn an_object_that_just_ended_is_named_by_its_field() {
        check(r#"{"lines":[{"code":"L1"},{"sequence":1}|]}"#, Some("`lines` 2"));
        check(r#"{"a":1}|"#, None);
    }
}
