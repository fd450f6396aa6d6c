//! What a witness of the ledger is called, and where it is asked (FORMAT section 5).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Code;
use super::id::{BadId, text_from, text_id};

/// Longest name of a witness, in bytes: with it a verifier key fits into a [`super::text::Text`].
pub const NAME_BYTES_MAX: usize = 128;
/// Longest address of a witness, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;

/// Visible ASCII: nothing that a reader of a signature line could take for something else.
fn is_witness(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b'+')
}

text_id!(
    /// The name of a witness, as it stands in its verifier key and in its signature lines.
    WitnessName,
    is_witness,
    "a witness's name: 1 to 128 visible ASCII characters without +"
);

/// The address of a witness: `http` or `https`, a host, and the path before `/add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessUrl(Arc<str>);

/// Text that is no address of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadUrl {
    /// The beginning of what was found.
    pub found: String,
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: expected http:// or https://, a host and perhaps a path, at most {URL_BYTES_MAX} ASCII \
             characters without user, query or fragment; found {:?}",
            Code::Malformed,
            self.found
        )
    }
}

impl std::error::Error for BadUrl {}

impl WitnessUrl {
    /// Takes the text when it is such an address.
    ///
    /// # Errors
    /// `malformed` when it is not.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        if is_url(text) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(BadUrl { found: text.chars().take(140).collect() })
        }
    }

    /// The address as it was registered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WitnessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for WitnessUrl {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WitnessUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text_from(from, Self::parse)
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest.filter(|_| text.len() <= URL_BYTES_MAX) else { return false };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    is_authority(authority) && path.bytes().all(|b| b.is_ascii_graphic() && !b"@?#\\\"<>^`{|}".contains(&b))
}

/// A host name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let is_v6 = !address.is_empty()
                && address.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
            (is_v6, if port.is_empty() { None } else { port.strip_prefix(':').or(Some("")) })
        }
        None => {
            let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
            let is_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
            (!host.is_empty() && host.bytes().all(is_host), port)
        }
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    host && port.is_none_or(|port| digits(port) && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests;
