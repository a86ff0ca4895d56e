//! Nothing that anybody dials, or writes as a pattern, is a surprise.

use dial_plan::{Circumstances, Dialled, Principal, Route, explain};
use proptest::prelude::*;
use tenant::organization::{Pattern, Persona, Rewrite};

use crate::world::{World, id};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_same_question_gives_the_same_answer(dialled in "[-+0-9*#. ()/;=@a-z]{0,24}|.{0,40}", chance: u64) {
        let directory = directory();
        let circumstances = Circumstances { chance, ..Circumstances::default() };
        for person in [1, 2, 3] {
            let principal = Principal::Person { person: id(person), persona: Persona::Teams };
            let one = explain(directory, principal, Dialled::Text(&dialled), &circumstances);
            let two = explain(directory, principal, Dialled::Text(&dialled), &circumstances);
            prop_assert_eq!(one, two);
        }
        let stranger = explain(directory, Principal::Stranger, Dialled::Text(&dialled), &circumstances);
        let gets_out = matches!(stranger.outcome, Ok(Route::Gateways { .. } | Route::Trunk { .. } | Route::Person(_) | Route::Phone(_)));
        prop_assert!(!gets_out);
    }

    #[test]
    fn a_pattern_is_one_or_says_why_not(pattern in r"[\\^$.|?*+()\[\]{}0-9adDwP<>=!:'&~,-]{0,24}", template in r"[$0-9{}a&]{0,12}", subject in "[+0-9a\n]{0,20}") {
        if let Ok(pattern) = Pattern::new(&pattern) {
            let found = pattern.is_match(&subject);
            if let Ok(rewrite) = Rewrite::new(pattern, &template) {
                let rewritten = rewrite.apply(&subject);
                if let (Ok(found), Ok(rewritten)) = (found, rewritten) {
                    prop_assert_eq!(found, rewritten.is_some());
                }
            }
        }
    }
}

fn directory() -> &'static tenant::Directory {
    static DIRECTORY: std::sync::OnceLock<tenant::Directory> = std::sync::OnceLock::new();
    DIRECTORY.get_or_init(|| World::new().directory())
}
