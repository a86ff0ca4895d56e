//! Damage to inputs, from a seed: the same everywhere, always.

use entropy::Entropy;

/// Bytes and words that parsers stumble over.
const STUMBLING_BLOCKS: [&[u8]; 18] = [
    b"\0",
    b"\xff",
    b"\x80",
    b"\r\n",
    b"\r\n\r\n",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"%",
    b";",
    b",",
    b"[",
    b"-1",
    b"0",
    b"4294967296",
    b"18446744073709551615",
    b"\xc3\xb6\xe2\x82\xac",
];

/// Makes inputs out of inputs.
#[derive(Debug)]
pub struct Mutator {
    entropy: Entropy,
    longest: usize,
}

impl Mutator {
    /// One whose inputs have at most `longest` bytes.
    pub fn new(seed: u64, longest: usize) -> Self {
        Self { entropy: Entropy::from_number(seed), longest }
    }

    /// `input` with some damage, perhaps grafted with a part of `other`.
    pub fn mutate(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.entropy.below(4) {
            self.damage(&mut bytes, other);
        }
        bytes.truncate(self.longest);
        bytes
    }

    fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.place(bytes.len());
        match self.entropy.below(8) {
            0 => flip(bytes, at, self.entropy.below(8) as u32),
            1 => put(bytes, at, &[self.entropy.next_u64() as u8]),
            2 => {
                let block = STUMBLING_BLOCKS[self.entropy.below(STUMBLING_BLOCKS.len() as u64) as usize];
                put(bytes, at, block);
            }
            3 => {
                let block = STUMBLING_BLOCKS[self.entropy.below(STUMBLING_BLOCKS.len() as u64) as usize];
                bytes.splice(at..(at + block.len()).min(bytes.len()), block.iter().copied());
            }
            4 => {
                let end = at + self.place(bytes.len() - at);
                bytes.drain(at..end);
            }
            5 => {
                let end = at + self.place(bytes.len() - at);
                let copy = bytes[at..end].to_vec();
                put(bytes, at, &copy);
            }
            6 => bytes.truncate(at),
            _ => {
                let from = self.place(other.len());
                let to = from + self.place(other.len() - from);
                put(bytes, at, &other[from..to]);
            }
        }
    }

    /// Anywhere in `length` bytes, the end included.
    fn place(&mut self, length: usize) -> usize {
        self.entropy.below(length as u64 + 1) as usize
    }
}

fn flip(bytes: &mut [u8], at: usize, bit: u32) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, block: &[u8]) {
    bytes.splice(at..at, block.iter().copied());
}
