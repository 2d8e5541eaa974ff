//! Pictures and rendered texts are left out of payloads: they are large, and of no use for any number.

use serde_json::value::RawValue;

/// Members that are left out, wherever they are.
const LEFT_OUT: [&str; 2] = ["\"avatarUrls\"", "\"renderedFields\""];

/// The text without these members; all else stays as it was told, byte for byte.
pub(super) fn without_pictures(payload: &RawValue) -> serde_json::Result<Box<RawValue>> {
    let text = payload.get();
    let mut names: Vec<_> = LEFT_OUT.iter().flat_map(|name| text.match_indices(name)).collect();
    names.sort_unstable();
    let (mut kept, mut from) = (String::with_capacity(text.len()), 0);
    for (at, name) in names {
        // One that lies in another is gone with it.
        if at < from {
            continue;
        }
        let Some(end) = member_end(text, at, name) else { continue };
        kept.push_str(&text[from..at]);
        let before = kept.trim_ascii_end().len();
        let is_first = !kept[..before].ends_with(',');
        // The comma that parts it from others goes as well.
        kept.truncate(if is_first { before } else { before - 1 });
        from = if is_first && text.as_bytes().get(end) == Some(&b',') { end + 1 } else { end };
    }
    kept.push_str(&text[from..]);
    RawValue::from_string(kept)
}

/// Where the member ends whose name is here; nothing where this is no name but a text, or a part of one.
fn member_end(text: &str, at: usize, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // The quotation mark of a text within a text has a backslash before it.
    let begins = text[..at].trim_ascii_end().ends_with(['{', ',']);
    let colon = skip_blanks(bytes, at + name.len());
    let is_name = begins && bytes.get(colon) == Some(&b':');
    is_name.then(|| skip_blanks(bytes, value_end(bytes, skip_blanks(bytes, colon + 1))))
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    bytes
        .iter()
        .skip(from)
        .position(|byte| !byte.is_ascii_whitespace())
        .map_or(bytes.len(), |blanks| from + blanks)
}

/// The end of the value that begins here: where a comma or a bracket follows that is not its own.
fn value_end(bytes: &[u8], from: usize) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (index, byte) in bytes.iter().enumerate().skip(from) {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return index,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    use super::without_pictures;

    fn left(text: &str) -> String {
        let payload = RawValue::from_string(text.to_owned()).unwrap();
        without_pictures(&payload).unwrap().get().to_owned()
    }

    #[test]
    fn only_members_are_left_out_and_all_else_stays_byte_for_byte() {
        let cases = [
            (r#"{"avatarUrls":{"a":"}"},"b":1.50}"#, r#"{"b":1.50}"#),
            (r#"{"b":1,"avatarUrls":[1,{"c":2}]}"#, r#"{"b":1}"#),
            (r#"{"b" : 1 , "avatarUrls" : null , "c" : 2}"#, r#"{"b" : 1 , "c" : 2}"#),
            (r#"{"avatarUrls":1,"renderedFields":2,"c":3}"#, r#"{"c":3}"#),
            (r#"{"a":1,"avatarUrls":1,"renderedFields":2}"#, r#"{"a":1}"#),
            (r#"{"avatarUrls":"\\\"","renderedFields":{"avatarUrls":{}}}"#, "{}"),
            (r#"[{"avatarUrls":{}},{"avatarUrls":{}}]"#, "[{},{}]"),
            (
                r#"{"a":"avatarUrls","b":["avatarUrls","renderedFields"]}"#,
                r#"{"a":"avatarUrls","b":["avatarUrls","renderedFields"]}"#,
            ),
            (
                r#"{"a":"x,\"avatarUrls\":{}","b":"{\"avatarUrls\":1"}"#,
                r#"{"a":"x,\"avatarUrls\":{}","b":"{\"avatarUrls\":1"}"#,
            ),
            (r#"{"a":",\"avatarUrls","b":1}"#, r#"{"a":",\"avatarUrls","b":1}"#),
        ];
        for (text, expected) in cases {
            assert_eq!(left(text), expected, "{text}");
        }
    }

    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| name != "avatarUrls" && name != "renderedFields");
                members.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            Just("avatarUrls".to_owned()),
            Just("{\"avatarUrls\":1,".to_owned()),
            Just(",\"renderedFields\"".to_owned()),
            "[a-z\\\\\"{}\\[\\],: ]{0,6}",
        ];
        let name =
            prop_oneof![Just("avatarUrls".to_owned()), Just("renderedFields".to_owned()), text.clone()];
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<i32>().prop_map(|number| json!(number)),
            text.prop_map(|text| json!(text))
        ];
        leaf.prop_recursive(4, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::vec((name.clone(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_a_parser_would_leave(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let mut expected = value;
            strip(&mut expected);
            prop_assert_eq!(serde_json::from_str::<Value>(&left(&text.unwrap())).unwrap(), expected);
        }
    }
}
