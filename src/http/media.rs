//! Which of two forms of an answer a reader asks for (`Accept`, RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, header};

/// Whether plain text is weighed above JSON, which is what a reader gets who has no wish.
pub(super) fn prefers_text(headers: &HeaderMap) -> bool {
    weight(headers, "text", "plain") > weight(headers, "application", "json")
}

/// Thousandths that the most specific range gives a media type; none where no range fits.
fn weight(headers: &HeaderMap, kind: &str, form: &str) -> u16 {
    let fields = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let weighed = fields.flat_map(|field| field.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (found_kind, found_form) = parts.next()?.split_once('/')?;
        let specific = match (found_kind, found_form) {
            ("*", "*") => 0,
            (found, "*") if found.eq_ignore_ascii_case(kind) => 1,
            (found, of) if found.eq_ignore_ascii_case(kind) && of.eq_ignore_ascii_case(form) => 2,
            _ => return None,
        };
        let q =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("q"));
        Some((specific, q.map_or(Some(1000), |(_, value)| thousandths(value))?))
    });
    weighed.max().map_or(0, |(_, weight)| weight)
}

/// `0.25` is 250.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = rest.len() <= 3 && rest.bytes().all(|b| b.is_ascii_digit());
    match whole {
        "1" if digits && rest.bytes().all(|b| b == b'0') => Some(1000),
        "0" if digits => format!("{rest:0<3}").parse().ok(),
        _ => None,
    }
}
