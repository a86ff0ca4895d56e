//! G.711: µ-law and A-law companding by table.

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law (PCMU, RTP payload type 0).
    Mu,
    /// A-law (PCMA, RTP payload type 8).
    A,
}

impl Law {
    /// The code of silence.
    pub const fn silence(self) -> u8 {
        match self {
            Self::Mu => 0xff,
            Self::A => 0xd5,
        }
    }

    /// The code of one sample.
    pub fn encode_sample(self, sample: i16) -> u8 {
        // Both laws look at 14 or 13 of the 16 bits, so a table over 14 bits is exact.
        self.encoding()[usize::from(sample as u16 >> 2)]
    }

    /// The sample of one code.
    pub fn decode_sample(self, code: u8) -> i16 {
        self.decoding()[usize::from(code)]
    }

    /// Encodes as many samples as both slices hold.
    pub fn encode(self, samples: &[i16], codes: &mut [u8]) {
        let table = self.encoding();
        for (code, sample) in codes.iter_mut().zip(samples) {
            *code = table[usize::from(*sample as u16 >> 2)];
        }
    }

    /// Decodes as many codes as both slices hold.
    pub fn decode(self, codes: &[u8], samples: &mut [i16]) {
        let table = self.decoding();
        for (sample, code) in samples.iter_mut().zip(codes) {
            *sample = table[usize::from(*code)];
        }
    }

    fn encoding(self) -> &'static [u8; 1 << 14] {
        match self {
            Self::Mu => &MU_ENCODING,
            Self::A => &A_ENCODING,
        }
    }

    fn decoding(self) -> &'static [i16; 256] {
        match self {
            Self::Mu => &MU_DECODING,
            Self::A => &A_DECODING,
        }
    }
}

static MU_DECODING: [i16; 256] = decoding(Law::Mu);
static A_DECODING: [i16; 256] = decoding(Law::A);
static MU_ENCODING: [u8; 1 << 14] = encoding(Law::Mu);
static A_ENCODING: [u8; 1 << 14] = encoding(Law::A);

const fn decoding(law: Law) -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = match law {
            Law::Mu => mu_to_linear(code as u8),
            Law::A => a_to_linear(code as u8),
        };
        code += 1;
    }
    table
}

const fn encoding(law: Law) -> [u8; 1 << 14] {
    let mut table = [0; 1 << 14];
    let mut index = 0;
    while index < 1 << 14 {
        let sample = ((index as u16) << 2) as i16;
        table[index] = match law {
            Law::Mu => linear_to_mu(sample),
            Law::A => linear_to_a(sample),
        };
        index += 1;
    }
    table
}

/// Added before the segment is looked up, so that segments double exactly.
const MU_BIAS: i32 = 0x84;

const fn linear_to_mu(sample: i16) -> u8 {
    let sample = sample as i32;
    let (sign, magnitude) = if sample < 0 { (0x80, -sample) } else { (0, sample) };
    let magnitude = if magnitude > 32_635 { 32_635 } else { magnitude } + MU_BIAS;
    let segment = 24 - (magnitude as u32).leading_zeros() as i32;
    let segment = if segment < 0 { 0 } else { segment };
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment << 4) | step) as u8
}

const fn mu_to_linear(code: u8) -> i16 {
    let code = !code as i32;
    let magnitude = ((((code & 0x0f) << 3) + MU_BIAS) << ((code >> 4) & 7)) - MU_BIAS;
    (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

const fn linear_to_a(sample: i16) -> u8 {
    let sample = sample as i32 >> 3;
    let (mask, magnitude) = if sample >= 0 { (0xd5, sample) } else { (0x55, -sample - 1) };
    let segment = 27 - (magnitude as u32 | 0x1f).leading_zeros() as i32;
    let step = if segment < 2 { magnitude >> 1 } else { magnitude >> segment } & 0x0f;
    ((segment << 4 | step) ^ mask) as u8
}

const fn a_to_linear(code: u8) -> i16 {
    let code = code as i32 ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = (code & 0x0f) << 4;
    let magnitude = match segment {
        0 => step + 8,
        _ => (step + 0x108) << (segment - 1),
    };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_standard() {
        assert_eq!([0x00, 0x80, 0xff, 0x7f].map(|code| Law::Mu.decode_sample(code)), [-32124, 32124, 0, 0]);
        assert_eq!([0x2a, 0xaa, 0xd5, 0x55].map(|code| Law::A.decode_sample(code)), [-32256, 32256, 8, -8]);
        assert_eq!([0, -32768, 32767, 1000].map(|it| Law::Mu.encode_sample(it)), [0xff, 0x00, 0x80, 0xce]);
        assert_eq!([0, -32768, 32767].map(|it| Law::A.encode_sample(it)), [0xd5, 0x2a, 0xaa]);
    }

    #[test]
    fn every_code_survives_decoding_and_encoding() {
        for law in [Law::Mu, Law::A] {
            for code in 0..=255 {
                let again = law.encode_sample(law.decode_sample(code));
                // µ-law has two zeros; the negative one reads as the positive one.
                let negative_zero = law == Law::Mu && code == 0x7f;
                assert!(again == code || negative_zero, "{law:?} {code:#x} became {again:#x}");
            }
        }
    }

    #[test]
    fn every_sample_comes_back_close() {
        for law in [Law::Mu, Law::A] {
            for sample in i16::MIN..=i16::MAX {
                let back = i32::from(law.decode_sample(law.encode_sample(sample)));
                let error = (back - i32::from(sample)).abs();
                assert!(error <= 24 + i32::from(sample).abs() / 20, "{law:?} {sample} became {back}");
            }
        }
    }
}
