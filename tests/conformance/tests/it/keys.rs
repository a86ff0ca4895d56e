//! Keys: collected, chosen, listened to all the time, and pressed by the application.

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
