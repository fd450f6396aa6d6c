//! Wording, parameters, tags, bodies.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};

use super::super::params::{Params, encode};
use super::super::problem::{Kind, Problem};
use super::super::wording::{self, Language};
use super::super::{body, page};
use crate::domain::Code;
use crate::log::Hash;

fn language(accept: &str) -> Language {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(accept).unwrap());
    Language::of(&headers)
}

#[test]
fn every_code_has_words_in_both_languages() {
    let domain = Code::ALL.iter().map(|code| code.as_str());
    for code in domain.chain(Kind::OWN.iter().map(|kind| kind.as_str())) {
        let wording = wording::of(code).unwrap_or_else(|| panic!("no wording of {code}"));
        for language in [Language::English, Language::Indonesian] {
            let (title, advice) = wording.text(language);
            assert!(!title.is_empty() && advice.len() > 10, "{code}");
        }
        assert_ne!(wording.text(Language::English), wording.text(Language::Indonesian), "{code}");
        assert_eq!(Kind::parse(code).unwrap().as_str(), code);
    }
}

#[test]
fn the_language_is_the_readers() {
    for (accept, wanted) in [
        ("id", Language::Indonesian),
        ("id-ID,en;q=0.5", Language::Indonesian),
        ("en-US,id;q=0.9", Language::English),
        ("fr, id;q=0.3, en;q=0.2", Language::Indonesian),
        ("fr", Language::English),
        ("id;q=0", Language::English),
        (";;,,q=", Language::English),
    ] {
        assert_eq!(language(accept), wanted, "{accept}");
    }
}

#[test]
fn a_problem_says_code_status_and_what_to_do() {
    let problem = Problem::of(Code::BadId, "expected x, found y").field("data.agency").index(Some(3));
    let english: serde_json::Value = serde_json::from_slice(&problem.body(Language::English, "r-1")).unwrap();
    assert_eq!(english["type"], "/problems/bad-id");
    assert_eq!((&english["status"], &english["code"]), (&400.into(), &"bad-id".into()));
    assert_eq!((&english["field"], &english["index"]), (&"data.agency".into(), &3.into()));
    assert_eq!((&english["detail"], &english["request_id"]), (&"expected x, found y".into(), &"r-1".into()));
    let body = problem.body(Language::Indonesian, "r-1");
    let indonesian: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(indonesian["title"], "Bukan pengenal yang sah");
    assert!(indonesian["detail"].as_str().unwrap().starts_with("Gunakan"));
}

#[test]
fn a_fault_of_ours_hides_its_cause() {
    let body = Problem::internal(&"secret path /x").body(Language::English, "r-2");
    let text = String::from_utf8(body).unwrap();
    assert!(!text.contains("secret") && text.contains("r-2") && text.contains("\"status\":500"));
}

#[test]
fn not_found_inside_a_statement_is_422() {
    assert_eq!(Kind::Statement(Code::NotFound).status(), 422);
    assert_eq!(Kind::Domain(Code::NotFound).status(), 404);
}

async fn params(uri: &str) -> Result<Params, Problem> {
    use axum::extract::FromRequestParts as _;
    let (mut parts, ()) = axum::http::Request::get(uri).body(()).unwrap().into_parts();
    Params::from_request_parts(&mut parts, &()).await
}

#[tokio::test]
async fn parameters_are_taken_or_named_as_wrong() {
    let read = params("/x?limit=5&after=17&from=2026-01-01T00%3A00%3A00%2B07%3A00").await.unwrap();
    assert!(read.only(&["limit", "after", "from"]).is_ok());
    assert_eq!(read.limit().unwrap(), 5);
    assert_eq!(read.number("after").unwrap(), Some(17));
    assert!(read.instant("from").unwrap().is_some());
    let unknown = read.only(&["limit"]).unwrap_err();
    assert_eq!((unknown.kind, unknown.field.as_deref()), (Kind::Domain(Code::BadParameter), Some("after")));
    for bad in ["limit=0", "limit=1001", "limit=x", "limit=-1", "limit="] {
        assert!(params(&format!("/x?{bad}")).await.unwrap().limit().is_err(), "{bad}");
    }
    let twice = params("/x?limit=1&limit=2").await.unwrap();
    assert!(twice.only(&["limit"]).is_err());
    let days = params("/x?valid_at=2026-02-30&known_at=zz").await.unwrap();
    assert_eq!(days.valid_at().unwrap_err().kind, Kind::Domain(Code::BadDate));
    assert_eq!(days.known_at("known_at").unwrap_err().kind, Kind::Domain(Code::BadKnownAt));
}

#[tokio::test]
async fn the_next_page_keeps_the_question() {
    let read = params("/x?type=a%26b&after=1").await.unwrap();
    assert_eq!(read.with("after", "9"), "type=a%26b&after=9");
    assert_eq!(encode("a/b c"), "a%2Fb%20c");
}

#[test]
fn a_reader_who_has_the_tag_is_told_so() {
    let tag = page::tag(Hash([7; 32]), true);
    assert_ne!(tag, page::tag(Hash([7; 32]), false));
    let mut headers = HeaderMap::new();
    let told = |headers: &HeaderMap| {
        page::tagged(headers, &tag, || page::json(&1)).map(|response| response.status().as_u16()).unwrap()
    };
    assert_eq!(told(&headers), 200);
    headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(&format!("\"x\", {tag}")).unwrap());
    assert_eq!(told(&headers), 304);
    headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"x\""));
    assert_eq!(told(&headers), 200);
}

#[tokio::test]
async fn a_body_above_the_limit_is_not_read() {
    let second = Duration::from_secs(1);
    assert_eq!(body::read(Body::from("12345"), 5, second).await.unwrap(), b"12345");
    let refused = body::read(Body::from("123456"), 5, second).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Domain(Code::TooLarge));
}
