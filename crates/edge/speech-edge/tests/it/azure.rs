//! Azure AI Speech, against servers that speak its protocols.

use std::sync::Arc;
use std::time::Duration;

use futures_util::SinkExt;
use media_plan::{Grammar, Listening, SpeechService};
use redact::Secret;
use speech_edge::{
    AzureAddress, AzureSpeech, Ear, EarError, Heard, Hearing, RecognizerLimits, Span, Speech, SpeechError,
    SpeechToText,
};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::provider::{Conversation, answering, gate, nobody, say, silent, web_socket};
use crate::recognizing::{Line, keeper};
use crate::speaking::{said, ssml, text};
use crate::voices::{flite, over_the_phone};

fn azure(endpoint: String) -> AzureSpeech {
    AzureSpeech::new(gate(), AzureAddress::Endpoint(endpoint), Secret::new("the key".into()))
}

fn free() -> Hearing {
    Hearing {
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        grammar: Grammar::Free,
        phrases: Vec::new(),
        partials: true,
        span: Span::Conversation,
        end_silence: Duration::from_millis(500),
    }
}

fn raw(samples: usize) -> Vec<u8> {
    (0..samples).flat_map(|sample| ((sample % 1_000) as i16).to_le_bytes()).collect()
}

#[tokio::test]
async fn words_are_spoken_by_the_voice_that_was_asked_for() {
    let (server, received) = answering(200, raw(16_000)).await;
    let speech = Speech {
        locale: Some("de-DE".into()),
        voice_name: Some("de-DE-KatjaNeural".into()),
        ..text("Äpfel & <Birnen>")
    };
    let sound = said(&azure(server), speech).await.unwrap();
    assert_eq!((sound.rate_hz, sound.samples.len()), (16_000, 16_000));
    let asked = received.lock().unwrap()[0].clone();
    assert_eq!(asked.path, "/tts/cognitiveservices/v1");
    assert_eq!(asked.headers["ocp-apim-subscription-key"], "the key");
    assert_eq!(asked.headers["content-type"], "application/ssml+xml");
    assert_eq!(asked.headers["x-microsoft-outputformat"], "raw-16khz-16bit-mono-pcm");
    let document = asked.text();
    assert!(document.contains("<voice name=\"de-DE-KatjaNeural\">"), "{document}");
    assert!(document.contains("Äpfel &amp; &lt;Birnen&gt;"), "{document}");
}

#[tokio::test]
async fn a_document_goes_as_it_is_and_a_voice_of_ones_own_is_where_those_are() {
    let (server, received) = answering(200, raw(100)).await;
    let document = "<speak version='1.0' xml:lang='en-US'><voice name='x'><mstts:express-as xmlns:mstts='y' style='sad'>No</mstts:express-as></voice></speak>";
    let service = SpeechService { endpoint: None, custom_voice: Some("a/b 1".into()) };
    said(&azure(server), Speech { service, ..ssml(document) }).await.unwrap();
    let asked = received.lock().unwrap()[0].clone();
    assert_eq!(asked.path, "/voice/cognitiveservices/v1?deploymentId=a%2Fb+1");
    assert_eq!(asked.text(), document);
}

