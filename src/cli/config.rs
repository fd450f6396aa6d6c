//! `config show`: every setting, its value and where it came from.

use std::env;

use serde::Serialize;

use super::arguments::{Config, ConfigVerb};
use super::output::Output;
use super::settings::{LISTEN, Settings, ZONE};
use super::{OK, Result, text};

#[derive(Serialize)]
struct Setting {
    setting: &'static str,
    value: Option<String>,
    from: String,
}

pub(super) fn run(arguments: &Config, settings: &Settings, output: &mut Output) -> Result<u8> {
    let ConfigVerb::Show = arguments.verb;
    let all = all(settings);
    if output.json {
        output.value(&all)?;
        return Ok(OK);
    }
    for Setting { setting, value, from } in &all {
        let value = value.as_deref().map_or_else(|| "-".to_owned(), text::plain);
        output.line(&format!("{setting:<8} {value:<40} {}", text::plain(from)))?;
    }
    Ok(OK)
}

fn all(settings: &Settings) -> Vec<Setting> {
    let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let (path, anchor) = (shown(&settings.data), shown(&settings.anchor));
    // a secret is never printed, only that there is one
    let hidden = |token: Option<String>| token.map(|_| "(not shown)".to_owned());
    vec![
        find(settings, "data", "ESTAFET_DATA", path, None),
        find(settings, "url", "ESTAFET_URL", settings.url.clone(), None),
        {
            let token = find(settings, "token", "ESTAFET_TOKEN", settings.token.clone(), None);
            Setting { value: hidden(token.value), ..token }
        },
        find(settings, "listen", "ESTAFET_LISTEN", settings.listen.clone(), Some(LISTEN)),
        find(settings, "origin", "ESTAFET_ORIGIN", settings.origin.clone(), None),
        find(settings, "zone", "ESTAFET_ZONE", settings.zone.clone(), Some(ZONE)),
        find(settings, "anchor", "ESTAFET_ANCHOR", anchor, None),
    ]
}

fn find(
    settings: &Settings,
    setting: &'static str,
    variable: &'static str,
    in_file: Option<String>,
    default: Option<&str>,
) -> Setting {
    if let Ok(value) = env::var(variable) {
        return Setting { setting, value: Some(value), from: variable.to_owned() };
    }
    if let (Some(value), Some(file)) = (in_file, &settings.file) {
        return Setting { setting, value: Some(value), from: file.display().to_string() };
    }
    let from = if default.is_some() { "default" } else { "not set" };
    Setting { setting, value: default.map(str::to_owned), from: from.to_owned() }
}
