//! Files that others hand in, read strictly: an object has the members it must have and no others, a
//! hash is 32 bytes in one spelling, a number is a number.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::log::Hash;

/// What is wrong with a file, or a part of it.
pub(super) type Read<T> = Result<T, &'static str>;

/// An object that has every member of `must` and no others than those of `must` and `may`.
pub(super) fn object<'a>(value: &'a Value, must: &[&str], may: &[&str]) -> Read<&'a Map<String, Value>> {
    let object = value.as_object().ok_or("no object")?;
    if must.iter().any(|name| !object.contains_key(*name)) {
        return Err("a member is missing");
    }
    let known = |name: &String| must.contains(&name.as_str()) || may.contains(&name.as_str());
    if object.keys().all(known) { Ok(object) } else { Err("a member that does not belong there") }
}

/// A member's value; `null` where there is none.
pub(super) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}

/// A member that is text.
pub(super) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Read<&'a str> {
    member(object, name).as_str().ok_or("no text")
}

/// A member that is a number of entries, or of one: 0 or more.
pub(super) fn number(object: &Map<String, Value>, name: &str) -> Read<u64> {
    member(object, name).as_u64().ok_or("no number")
}

/// A member that is a list.
pub(super) fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Read<&'a Vec<Value>> {
    member(object, name).as_array().ok_or("no list")
}

/// A member that is a list of texts.
pub(super) fn texts<'a>(object: &'a Map<String, Value>, name: &str) -> Read<Vec<&'a str>> {
    list(object, name)?.iter().map(|one| one.as_str().ok_or("no list of texts")).collect()
}

/// A member that is a proof: a list of hashes.
pub(super) fn proof(object: &Map<String, Value>, name: &str) -> Read<Vec<Hash>> {
    texts(object, name)?.into_iter().map(|one| Hash::parse(one).ok_or("a hash that is none")).collect()
}

/// A member that is the bytes of an entry.
pub(super) fn bytes(object: &Map<String, Value>, name: &str) -> Read<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(object, name)?).map_err(|_| "no base64url")
}
