//! Transfers: REFER, its NOTIFYs (RFC 3515), and Replaces (RFC 3891).

use std::sync::Arc;
use std::time::Duration;

use call_engine::{LegReport, TransferProgress};
use identifier::LegId;
use redact::Pii;
use rsipstack::dialog::DialogId;
use rsipstack::sip::{HasHeaders, Header, Request, StatusCode};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cause::status_of;
use crate::core::Core;
use crate::dialog::far_end::FarEnd;
use crate::legs::Legs;
use crate::uri::{name_and_uri, unescape, user_of};

const MAX_TARGET: usize = 128;
/// A BYE waits this long for the last NOTIFY to be answered.
const LAST_NOTIFY: Duration = Duration::from_secs(2);

/// Why a REFER or an INVITE cannot be matched to a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplacesError {
    /// 400.
    #[error("read what the call shall replace")]
    Malformed,
    /// 481.
    #[error("replace a dialog that does not exist")]
    NoSuchDialog,
}

/// The leg whose dialog a Replaces header names: `call-id;to-tag=…;from-tag=…`.
pub(crate) fn find_replaced(legs: &Legs, value: &str) -> Result<LegId, ReplacesError> {
    let mut parts = value.split(';').map(str::trim);
    let call_id = parts.next().filter(|id| !id.is_empty()).ok_or(ReplacesError::Malformed)?.to_owned();
    let (mut to_tag, mut from_tag) = (None, None);
    for part in parts {
        match part.split_once('=') {
            Some((name, tag)) if name.eq_ignore_ascii_case("to-tag") => to_tag = Some(tag.to_owned()),
            Some((name, tag)) if name.eq_ignore_ascii_case("from-tag") => from_tag = Some(tag.to_owned()),
            _ => {}
        }
    }
    let (Some(to_tag), Some(from_tag)) = (to_tag, from_tag) else { return Err(ReplacesError::Malformed) };
    // RFC 3891 §3: to-tag is ours and from-tag theirs; some phones have it the other way round.
    let straight =
        DialogId { call_id: call_id.clone(), local_tag: to_tag.clone(), remote_tag: from_tag.clone() };
    let crossed = DialogId { call_id, local_tag: from_tag, remote_tag: to_tag };
    legs.of_dialog(&straight).or_else(|| legs.of_dialog(&crossed)).ok_or(ReplacesError::NoSuchDialog)
}

/// What a REFER asks for.
pub(crate) fn read_refer(legs: &Legs, request: &Request) -> Result<LegReport, ReplacesError> {
    let value = request.headers().iter().find_map(|header| match header {
        Header::ReferTo(value) => Some(value.value()),
        _ => None,
    });
    let (_, uri) = value.and_then(name_and_uri).ok_or(ReplacesError::Malformed)?;
    let target = user_of(&uri)
        .filter(|user| !user.is_empty() && user.len() <= MAX_TARGET)
        .ok_or(ReplacesError::Malformed)?;
    let replaces = uri
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))
        .map(|(_, value)| find_replaced(legs, &unescape(value)))
        .transpose()?;
    Ok(LegReport::TransferRequested { target: Pii::new(target.into()), replaces })
}

/// Tells a transferor how it goes, one NOTIFY after another.
pub(super) struct Notifier {
    news: mpsc::UnboundedSender<TransferProgress>,
    task: JoinHandle<()>,
    is_over: bool,
}

impl Notifier {
    pub fn start(core: &Arc<Core>, far_end: FarEnd) -> Self {
        let (news, mut progress) = mpsc::unbounded_channel();
        let task = core.tasks.spawn_on(
            async move {
                while let Some(progress) = progress.recv().await {
                    let (status, state) = sipfrag(&progress);
                    let headers = vec![
                        Header::Event("refer".into()),
                        Header::SubscriptionState(state.into()),
                        Header::ContentType("message/sipfrag;version=2.0".into()),
                    ];
                    let body = format!("SIP/2.0 {} {}\r\n", status.code(), status.text());
                    far_end.notify(headers, body).await;
                }
            },
            &core.runtime,
        );
        Self { news, task, is_over: false }
    }

    /// Whether its last news has been told; then another transfer may begin.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    pub fn tell(&mut self, progress: TransferProgress) {
        self.is_over = !matches!(progress, TransferProgress::Trying);
        // The task ends only after this sender is dropped.
        let _ = self.news.send(progress);
    }

    /// Waits a moment for what is still to be told.
    pub async fn finish(self) {
        drop(self.news);
        let _ = tokio::time::timeout(LAST_NOTIFY, self.task).await;
    }
}

fn sipfrag(progress: &TransferProgress) -> (StatusCode, &'static str) {
    const OVER: &str = "terminated;reason=noresource";
    match progress {
        TransferProgress::Trying => (StatusCode::Trying, "active;expires=180"),
        TransferProgress::Succeeded => (StatusCode::OK, OVER),
        TransferProgress::Failed(cause) => (status_of(*cause), OVER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_dialog_is_found_by_its_tags() {
        let legs = Legs::new(1, 0);
        let leg = LegId::from_u128(1);
        let _messages = legs.add(leg, crate::guard::Owner::Platform, None).unwrap();
        legs.add_dialog(
            leg,
            DialogId { call_id: "c@h".into(), local_tag: "ours".into(), remote_tag: "theirs".into() },
        );
        assert_eq!(find_replaced(&legs, "c@h;to-tag=ours;from-tag=theirs"), Ok(leg));
        assert_eq!(find_replaced(&legs, "c@h;from-tag=ours;to-tag=theirs"), Ok(leg));
        assert_eq!(find_replaced(&legs, "c@h;to-tag=x;from-tag=y"), Err(ReplacesError::NoSuchDialog));
        assert_eq!(find_replaced(&legs, "c@h"), Err(ReplacesError::Malformed));
        legs.remove(leg);
        assert_eq!(find_replaced(&legs, "c@h;to-tag=ours;from-tag=theirs"), Err(ReplacesError::NoSuchDialog));
    }
}
