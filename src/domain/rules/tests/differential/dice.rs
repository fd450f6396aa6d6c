//! Decides by a seed: the same seed, the same story, on every machine.

/// A small generator of numbers (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def1);
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`, which is at least one.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.next() % sides as u64).unwrap()
    }

    /// True in so many of a hundred times.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.roll(100) < share
    }

    pub(super) fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.roll(of.len())].clone())
    }

    /// One of a list that is never empty.
    pub(super) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    /// Up to `most` different ones, at least one where there is any.
    pub(super) fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let mut left = of.to_vec();
        let count = 1 + self.roll(most);
        let mut found = Vec::new();
        while found.len() < count && !left.is_empty() {
            found.push(left.remove(self.roll(left.len())));
        }
        found
    }

    /// The place of a weight, drawn in proportion to the weights; none where all are zero.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let sum: f64 = weights.iter().sum();
        let at = f64::from(u32::try_from(self.next() >> 32).unwrap()) / 4_294_967_296.0 * sum;
        let mut passed = 0.0;
        let all = weights.iter().enumerate();
        all.filter(|(_, weight)| **weight > 0.0).find_map(|(place, weight)| {
            passed += weight;
            (at < passed).then_some(place)
        })
    }

    /// A day from so many before another to so many after it.
    pub(super) fn near(&mut self, day: i64, before: i64, after: i64) -> i64 {
        let span = usize::try_from(before + after + 1).unwrap();
        day - before + i64::try_from(self.roll(span)).unwrap()
    }
}
