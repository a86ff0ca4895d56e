//! One utterance of a caller, from the tap to the report.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use identifier::{CallId, TapId};
use media_edge::{TapFeed, TapKeeper, TapSource, Track};
use media_plan::{Grammar, Listening, Purpose, Recognition, Sentiment, Tap, TapEnd, TapReport, Understood};
use speech_edge::{Mind, RecognizerLimits, Recognizers, SpeechToText};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::embedded_ear::ear;
use crate::voices::{Frame, flite, over_the_phone};

pub struct Line {
    source: Option<TapSource>,
    reports: mpsc::UnboundedReceiver<TapReport>,
    frame: u64,
}

impl Line {
    pub fn open(keeper: &Recognizers, grammar: Grammar, sentiment: bool) -> Self {
        let listening = Listening { languages: vec!["en-US".into()], sentiment, ..Listening::default() };
        let recognition = Recognition { listening, grammar, end_silence_ms: 500 };
        let tap = Tap {
            id: TapId::from_u128(1),
            voices: BTreeMap::new(),
            purpose: Purpose::Recognize(recognition),
        };
        let (tell, reports) = mpsc::unbounded_channel();
        let (source, feed) = TapFeed::open(CallId::from_u128(1), tap, move |report| {
            let _ = tell.send(report);
        });
        keeper.begin(feed);
        Self { source: Some(source), reports, frame: 0 }
    }

    /// Sends frames no faster than they are taken.
    pub async fn speak(&mut self, frames: &[Frame]) {
        for frame in frames {
            let Some(source) = &mut self.source else { return };
            while !source.hear(self.frame, Track::Mixed, Some(frame)) {
                if source.is_abandoned() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            self.frame += 1;
        }
    }

    pub async fn next(&mut self) -> TapReport {
        let next = tokio::time::timeout(Duration::from_secs(60), self.reports.recv()).await;
        next.expect("a report in time").expect("a report")
    }
}

pub fn keeper(ears: Arc<dyn SpeechToText>, limits: RecognizerLimits) -> Recognizers {
    Recognizers::new(ears, Arc::new(Mind::embedded()), Handle::current(), limits)
}

pub fn menu() -> Grammar {
    Grammar::Choices(vec![vec!["yes".into(), "great".into()], vec!["no".into()], vec!["operator".into()]])
}

#[tokio::test]
async fn a_choice_is_understood_and_its_beginning_told_first() {
    let keeper = keeper(Arc::new(ear()), RecognizerLimits::default());
    let mut line = Line::open(&keeper, menu(), true);
    assert_eq!(line.next().await, TapReport::Started);
    line.speak(&over_the_phone(&flite("slt", "operator"), 15.0, 600, 900)).await;
    assert_eq!(line.next().await, TapReport::SpeechStarted);
    let TapReport::Understood(Understood { text, choice, sentiment, .. }) = line.next().await else {
        panic!("understood")
    };
    assert_eq!((&*text, choice, sentiment), ("operator", Some(2), Some(Sentiment::Neutral)));
}

#[tokio::test]
async fn what_is_none_of_the_choices_ends_as_such() {
    let keeper = keeper(Arc::new(ear()), RecognizerLimits::default());
    let mut line = Line::open(&keeper, menu(), false);
    assert_eq!(line.next().await, TapReport::Started);
    line.speak(&over_the_phone(&flite("slt", "the weather is very nice today"), 15.0, 600, 900)).await;
    assert_eq!(line.next().await, TapReport::SpeechStarted);
    assert_eq!(line.next().await, TapReport::Ended(TapEnd::NoChoice));
}

#[tokio::test]
async fn free_speech_needs_a_provider() {
    let keeper = keeper(Arc::new(ear()), RecognizerLimits::default());
    let mut line = Line::open(&keeper, Grammar::Free, false);
    assert_eq!(line.next().await, TapReport::Ended(TapEnd::NoProvider));
}

#[tokio::test]
async fn nothing_is_told_of_a_caller_who_is_silent_or_hangs_up() {
    let keeper = keeper(Arc::new(ear()), RecognizerLimits::default());
    let mut line = Line::open(&keeper, menu(), false);
    assert_eq!(line.next().await, TapReport::Started);
    line.speak(&vec![[0; 320]; 200]).await;
    line.source = None;
    // The keeper lets go of the feed, which says so itself.
    assert_eq!(line.next().await, TapReport::Ended(TapEnd::Interrupted));
    assert!(line.reports.recv().await.is_none());
}

#[tokio::test]
async fn an_operator_reads_why_recognitions_ended() {
    let exposition = meter::Exposition::install().expect("the first of this process");
    let keeper = keeper(Arc::new(ear()), RecognizerLimits { at_once: 1 });
    let mut free = Line::open(&keeper, Grammar::Free, false);
    assert_eq!(free.next().await, TapReport::Ended(TapEnd::NoProvider));
    let mut first = Line::open(&keeper, menu(), false);
    while first.next().await != TapReport::Started {
        first = Line::open(&keeper, menu(), false);
    }
    let mut second = Line::open(&keeper, menu(), false);
    assert_eq!(second.next().await, TapReport::Ended(TapEnd::Full));
    let page = exposition.render();
    for why in ["no-provider", "full"] {
        let line = format!("ringdown_media_tap_ends_total{{why=\"{why}\"}} ");
        let counted = page.lines().find_map(|text| text.strip_prefix(&*line));
        assert!(counted.is_some_and(|count| count != "0"), "{why}: {counted:?}");
    }
}

#[tokio::test]
async fn more_recognitions_than_allowed_are_refused_and_room_is_given_back() {
    let keeper = keeper(Arc::new(ear()), RecognizerLimits { at_once: 1 });
    let mut first = Line::open(&keeper, menu(), false);
    assert_eq!(first.next().await, TapReport::Started);
    let mut second = Line::open(&keeper, menu(), false);
    assert_eq!(second.next().await, TapReport::Ended(TapEnd::Full));
    first.source = None;
    assert_eq!(first.next().await, TapReport::Ended(TapEnd::Interrupted));
    let third = async {
        loop {
            let mut line = Line::open(&keeper, menu(), false);
            if line.next().await == TapReport::Started {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), third).await.expect("there is room again");
}
