//! Callback events: what an application's webhook receives (contract §8).

mod callback_event;
mod detail;
mod event_type;
mod result_information;

pub use callback_event::CallbackEvent;
pub use detail::{
    EventDetail, Hearing, MediaStreamingUpdate, RecognitionResult, SentimentAnalysisResult,
    TranscriptionUpdate,
};
pub use event_type::EventType;
pub use result_information::{DiagnosticInfo, ResultInformation};
