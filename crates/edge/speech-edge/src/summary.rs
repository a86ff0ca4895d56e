//! What a call was about, in the sentences that say most of it: no network, no invention.

use std::collections::HashMap;

use crate::choices::words;

/// Sentences of a summary at most.
const MOST_SENTENCES: usize = 4;
/// Utterances that are looked at; the oldest of a longer call are left out.
const MOST_UTTERANCES: usize = 5_000;
/// Shorter sentences say nothing by themselves.
const LEAST_WORDS: usize = 4;
/// Words of a sentence that are not in every other one.
const LEAST_TELLING: usize = 2;

/// Words of every sentence.
const EVERYWHERE: [&str; 72] = [
    "the", "a", "an", "and", "or", "but", "of", "to", "in", "on", "at", "for", "with", "from", "by", "is",
    "are", "was", "were", "be", "been", "am", "do", "does", "did", "have", "has", "had", "i", "you", "he",
    "she", "it", "we", "they", "me", "my", "your", "our", "this", "that", "these", "those", "there", "here",
    "what", "which", "who", "how", "when", "can", "could", "will", "would", "should", "may", "so", "if",
    "then", "just", "not", "no", "yes", "okay", "ok", "hello", "hi", "please", "thanks", "thank", "um", "uh",
];

/// Something that somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// A name for the speaker that may be read by the application: a raw id, or nothing.
    pub speaker: std::sync::Arc<str>,
    /// The words.
    pub text: std::sync::Arc<str>,
}

/// The few sentences whose words come up most in the whole, in the order in which they were said.
/// Empty when nothing was said.
pub fn summary(utterances: &[Utterance]) -> String {
    let utterances = &utterances[utterances.len().saturating_sub(MOST_UTTERANCES)..];
    let sentences: Vec<(&str, Vec<String>)> = utterances
        .iter()
        .flat_map(|utterance| utterance.text.split_inclusive(['.', '!', '?']))
        .map(|sentence| (sentence.trim(), telling_words(sentence)))
        .filter(|(sentence, _)| !sentence.is_empty())
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in sentences.iter().flat_map(|(_, words)| words) {
        *counts.entry(word).or_default() += 1;
    }
    let weight = |words: &Vec<String>| {
        let total: f64 = words.iter().map(|word| (counts[word.as_str()] as f64).ln_1p()).sum();
        total / (words.len() as f64).sqrt().max(1.0)
    };
    let mut ranked: Vec<(usize, f64)> = sentences
        .iter()
        .enumerate()
        .filter(|(_, (sentence, words))| {
            sentence.split_whitespace().count() >= LEAST_WORDS && words.len() >= LEAST_TELLING
        })
        .map(|(index, (_, words))| (index, weight(words)))
        .collect();
    if ranked.is_empty() {
        ranked = (0..sentences.len()).map(|index| (index, 0.0)).collect();
    }
    ranked.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let mut chosen: Vec<usize> = Vec::new();
    for (index, _) in ranked {
        // What was said twice is told once.
        let is_new = chosen.iter().all(|other| sentences[*other].1 != sentences[index].1);
        if is_new && chosen.len() < MOST_SENTENCES {
            chosen.push(index);
        }
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|index| sentences[index].0).collect::<Vec<_>>().join(" ")
}

fn telling_words(sentence: &str) -> Vec<String> {
    words(sentence).into_iter().filter(|word| !EVERYWHERE.contains(&word.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &[&str]) -> Vec<Utterance> {
        texts.iter().map(|text| Utterance { speaker: "".into(), text: (*text).into() }).collect()
    }

    #[test]
    fn the_sentences_that_matter_are_kept_in_their_order() {
        let call = said(&[
            "Hello.",
            "Hi there, how are you?",
            "My invoice from March is wrong, the invoice has two items too many.",
            "Let me see. I will send a corrected invoice for March by mail today.",
            "Okay, thank you.",
            "The weather is nice here by the way.",
            "Goodbye.",
            "My invoice from March is wrong, the invoice has two items too many.",
        ]);
        let short = summary(&call);
        assert!(short.starts_with("My invoice from March is wrong"), "{short}");
        assert!(short.contains("corrected invoice for March"), "{short}");
        assert!(!short.contains("Hello") && !short.contains("Goodbye"), "{short}");
        assert_eq!(short.matches("items too many").count(), 1, "{short}");
    }

    #[test]
    fn a_call_without_words_has_no_summary() {
        assert_eq!(summary(&[]), "");
        assert_eq!(summary(&said(&["", " "])), "");
        assert_eq!(summary(&said(&["Yes."])), "Yes.");
    }
}
