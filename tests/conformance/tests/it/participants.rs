//! Bringing people into a call and sending them out of it.

use conformance::sipp::Scenario;
use conformance::sound::Sound;
use serde_json::json;

with_each_sdk! {
    async fn two_people_hear_each_other_and_not_themselves(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;

        call.line.media.sing(1000.0);
        other.media.sing(400.0);
        other.media.hears_tone(1000.0).await;
        call.line.media.hears_tone(400.0).await;
        assert!(call.line.media.heard().last(1.0).seconds_with_tone(1000.0) < 0.1);

        let list = scene.ask("participants", &call, json!({})).await;
        let mut ids: Vec<_> = list.as_array().expect("a list").iter().map(|one| one["identifier"].clone()).collect();
        ids.sort_by_key(ToString::to_string);
        let mut expected = vec![json!(call.caller), json!(other_id)];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(ids, expected);
        scene.sdk_reads_every_event().await;
    }

    async fn somebody_is_removed_and_the_others_stay(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;

        scene.ask("remove", &call, json!({ "target": other_id, "operationContext": "out" })).await;

        let removed = scene.app.event_of("RemoveParticipantSucceeded", "out").await;
        assert_eq!(removed.data()["participant"]["rawId"], other_id);
        other.ends_well().await;
        let stays = scene.app.event_where("ParticipantsUpdated", |event| {
            event.participants() == [call.caller.as_str()] && event.data()["sequenceNumber"].as_i64() > Some(1)
        });
        stays.await;
        assert_eq!(scene.ask("properties", &call, json!({})).await["state"], "connected");
        scene.sdk_reads_every_event().await;
    }

    async fn a_colleague_with_a_phone_is_brought_in_and_both_hear_each_other(scene: Scene) {
        let (number, phone) = scene.colleague();
        let phone = phone.saying(Sound::tone(400.0, 30.0)).start_registered().await;
        let call = scene.answers().await;
        call.line.media.sing(1000.0);

        let target = format!("4:{number}");
        let arguments = json!({ "target": target, "callerNumber": scene.number, "operationContext": "colleague" });
        scene.ask("add", &call, arguments).await;
        let added = scene.app.event_of("AddParticipantSucceeded", "colleague").await;
        assert_eq!(added.data()["participant"]["rawId"], target);
        call.line.media.hears_tone(400.0).await;
        // Long enough to be found in the recording.
        call.line.media.hears_for("a second more", 1.0, |_| true).await;

        let heard = phone.hangs_up().await.heard;
        assert!(heard.seconds_with_tone(1000.0) > 0.5, "the colleague heard {} s", heard.seconds_with_tone(1000.0));
        scene.app.event_where("ParticipantsUpdated", |event| event.participants() == [call.caller.as_str()]).await;
    }

    async fn three_people_hear_the_two_others(scene: Scene) {
        let call = scene.answers().await;
        let (_, second) = scene.brings_in(&call).await;
        let (number, phone) = scene.colleague();
        let phone = phone.saying(Sound::tone(1500.0, 30.0)).start_registered().await;
        scene.ask("add", &call, json!({ "target": format!("4:{number}"), "callerNumber": scene.number })).await;
        scene.app.event("AddParticipantSucceeded").await;

        call.line.media.sing(400.0);
        second.media.sing(1000.0);

        call.line.media.hears_for("both others", 1.0, |sound| {
            sound.seconds_with_tone(1000.0) > 0.8 && sound.seconds_with_tone(1500.0) > 0.8 && sound.seconds_with_tone(400.0) < 0.1
        })
        .await;
        second.media.hears_for("both others", 1.0, |sound| {
            sound.seconds_with_tone(400.0) > 0.8 && sound.seconds_with_tone(1500.0) > 0.8 && sound.seconds_with_tone(1000.0) < 0.1
        })
        .await;
        let heard = phone.hangs_up().await.heard.last(1.5);
        assert!(heard.seconds_with_tone(400.0) > 0.5 && heard.seconds_with_tone(1000.0) > 0.5);
    }

    async fn nobody_is_brought_in_who_refuses(scene: Scene) {
        let call = scene.answers().await;
        let answers = [(486, "Busy Here", 486, 8539), (603, "Decline", 603, 8538), (480, "Temporarily Unavailable", 480, 8541)];
        for (index, (status, phrase, code, sub_code)) in answers.into_iter().enumerate() {
            let callee = Scenario::refusing_callee(scene.carrier.address, status, phrase).start_listening().await;
            let target = format!("4:{}", scene.carrier.number(10 + index as u8));
            let context = format!("refused with {status}");
            let arguments = json!({ "target": target, "callerNumber": scene.number, "operationContext": context });
            scene.ask("add", &call, arguments).await;

            let failed = scene.app.event_of("AddParticipantFailed", &context).await;

            assert_eq!(failed.result(), (code, sub_code), "{}", failed.body);
            assert_eq!(failed.data()["participant"]["rawId"], target);
            let sip = &failed.data()["resultInformation"]["sipDetails"];
            assert_eq!((&sip["code"], &sip["message"]), (&json!(status), &json!(phrase)));
            callee.ends_well().await;
        }
        scene.sdk_reads_every_event().await;
    }

    async fn somebody_who_does_not_answer_in_time_is_not_brought_in(scene: Scene) {
        let call = scene.answers().await;
        let callee = Scenario::unanswering_callee(scene.carrier.address).start_listening().await;
        let target = format!("4:{}", scene.carrier.number(2));
        let arguments = json!({ "target": target, "callerNumber": scene.number, "timeout": 2, "operationContext": "slow" });
        scene.ask("add", &call, arguments).await;

        let failed = scene.app.event_of("AddParticipantFailed", "slow").await;

        assert_eq!(failed.result(), (408, 10_057), "{}", failed.body);
        callee.ends_well().await;
    }

    async fn an_invitation_is_cancelled_while_it_rings(scene: Scene) {
        let call = scene.answers().await;
        let callee = Scenario::unanswering_callee(scene.carrier.address).start_listening().await;
        let target = format!("4:{}", scene.carrier.number(2));
        let added = scene.ask("add", &call, json!({ "target": target, "callerNumber": scene.number })).await;
        callee.sees("180 Ringing").await;

        let invitation = added["invitation"].as_str().expect("an invitation").to_owned();
        scene.ask("cancelAdd", &call, json!({ "invitation": invitation, "operationContext": "no more" })).await;

        let canceled = scene.app.event_of("CancelAddParticipantSucceeded", "no more").await;
        assert_eq!(canceled.data()["invitationId"], invitation);
        callee.ends_well().await;
        assert!(!scene.app.kinds().iter().any(|kind| kind.starts_with("AddParticipant")), "{:?}", scene.app.kinds());
        scene.sdk_reads_every_event().await;
    }

    async fn nobody_is_found_who_is_not_in_the_call(scene: Scene) {
        let call = scene.answers().await;
        let stranger = json!({ "connection": call.connection, "target": "4:+12065550100" });
        let refused = scene.sdk.ask_refused("participant", stranger).await;
        assert_eq!((refused.status, refused.code.as_deref()), (Some(404), Some("8522")), "{refused:?}");
    }

    async fn the_same_person_is_not_brought_in_twice(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, _other) = scene.brings_in(&call).await;
        let again = json!({ "connection": call.connection, "target": other_id, "callerNumber": scene.number });
        let refused = scene.sdk.ask_refused("add", again).await;
        assert_eq!(refused.status, Some(409), "{refused:?}");
    }
}
