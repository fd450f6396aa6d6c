//! Answers as text for people. Whatever an agency wrote is shown without control characters, so
//! that no text can move the cursor, hide itself or run backwards.

use serde_json::Value;

/// Shows control and bidirectional formatting characters as `\u{..}`.
pub(super) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// A field as text; empty when absent or null.
pub(super) fn field(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(other) => plain(&other.to_string()),
    }
}

/// A text or number as it is, for asking on; empty for anything else.
pub(super) fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A name in two languages, on one line.
pub(super) fn name(value: &Value) -> String {
    let both = [field(value, "/id"), field(value, "/en")];
    let said: Vec<_> = both.into_iter().filter(|name| !name.is_empty()).collect();
    said.join(" / ")
}

/// The objects of a list.
pub(super) fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Texts and numbers of a list, joined.
pub(super) fn joined(value: &Value, path: &str) -> String {
    let words = list(value, path).iter().map(|item| field(item, ""));
    words.collect::<Vec<_>>().join(", ")
}

/// A basis on one line.
pub(super) fn basis(value: &Value, path: &str) -> String {
    let item = |item: &Value| match item.pointer("/ref") {
        None => "unknown".to_owned(),
        Some(_) => match field(item, "/article") {
            article if article.is_empty() => field(item, "/ref"),
            article => format!("{} art. {article}", field(item, "/ref")),
        },
    };
    list(value, path).iter().map(item).collect::<Vec<_>>().join("; ")
}
