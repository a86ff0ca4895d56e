//! Thinking (`POST /v1/chat/completions`).

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use outbound_http::{OutboundRequest, Overlong};
use serde::Deserialize;
use serde_json::json;

use super::{OpenAiSpeech, TIME};
use crate::answer::{ask, bearer};
use crate::ear::EarError;

/// The longest answer.
const MOST_ANSWER: usize = 256 << 10;

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

impl OpenAiSpeech {
    /// What the model says to a text, being told what to do with it.
    pub(crate) async fn think(&self, task: &str, text: &str, most_tokens: u32) -> Result<String, EarError> {
        let body = json!({
            "model": self.settings.mind_model,
            "temperature": 0,
            "max_tokens": most_tokens,
            "messages": [{ "role": "system", "content": task }, { "role": "user", "content": text }],
        });
        let mut request = OutboundRequest::post(
            self.url("chat/completions"),
            Bytes::from(body.to_string()),
            TIME,
            MOST_ANSWER,
        );
        request.overlong = Overlong::Refuse;
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.settings.key {
            request.headers.insert(AUTHORIZATION, bearer(key)?);
        }
        let response = ask(&self.http, request).await?;
        let completion: Completion = serde_json::from_slice(&response.body)
            .map_err(|_| EarError::Garbled("its answer is no chat completion"))?;
        let first = completion.choices.into_iter().next();
        first
            .map(|choice| choice.message.content.trim().to_owned())
            .filter(|content| !content.is_empty())
            .ok_or(EarError::Garbled("its answer is empty"))
    }
}
