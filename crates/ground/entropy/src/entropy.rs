//! A cryptographically strong generator whose seed is an argument.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A deterministic source of unpredictable numbers.
///
/// Ids that strangers must not guess come from here, so the generator is
/// ChaCha and a production seed carries 256 bits.
#[derive(Clone, Debug)]
pub struct Entropy(ChaCha12Rng);

/// What a generator is grown from: 128 unpredictable bits, handed in with whatever begins a life of its own.
/// `Debug` does not print it: who knows it knows the ids that follow.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Seed(u128);

impl Seed {
    /// A seed for tests: the same number, the same life.
    pub const fn from_number(number: u128) -> Self {
        Self(number)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<seed>")
    }
}

impl Entropy {
    /// The generator that grows from a seed.
    pub fn grown(seed: Seed) -> Self {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&seed.0.to_le_bytes());
        Self::from_seed(bytes)
    }

    /// A generator from 32 bytes of operating-system randomness.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// A generator for tests and simulations: the same number, the same sequence.
    pub fn from_number(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// The next 128 bits, for ids.
    pub fn next_u128(&mut self) -> u128 {
        (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64())
    }

    /// A seed for something that begins now.
    pub fn seed(&mut self) -> Seed {
        Seed(self.next_u128())
    }

    /// Fills `bytes`, for keys and nonces.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next_u64() % bound }
    }

    /// A second, independent generator for a part that lives on its own.
    pub fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.fill(&mut seed);
        Self::from_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_sequence() {
        let (mut one, mut two) = (Entropy::from_number(7), Entropy::from_number(7));
        assert_eq!(one.next_u128(), two.next_u128());
    }

    #[test]
    fn a_fork_goes_its_own_way() {
        let mut parent = Entropy::from_number(7);
        let mut child = parent.fork();
        assert_ne!(parent.next_u64(), child.next_u64());
    }
}
