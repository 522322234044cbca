//! Random choices as a list of numbers, read from left to right. A list that ends goes on with zeros, and zero is the
//! simplest choice everywhere: so a shorter list, or one of smaller numbers, makes a simpler workflow, and the library that
//! shrinks lists shrinks workflows.

pub(crate) struct Tape<'a> {
    choices: std::slice::Iter<'a, u32>,
}

impl<'a> Tape<'a> {
    pub(crate) fn new(choices: &'a [u32]) -> Self {
        Tape { choices: choices.iter() }
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let choice = self.choices.next().copied().unwrap_or(0);
        usize::try_from((u64::from(choice) * end as u64) >> u32::BITS).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) + percent >= 100
    }

    pub(crate) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }

    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len())]
    }

    /// One of the items, each as likely as its weight says; there has to be one.
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(usize, T)]) -> T {
        let mut left = self.below(items.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in items {
            match left.checked_sub(*weight) {
                Some(less) => left = less,
                None => return *item,
            }
        }
        items[0].1
    }
}
