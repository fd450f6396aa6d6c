//! Medians, spread and tables.

/// The middle of some numbers, and their least and greatest.
pub fn spread(numbers: &[f64]) -> (f64, f64, f64) {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.first(), sorted.last()) {
        (Some(least), Some(greatest)) => (sorted[sorted.len() / 2], *least, *greatest),
        _ => (f64::NAN, f64::NAN, f64::NAN),
    }
}

/// `median (least-greatest)`, with this many decimals.
pub fn text(numbers: &[f64], decimals: usize) -> String {
    let (middle, least, greatest) = spread(numbers);
    format!("{middle:.decimals$} ({least:.decimals$}-{greatest:.decimals$})")
}

/// One line of a Markdown table.
pub fn line<T: AsRef<str>>(cells: &[T]) {
    let cells: Vec<_> = cells.iter().map(AsRef::as_ref).collect();
    println!("| {} |", cells.join(" | "));
}

/// The head of a Markdown table.
pub fn head(cells: &[&str]) {
    println!();
    line(cells);
    line(&vec!["---"; cells.len()]);
}
