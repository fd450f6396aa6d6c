//! CBOR as COSE receipts need it: what is written has one spelling (RFC 8949 section 4.2.1, core
//! deterministic encoding). Nothing here reads.

#[cfg(test)]
mod tests;

/// Writes items one behind the other. Who opens an array or a map writes its items next, the keys of
/// a map in ascending order of their bytes.
#[derive(Debug, Default)]
pub(super) struct Cbor(Vec<u8>);

impl Cbor {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// An integer that is not negative.
    pub(super) fn uint(self, value: u64) -> Self {
        self.head(0, value)
    }

    /// The integer `-1 - value`: -8 is `negative(7)`.
    pub(super) fn negative(self, value: u64) -> Self {
        self.head(1, value)
    }

    /// A byte string.
    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.string(2, bytes)
    }

    /// A text string.
    pub(super) fn text(self, text: &str) -> Self {
        self.string(3, text.as_bytes())
    }

    /// Begins an array of so many items.
    pub(super) fn array(self, items: usize) -> Self {
        self.head(4, items as u64)
    }

    /// Begins a map of so many pairs.
    pub(super) fn map(self, pairs: usize) -> Self {
        self.head(5, pairs as u64)
    }

    /// Puts a tag before the next item.
    pub(super) fn tag(self, tag: u64) -> Self {
        self.head(6, tag)
    }

    /// `null`.
    pub(super) fn null(mut self) -> Self {
        self.0.push(0xf6);
        self
    }

    fn string(self, major: u8, bytes: &[u8]) -> Self {
        let mut written = self.head(major, bytes.len() as u64);
        written.0.extend_from_slice(bytes);
        written
    }

    /// A major type and its argument, in the shortest form (RFC 8949 section 3).
    fn head(mut self, major: u8, value: u64) -> Self {
        let [.., a, b, c, d] = value.to_be_bytes();
        let (short, rest): (u8, &[u8]) = match value {
            0..=23 => (d, &[]),
            24..=0xff => (24, &[d]),
            0x100..=0xffff => (25, &[c, d]),
            0x1_0000..=0xffff_ffff => (26, &[a, b, c, d]),
            _ => (27, &value.to_be_bytes()),
        };
        self.0.push(major << 5 | short);
        self.0.extend_from_slice(rest);
        self
    }
}
