//! Chance: a seeded generator whose draws depend on the seed alone, and decks that deal every card before any repeats.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::moment::Moment;

/// The only source of randomness of a simulation.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `limit`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 {
            return 0;
        }
        let drawn = self.0.random_range(0..limit as u64);
        usize::try_from(drawn).unwrap_or_default()
    }

    /// A number in `from..=to`; `from` when the range is empty.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        if from >= to {
            return from;
        }
        self.0.random_range(from..=to)
    }

    /// True in `per_mille` of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.0.random_range(0..1000u32) < per_mille
    }

    pub(crate) fn bits(&mut self) -> u32 {
        self.0.random_range(0..=u32::MAX)
    }

    /// One of a fixed set of values.
    pub(crate) fn one_of<T: Copy, const N: usize>(&mut self, values: &[T; N]) -> T {
        const { assert!(N > 0) };
        values[self.below(N)]
    }

    pub(crate) fn moment(&mut self, from: Moment, to: Moment) -> Moment {
        Moment(self.between(from.0, to.0))
    }

    /// A moment of the range that falls into office hours, if one is soon found; any moment of the range otherwise.
    pub(crate) fn office_moment(&mut self, from: Moment, to: Moment) -> Moment {
        const TRIES: usize = 12;
        for _ in 0..TRIES {
            let moment = self.moment(from, to);
            if moment.in_office_hours() {
                return moment;
            }
        }
        self.moment(from, to)
    }
}

/// A pile of cards, dealt in random order and reshuffled only when it is used up.
#[derive(Debug)]
pub(crate) struct Deck<T> {
    cards: Vec<T>,
    left: usize,
}

impl<T: Copy> Deck<T> {
    pub(crate) fn new(cards: &[T]) -> Self {
        Self { cards: cards.to_vec(), left: cards.len() }
    }

    pub(crate) fn deal(&mut self, dice: &mut Dice) -> Option<T> {
        if self.left == 0 {
            self.left = self.cards.len();
        }
        let drawn = dice.below(self.left);
        self.left = self.left.checked_sub(1)?;
        self.cards.swap(drawn, self.left);
        self.cards.get(self.left).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deck, Dice};

    #[test]
    fn a_deck_deals_every_card_before_any_repeats() {
        let mut dice = Dice::new(1);
        let mut deck = Deck::new(&[1, 2, 3, 4]);
        let mut round: Vec<_> = (0..4).filter_map(|_| deck.deal(&mut dice)).collect();
        round.sort_unstable();
        assert_eq!(round, [1, 2, 3, 4]);
    }
}
