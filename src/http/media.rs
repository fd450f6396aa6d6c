//! Which of the forms of an answer a reader asks for (`Accept`, RFC 9110 section 12.5.1).

use axum::http::{HeaderMap, header};

/// The forms a proof is written in. Of those that are weighed the same the first is given: JSON, also
/// to a reader who has no wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Text,
    Cose,
}

/// The form that is weighed highest.
pub(super) fn preferred(headers: &HeaderMap) -> Form {
    let json = (weight(headers, "application", "json"), Form::Json);
    let others = [("text", "plain", Form::Text), ("application", "cose", Form::Cose)];
    let others = others.map(|(kind, form, of)| (weight(headers, kind, form), of));
    others.into_iter().fold(json, |best, next| if next.0 > best.0 { next } else { best }).1
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
