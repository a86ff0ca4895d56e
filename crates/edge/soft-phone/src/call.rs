//! One call, from its INVITE to its end.

use std::ops::ControlFlow;
use std::time::Duration;

use redact::Secret;
use rsipstack::dialog::dialog::{
    DialogState, DialogStateReceiver, DialogStateSender, ReferStatus, TransactionHandle,
};
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::headers::Header;
use rsipstack::sip::{Request, Response, StatusCode, StatusCodeKind};
use rsipstack::transaction::Transaction;
use sdp::{Capabilities, CryptoSuite, Direction, Encryption, Negotiated, Origin, OwnKey};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout};

use crate::error::PhoneError;
use crate::incoming::{Sorter, refuse};
use crate::ladder::{Ladder, phrase, phrase_of};
use crate::media::Media;
use crate::options::{PhoneOptions, Transport};
use crate::report::{EndedBy, PhoneReport};
use crate::signaling::{Signaling, credential, random, uri};
use crate::told::Told;

/// How long a farewell (BYE, CANCEL) may take.
const FAREWELL: Duration = Duration::from_secs(3);

/// One call.
pub(crate) struct Call<'a> {
    options: &'a PhoneOptions,
    ladder: Ladder,
    signaling: Signaling,
    sorter: Option<Sorter>,
    media: &'a Media,
    capabilities: Capabilities,
    origin: Origin,
    states: DialogStateReceiver,
    tell_state: DialogStateSender,
    report: PhoneReport,
    invited: Instant,
    answered: Option<Instant>,
    plan: Vec<(Instant, Deed)>,
    reoffers: UnboundedReceiver<Reoffer>,
    tell_reoffer: UnboundedSender<Reoffer>,
    /// Who wants to know what a caller tells, when the call begins.
    listener: Option<UnboundedSender<Told>>,
}

/// What the phone does by itself in the course of a call.
#[derive(Clone, Debug)]
enum Deed {
    Hold,
    Resume,
    Transfer(String),
    HangUp,
}

