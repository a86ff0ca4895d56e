//! Scenarios through the engine's face, each with its ladder.

mod add_participant;
mod announcing;
mod create_call;
mod diversion;
mod ended_calls;
mod hang_up;
mod hold_and_mute;
mod hunting;
mod incoming_call;
mod joining;
mod moving;
mod phone_to_phone;
mod play;
mod recognize;
mod recording;
mod referral;
mod speech;
mod streaming;
mod tones;
mod transcription;
mod transfer;
mod truth_table;
mod twice_in_a_call;

mod world;
