//! Servers with OpenAI's audio and chat interfaces, against one that speaks them.

use std::time::Duration;

use codec::Pcm;
use media_plan::{Grammar, Listening, Sentiment};
use redact::Secret;
use speech_edge::{
    EarError, Heard, Hearing, Mind, OpenAiSettings, OpenAiSpeech, Span, Speech, SpeechError, SpeechToText,
    TextToSpeech, Utterance,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::provider::{answering, gate, nobody};
use crate::speaking::{said, ssml, text};
use crate::voices::{flite, over_the_phone};

fn server(endpoint: String) -> OpenAiSpeech {
    let key = Some(Secret::new("the key".to_owned()));
    OpenAiSpeech::new(gate(), OpenAiSettings { endpoint, key, ..OpenAiSettings::default() })
}

fn free(span: Span) -> Hearing {
    Hearing {
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        grammar: Grammar::Free,
        phrases: vec!["Ringdown".into()],
        partials: false,
        span,
        end_silence: Duration::from_millis(400),
    }
}

#[tokio::test]
async fn words_are_spoken() {
    let (endpoint, received) = answering(200, vec![1; 48_000]).await;
    let speech = Speech { voice_name: Some("nova".into()), ..text("Hello") };
    let sound = said(&server(endpoint.clone()), speech).await.unwrap();
    assert_eq!((sound.rate_hz, sound.samples.len()), (24_000, 24_000));
    let document = "<speak>It costs <sub alias=\"five euros\">5 €</sub> &amp; <emphasis>no</emphasis> more<break time=\"1s\"/></speak>";
    let speech = Speech { voice_name: Some("en-US-NancyNeural".into()), ..ssml(document) };
    said(&server(endpoint.clone()), speech).await.unwrap();
    let received = received.lock().unwrap();
    assert_eq!(received[0].path, "/v1/audio/speech");
    assert_eq!(received[0].headers["authorization"], "Bearer the key");
    let said: Vec<String> = received.iter().map(|asked| asked.text()).collect();
    assert!(said[0].contains(r#""voice":"nova""#) && said[0].contains(r#""input":"Hello""#), "{}", said[0]);
    assert!(said[1].contains(r#""voice":"alloy""#), "{}", said[1]);
    assert!(said[1].contains("It costs five euros & no more"), "{}", said[1]);
}

#[tokio::test]
async fn a_server_may_send_a_file_and_none_that_is_no_sound() {
    let samples: Vec<i16> = (0..4_000).map(|sample| sample * 3).collect();
    let file = codec::wav::write(&Pcm { rate_hz: 22_050, samples: samples.clone() });
    let (endpoint, _) = answering(200, file).await;
    let sound = said(&server(endpoint), text("hello")).await.unwrap();
    assert_eq!((sound.rate_hz, sound.samples), (22_050, samples));

    let (endpoint, _) = answering(200, b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd".to_vec()).await;
    let error = said(&server(endpoint), text("hello")).await.unwrap_err();
    let expected = EarError::Garbled("its answer is no sound");
    assert_eq!(error, SpeechError::Provider(Box::new(expected)));
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_is_told_from_one_that_is_done() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 48000\r\n\r\n";
        stream.read_exact(&mut [0; 64]).await.unwrap();
        stream.write_all(head).await.unwrap();
        stream.write_all(&[1; 24_000]).await.unwrap();
    });
    let mut spoken = server(endpoint).speak(text("hello")).await.unwrap();
    let mut samples = 0;
    let error = loop {
        match spoken.next().await.expect("an error stands at the end") {
            Ok(part) => samples += part.samples.len(),
            Err(error) => break error,
        }
    };
    assert!((1..=12_000).contains(&samples), "{samples}");
    assert!(matches!(error, SpeechError::Provider(error) if matches!(*error, EarError::Garbled(_))));
}

const TRANSCRIPTION: &str = r#"{"text":" Good morning.","language":"english","duration":1.2,
    "segments":[{"avg_logprob":-0.1}],"words":[{"word":"Good","start":0.1,"end":0.4},{"word":"morning","start":0.4,"end":0.9}]}"#;

#[tokio::test]
async fn a_conversation_is_cut_into_utterances_and_each_is_understood() {
    let (endpoint, received) = answering(200, TRANSCRIPTION.into()).await;
    let mut ear = server(endpoint).listen(free(Span::Conversation)).await.unwrap();
    let speaking = async {
        let mut heard = Vec::new();
        let once = over_the_phone(&flite("slt", "good morning"), 10.0, 700, 900);
        for frame in once.iter().chain(&once) {
            while !ear.hear(frame) {
                tokio::task::yield_now().await;
            }
            while let Ok(said) = tokio::time::timeout(Duration::ZERO, ear.next()).await {
                heard.push(said.expect("it goes on").unwrap());
            }
        }
        ear.finish();
        while let Some(said) = ear.next().await {
            heard.push(said.unwrap());
        }
        (heard, once.len())
    };
    let (heard, length) = tokio::time::timeout(Duration::from_secs(60), speaking).await.unwrap();
    let finals: Vec<_> = heard
        .iter()
        .filter_map(|said| match said {
            Heard::Final(phrase) => Some(phrase),
            _ => None,
        })
        .collect();
    assert_eq!(finals.len(), 2, "{heard:?}");
    assert_eq!(heard.len(), 6, "two beginnings and two ends: {heard:?}");
    assert_eq!(&*finals[0].text, "Good morning.");
    assert_eq!(finals[0].confidence_ppm, 904_837);
    assert_eq!(&*finals[0].words[1].text, "morning");
    assert_eq!(finals[0].words[1].offset_ticks, finals[0].offset_ticks + 4_000_000);
    let apart = finals[1].offset_ticks - finals[0].offset_ticks;
    assert!(apart.abs_diff(length as u64 * 200_000) < 2_000_000, "{apart}");
    let asked = received.lock().unwrap()[0].clone();
    assert_eq!(asked.path, "/v1/audio/transcriptions");
    let form = asked.text();
    for part in [
        "name=\"model\"\r\n\r\nwhisper-1\r\n",
        "name=\"language\"\r\n\r\nen\r\n",
        "Ringdown",
        "filename=\"speech.wav\"",
        "RIFF",
    ] {
        assert!(form.contains(part), "{part}");
    }
}

#[tokio::test]
async fn an_utterance_ends_when_its_sound_does() {
    let (endpoint, _) = answering(200, TRANSCRIPTION.into()).await;
    let mut ear = server(endpoint).listen(free(Span::Utterance)).await.unwrap();
    for frame in over_the_phone(&flite("slt", "good morning"), 10.0, 100, 100) {
        ear.hear(&frame);
    }
    ear.finish();
    assert!(matches!(ear.next().await, Some(Ok(Heard::Final(phrase))) if &*phrase.text == "Good morning."));
    assert_eq!(ear.next().await, None);
}

#[tokio::test]
async fn servers_that_misbehave_end_the_ear_and_nothing_else() {
    let listen = |endpoint: String| async move {
        let mut ear = server(endpoint).listen(free(Span::Utterance)).await?;
        ear.hear(&[100; 320]);
        ear.finish();
        tokio::time::timeout(Duration::from_secs(30), ear.next()).await.expect("in time").expect("an answer")
    };
    assert!(matches!(listen(nobody().await).await, Err(EarError::Unreachable(_))));
    for (status, answer, expected) in [
        (401, Vec::new(), EarError::Unauthorized),
        (404, Vec::new(), EarError::Forbidden(404)),
        (429, Vec::new(), EarError::TooMany),
        (200, b"<html>".to_vec(), EarError::Garbled("its answer is no transcription")),
        (200, vec![b' '; 2 << 20], EarError::Garbled("its answer is too long")),
    ] {
        let (endpoint, _) = answering(status, answer).await;
        assert_eq!(listen(endpoint).await, Err(expected));
    }
    let (endpoint, _) = answering(500, Vec::new()).await;
    let error = said(&server(endpoint), text("hello")).await.unwrap_err();
    assert!(matches!(error, SpeechError::Provider(_)), "{error}");
}

#[tokio::test]
async fn a_language_model_tells_the_mood_and_sums_up() {
    let answer = r#"{"choices":[{"message":{"role":"assistant","content":"Negative."}}]}"#;
    let (endpoint, received) = answering(200, answer.into()).await;
    let mind = Mind::of_model(server(endpoint));
    assert_eq!(mind.sentiment("I am so happy").await, Sentiment::Negative);
    let said = [Utterance { speaker: "4:+15550001".into(), text: "My invoice is wrong.".into() }];
    assert_eq!(&*mind.summary(&said, Some("de-DE")).await.unwrap(), "Negative.");
    let received = received.lock().unwrap().clone();
    assert_eq!(received[1].path, "/v1/chat/completions");
    assert!(received[1].text().contains("tag de-DE"), "{}", received[1].text());
    assert!(received[1].text().contains("4:+15550001: My invoice is wrong."));

    // One that fails is stood in for where rules can.
    let mind = Mind::of_model(server(nobody().await));
    assert_eq!(mind.sentiment("I am so happy").await, Sentiment::Positive);
    assert!(matches!(mind.summary(&said, None).await, Err(EarError::Unreachable(_))));
    assert_eq!(&*Mind::embedded().summary(&said, None).await.unwrap(), "My invoice is wrong.");
    assert_eq!(mind.redacted("my name is Jane"), "my name is ****");
}
