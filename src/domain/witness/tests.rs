//! Names and addresses of witnesses: what is taken, and what is not.

use super::{NAME_BYTES_MAX, URL_BYTES_MAX, WitnessName, WitnessUrl};

#[test]
fn a_name_is_visible_ascii_without_a_plus() {
    for name in ["w", "witness.example/w1", "a:b", &"w".repeat(NAME_BYTES_MAX)] {
        assert!(WitnessName::parse(name).is_ok(), "{name}");
    }
    for name in ["", "a b", "a+b", "a\nb", "w\u{e9}", "w\u{202e}", &"w".repeat(NAME_BYTES_MAX + 1)] {
        assert!(WitnessName::parse(name).unwrap_err().to_string().starts_with("bad-id: "), "{name}");
    }
}

#[test]
fn an_address_is_http_without_user_query_or_fragment() {
    let long = format!("http://w/{}", "x".repeat(URL_BYTES_MAX - 9));
    for url in [
        "http://w",
        "https://w.example/",
        "http://127.0.0.1:7879",
        "http://[::1]:80/w",
        "http://w_1:65535/a/b%20",
        &long,
    ] {
        assert!(WitnessUrl::parse(url).is_ok(), "{url}");
    }
    let longer = format!("{long}x");
    for url in [
        "",
        "w",
        "ftp://w",
        "HTTP://w",
        "http://",
        "http:///x",
        "http://u@w",
        "http://u:p@w",
        "http://w?a",
        "http://w/?a",
        "http://w/#a",
        "http://w:",
        "http://w:x",
        "http://w:65536",
        "http://[::1",
        "http://[w]",
        "http://[::1]80",
        "http://w x",
        "http://w/a b",
        "http://w\\x",
        "http://w/\n",
        "http://w\u{e9}",
        &longer,
    ] {
        assert!(WitnessUrl::parse(url).unwrap_err().to_string().starts_with("malformed: "), "{url}");
    }
}
