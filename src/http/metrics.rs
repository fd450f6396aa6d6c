//! What is counted: answers by route and status, problems by code, how long answers took; and, when
//! asked, where the ledger stands. No label ever holds what a caller wrote.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::problem::Kind;

/// Upper ends of the classes of answer times, in seconds.
const SECONDS: [f64; 10] = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0, 10.0];

type Labels = [(&'static str, String); 3];

/// Counters of this process.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    answered: Family<Labels, Counter>,
    problems: Family<[(&'static str, &'static str); 1], Counter>,
    took: Histogram,
    entries: Gauge,
    writable: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("estafet");
        let answered = Family::<Labels, Counter>::default();
        let problems = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let took = Histogram::new(SECONDS);
        let (entries, writable) = (Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered", answered.clone());
        registry.register("problems", "Problems answered, by code", problems.clone());
        registry.register_with_unit(
            "http_answer",
            "Time to the head of an answer",
            Unit::Seconds,
            took.clone(),
        );
        registry.register("entries", "Entries in the log", entries.clone());
        registry.register("writable", "1 while statements are admitted", writable.clone());
        Self { registry, answered, problems, took, entries, writable }
    }

    /// Counts an answer.
    pub(super) fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        // Other methods are the caller's invention: they must not make series.
        let known = [Method::GET, Method::POST, Method::HEAD].contains(method);
        let method = if known { method.as_str() } else { "other" };
        let labels = [
            ("method", method.to_owned()),
            ("route", route.to_owned()),
            ("status", status.as_u16().to_string()),
        ];
        self.answered.get_or_create(&labels).inc();
        self.took.observe(took.as_secs_f64());
    }

    /// Counts a problem.
    pub(super) fn problem(&self, kind: Kind) {
        self.problems.get_or_create(&[("code", kind.as_str())]).inc();
    }

    /// Statements refused since the process began.
    pub(super) fn refusals(&self) -> u64 {
        let refusal = |kind: &&'static str| {
            crate::domain::Code::parse(kind)
                .is_some_and(|code| !matches!(code.status(), 400 | 401 | 503 | 507 | 429))
        };
        let codes = crate::domain::Code::ALL.iter().map(|code| code.as_str());
        codes.filter(refusal).filter_map(|code| self.problems.get(&[("code", code)]).map(|n| n.get())).sum()
    }

    /// Everything, in the OpenMetrics text format.
    pub(super) fn text(&self, entries: u64, writable: bool) -> String {
        self.entries.set(i64::try_from(entries).unwrap_or(i64::MAX));
        self.writable.set(i64::from(writable));
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
