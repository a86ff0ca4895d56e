//! An application calls somebody.

use conformance::sipp::Scenario;
use conformance::sound::Sound;
use serde_json::json;

with_each_sdk! {
    async fn somebody_in_the_public_network_is_called(scene: Scene) {
        let (number, callee) = scene.outsider().await;
        let arguments = json!({
            "target": format!("4:{number}"),
            "callerNumber": scene.number,
            "callback": scene.callback(),
            "operationContext": "outbound",
        });

        let created = scene.sdk.ask("create", arguments).await;
        assert_eq!(created["state"], "connecting");
        assert_eq!(created["targets"], json!([format!("4:{number}")]));
        assert_eq!(created["callerNumber"], scene.number);
        let connected = scene.app.event_of("CallConnected", "outbound").await;
        assert_eq!(created["connection"], connected.data()["callConnectionId"]);
        let updated = scene.app.event("ParticipantsUpdated").await;
        assert!(updated.participants().contains(&format!("4:{number}").as_str()), "{}", updated.body);
        assert!(callee.messages().contains(&scene.number), "the callee sees the number of the application");

        callee.talks().await;
        let play = json!({ "connection": created["connection"], "sources": [{ "file": scene.app.tone_file(1000, 1.0) }] });
        scene.sdk.ask("play", play).await;
        callee.media.hears_tone(1000.0).await;
        callee.nudge();
        callee.ends_well().await;
        let last = scene.app.event("CallDisconnected").await;
        assert_eq!(last.operation_context(), Some("outbound"));
        scene.sdk_reads_every_event().await;
    }

    async fn a_phone_of_the_tenant_is_called(scene: Scene) {
        let (number, phone) = scene.colleague();
        let phone = phone.start_registered().await;
        let arguments = json!({
            "target": format!("4:{number}"),
            "callerNumber": scene.number,
            "displayName": "Contoso Support",
            "callback": scene.callback(),
        });
        let created = scene.sdk.ask("create", arguments).await;
        scene.app.event("CallConnected").await;
        let text = json!([{ "text": "Your parcel has arrived. Your parcel has arrived." }]);
        scene.sdk.ask("play", json!({ "connection": created["connection"], "sources": text })).await;
        scene.app.event("PlayCompleted").await;
        scene.sdk.ask("hangUp", json!({ "connection": created["connection"], "everyone": true })).await;

        let memory = phone.ends().await;

        assert!(memory.heard.seconds_of_speech() > 1.0, "{} s of speech", memory.heard.seconds_of_speech());
        assert!(memory.report.to_string().contains("Contoso Support"), "{}", memory.report);
    }

    async fn a_call_that_is_refused_fails_and_says_why(scene: Scene) {
        // What came, and what the application is told of it (contract: Call Automation §9).
        let answers = [
            (302, "Moved Temporarily", (480, 8541)),
            (400, "Bad Request", (400, 8541)),
            (403, "Forbidden", (403, 8544)),
            (404, "Not Found", (404, 8544)),
            (408, "Request Timeout", (408, 10_057)),
            (410, "Gone", (410, 8544)),
            (480, "Temporarily Unavailable", (480, 8541)),
            (484, "Address Incomplete", (484, 8544)),
            (486, "Busy Here", (486, 8539)),
            (487, "Request Terminated", (487, 8542)),
            (488, "Not Acceptable Here", (488, 8544)),
            (500, "Server Internal Error", (500, 8544)),
            (503, "Service Unavailable", (503, 8544)),
            (504, "Server Time-out", (504, 8544)),
            (600, "Busy Everywhere", (486, 8539)),
            (603, "Decline", (603, 8538)),
            (604, "Does Not Exist Anywhere", (604, 8544)),
            (606, "Not Acceptable", (606, 8544)),
            (607, "Unwanted", (603, 8538)),
            (608, "Rejected", (603, 8538)),
        ];
        for (status, phrase, told) in answers {
            let callee = Scenario::refusing_callee(scene.carrier.address, status, phrase).start_listening().await;
            let context = format!("refused with {status}");
            let arguments = json!({
                "target": format!("4:{}", scene.carrier.number(2)),
                "callerNumber": scene.number,
                "callback": scene.callback(),
                "operationContext": context,
            });
            let created = scene.sdk.ask("create", arguments).await;

            let failed = scene.app.event_of("CreateCallFailed", &context).await;

            assert_eq!(failed.result(), told, "{}", failed.body);
            assert_eq!(failed.data()["callConnectionId"], created["connection"]);
            assert_eq!(failed.data()["resultInformation"]["sipDetails"]["code"], status);
            callee.ends_well().await;
        }
        assert!(!scene.app.kinds().iter().any(|kind| kind == "CallConnected"));
        scene.sdk_reads_every_event().await;
    }

    async fn a_call_that_is_given_up_while_it_rings_stops_ringing(scene: Scene) {
        let callee = Scenario::unanswering_callee(scene.carrier.address).start_listening().await;
        let arguments = json!({
            "target": format!("4:{}", scene.carrier.number(2)),
            "callerNumber": scene.number,
            "callback": scene.callback(),
        });
        let created = scene.sdk.ask("create", arguments).await;
        callee.sees("180 Ringing").await;

        scene.sdk.ask("hangUp", json!({ "connection": created["connection"], "everyone": true })).await;

        callee.ends_well().await;
    }

    async fn a_group_is_called_and_hears_each_other(scene: Scene) {
        let (number, callee) = scene.outsider().await;
        let (colleague, phone) = scene.colleague();
        let phone = phone.saying(Sound::tone(400.0, 30.0)).start_registered().await;
        let arguments = json!({
            "targets": [format!("4:{number}"), format!("4:{colleague}")],
            "callerNumber": scene.number,
            "callback": scene.callback(),
        });
        scene.sdk.ask("createGroup", arguments).await;

        scene.app.event_where("ParticipantsUpdated", |event| event.participants().len() >= 2).await;
        callee.talks().await;
        callee.media.hears_tone(400.0).await;
        let connected = scene.app.kinds().iter().filter(|kind| *kind == "CallConnected").count();
        assert_eq!(connected, 1);
        phone.hangs_up().await;
        scene.sdk_reads_every_event().await;
    }

    async fn a_call_from_a_number_of_somebody_else_is_refused(scene: Scene) {
        let arguments = json!({
            "target": format!("4:{}", scene.carrier.number(2)),
            "callerNumber": "+12065550142",
            "callback": scene.callback(),
        });
        let refused = scene.sdk.ask_refused("create", arguments).await;
        assert!(matches!(refused.status, Some(400 | 403)), "{refused:?}");
    }
}
