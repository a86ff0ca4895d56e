//! Voices and ears: the real espeak-ng, the real pocketsphinx, and servers that speak the protocols of providers.

mod activity;
mod azure;
mod embedded_ear;
mod limits;
mod neural_voice;
mod onnx_model;
mod openai;
mod provider;
mod recognizing;
mod speaking;
mod voices;
