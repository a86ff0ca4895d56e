//! A caller who puts us on hold plays music to us; that is nobody who speaks.

use sound_edge::hold_music;
use speech_edge::{EAR_FRAME, SpeechChange, VoiceActivity};

#[test]
fn hold_music_is_seldom_taken_for_a_voice() {
    let music = hold_music().samples;
    for gain in [0.1, 0.3, 1.0] {
        let mut activity = VoiceActivity::new(500);
        let mut began = 0;
        for chunk in music.chunks_exact(EAR_FRAME) {
            let frame: Vec<i16> = chunk.iter().map(|sample| (f64::from(*sample) * gain) as i16).collect();
            let frame: &[i16; EAR_FRAME] = frame.as_slice().try_into().expect("a frame");
            began += usize::from(matches!(activity.hear(frame), Some(SpeechChange::Started(_))));
        }
        println!("{began} beginnings in 16 s of hold music at {gain}");
        assert!(began <= 1, "{began} at {gain}");
    }
}