#[tokio::test]
async fn what_cannot_be_spoken_is_told_apart() {
    let speak =
        |server: String, speech: Speech| async move { said(&azure(server), speech).await.unwrap_err() };
    let provider = |error: EarError| SpeechError::Provider(Box::new(error));
    for (status, expected) in [
        (401, provider(EarError::Unauthorized)),
        (403, provider(EarError::Forbidden(403))),
        (400, provider(EarError::Forbidden(400))),
        (429, provider(EarError::TooMany)),
        (408, provider(EarError::Timeout)),
    ] {
        let (server, _) = answering(status, raw(100)).await;
        assert_eq!(speak(server, text("hello")).await, expected, "{status}");
    }
    let (empty, received) = answering(200, Vec::new()).await;
    assert_eq!(speak(empty.clone(), text("hello")).await, SpeechError::Failed);
    assert_eq!(speak(empty.clone(), text("  ")).await, SpeechError::Empty);
    let deep = format!("<speak>{}x{}</speak>", "<p>".repeat(500), "</p>".repeat(500));
    for broken in ["<speak>", "<speak><p></speak>", "<!DOCTYPE a><speak>x</speak>", &deep] {
        assert!(matches!(speak(empty.clone(), ssml(broken)).await, SpeechError::Ssml(_)), "{broken}");
    }
    let long = text(&"a".repeat(16_001));
    assert_eq!(speak(empty.clone(), long).await, SpeechError::TooManyWords { limit: 16_000 });
    assert_eq!(received.lock().unwrap().len(), 1, "what is no speech does not go out");

    let (huge, _) = answering(200, vec![0; 21 << 20]).await;
    assert_eq!(speak(huge, text("hello")).await, provider(EarError::Garbled("its answer is too long")));
    assert!(
        matches!(speak(nobody().await, text("hello")).await, SpeechError::Provider(error) if matches!(*error, EarError::Unreachable(_)))
    );
    let private = AzureSpeech::new(
        outbound_http::OutboundHttp::new(Default::default()).unwrap(),
        AzureAddress::Endpoint("http://127.0.0.1:1".into()),
        Secret::new("the key".into()),
    );
    let error = said(&private, text("hello")).await.unwrap_err().to_string();
    assert!(error.contains("outgoing.allow-private"), "{error}");
    assert!(!format!("{private:?}").contains("the key"));
}

async fn next(ear: &mut Ear) -> Option<Result<Heard, EarError>> {
    tokio::time::timeout(Duration::from_secs(30), ear.next()).await.expect("something in time")
}

