//! Source text with comments and the insides of strings blanked, so that rules look at code only.

/// Blanks comments and literals with spaces; lines keep their numbers and columns.
pub fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = literal_or_comment(rest).unwrap_or(0);
        if taken == 0 {
            // a word is taken whole, so that the r of `for"` is not taken for a raw string
            let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let step = word.max(first.len_utf8());
            out.push_str(&rest[..step]);
            rest = &rest[step..];
        } else {
            out.extend(rest[..taken].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[taken..];
        }
    }
    out
}

/// Bytes of the comment or literal the text begins with.
fn literal_or_comment(text: &str) -> Option<usize> {
    let end = |from: usize, what: &str| text[from..].find(what).map_or(text.len(), |n| from + n + what.len());
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(end(2, "*/"));
    }
    let raw = text.strip_prefix("br").or_else(|| text.strip_prefix('r'));
    if let Some(after) = raw {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let from = text.len() - after.len() + hashes + 1;
            return Some(end(from, &format!("\"{}", "#".repeat(hashes))));
        }
    }
    if text.starts_with('"') || text.starts_with("b\"") {
        return Some(quoted(text, '"'));
    }
    let mut chars = text.strip_prefix('\'')?.chars();
    let (first, second) = (chars.next()?, chars.next());
    // 'x' and '\n' are literals, 'x without a closing quote is a lifetime
    (first == '\\' || second == Some('\'')).then(|| quoted(text, '\''))
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    let open = text.find(quote).unwrap_or(0);
    for (place, c) in text.char_indices().skip_while(|(place, _)| *place <= open) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return place + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Whether the character can be part of a word of code.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Places where the token stands as a whole word (its ends are no parts of longer words).
pub fn places(code: &str, token: &str) -> Vec<usize> {
    let before = |at: usize| code[..at].chars().next_back().is_some_and(is_word);
    let after = |at: usize| code[at + token.len()..].chars().next().is_some_and(is_word);
    let first = token.chars().next().is_some_and(is_word);
    let last = token.chars().next_back().is_some_and(is_word);
    let inside = |at: usize| (first && before(at)) || (last && after(at));
    code.match_indices(token).map(|(at, _)| at).filter(|at| !inside(*at)).collect()
}

/// Line number of a place, from 1.
pub fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}
