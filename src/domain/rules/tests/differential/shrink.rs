//! Makes a failing story as short as it gets: lines are left out as long as the same kind of difference
//! remains.

use std::time::{Duration, Instant};

use super::line::Line;
use super::told::again;

/// Longest time spent on one story.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shortest story found that still ends with a difference of the kind.
pub(super) fn shrunk(seed: u64, lines: &[Line], kind: &str) -> Vec<Line> {
    let until = Instant::now() + PATIENCE;
    let mut kept: Vec<(usize, Line)> = lines.iter().cloned().enumerate().collect();
    let all = lines.iter().filter_map(|line| line.was).collect();
    let judged = !again(seed, &kept, &all, false).iter().any(|one| one.kind == kind);
    let fails = |lines: &[(usize, Line)]| again(seed, lines, &all, judged).iter().any(|one| one.kind == kind);
    let mut size = kept.len() / 2;
    while size > 0 && Instant::now() < until {
        let before = kept.len();
        // From the end: what came last rests on what came before it.
        let mut at = kept.len();
        while at > 0 && Instant::now() < until {
            let from = at.saturating_sub(size);
            let without: Vec<_> = kept[..from].iter().chain(&kept[at..]).cloned().collect();
            if !without.is_empty() && fails(&without) {
                kept = without;
            }
            at = from;
        }
        if kept.len() == before || size > 1 {
            size /= 2;
        }
    }
    kept.into_iter().map(|(_, line)| line).collect()
}
