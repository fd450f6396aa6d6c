//! What the disk alone costs: a write and an fdatasync of the same bytes, nothing else.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use super::process;

/// Space is reserved before, as the log does: the most favourable form.
const RESERVED: usize = 64 << 20;

struct Bare {
    file: File,
    at: usize,
    _folder: tempfile::TempDir,
}

impl Bare {
    fn new() -> Self {
        let folder = process::folder();
        let path = folder.path().join("bare");
        let file = File::options().read(true).write(true).create_new(true).open(path).unwrap();
        file.write_all_at(&vec![0; RESERVED], 0).unwrap();
        file.sync_all().unwrap();
        Self { file, at: 0, _folder: folder }
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.at + bytes.len() > RESERVED {
            self.at = 0;
        }
        self.file.write_all_at(bytes, self.at as u64).unwrap();
        self.file.sync_data().unwrap();
        self.at += bytes.len();
    }
}

/// One event per sync for this long: events a second, and p50 and p99 in microseconds.
pub fn singly(event: &[u8], long: Duration) -> (f64, f64, f64) {
    let mut bare = Bare::new();
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < long {
        let one = Instant::now();
        bare.write(event);
        took.push(u32::try_from(one.elapsed().as_micros()).unwrap());
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    (rate, f64::from(took[took.len() / 2]), f64::from(took[took.len() * 99 / 100]))
}

/// Events in groups of this many, a sync for each group: events a second.
pub fn grouped(events: &[String], group: usize) -> f64 {
    let mut bare = Bare::new();
    let begun = Instant::now();
    for group in events.chunks(group) {
        bare.write(group.concat().as_bytes());
    }
    events.len() as f64 / begun.elapsed().as_secs_f64()
}
