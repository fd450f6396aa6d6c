//! Changes of one place in a JSON text, each of which makes something else of it: what says the same in
//! other words (the order of keys, white space, escapes) is never made.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::super::super::kit::Random;

/// Places of a value, as JSON pointers, in the groups that differ only in numbers of list elements.
pub(super) struct Places(Vec<(String, Vec<String>)>);

impl Places {
    pub(super) fn of(value: &Value) -> Self {
        let mut groups = Vec::new();
        walk(value, &mut String::new(), &mut String::new(), &mut groups);
        Self(groups)
    }

    /// A place of any group: rare fields are met as often as those of which there are hundreds.
    fn any<'a>(&'a self, random: &mut Random) -> (&'a str, &'a str, &'a [String]) {
        let (group, all) = &self.0[pick(random, self.0.len())];
        (group, &all[pick(random, all.len())], all)
    }
}

fn walk(value: &Value, path: &mut String, group: &mut String, groups: &mut Vec<(String, Vec<String>)>) {
    match groups.iter_mut().find(|(known, _)| known == group) {
        Some((_, all)) => all.push(path.clone()),
        None => groups.push((group.clone(), vec![path.clone()])),
    }
    let (at, group_at) = (path.len(), group.len());
    let mut inside = |name: &str, shown: &str, value: &Value| {
        path.push('/');
        path.push_str(name);
        group.push('/');
        group.push_str(shown);
        walk(value, path, group, groups);
        path.truncate(at);
        group.truncate(group_at);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| inside(name, name, value)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| inside(&n.to_string(), "*", value))
        }
        _ => {}
    }
}

fn pick(random: &mut Random, below: usize) -> usize {
    usize::try_from(random.next(below as u64)).expect("a place")
}

/// What is done to a place; who makes a mutant says which of these say the same as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// A number, character, bit or inner byte is another.
    Alter,
    /// Another value of the same group stands there.
    Exchange,
    /// Something of another type.
    Retype,
    /// An element or member is left out.
    Remove,
    /// An element is there twice.
    Repeat,
    /// Two neighbours are exchanged.
    Swap,
    /// A member that nobody knows.
    Add,
    /// A member under another name.
    Rename,
    /// A member is there twice in the text, or a number is written so that others read it otherwise.
    Text,
}

const ACTS: [Act; 9] = [
    Act::Alter,
    Act::Exchange,
    Act::Retype,
    Act::Remove,
    Act::Repeat,
    Act::Swap,
    Act::Add,
    Act::Rename,
    Act::Text,
];

/// A change of a value: what was done where, and the text of it.
pub(super) fn change(
    sound: &Value,
    places: &Places,
    random: &mut Random,
    neutral: &dyn Fn(&str, Act, &Value, &Value) -> bool,
) -> (String, String) {
    loop {
        let (group, path, all) = places.any(random);
        let act = ACTS[pick(random, ACTS.len())];
        let mut mutant = sound.clone();
        let place = mutant.pointer_mut(path).expect("a place");
        let before = place.clone();
        if act == Act::Text {
            if let Some(text) = spelt(sound, path, &before) {
                return (format!("{act:?} {path}"), text);
            }
            continue;
        }
        let other = all[pick(random, all.len())].as_str();
        let other = sound.pointer(other).expect("a place").clone();
        let done = apply(act, place, other, random);
        let after = place.clone();
        if done && after != before && !neutral(group, act, &before, &after) {
            return (format!("{act:?} {path}: {before} to {after}"), mutant.to_string());
        }
    }
}

