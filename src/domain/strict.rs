//! Strict JSON: no duplicate keys, bounded depth, integers only (FORMAT section 1).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::statement::Unreadable;

/// Deepest nesting of objects and arrays.
pub const DEPTH_MAX: usize = 32;
/// Largest integer, 2^53 - 1: every JSON reader keeps it exactly.
pub const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Parses UTF-8 JSON bytes that every other reader reads the same way.
///
/// # Errors
/// `malformed`, saying what was found: no UTF-8, no JSON, a key twice, deeper than
/// [`DEPTH_MAX`], a number that is no integer within +-[`INTEGER_MAX`].
pub fn parse(bytes: &[u8]) -> Result<Value, Unreadable> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut from).and_then(|value| from.end().map(|()| value));
    value.map_err(|error| Unreadable::malformed(error.to_string()))
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth < DEPTH_MAX {
            Ok(Self { depth: self.depth + 1 })
        } else {
            Err(E::custom(format_args!("nested deeper than {DEPTH_MAX}")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, bool: bool) -> Result<Value, E> {
        Ok(Value::Bool(bool))
    }
    fn visit_i64<E: Error>(self, int: i64) -> Result<Value, E> {
        if int >= -INTEGER_MAX {
            Ok(int.into())
        } else {
            Err(E::custom(format_args!("the integer {int} is below -{INTEGER_MAX}")))
        }
    }
    fn visit_u64<E: Error>(self, int: u64) -> Result<Value, E> {
        if int <= INTEGER_MAX.unsigned_abs() {
            Ok(int.into())
        } else {
            Err(E::custom(format_args!("the integer {int} is above {INTEGER_MAX}")))
        }
    }
    fn visit_f64<E: Error>(self, float: f64) -> Result<Value, E> {
        Err(E::custom(format_args!("numbers are plain integers or decimal strings, found {float:?}")))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut array = Vec::new();
        while let Some(value) = seq.next_element_seed(inside)? {
            array.push(value);
        }
        Ok(Value::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(inside)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} occurs twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
