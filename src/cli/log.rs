//! `log`: entries, decoded, oldest first.

use serde_json::Value;

use super::arguments::Log;
use super::output::Output;
use super::question::{Source, Wanted};
use super::settings::Settings;
use super::text::{field, plain};
use super::{OK, Result};

pub(super) fn run(arguments: &Log, settings: &Settings, output: &mut Output) -> Result<u8> {
    let source = Source::open(&arguments.from, settings)?;
    let wanted = Wanted {
        subject: arguments.subject.clone(),
        type_name: arguments.type_name.clone(),
        after: arguments.after,
    };
    source.events(&wanted, arguments.limit, |event| {
        if output.json {
            output.line(event.get())
        } else {
            output.line(&line(&source.read(event.get().as_bytes())?))
        }
    })?;
    Ok(OK)
}

/// Number, instant, type, speaker, the subjects beyond the speaker itself, and what became of it.
fn line(event: &Value) -> String {
    let agency = field(event, "/agency");
    let speaker = if agency.is_empty() { "(ledger)" } else { &agency };
    let own = format!("a:{agency}");
    let links = event.pointer("/links").and_then(Value::as_object);
    let subjects =
        links.into_iter().flatten().map(|(subject, _)| plain(subject)).filter(|subject| *subject != own);
    let became = |part: &str, how: &str| match field(event, part) {
        seq if seq.is_empty() => String::new(),
        seq => format!(" ({how} by {seq})"),
    };
    let became = became("/corrected_by", "corrected") + &became("/withdrawn_by", "withdrawn");
    let (seq, at, type_name) = (field(event, "/seq"), field(event, "/at"), field(event, "/type"));
    let subjects = subjects.collect::<Vec<_>>().join(" ");
    format!("{seq:>7}  {at}  {type_name:<24} {speaker:<20} {subjects}{became}")
}
