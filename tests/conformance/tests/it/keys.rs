//! Keys: collected, chosen, listened to all the time, and pressed by the application.

use conformance::sipp::Scenario;
use conformance::world::{number_of, password_of};
use serde_json::{Value, json};

/// What an application asks for when it wants digits of the caller.
fn digits(caller: &str, more: Value) -> Value {
    let mut arguments = json!({ "target": caller, "operationContext": "digits" });
    for (name, value) in more.as_object().expect("an object") {
        arguments[name] = value.clone();
    }
    arguments
}

with_each_sdk! {
    async fn as_many_keys_as_asked_for_are_collected(scene: Scene) {
        let call = scene.answers().await;
        let prompt = json!({ "text": "Please enter your number." });
        let arguments = digits(&call.caller, json!({ "prompts": [prompt], "maxTones": 3, "initialSilence": 10 }));
        scene.ask("recognize", &call, arguments).await;
        call.line.media.hears_speech().await;
        call.line.media.hears_silence().await;

        call.line.media.press("159");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;

        assert_eq!(done.result(), (200, 8531));
        assert_eq!(done.data()["recognitionType"], "dtmf");
        assert_eq!(done.tones(), ["one", "five", "nine"]);
        scene.sdk_reads_every_event().await;
    }

    async fn a_stop_key_ends_the_collection_and_is_not_part_of_it(scene: Scene) {
        let call = scene.answers().await;
        let arguments = digits(&call.caller, json!({ "maxTones": 10, "stopTones": ["pound"], "initialSilence": 10 }));
        scene.ask("recognize", &call, arguments).await;

        call.line.media.press("42#");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;

        assert_eq!(done.result(), (200, 8514));
        assert_eq!(done.tones(), ["four", "two"]);
    }

    async fn keys_are_kept_when_the_next_one_does_not_come(scene: Scene) {
        let call = scene.answers().await;
        let arguments = digits(&call.caller, json!({ "maxTones": 10, "interTone": 1, "initialSilence": 10 }));
        scene.ask("recognize", &call, arguments).await;

        call.line.media.press("7*");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;

        assert_eq!(done.result().1, 8532);
        assert_eq!(done.tones(), ["seven", "asterisk"]);
    }

    async fn silence_fails_after_its_time(scene: Scene) {
        let call = scene.answers().await;
        let arguments = digits(&call.caller, json!({ "maxTones": 1, "initialSilence": 2 }));
        let asked = std::time::Instant::now();
        scene.ask("recognize", &call, arguments).await;

        let failed = scene.app.event_of("RecognizeFailed", "digits").await;

        assert_eq!(failed.result(), (400, 8510));
        let waited = failed.at.duration_since(asked).as_secs_f64();
        assert!((1.9..4.0).contains(&waited), "{waited} s");
        scene.sdk_reads_every_event().await;
    }

    async fn a_key_silences_the_prompt_and_counts(scene: Scene) {
        let call = scene.answers().await;
        let prompt = json!({ "file": scene.app.tone_file(400, 30.0) });
        let arguments =
            digits(&call.caller, json!({ "prompts": [prompt], "maxTones": 2, "interruptPrompt": true }));
        scene.ask("recognize", &call, arguments).await;
        call.line.media.hears_tone(400.0).await;

        call.line.media.press("1");
        call.line.media.hears_silence().await;
        call.line.media.press("2");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;

        assert_eq!(done.tones(), ["one", "two"]);
    }

    async fn a_key_during_a_prompt_that_must_be_heard_does_not_count(scene: Scene) {
        let call = scene.answers().await;
        let prompt = json!({ "file": scene.app.tone_file(400, 2.0) });
        let arguments = digits(
            &call.caller,
            json!({ "prompts": [prompt], "maxTones": 1, "interruptPrompt": false, "initialSilence": 10 }),
        );
        let mark = call.line.media.now();
        scene.ask("recognize", &call, arguments).await;
        call.line.media.hears_tone(400.0).await;
        call.line.media.press("1");
        call.line.media.hears_silence().await;
        assert!(call.line.media.since(mark).seconds_of_tone(400.0) > 1.8, "the prompt was heard to its end");

        call.line.media.press("5");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;

        assert_eq!(done.tones(), ["five"]);
    }

    async fn keys_that_are_heard_in_the_sound_choose(scene: Scene) {
        let line = scene.caller().without_telephone_event().start();
        let incoming = scene.app.event("IncomingCall").await;
        let call = scene.answer(line, &incoming).await;
        let arguments = digits(&call.caller, json!({ "prompts": [], "maxTones": 4, "initialSilence": 10 }));
        scene.ask("recognize", &call, arguments).await;
        call.line.media.sound_keys("42*7");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;
        assert_eq!(done.result(), (200, 8531));
        assert_eq!(done.tones(), ["four", "two", "asterisk", "seven"]);
    }

    async fn a_key_chooses(scene: Scene) {
        let call = scene.answers().await;
        let choices = json!([
            { "label": "Confirm", "phrases": ["confirm", "yes"], "tone": "one" },
            { "label": "Cancel", "phrases": ["cancel", "no"], "tone": "two" },
        ]);
        let arguments = digits(&call.caller, json!({ "choices": choices, "initialSilence": 10 }));
        scene.ask("recognize", &call, arguments.clone()).await;
        call.line.media.press("2");
        let done = scene.app.event_of("RecognizeCompleted", "digits").await;
        assert_eq!(done.result(), (200, 8533));
        assert_eq!(done.data()["recognitionType"], "choices");
        assert_eq!(done.data()["choiceResult"]["label"], "Cancel");
        assert!(done.data()["choiceResult"].get("recognizedPhrase").is_none());

        scene.ask("recognize", &call, arguments).await;
        call.line.media.press("9");
        let failed = scene.app.event_of("RecognizeFailed", "digits").await;
        assert_eq!(failed.result(), (400, 8534));
        scene.sdk_reads_every_event().await;
    }

    async fn a_prompt_that_cannot_be_played_fails_the_collection(scene: Scene) {
        let call = scene.answers().await;
        let prompts = json!([{ "file": scene.app.tone_file(400, 0.2) }, { "file": scene.app.url("/sounds/broken-1.wav") }]);
        scene.ask("recognize", &call, digits(&call.caller, json!({ "prompts": prompts, "maxTones": 1 }))).await;

        let failed = scene.app.event_of("RecognizeFailed", "digits").await;

        assert_eq!(failed.result(), (500, 8511));
        assert_eq!(failed.data()["failedPlaySourceIndex"], 1);
    }

    async fn a_collection_is_cancelled_with_all_media_operations(scene: Scene) {
        let call = scene.answers().await;
        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 3, "initialSilence": 60 }))).await;
        scene.ask("cancelMedia", &call, json!({})).await;
        let canceled = scene.app.event_of("RecognizeCanceled", "digits").await;
        assert_eq!(canceled.result(), (400, 8508));
        scene.sdk_reads_every_event().await;
    }

    async fn a_second_collection_waits_for_the_first_or_takes_its_place(scene: Scene) {
        let call = scene.answers().await;
        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 2, "initialSilence": 20 }))).await;
        let again = |interrupt: bool, context: &str| {
            let more = json!({ "maxTones": 1, "initialSilence": 20, "interrupt": interrupt, "operationContext": context });
            digits(&call.caller, more)
        };
        scene.ask("recognize", &call, again(false, "second")).await;
        call.line.media.press("123");
        assert_eq!(scene.app.event_of("RecognizeCompleted", "digits").await.tones(), ["one", "two"]);
        assert_eq!(scene.app.event_of("RecognizeCompleted", "second").await.tones(), ["three"]);

        scene.ask("recognize", &call, again(false, "third")).await;
        scene.ask("recognize", &call, again(true, "instead")).await;
        scene.app.event_of("RecognizeCanceled", "third").await;
        call.line.media.press("4");
        assert_eq!(scene.app.event_of("RecognizeCompleted", "instead").await.tones(), ["four"]);
    }

    async fn one_of_a_group_is_asked_at_a_time_and_nobody_who_has_left(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;
        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 1, "initialSilence": 20 }))).await;
        let second = json!({ "connection": call.connection, "target": other_id, "maxTones": 1, "interrupt": false });
        let refused = scene.sdk.ask_refused("recognize", second).await;
        assert_eq!((refused.status, refused.code.as_deref()), (Some(412), Some("8583")), "{refused:?}");
        call.line.media.press("1");
        scene.app.event_of("RecognizeCompleted", "digits").await;

        // Who leaves while they are asked ends the question, and is not asked again.
        scene.ask("recognize", &call, digits(&other_id, json!({ "maxTones": 1, "initialSilence": 20 }))).await;
        other.nudge();
        other.ends_well().await;
        scene.app.event_of("RecognizeCanceled", "digits").await;
        for verb in ["recognize", "sendDtmf", "startContinuous", "hold", "mute", "remove"] {
            let arguments =
                json!({ "connection": call.connection, "target": other_id, "maxTones": 1, "tones": ["one"] });
            let refused = scene.sdk.ask_refused(verb, arguments).await;
            assert_eq!((refused.status, refused.code.as_deref()), (Some(404), Some("8522")), "{verb}: {refused:?}");
        }
        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 1, "initialSilence": 20 }))).await;
        call.line.media.press("5");
        assert_eq!(scene.app.event_of("RecognizeCompleted", "digits").await.tones(), ["five"]);
        scene.sdk_reads_every_event().await;
    }

    async fn a_phone_of_the_tenant_is_asked_for_keys_and_words(scene: Scene) {
        let name = scene.world.phone();
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        let line = Scenario::phone(here, scene.server(), &name, &password_of(&name), &scene.number).start();
        let incoming = scene.app.event("IncomingCall").await;
        let call = scene.answer(line, &incoming).await;
        assert_eq!(call.caller, format!("4:{}", number_of(&name)));

        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 2, "initialSilence": 20 }))).await;
        call.line.media.press("42");
        assert_eq!(scene.app.event_of("RecognizeCompleted", "digits").await.tones(), ["four", "two"]);

        let choices = json!([{ "label": "Confirm", "phrases": ["yes"] }, { "label": "Cancel", "phrases": ["no thank you"] }]);
        let words = digits(&call.caller, json!({ "choices": choices, "initialSilence": 20, "operationContext": "words" }));
        scene.ask("recognize", &call, words).await;
        call.line.media.say(crate::examples::words("no thank you"));
        let said = scene.app.event_of("RecognizeCompleted", "words").await;
        assert_eq!((said.result(), &said.data()["choiceResult"]["label"]), ((200, 8545), &json!("Cancel")));
    }

    async fn every_key_is_told_while_the_application_listens(scene: Scene) {
        let call = scene.answers().await;
        let target = json!({ "target": call.caller, "operationContext": "listening" });
        scene.ask("startContinuous", &call, target.clone()).await;

        call.line.media.press("1#");
        for (sequence, tone) in [(1, "one"), (2, "pound")] {
            let heard = scene.app.event("ContinuousDtmfRecognitionToneReceived").await;
            assert_eq!((&heard.data()["sequenceId"], &heard.data()["tone"]), (&json!(sequence), &json!(tone)));
        }
        scene.ask("stopContinuous", &call, target).await;
        scene.app.event("ContinuousDtmfRecognitionStopped").await;
        scene.sdk_reads_every_event().await;
    }

    async fn listening_does_not_take_keys_from_a_collection(scene: Scene) {
        let call = scene.answers().await;
        scene.ask("startContinuous", &call, json!({ "target": call.caller })).await;
        scene.ask("recognize", &call, digits(&call.caller, json!({ "maxTones": 2, "initialSilence": 10 }))).await;

        call.line.media.press("34");

        let done = scene.app.event_of("RecognizeCompleted", "digits").await;
        assert_eq!(done.tones(), ["three", "four"]);
        for _ in 0..2 {
            scene.app.event("ContinuousDtmfRecognitionToneReceived").await;
        }
    }

    async fn keys_that_the_application_presses_arrive_at_the_phone(scene: Scene) {
        let call = scene.answers().await;
        let arguments = json!({ "target": call.caller, "tones": ["one", "zero", "pound", "a"], "operationContext": "keys" });
        scene.ask("sendDtmf", &call, arguments).await;

        call.line.media.hears_keys("10#A").await;
        let done = scene.app.event_of("SendDtmfTonesCompleted", "keys").await;
        assert_eq!(done.result().0, 200);
        scene.sdk_reads_every_event().await;
    }

    async fn keys_for_one_of_three_are_heard_by_no_other(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;
        scene.ask("sendDtmf", &call, json!({ "target": other_id, "tones": ["four", "two"] })).await;
        other.media.hears_keys("42").await;
        scene.app.event("SendDtmfTonesCompleted").await;
        assert_eq!(call.line.media.keys_heard(), "");
    }

    async fn speech_needs_a_speech_service(scene: Scene) {
        let (line, incoming) = scene.is_called().await;
        let call = scene.answer_wanting(line, &incoming, json!({ "speech": false })).await;
        let arguments = json!({ "connection": call.connection, "target": call.caller, "speech": true });
        let refused = scene.sdk.ask_refused("recognize", arguments).await;
        assert_eq!((refused.status, refused.code.as_deref()), (Some(400), Some("8523")), "{refused:?}");
        assert!(refused.message.contains("cognitiveServicesEndpoint"), "{refused:?}");
    }
}
