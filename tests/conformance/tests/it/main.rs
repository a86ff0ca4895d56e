//! The conformance tests: one file for each thing a user does.

/// Tells one scenario with each of the official SDKs.
macro_rules! with_each_sdk {
    ($($(#[$meta:meta])* async fn $name:ident($scene:ident: Scene) $story:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn story($scene: conformance::scene::Scene) $story

            #[tokio::test]
            async fn javascript() {
                story(conformance::scene::Scene::new(conformance::sdk::Kind::JavaScript).await).await;
            }

            #[tokio::test]
            async fn python() {
                story(conformance::scene::Scene::new(conformance::sdk::Kind::Python).await).await;
            }
        }
    )+};
}

mod address_families;
mod answering;
mod api_versions;
mod beyond_azure;
mod callback_tokens;
mod calls_for_help;
mod codecs;
mod company;
mod deliveries;
mod disk_full;
mod documents;
mod durability;
mod encrypted_carrier;
mod encryption;
mod event_grid;
mod examples;
mod flood;
mod flows;
mod half_applied;
mod hold_and_mute;
mod how_calls_end;
mod joining;
mod keys;
mod many_calls;
mod media_intruders;
mod media_streaming;
mod microsoft_graph;
mod mutual_tls;
mod newcomer;
mod on_behalf;
mod onboarding;
mod operating;
mod operators;
mod outbound;
mod participants;
mod peers_without_a_server;
mod phone_numbers;
mod preview;
mod prompts;
mod providers_of_speech;
mod recording;
mod recording_announced;
mod recording_failures;
mod recording_files;
mod recording_storage;
mod redirecting;
mod refusals;
mod reloading;
mod repeated_requests;
mod replaying;
mod ringing;
mod shared_configuration;
mod sip_peers;
mod sip_transfers;
mod toll_fraud;
mod transfer;
mod voip_headers;
