//! What an application plays is heard: files, text and SSML, by everybody or by one.

use conformance::sound::Sound;
use serde_json::json;

with_each_sdk! {
    async fn a_caller_hears_text_spoken(scene: Scene) {
        let call = scene.answers().await;
        let mark = call.line.media.now();

        let text = json!({ "text": "Welcome to Contoso. How can we help you today?" });
        scene.ask("play", &call, json!({ "sources": [text], "operationContext": "welcome" })).await;

        scene.app.event_of("PlayStarted", "welcome").await;
        let done = scene.app.event_of("PlayCompleted", "welcome").await;
        assert_eq!(done.result(), (200, 0));
        let heard = call.line.media.since(mark);
        assert!(heard.seconds_of_speech() > 1.0, "{} s of speech", heard.seconds_of_speech());
        scene.sdk_reads_every_event().await;
    }

    async fn a_caller_hears_a_file_to_its_last_frame(scene: Scene) {
        let call = scene.answers().await;
        let mark = call.line.media.now();

        let file = json!({ "file": scene.app.tone_file(1000, 1.5) });
        scene.ask("play", &call, json!({ "sources": [file] })).await;
        let done = scene.app.event("PlayCompleted").await;

        // The last frame may still be on its way through two sockets of this machine.
        call.line.media.hears_silence().await;
        let heard = call.line.media.since(mark).seconds_of_tone(1000.0);
        assert!((1.4..=1.6).contains(&heard), "{heard} s of the tone");
        // The JavaScript SDK makes one up when the application gives none.
        let is_echoed = done.operation_context().is_some();
        assert_eq!(is_echoed, scene.sdk.kind == conformance::sdk::Kind::JavaScript);
    }

    async fn a_caller_hears_several_sources_in_their_order(scene: Scene) {
        let call = scene.answers().await;
        let mark = call.line.media.now();

        let sources = json!([
            { "file": scene.app.tone_file(400, 0.6) },
            { "ssml": "<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"en-US\">\
                       <voice name=\"en-US-JennyNeural\">First <break time=\"200ms\"/> and second.</voice></speak>" },
            { "file": scene.app.tone_file(1000, 0.6) },
        ]);
        scene.ask("play", &call, json!({ "sources": sources })).await;
        scene.app.event("PlayCompleted").await;
        call.line.media.hears_silence().await;

        let heard = call.line.media.since(mark);
        let (low, high) = (first(&heard, 400.0), first(&heard, 1000.0));
        assert!(low < high, "400 Hz at {low}, 1000 Hz at {high}");
        assert!(heard.seconds_of_tone(400.0) > 0.5 && heard.seconds_of_tone(1000.0) > 0.5);
        assert!(heard.seconds_of_speech() > 0.4, "{} s of speech", heard.seconds_of_speech());
        let once = scene.app.kinds().iter().filter(|kind| *kind == "PlayCompleted").count();
        assert_eq!(once, 1, "several sources are one operation");
    }

    async fn a_prompt_that_repeats_is_heard_until_it_is_cancelled(scene: Scene) {
        let call = scene.answers().await;

        let file = json!({ "file": scene.app.tone_file(700, 0.5) });
        scene.ask("play", &call, json!({ "sources": [file], "loop": true, "operationContext": "music" })).await;
        call.line.media.hears_for("the tone without end", 1.5, |sound| sound.seconds_of_tone(700.0) > 1.2).await;
        scene.ask("cancelMedia", &call, json!({})).await;

        let canceled = scene.app.event_of("PlayCanceled", "music").await;
        assert_eq!(canceled.result(), (400, 8508));
        call.line.media.hears_silence().await;
        scene.sdk_reads_every_event().await;
    }

    async fn a_prompt_that_interrupts_is_heard_at_once(scene: Scene) {
        let call = scene.answers().await;

        let long = json!({ "file": scene.app.tone_file(400, 20.0) });
        scene.ask("play", &call, json!({ "sources": [long], "operationContext": "long" })).await;
        call.line.media.hears_tone(400.0).await;
        let short = json!({ "file": scene.app.tone_file(1000, 0.6) });
        let arguments = json!({ "sources": [short], "interrupt": true, "operationContext": "short" });
        scene.ask("play", &call, arguments).await;

        scene.app.event_of("PlayCanceled", "long").await;
        call.line.media.hears_tone(1000.0).await;
        scene.app.event_of("PlayCompleted", "short").await;
    }

    async fn prompts_that_do_not_interrupt_wait_for_each_other(scene: Scene) {
        let call = scene.answers().await;

        for (hertz, name) in [(400, "first"), (1000, "second")] {
            let file = json!({ "file": scene.app.tone_file(hertz, 0.6) });
            let arguments = json!({ "sources": [file], "interrupt": false, "operationContext": name });
            scene.ask("play", &call, arguments).await;
        }
        scene.app.event_of("PlayCompleted", "second").await;

        let order: Vec<_> = scene.app.events().into_iter().filter(|event| event.kind() == "PlayCompleted").collect();
        assert_eq!(order.first().and_then(|event| event.operation_context().map(str::to_owned)), Some("first".into()));
    }

    async fn only_the_named_participant_hears_a_prompt(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;
        let mark = call.line.media.now();

        let file = json!({ "file": scene.app.tone_file(1000, 1.0) });
        scene.ask("play", &call, json!({ "sources": [file], "to": [other_id] })).await;
        other.media.hears_tone(1000.0).await;
        scene.app.event("PlayCompleted").await;

        assert!(call.line.media.since(mark).seconds_with_tone(1000.0) < 0.05);
    }

    async fn a_file_with_a_cache_id_is_fetched_once(scene: Scene) {
        let call = scene.answers().await;
        let url = scene.app.tone_file(1000, 0.3);
        for name in ["first", "second"] {
            let source = json!({ "file": url, "cacheId": format!("tone of {}", scene.number) });
            scene.ask("play", &call, json!({ "sources": [source], "operationContext": name })).await;
            scene.app.event_of("PlayCompleted", name).await;
        }
        assert_eq!(scene.app.fetches(&url), 1);
    }

    async fn a_file_that_cannot_be_played_fails_and_says_why(scene: Scene) {
        let call = scene.answers().await;
        let good = json!({ "file": scene.app.tone_file(1000, 0.2) });

        let broken = json!({ "file": scene.app.url("/sounds/broken-1.wav") });
        let arguments = json!({ "sources": [good, broken], "operationContext": "broken" });
        scene.ask("play", &call, arguments).await;
        let failed = scene.app.event_of("PlayFailed", "broken").await;
        assert_eq!(failed.result(), (400, 8535));
        assert_eq!(failed.data()["failedPlaySourceIndex"], 1);

        let missing = json!({ "file": scene.app.url("/sounds/nothing.wav") });
        scene.ask("play", &call, json!({ "sources": [missing], "operationContext": "missing" })).await;
        let failed = scene.app.event_of("PlayFailed", "missing").await;
        assert_eq!(failed.result(), (400, 8536));
        assert_eq!(failed.data()["failedPlaySourceIndex"], 0);
        scene.sdk_reads_every_event().await;
    }

    async fn the_end_of_a_prompt_is_told_where_the_request_asked_for(scene: Scene) {
        let call = scene.answers().await;
        let file = json!({ "file": scene.app.tone_file(1000, 0.2) });
        // Ids with colons and plus signs in a callback are left as they are.
        let elsewhere = scene.app.url("/elsewhere/4:+1?call=a%20b");
        scene.ask("play", &call, json!({ "sources": [file], "callback": elsewhere })).await;
        let done = scene.app.event("PlayCompleted").await;
        assert_eq!(done.target, "/elsewhere/4:+1?call=a%20b");
        scene.ask("hangUp", &call, json!({})).await;
        assert_eq!(scene.app.event("CallDisconnected").await.target, "/callbacks");
    }

    async fn a_caller_who_hangs_up_ends_the_prompt_before_the_call(scene: Scene) {
        let call = scene.answers().await;
        let file = json!({ "file": scene.app.tone_file(400, 20.0) });
        scene.ask("play", &call, json!({ "sources": [file], "operationContext": "long" })).await;
        call.line.media.hears_tone(400.0).await;

        call.line.nudge();
        scene.app.event("CallDisconnected").await;

        let kinds = scene.app.kinds();
        let ended = kinds.iter().filter(|kind| matches!(kind.as_str(), "PlayCanceled" | "PlayFailed")).count();
        assert_eq!(ended, 1, "{kinds:?}");
        assert!(!kinds.iter().any(|kind| kind == "PlayCompleted"), "{kinds:?}");
    }
}

/// When a tone is first heard, in seconds.
fn first(sound: &Sound, hertz: f64) -> f64 {
    let frames = sound.samples.chunks_exact(160);
    let heard = |frame: &[i16]| Sound { samples: frame.to_vec() }.seconds_of_tone(hertz) > 0.0;
    frames.clone().position(heard).map_or(f64::INFINITY, |frame| frame as f64 * 0.02)
}