#[tokio::test]
async fn a_conversation_is_understood_with_its_words_and_their_times() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = web_socket("the key", move |asked, mut socket| {
        let tell = tell.clone();
        async move {
            let conversation = Conversation::of(&mut socket).await;
            say(&mut socket, "turn.start", "{}").await;
            say(&mut socket, "speech.startDetected", r#"{"Offset":1200000}"#).await;
            say(&mut socket, "speech.hypothesis", r#"{"Text":"good","Offset":1200000,"Duration":3000000}"#).await;
            let phrase = r#"{"RecognitionStatus":"Success","Offset":1200000,"Duration":9000000,"NBest":[
                {"Confidence":0.93,"Lexical":"good morning","Display":"Good morning.","Words":[
                 {"Word":"good","Offset":1200000,"Duration":4000000},{"Word":"morning","Offset":5200000,"Duration":5000000}]}],
                "PrimaryLanguage":{"Language":"en-GB"}}"#;
            say(&mut socket, "speech.phrase", phrase).await;
            say(&mut socket, "speech.phrase", r#"{"RecognitionStatus":"EndOfDictation","Offset":1,"Duration":0}"#).await;
            say(&mut socket, "speech.endDetected", r#"{"Offset":10200000}"#).await;
            say(&mut socket, "turn.end", "{}").await;
            let _ = tell.send((asked, conversation));
        }
    })
    .await;
    let mut hearing = free();
    hearing.listening.languages.push("en-GB".into());
    hearing.listening.model = Some("model-1".into());
    hearing.phrases = vec!["Ringdown".into()];
    let mut ear = azure(server).listen(hearing).await.unwrap();
    let line = over_the_phone(&flite("slt", "good morning"), 10.0, 100, 100);
    for frame in &line {
        assert!(ear.hear(frame));
    }
    ear.skip(3);
    ear.finish();
    let mut heard = Vec::new();
    while let Some(said) = next(&mut ear).await {
        heard.push(said.unwrap());
    }
    let [
        Heard::SpeechStarted(1_200_000),
        Heard::Partial(guess),
        Heard::Final(said),
        Heard::SpeechEnded(10_200_000),
    ] = heard.as_slice()
    else {
        panic!("{heard:?}");
    };
    assert_eq!(&*guess.text, "good");
    assert_eq!(
        (&*said.text, said.confidence_ppm, said.language.as_deref()),
        ("Good morning.", 930_000, Some("en-GB"))
    );
    assert_eq!((said.offset_ticks, said.duration_ticks), (1_200_000, 9_000_000));
    assert_eq!((&*said.words[1].text, said.words[1].offset_ticks), ("morning", 5_200_000));

    let (asked, conversation) = told.recv().await.unwrap();
    assert!(asked.starts_with("/stt/speech/universal/v2?"), "{asked}");
    assert!(asked.contains("cid=model-1") && asked.contains("format=detailed"), "{asked}");
    assert!(conversation.context.contains(r#""Text":"Ringdown""#), "{}", conversation.context);
    assert!(conversation.context.contains("DetectContinuous"), "{}", conversation.context);
    assert!(conversation.config.contains("Ringdown"));
    assert_eq!(&conversation.sound[..4], b"RIFF");
    // All that was said came; what was lost came too late to be sent.
    assert!(conversation.sound.len() >= 44 + line.len() * 640, "{}", conversation.sound.len());
}

#[tokio::test]
async fn servers_that_misbehave_end_the_ear_and_nothing_else() {
    let listen = |server: String| async move {
        let mut ear = azure(server).listen(free()).await?;
        ear.hear(&[0; 320]);
        while let Some(said) = next(&mut ear).await {
            said?;
        }
        Ok(())
    };
    assert!(matches!(listen(nobody().await).await, Err(EarError::Unreachable(_))));
    let (wrong, _) = answering(200, b"hello".to_vec()).await;
    assert_eq!(listen(wrong).await, Err(EarError::Garbled("it does not speak WebSocket")));
    let (full, _) = answering(429, Vec::new()).await;
    assert_eq!(listen(full).await, Err(EarError::TooMany));
    let stranger = web_socket("another key", |_, _| async {}).await;
    assert_eq!(listen(stranger).await, Err(EarError::Unauthorized));
    let garbage = web_socket("the key", |_, mut socket| async move {
        let _ = socket.send(Message::text("\u{0}garbage")).await;
        Conversation::of(&mut socket).await;
    });
    assert!(matches!(listen(garbage.await).await, Err(EarError::Garbled(_))));
    let huge = web_socket("the key", |_, mut socket| async move {
        let _ = socket.send(Message::text("x".repeat(10 << 20))).await;
        Conversation::of(&mut socket).await;
    });
    assert_eq!(listen(huge.await).await, Err(EarError::Garbled("a message of it is too long")));
    let leaves = web_socket("the key", |_, mut socket| async move {
        let _ = socket.close(None).await;
    });
    assert_eq!(listen(leaves.await).await, Err(EarError::Closed));
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up() {
    let started = std::time::Instant::now();
    let stalls = web_socket("the key", |_, mut socket| async move {
        Conversation::of(&mut socket).await;
        std::future::pending::<()>().await;
    });
    let mut ear = azure(stalls.await).listen(free()).await.unwrap();
    ear.finish();
    assert_eq!(next(&mut ear).await, Some(Err(EarError::Timeout)));
    assert_eq!(next(&mut ear).await, None);
    assert_eq!(azure(silent().await).listen(free()).await.unwrap_err(), EarError::Timeout);
    assert!(started.elapsed() < Duration::from_secs(40));
}

#[tokio::test]
async fn a_caller_says_anything_and_a_choice_is_found_in_it() {
    let server = web_socket("the key", |_, mut socket| async move {
        Conversation::of(&mut socket).await;
        let phrase = r#"{"RecognitionStatus":"Success","Offset":0,"Duration":9,"NBest":[{"Confidence":0.8,"Display":"Oh yes, please."}]}"#;
        say(&mut socket, "speech.phrase", phrase).await;
        say(&mut socket, "turn.end", "{}").await;
    })
    .await;
    use media_plan::TapReport;
    for (grammar, choice) in [(Grammar::Free, None), (crate::recognizing::menu(), Some(0))] {
        let keeper = keeper(Arc::new(azure(server.clone())), RecognizerLimits::default());
        let mut line = Line::open(&keeper, grammar, false);
        assert_eq!(line.next().await, TapReport::Started);
        line.speak(&over_the_phone(&flite("slt", "yes please"), 15.0, 600, 900)).await;
        assert_eq!(line.next().await, TapReport::SpeechStarted);
        let TapReport::Understood(understood) = line.next().await else { panic!("understood") };
        assert_eq!(
            (&*understood.text, understood.choice, understood.confidence_ppm),
            ("Oh yes, please.", choice, 800_000)
        );
    }
}
