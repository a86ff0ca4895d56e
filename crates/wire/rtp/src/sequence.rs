//! Comparing numbers that wrap around (RFC 1982).

/// Whether sequence number `one` comes after `other`.
pub const fn is_newer(one: u16, other: u16) -> bool {
    let ahead = one.wrapping_sub(other);
    ahead != 0 && ahead < 0x8000
}

/// Whether timestamp `one` comes after `other`.
pub const fn is_newer_timestamp(one: u32, other: u32) -> bool {
    let ahead = one.wrapping_sub(other);
    ahead != 0 && ahead < 0x8000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_across_the_wrap() {
        assert!(is_newer(0, 65_535) && !is_newer(65_535, 0) && !is_newer(7, 7));
        assert!(is_newer_timestamp(5, u32::MAX) && !is_newer_timestamp(u32::MAX, 5));
    }
}
