//! What phones hear of what is played.

use codec::Law::{A, Mu};
use codec::goertzel;
use identifier::PlaybackId;
use media_plan::MediaReport::{Failed, Finished, Started};
use media_plan::{MediaRequest, PlaySource, Playback, Unplayable};

use crate::phone::{Phone, talk, talk_for};
use crate::stage::{CALL, HOLD_HZ, PATIENCE, Stage, file, playback};

const ONE: PlaybackId = PlaybackId::from_u128(1);

#[test]
fn a_tone_that_we_play_is_heard_and_reported_finished_only_when_its_last_frame_left() {
    for law in [Mu, A] {
        let mut stage = Stage::new();
        let mut phone = Phone::new(law, None);
        let leg = stage.answer(1, &mut phone);
        let play = playback(1, &[leg], vec![file("tone:1000:400"), file("tone:1000:200")]);
        stage.media.request(CALL, MediaRequest::Play(play));
        talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&Finished(ONE)));
        talk_for(&mut [&mut phone], 100);
        let sounding = sounding(&phone.heard);
        assert!(goertzel::share(&sounding, 8_000, 1_000.0) > 0.95);
        assert!((4_790..=4_800).contains(&sounding.len()), "600 ms are 4,800 samples: {}", sounding.len());
        assert_eq!(stage.reports(), [Started(ONE), Finished(ONE)]);
    }
}

#[test]
fn finished_comes_when_the_last_frame_is_on_the_wire() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    stage.media.request(CALL, MediaRequest::Play(playback(1, &[leg], vec![file("tone:1000:300")])));
    talk_for(&mut [&mut phone], 800);
    assert_eq!(stage.next_report().0, Started(ONE));
    let (report, finished) = stage.next_report();
    assert_eq!(report, Finished(ONE));
    let last = phone.heard.chunks(160).rposition(|frame| goertzel::rms(frame) > 100.0).unwrap();
    let finished = stage.instant_of(finished);
    // The phone looks at its socket every few milliseconds.
    let left = phone.arrivals[last] - std::time::Duration::from_millis(15);
    assert!(finished > left, "{:?} too early", left - finished);
}

#[test]
fn hold_music_goes_on_until_it_is_stopped() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    let play = Playback { repeat: true, ..playback(1, &[leg], vec![PlaySource::HoldMusic]) };
    stage.media.request(CALL, MediaRequest::Play(play));
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&Started(ONE)));
    phone.heard.clear();
    talk_for(&mut [&mut phone], 1_500);
    assert!(phone.share(HOLD_HZ) > 0.95, "{}", phone.share(HOLD_HZ));
    stage.media.request(CALL, MediaRequest::StopPlayback(ONE));
    talk_for(&mut [&mut phone], 100);
    phone.heard.clear();
    talk_for(&mut [&mut phone], 200);
    assert_eq!(goertzel::rms(&phone.heard), 0.0);
    assert_eq!(stage.reports(), [Started(ONE)]);
}

#[test]
fn a_stop_overtakes_a_sound_that_is_still_being_fetched() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    stage.media.request(CALL, MediaRequest::Play(playback(1, &[leg], vec![file("slow:1000:300")])));
    talk_for(&mut [&mut phone], 100);
    stage.media.request(CALL, MediaRequest::StopPlayback(ONE));
    stage.slow.notify_one();
    talk_for(&mut [&mut phone], 400);
    assert_eq!(goertzel::rms(&phone.heard), 0.0);
    assert_eq!(stage.reports(), []);
}

#[test]
fn a_list_begins_before_all_of_it_is_there() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    let play = playback(1, &[leg], vec![file("tone:1000:200"), file("slow:600:200")]);
    stage.media.request(CALL, MediaRequest::Play(play));
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&Started(ONE)));
    stage.slow.notify_one();
    talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&Finished(ONE)));
    talk_for(&mut [&mut phone], 60);
    let sounding = sounding(&phone.heard);
    // Each sounds for half of the time, which makes a quarter of a pure tone's share.
    assert!(goertzel::share(&sounding, 8_000, 1_000.0) > 0.2);
    assert!(goertzel::share(&sounding, 8_000, 600.0) > 0.2);
}

#[test]
fn what_cannot_be_played_is_reported_with_its_place() {
    let mut stage = Stage::new();
    let mut phone = Phone::new(Mu, None);
    let leg = stage.answer(1, &mut phone);
    for (uri, why) in
        [("gone:1", Unplayable::Download), ("tone:x", Unplayable::Format), ("panic:", Unplayable::Download)]
    {
        let play = playback(1, &[leg], vec![file("tone:1000:100"), file(uri)]);
        stage.media.request(CALL, MediaRequest::Play(play));
        let failed = Failed { playback: ONE, source: 1, why };
        talk(&mut [&mut phone], PATIENCE, |_| stage.has_reported(&failed));
        assert_eq!(stage.reports(), [Started(ONE), failed], "{uri}");
    }
}

/// Without the silence before and after.
fn sounding(heard: &[i16]) -> Vec<i16> {
    let is_loud = |sample: &i16| sample.abs() > 100;
    let first = heard.iter().position(is_loud).unwrap();
    let last = heard.iter().rposition(is_loud).unwrap();
    heard[first..=last].to_vec()
}
