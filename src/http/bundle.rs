//! `GET /v1/audit/bundle`: what an auditor takes along to check without this server.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::domain::event::ledger::Role;
use crate::domain::{Code, Seq, Subject};
use crate::views::bundle::{About, Bundle};

use super::app::{App, blocking};
use super::caller::Caller;
use super::page;
use super::params::Params;
use super::problem::Problem;
use super::reading::Reading;
use super::statements;
use super::twins;

/// The media type of a bundle.
const MEDIA_TYPE: &str = "application/vnd.estafet.bundle+json";

/// The bundle about a subject or an entry, as it stands now; with `fresh=1` under an index root that covers
/// everything said until now.
pub(super) async fn one(
    State(app): State<App>,
    params: Params,
    reading: Reading,
) -> Result<Response, Problem> {
    params.only(&["subject", "seq", "fresh"])?;
    let about = about(&params)?;
    if params.flag("fresh")? {
        may_ask_for_an_index(&reading.caller)?;
        app.ledger.index().await.map_err(|error| statements::problem(error, false))?;
    }
    let (ledger, reader) = (app.clone(), app.reader());
    let size = reader.size();
    if let About::Entry(seq) = about
        && seq.0 >= size
    {
        return Err(Problem::not_found(format!("there is no entry {seq}: the log holds {size}")));
    }
    let settle = {
        let about = about.clone();
        move || Ok(Bundle::settle(&reader, ledger.ledger.dir(), &about)?)
    };
    let nothing = || Problem::not_found("no entry is about that subject".to_owned());
    let mut bundle = blocking(settle).await?.ok_or_else(nothing)?;
    bundle.cosigned(&app.published(&app.snapshot()).note);
    let private = reading.sees();
    let mut response = twins::pour(&app, Some(reading), Vec::new(), MEDIA_TYPE, move |look, out| {
        look.map_or(Ok(false), |look| bundle.piece(look, out))
    });
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(if private { page::private(response) } else { response })
}

fn about(params: &Params) -> Result<About, Problem> {
    let subject = params.read("subject", "a subject such as r:housing", Subject::parse)?;
    match (subject, params.number("seq")?) {
        (Some(subject), None) => Ok(About::Subject(subject)),
        (None, Some(seq)) => Ok(About::Entry(Seq(seq))),
        _ => Err(Problem::parameter(
            "subject",
            "one of subject and seq names what the bundle is about".to_owned(),
        )),
    }
}

/// An index root is an entry: those who audit or operate have one made.
fn may_ask_for_an_index(caller: &Caller) -> Result<(), Problem> {
    match caller {
        Caller::Bearer { role: Role::Auditor | Role::Operator, .. } => Ok(()),
        Caller::Bearer { .. } => {
            Err(Problem::of(Code::NotEntitled, "fresh=1 is for auditors and operators; leave it out"))
        }
        Caller::Anonymous => {
            Err(Problem::of(Code::Unauthenticated, "fresh=1 is for auditors and operators: give a token"))
        }
    }
}
