//! How somebody felt, from their words alone: a small lexicon of English, without any network.

use media_plan::Sentiment;

use crate::choices::words;

const GOOD: [&str; 56] = [
    "good",
    "great",
    "excellent",
    "happy",
    "glad",
    "love",
    "loved",
    "like",
    "liked",
    "nice",
    "perfect",
    "thanks",
    "thank",
    "wonderful",
    "amazing",
    "awesome",
    "fantastic",
    "pleased",
    "satisfied",
    "helpful",
    "easy",
    "fine",
    "best",
    "better",
    "brilliant",
    "enjoy",
    "enjoyed",
    "appreciate",
    "appreciated",
    "pleasant",
    "friendly",
    "quick",
    "fast",
    "works",
    "working",
    "solved",
    "resolved",
    "fixed",
    "delighted",
    "grateful",
    "impressed",
    "kind",
    "lovely",
    "cool",
    "super",
    "smooth",
    "reliable",
    "recommend",
    "recommended",
    "comfortable",
    "correct",
    "excited",
    "fun",
    "smart",
    "welcome",
    "yay",
];
const BAD: [&str; 68] = [
    "bad",
    "terrible",
    "awful",
    "horrible",
    "angry",
    "upset",
    "hate",
    "hated",
    "annoyed",
    "annoying",
    "disappointed",
    "disappointing",
    "frustrated",
    "frustrating",
    "useless",
    "broken",
    "fail",
    "failed",
    "fails",
    "failure",
    "wrong",
    "worst",
    "worse",
    "slow",
    "problem",
    "problems",
    "issue",
    "issues",
    "complaint",
    "complain",
    "cancel",
    "refund",
    "unhappy",
    "unacceptable",
    "ridiculous",
    "rude",
    "poor",
    "error",
    "errors",
    "sad",
    "sorry",
    "unfortunately",
    "expensive",
    "late",
    "lost",
    "missing",
    "never",
    "nobody",
    "stupid",
    "waste",
    "wasted",
    "confused",
    "confusing",
    "difficult",
    "hard",
    "impossible",
    "pain",
    "painful",
    "scam",
    "unreliable",
    "dirty",
    "damaged",
    "defective",
    "delayed",
    "mistake",
    "tired",
    "worried",
    "outage",
];
const REVERSES: [&str; 14] = [
    "not", "no", "isn't", "wasn't", "don't", "doesn't", "didn't", "can't", "cannot", "won't", "without",
    "hardly", "aren't", "couldn't",
];
const STRENGTHENS: [&str; 8] =
    ["very", "really", "so", "extremely", "totally", "absolutely", "too", "completely"];

/// The mood of what was said: words that are good or bad to hear, reversed by a "not" within three words before.
pub fn sentiment(text: &str) -> Sentiment {
    let words = words(text);
    let mut score = 0_i32;
    for (index, word) in words.iter().enumerate() {
        let word = word.as_str();
        let value = match (GOOD.contains(&word), BAD.contains(&word)) {
            (true, _) => 2,
            (_, true) => -2,
            (false, false) => continue,
        };
        let before = &words[index.saturating_sub(3)..index];
        let reversed = before.iter().any(|word| REVERSES.contains(&word.as_str()));
        let strong = before.iter().any(|word| STRENGTHENS.contains(&word.as_str()));
        let value = if strong { value * 2 } else { value };
        // "Not good" is bad; "no problem" is no praise.
        score += match (reversed, value > 0) {
            (false, _) => value,
            (true, true) => -value,
            (true, false) => 1,
        };
    }
    match score {
        ..=-1 => Sentiment::Negative,
        0 | 1 => Sentiment::Neutral,
        2.. => Sentiment::Positive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moods_are_told_apart() {
        for (text, mood) in [
            ("Thank you, that was very helpful!", Sentiment::Positive),
            ("I love it.", Sentiment::Positive),
            ("This is not good at all", Sentiment::Negative),
            ("It still doesn't work and I'm really frustrated", Sentiment::Negative),
            ("I want to cancel, this is terrible", Sentiment::Negative),
            ("My number is five five five", Sentiment::Neutral),
            ("No problem", Sentiment::Neutral),
            ("", Sentiment::Neutral),
        ] {
            assert_eq!(sentiment(text), mood, "{text}");
        }
    }
}