/// What came back for a re-INVITE of ours.
struct Reoffer {
    offered: Capabilities,
    answer: Option<Response>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        options: &'a PhoneOptions,
        ladder: Ladder,
        mut signaling: Signaling,
        media: &'a Media,
    ) -> Self {
        let (tell_state, states) = signaling.dialogs.new_dialog_state_channel();
        let (tell_reoffer, reoffers) = unbounded_channel();
        let dialogs = signaling.dialogs.clone();
        let sorter = signaling.incoming.take().map(|incoming| Sorter::start(incoming, dialogs));
        let capabilities = Capabilities {
            codecs: options.codecs.clone(),
            encryption: encryption(options.server.transport),
            ..Capabilities::all(media.address())
        };
        Self {
            options,
            ladder,
            signaling,
            sorter,
            media,
            capabilities,
            origin: Origin::new(random() >> 16),
            states,
            tell_state,
            report: PhoneReport::default(),
            invited: Instant::now(),
            answered: None,
            plan: Vec::new(),
            reoffers,
            tell_reoffer,
            listener: None,
        }
    }

    /// Tells what a caller tells, as soon as the call begins.
    pub(crate) fn telling(mut self, listener: UnboundedSender<Told>) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Calls somebody and stays until the call is over.
    pub(crate) async fn dial(&mut self, target: &str, give_up: Option<Duration>) -> Result<(), PhoneError> {
        let invite = self.invite(target)?;
        self.invited = Instant::now();
        let started = self.signaling.dialogs.do_invite_async(invite, self.tell_state.clone());
        let (dialog, mut invite) = started.map_err(|error| self.signaling.unreachable(error.to_string()))?;
        let deadline = give_up.map(|wait| self.invited + wait);
        let mut leaving = false;
        let result = loop {
            tokio::select! {
                result = &mut invite => break result,
                Some(state) = self.states.recv() => self.on_early_state(state),
                () = at(deadline), if !leaving => {
                    leaving = true;
                    self.cancel(&dialog, "gives up");
                }
                () = self.options.stop.cancelled(), if !leaving => {
                    leaving = true;
                    self.cancel(&dialog, "is told to stop");
                }
            }
        };
        let response = match result {
            Ok(Ok((_, response))) => response,
            Ok(Err(error)) => return Err(self.signaling.unreachable(error.to_string())),
            Err(error) => return Err(self.signaling.unreachable(error.to_string())),
        };
        self.on_final(dialog, response, leaving).await
    }

    /// Waits for a call, and stays until it is over.
    pub(crate) async fn answer(
        &mut self,
        ring_for: Duration,
        refuse_with: Option<u16>,
        wait_for: Option<Duration>,
    ) -> Result<(), PhoneError> {
        self.ladder.note(format!("waits for a call at {}", self.signaling.contact));
        let Some(transaction) = self.wait_for_call(wait_for).await else {
            self.report.reason = "nobody called".to_owned();
            return Ok(());
        };
        self.invited = Instant::now();
        self.keep_headers(&transaction.original.headers.0, &["From", "To"]);
        let (told, offer) = Told::of(&transaction.original);
        if let Some(listener) = &self.listener {
            let _ = listener.send(told);
        }
        let contact = Some(self.signaling.contact.clone());
        let made = self.signaling.dialogs.get_or_create_server_invite(
            &transaction,
            self.tell_state.clone(),
            None,
            contact,
        );
        let mut dialog = made.map_err(|error| self.signaling.unreachable(error.to_string()))?;
        let handled = tokio::spawn({
            let mut dialog = dialog.clone();
            let mut transaction = transaction;
            async move { dialog.handle(&mut transaction).await }
        });
        let _ = dialog.ringing(None, None);
        if self.ring(&mut dialog, ring_for).await.is_break() {
            self.report.rang(self.invited.elapsed());
            return Ok(());
        }
        if let Some(status) = refuse_with {
            self.refuse(&dialog, StatusCode::from(status));
        } else {
            self.accept(&dialog, &offer).await;
        }
        if self.report.answered {
            self.talk(dialog).await;
        }
        let _ = timeout(FAREWELL, handled).await;
        Ok(())
    }

    /// Puts the phone away.
    pub(crate) async fn finish(mut self) -> (PhoneReport, Signaling) {
        if let Some(answered) = self.answered {
            self.report.talked_seconds = answered.elapsed().as_secs_f64();
        }
        if let Some(sorter) = self.sorter.take() {
            self.signaling.incoming = sorter.finish().await;
        }
        (self.report, self.signaling)
    }

    fn invite(&self, target: &str) -> Result<InviteOption, PhoneError> {
        let own = format!("sip:{}@{}", self.options.user(), self.options.server.authority());
        Ok(InviteOption {
            caller_display_name: self.options.display_name.clone(),
            caller: uri(&own)?,
            callee: uri(&self.options.address_of(target))?,
            destination: Some(self.signaling.destination.clone()),
            content_type: Some("application/sdp".to_owned()),
            offer: Some(sdp::offer(&self.capabilities, self.origin).into_bytes()),
            contact: self.signaling.contact.clone(),
            credential: self.options.account.as_ref().map(credential),
            headers: Some(self.own_headers()?),
            ..InviteOption::default()
        })
    }

    fn own_headers(&self) -> Result<Vec<Header>, PhoneError> {
        let user_to_user =
            self.options.user_to_user.iter().map(|value| ("User-to-User".to_owned(), value.clone()));
        user_to_user
            .chain(self.options.headers.iter().cloned())
            .map(|(name, value)| match may_send(&name, &value) {
                true => Ok(Header::Other(name, value)),
                false => Err(PhoneError::Header(name)),
            })
            .collect()
    }

    /// Before the answer: only early media is of interest.
    fn on_early_state(&mut self, state: DialogState) {
        if let DialogState::Early(_, response) = state
            && !response.body.is_empty()
            && let Ok(agreed) = sdp::accept(&self.capabilities, &response.body)
        {
            self.media.connect(agreed);
        }
    }

    fn cancel(&self, dialog: &InviteDialog, why: &str) {
        self.ladder.note(why);
        let dialog = dialog.clone();
        tokio::spawn(async move { dialog.cancel().await });
    }

    /// The final response to our INVITE.
    async fn on_final(
        &mut self,
        dialog: InviteDialog,
        response: Option<Response>,
        leaving: bool,
    ) -> Result<(), PhoneError> {
        self.report.rang(self.invited.elapsed());
        let Some(response) = response else {
            return Err(self.signaling.unreachable("it does not answer"));
        };
        let status = response.status_code.code();
        if !self.signaling.heard_anything() {
            return Err(self.signaling.unreachable("it does not answer"));
        }
        self.report.final_status = Some(status);
        self.report.reason = phrase_of(&response);
        self.keep_headers(&response.headers.0, &[]);
        if response.status_code.kind() != StatusCodeKind::Successful {
            self.report.ended_by = if leaving { EndedBy::Us } else { EndedBy::Them };
            return Ok(());
        }
        self.on_answered();
        if leaving {
            // The answer crossed our CANCEL; the stack says BYE.
            self.report.ended_by = EndedBy::Us;
            return Ok(());
        }
        match sdp::accept(&self.capabilities, &response.body) {
            Ok(agreed) => self.media.connect(agreed),
            Err(error) => {
                self.ladder.note(format!("cannot {error}"));
                self.hang_up(&dialog).await;
                return Ok(());
            }
        }
        self.talk(dialog).await;
        Ok(())
    }

    async fn wait_for_call(&mut self, wait_for: Option<Duration>) -> Option<Transaction> {
        let deadline = wait_for.map(|wait| Instant::now() + wait);
        let sorter = self.sorter.as_mut()?;
        tokio::select! {
            transaction = sorter.invites.recv() => transaction,
            () = at(deadline) => None,
            () = self.options.stop.cancelled() => None,
        }
    }

    /// Lets it ring; breaks off when the caller does, or when the phone is told to stop.
    async fn ring(&mut self, dialog: &mut InviteDialog, ring_for: Duration) -> ControlFlow<()> {
        let deadline = Some(Instant::now() + ring_for);
        loop {
            tokio::select! {
                biased;
                Some(state) = self.states.recv() => if let DialogState::Terminated(..) = state {
                    self.report.ended_by = EndedBy::Them;
                    self.report.final_status = Some(487);
                    self.report.reason = "the caller gave up".to_owned();
                    return ControlFlow::Break(());
                },
                () = self.options.stop.cancelled() => {
                    self.refuse(dialog, StatusCode::TemporarilyUnavailable);
                    return ControlFlow::Break(());
                }
                () = at(deadline) => return ControlFlow::Continue(()),
            }
        }
    }

    fn refuse(&mut self, dialog: &InviteDialog, status: StatusCode) {
        self.report.rang(self.invited.elapsed());
        self.report.final_status = Some(status.code());
        self.report.reason = phrase(&status);
        self.report.ended_by = EndedBy::Us;
        let _ = dialog.reject(Some(status), None);
    }

    /// Says 200 and waits for the ACK.
    async fn accept(&mut self, dialog: &InviteDialog, offer: &[u8]) {
        let (description, agreed) = if offer.is_empty() {
            (sdp::offer(&self.capabilities, self.origin), None)
        } else {
            match sdp::answer(offer, &self.capabilities, self.origin) {
                Ok(answer) => (answer.text, Some(answer.negotiated)),
                Err(error) => {
                    self.ladder.note(format!("cannot {error}"));
                    return self.refuse(dialog, StatusCode::NotAcceptableHere);
                }
            }
        };
        let Ok(mut headers) = self.own_headers() else {
            self.ladder.note("cannot send the headers it was given");
            return self.refuse(dialog, StatusCode::ServerInternalError);
        };
        headers.push(Header::ContentType("application/sdp".into()));
        if let Some(agreed) = &agreed {
            self.media.connect(agreed.clone());
        }
        if dialog.accept(Some(headers), Some(description.into_bytes())).is_err() {
            return;
        }
        self.report.rang(self.invited.elapsed());
        while let Some(state) = self.states.recv().await {
            match state {
                DialogState::Confirmed(..) => break,
                DialogState::Terminated(..) => {
                    self.report.reason = "the caller never acknowledged the answer".to_owned();
                    return;
                }
                _ => {}
            }
        }
        if agreed.is_none() {
            self.connect_by_ack(dialog);
        }
        self.report.final_status = Some(200);
        self.report.reason = phrase(&StatusCode::OK);
        self.on_answered();
    }

    /// The answer to an offer that we made in a 200 comes with the ACK.
    fn connect_by_ack(&self, dialog: &InviteDialog) {
        let answer = dialog.last_remote_ack().map(|ack| ack.body).unwrap_or_default();
        match sdp::accept(&self.capabilities, &answer) {
            Ok(agreed) => self.media.connect(agreed),
            Err(error) => self.ladder.note(format!("cannot {error}")),
        }
    }

    fn on_answered(&mut self) {
        let now = Instant::now();
        self.answered = Some(now);
        self.report.answered = true;
        self.media.begin();
        if let Some(hold) = self.options.hold {
            self.plan.push((now + hold.after, Deed::Hold));
            self.plan.push((now + hold.after + hold.lasting, Deed::Resume));
        }
        if let Some(transfer) = &self.options.transfer {
            self.plan.push((now + transfer.after, Deed::Transfer(transfer.target.clone())));
        }
        if let Some(lasting) = self.options.lasting {
            self.plan.push((now + lasting, Deed::HangUp));
        }
    }

    /// The call is established: until it ends.
    async fn talk(&mut self, dialog: InviteDialog) {
        loop {
            let next = self.plan.iter().map(|(when, _)| *when).min();
            let flow = tokio::select! {
                Some(state) = self.states.recv() => self.on_state(state, &dialog).await,
                Some(reoffer) = self.reoffers.recv() => self.on_reoffer(reoffer),
                () = at(next) => self.on_plan(&dialog).await,
                () = self.options.stop.cancelled() => {
                    self.hang_up(&dialog).await;
                    ControlFlow::Break(())
                }
                Some(second) = second_call(&mut self.sorter) => {
                    tokio::spawn(refuse(second, StatusCode::BusyHere));
                    ControlFlow::Continue(())
                }
            };
            if flow.is_break() {
                return;
            }
        }
    }

    async fn on_state(&mut self, state: DialogState, dialog: &InviteDialog) -> ControlFlow<()> {
        match state {
            DialogState::Updated(_, request, handle) => self.on_offer(&request, handle).await,
            DialogState::Notify(_, request, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
                return self.on_notify(&request, dialog).await;
            }
            DialogState::Info(_, _, handle)
            | DialogState::Options(_, _, handle)
            | DialogState::Message(_, _, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
            }
            DialogState::Refer(_, _, handle) | DialogState::Publish(_, _, handle) => {
                let _ = handle.reply(StatusCode::Decline).await;
            }
            DialogState::Terminated(..) => {
                self.report.ended_by = EndedBy::Them;
                return ControlFlow::Break(());
            }
            DialogState::Calling(_)
            | DialogState::Trying(_)
            | DialogState::Early(..)
            | DialogState::WaitAck(..)
            | DialogState::Confirmed(..) => {}
        }
        ControlFlow::Continue(())
    }

    /// A re-INVITE or UPDATE of the far end.
    async fn on_offer(&mut self, request: &Request, handle: TransactionHandle) {
        self.origin = self.origin.next();
        let content = || Some(vec![Header::ContentType("application/sdp".into())]);
        let _ = if request.body.is_empty() {
            let offer = sdp::offer(&self.capabilities, self.origin);
            handle.respond(StatusCode::OK, content(), Some(offer.into_bytes())).await
        } else {
            match sdp::answer(&request.body, &self.capabilities, self.origin) {
                Ok(answer) => {
                    self.connect(answer.negotiated);
                    handle.respond(StatusCode::OK, content(), Some(answer.text.into_bytes())).await
                }
                Err(_) => handle.respond(StatusCode::NotAcceptableHere, None, None).await,
            }
        };
    }

    fn connect(&self, agreed: Negotiated) {
        if agreed.held {
            self.ladder.note("is put on hold");
        }
        self.media.connect(agreed);
    }

    /// How a transfer goes on (RFC 3515 §2.4.5).
    async fn on_notify(&mut self, request: &Request, dialog: &InviteDialog) -> ControlFlow<()> {
        let Some(status) = ReferStatus::parse(request) else { return ControlFlow::Continue(()) };
        let code = status.status_code.code();
        self.report.transfer_status = Some(code);
        self.ladder.note(format!("the transfer is at {}", status.status_code));
        if (200..300).contains(&code) {
            self.hang_up(dialog).await;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn on_reoffer(&mut self, reoffer: Reoffer) -> ControlFlow<()> {
        if let Some(answer) = reoffer.answer
            && let Ok(agreed) = sdp::accept(&reoffer.offered, &answer.body)
        {
            self.media.connect(agreed);
        }
        ControlFlow::Continue(())
    }

    async fn on_plan(&mut self, dialog: &InviteDialog) -> ControlFlow<()> {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.plan).into_iter().partition(|(when, _)| *when <= now);
        self.plan = later;
        let due: Vec<(Instant, Deed)> = due;
        for (_, deed) in due {
            match deed {
                Deed::Hold => self.reoffer(dialog, Direction::SendOnly),
                Deed::Resume => self.reoffer(dialog, Direction::SendRecv),
                Deed::Transfer(target) => self.transfer(dialog, &target),
                Deed::HangUp => {
                    self.hang_up(dialog).await;
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn reoffer(&mut self, dialog: &InviteDialog, direction: Direction) {
        self.origin = self.origin.next();
        let offered = self.capabilities.clone().directed(direction);
        let offer = sdp::offer(&offered, self.origin).into_bytes();
        let (dialog, tell) = (dialog.clone(), self.tell_reoffer.clone());
        tokio::spawn(async move {
            let headers = vec![Header::ContentType("application/sdp".into())];
            let answer = dialog.reinvite(Some(headers), Some(offer)).await.ok().flatten();
            let _ = tell.send(Reoffer { offered, answer });
        });
    }

    fn transfer(&self, dialog: &InviteDialog, target: &str) {
        let (dialog, target) = (dialog.clone(), format!("<{}>", self.options.address_of(target)));
        let ladder = self.ladder.clone();
        tokio::spawn(async move {
            if let Err(error) = dialog.refer(target.as_str(), None, None).await {
                ladder.note(format!("cannot ask for the transfer: {error}"));
            }
        });
    }

    async fn hang_up(&mut self, dialog: &InviteDialog) {
        self.report.ended_by = EndedBy::Us;
        let _ = timeout(FAREWELL, dialog.bye()).await;
    }

    fn keep_headers(&mut self, headers: &[Header], named: &[&str]) {
        for header in headers {
            let name = header.name();
            let wanted = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"))
                || ["User-to-User", "P-Asserted-Identity", "Diversion", "Referred-By"]
                    .iter()
                    .chain(named)
                    .any(|known| name.eq_ignore_ascii_case(known));
            if wanted {
                self.report.headers_received.push((name.to_owned(), header.value().to_owned()));
            }
        }
    }
}

/// At this moment; never, when there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn second_call(sorter: &mut Option<Sorter>) -> Option<Transaction> {
    match sorter {
        Some(sorter) => sorter.invites.recv().await,
        None => std::future::pending().await,
    }
}

/// Keys travel over TLS only.
fn encryption(transport: Transport) -> Encryption {
    match transport {
        Transport::Udp | Transport::Tcp => Encryption::None,
        Transport::Tls => Encryption::Optional(CryptoSuite::ALL.map(new_key).to_vec()),
    }
}

fn new_key(suite: CryptoSuite) -> OwnKey {
    let mut bytes = vec![0; suite.key_bytes()];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system has randomness");
    OwnKey { suite, bytes: Secret::new(bytes) }
}

fn may_send(name: &str, value: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
    !name.is_empty() && name.bytes().all(token) && !value.chars().any(char::is_control)
}
