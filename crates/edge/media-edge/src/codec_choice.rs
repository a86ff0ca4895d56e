//! Which codec a leg shall speak.

use std::cmp::Reverse;

use codec::Codec;

/// The codecs in the order in which a leg shall offer and answer them: first those that the `others` in its call
/// speak, the most spoken one first, because what need not be translated costs next to nothing and loses nothing; then
/// as `configured`.
pub(crate) fn preferred(configured: &[Codec], others: &[Codec]) -> Vec<Codec> {
    let mut codecs = configured.to_vec();
    codecs.sort_by_key(|codec| Reverse(others.iter().filter(|other| *other == codec).count()));
    codecs
}

#[cfg(test)]
mod tests {
    use codec::Codec::{G722, Opus, Pcma, Pcmu};

    use super::*;

    #[test]
    fn what_the_others_speak_comes_first() {
        let configured = [G722, Pcmu, Pcma, Opus];
        assert_eq!(preferred(&configured, &[]), configured);
        assert_eq!(preferred(&configured, &[Pcmu]), [Pcmu, G722, Pcma, Opus]);
        assert_eq!(preferred(&configured, &[Opus, Pcma, Pcma]), [Pcma, Opus, G722, Pcmu]);
    }

    #[test]
    fn what_is_not_configured_is_not_spoken() {
        assert_eq!(preferred(&[Pcmu], &[Opus]), [Pcmu]);
    }
}