/// Does it, where the place is of a kind that it can be done to.
fn apply(act: Act, place: &mut Value, other: Value, random: &mut Random) -> bool {
    match (act, &mut *place) {
        (Act::Alter, Value::Number(number)) => {
            let number = number.as_i64().expect("an integer");
            let all = [number + 1, number - 1, 0, -1, number ^ (1 << random.next(40)), 9_007_199_254_740_991];
            *place = all[pick(random, all.len())].into();
        }
        (Act::Alter, Value::String(text)) => *text = altered(text, random),
        (Act::Exchange, _) => *place = other,
        (Act::Retype, _) => {
            let all =
                [Value::Null, true.into(), 7.into(), "text".into(), json!([]), json!({}), json!([place])];
            *place = all[pick(random, all.len())].clone();
        }
        (Act::Remove, Value::Array(list)) if !list.is_empty() => drop(list.remove(pick(random, list.len()))),
        (Act::Repeat, Value::Array(list)) if !list.is_empty() => {
            let at = pick(random, list.len());
            list.insert(at, list[at].clone());
        }
        (Act::Swap, Value::Array(list)) if list.len() > 1 => {
            let at = pick(random, list.len() - 1);
            list.swap(at, at + 1);
        }
        (Act::Remove | Act::Rename, Value::Object(object)) if !object.is_empty() => {
            let name = object.keys().nth(pick(random, object.len())).expect("a name").clone();
            let value = object.remove(&name).expect("a member");
            if act == Act::Rename {
                object.insert(format!("{name}s"), value);
            }
        }
        (Act::Add, Value::Object(object)) => drop(object.insert("more".to_owned(), 1.into())),
        _ => return false,
    }
    true
}

/// A text that differs in a character, in its length, or, where it is base64, in a bit or byte of what it
/// encodes.
fn altered(text: &str, random: &mut Random) -> String {
    const STRANGE: [&str; 14] = ["A", "a", "0", "-", "_", "=", "+", "/", " ", "\n", "\u{1}", "é", "\"", "{"];
    let inside = |random: &mut Random, bytes: Vec<u8>| {
        let (mut bytes, at) = (bytes, pick(random, text.len().max(1)));
        let at = at % bytes.len().max(1);
        match (random.next(3), bytes.get_mut(at)) {
            (0, Some(byte)) => *byte ^= 1 << random.next(8),
            (1, Some(byte)) => {
                *byte = if byte.is_ascii_digit() { b'0' + (*byte - b'0' + 1) % 10 } else { b'x' }
            }
            (_, Some(_)) => drop(bytes.remove(at)),
            (_, None) => bytes.push(0),
        }
        bytes
    };
    let mut characters: Vec<char> = text.chars().collect();
    let at = pick(random, characters.len().max(1));
    match random.next(7) {
        0 if !characters.is_empty() => drop(characters.remove(at)),
        1 => characters.insert(at, STRANGE[pick(random, STRANGE.len())].chars().next().expect("one")),
        2 => characters.truncate(at),
        3 if at + 1 < characters.len() => characters.swap(at, at + 1),
        4 if !characters.is_empty() => {
            characters[at] = STRANGE[pick(random, STRANGE.len())].chars().next().expect("one");
        }
        _ => {
            if let Ok(bytes) = STANDARD.decode(text) {
                return STANDARD.encode(inside(random, bytes));
            }
            if let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) {
                return URL_SAFE_NO_PAD.encode(inside(random, bytes));
            }
            characters.push('x');
        }
    }
    characters.into_iter().collect()
}

/// The text of a value in which one place is spelt as strict JSON is not: a member twice, or a number that
/// others would read otherwise.
fn spelt(sound: &Value, path: &str, before: &Value) -> Option<String> {
    let mut marked = sound.clone();
    *marked.pointer_mut(path)? = "the mark".into();
    let spelling = match before {
        Value::Number(number) => format!("{number}.0"),
        Value::Object(object) => {
            let (name, value) = object.iter().next()?;
            let rest = before.to_string();
            format!("{{\"{name}\":{value},{}", rest.strip_prefix('{')?)
        }
        Value::Array(_) => format!("{before},"),
        _ => return None,
    };
    Some(marked.to_string().replacen("\"the mark\"", &spelling, 1))
}
