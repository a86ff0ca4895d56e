//! Every request that begins something: to whom it goes.

use std::sync::Arc;

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, StatusCode};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tracing::{debug, warn};

use crate::cause::q850;
use crate::core::Core;
use crate::digest::Verdict;
use crate::headers::{allow, supported, unknown_extensions};
use crate::identity::{Gatekeeper, has_credentials, paired};
use crate::inbound;
use crate::legs::LegMessage;
use crate::registrar::{Contact, Update, read_wish};
use crate::uri::{name_and_uri, source_of, user_of};

/// Hands out requests until the edge stops.
pub(crate) async fn route(core: Arc<Core>, mut incoming: TransactionReceiver) {
    while let Some(Some(transaction)) = core.stop.run_until_cancelled(incoming.recv()).await {
        let is_in_dialog =
            transaction.original.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
        let held = Arc::clone(&core);
        let unknown = unknown_extensions(&transaction.original);
        if !unknown.is_empty() && !matches!(transaction.original.method, Method::Ack | Method::Cancel) {
            // RFC 3261 §8.2.2.3.
            let unsupported = Header::Unsupported(unknown.join(", ").into());
            reply(&core, transaction, StatusCode::BadExtension, vec![unsupported]);
            continue;
        }
        match transaction.original.method {
            // Requests of one dialog keep their order: they are not handled here but queued.
            _ if is_in_dialog => route_in_dialog(&core, transaction),
            Method::Invite => core.spawn_aside(inbound::begin(held, transaction)),
            Method::Register => core.spawn_aside(register(held, transaction)),
            Method::Options => {
                note_trunk(&core, &transaction);
                reply(&core, transaction, StatusCode::OK, vec![allow(), supported()]);
            }
            Method::Subscribe => reply(&core, transaction, StatusCode::BadEvent, Vec::new()),
            Method::Bye | Method::Info | Method::Notify | Method::PRack | Method::Update => {
                reply(&core, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
            }
            Method::Message | Method::Publish | Method::Refer => {
                reply(&core, transaction, StatusCode::MethodNotAllowed, vec![allow()]);
            }
            // The transaction layer has dealt with them.
            Method::Ack | Method::Cancel => {}
        }
    }
}

/// A trunk asks whether we are there, so it is. The gate has let nobody in who only seems to be one.
fn note_trunk(core: &Core, transaction: &Transaction) {
    let Some((transport, source)) = transaction.connection.as_ref().and_then(source_of) else { return };
    let directory = core.exchanges.directory();
    let names = core.streams.names(transport, source);
    let certified = paired(&directory, &transaction.original, &names).ok().flatten();
    if let Some(trunk) = certified.or_else(|| directory.trunk_at(source.ip())) {
        core.trunks.heard_from(&trunk.name, core.exchanges.unix_us());
    }
}

fn route_in_dialog(core: &Arc<Core>, mut transaction: Transaction) {
    let dialog = DialogId::try_from(&transaction).ok();
    let Some((dialog, leg)) =
        dialog.and_then(|dialog| Some((dialog.clone(), core.legs.of_message(&dialog)?)))
    else {
        if transaction.original.method != Method::Ack {
            reply(core, transaction, StatusCode::CallTransactionDoesNotExist, Vec::new());
        }
        return;
    };
    if transaction.original.method != Method::Bye {
        core.legs.send(leg, LegMessage::InDialog(Box::new(transaction)));
        return;
    }
    let reason = transaction.original.headers().iter().find_map(|header| match header {
        Header::Reason(value) => q850(value.value()),
        _ => None,
    });
    let found = core.dialogs.get_dialog(&dialog);
    core.legs.send(leg, LegMessage::Bye { local_tag: dialog.local_tag.clone(), q850: reason });
    // The library passes over a callee's BYE as long as it has not made out the answer before it.
    let is_settled =
        |invited: &InviteDialog| invited.role() == TransactionRole::Server || invited.state().is_confirmed();
    let Some(Dialog::Invite(mut invited)) = found.filter(|found| match found {
        Dialog::Invite(invited) => is_settled(invited),
        _ => false,
    }) else {
        reply(core, transaction, StatusCode::OK, Vec::new());
        return;
    };
    let held = Arc::clone(core);
    core.spawn_aside(async move {
        if let Err(error) = invited.handle(&mut transaction).await {
            debug!(%error, "a BYE could not be answered");
        }
        held.dialogs.remove_dialog(&dialog);
    });
}

async fn register(core: Arc<Core>, mut transaction: Transaction) {
    let (status, headers) = decide_registration(&core, &transaction).await;
    meter::SIP_REGISTRATIONS.count([match status {
        StatusCode::OK => "accepted",
        StatusCode::Unauthorized => "challenged",
        _ => "refused",
    }]);
    if let Err(error) = transaction.reply_with(status, headers, None).await {
        debug!(%error, "a REGISTER could not be answered");
    }
}

async fn decide_registration(core: &Core, transaction: &Transaction) -> (StatusCode, Vec<Header>) {
    let request = &transaction.original;
    let Some((transport, source)) = transaction.connection.as_ref().and_then(source_of) else {
        return (StatusCode::BadRequest, Vec::new());
    };
    let (directory, now_us) = (core.exchanges.directory(), core.exchanges.unix_us());
    let name = request.to_header().ok().and_then(|to| name_and_uri(to.value()));
    let name = name.and_then(|(_, uri)| user_of(&uri)).unwrap_or_default();
    let phone = directory.phone(&name);
    let gatekeeper = Gatekeeper {
        directory: &directory,
        authenticator: &core.authenticator,
        hairpin: &core.hairpin,
        strangers: false,
        now_us,
    };
    let phone = match (gatekeeper.authenticate(phone, request, source), phone) {
        (Verdict::Accepted, Some(phone)) => phone,
        (Verdict::Stale, _) => {
            let stale = has_credentials(request);
            return (StatusCode::Unauthorized, core.authenticator.challenges(source.ip(), now_us, stale));
        }
        (Verdict::Accepted | Verdict::Rejected, _) => {
            meter::SIP_AUTHENTICATION_FAILURES.count(["REGISTER"]);
            return (StatusCode::Forbidden, Vec::new());
        }
    };
    let wish = match read_wish(request, (transport, source), now_us) {
        Ok(wish) => wish,
        Err(error) => {
            debug!(%error, "cannot {error}");
            return error.response();
        }
    };
    let gone = match core.bindings.apply(phone.user, &wish, now_us) {
        Ok(gone) => gone,
        // RFC 3261 §10.3, step 7.
        Err(error) => {
            debug!(%error, "cannot {error}");
            return (StatusCode::ServerInternalError, Vec::new());
        }
    };
    keep(core, &name, &wish, &gone).await;
    let bound = core.bindings.of(phone.user, now_us);
    (StatusCode::OK, bound.iter().map(|contact| contact_header(contact, now_us)).collect())
}

/// A keeper that fails costs a phone its reachability after a restart, not now.
async fn keep(core: &Core, name: &str, wish: &[Update], gone: &[String]) {
    for contact in gone {
        if let Err(error) = core.keeper.forget(name, contact).await {
            warn!(%error, "cannot {error}");
        }
    }
    for update in wish {
        let Update::Bind(contact) = update else { continue };
        if let Err(error) = core.keeper.keep(contact.to_binding(name)).await {
            warn!(%error, "cannot {error}");
        }
    }
}

fn contact_header(contact: &Contact, now_us: i64) -> Header {
    let seconds = (contact.expires_us - now_us).max(0) / 1_000_000;
    Header::Contact(format!("<{}>;expires={seconds}", contact.uri).into())
}

fn reply(core: &Core, mut transaction: Transaction, status: StatusCode, headers: Vec<Header>) {
    core.spawn_aside(async move {
        let is_invite = transaction.original.method == Method::Invite;
        if let Err(error) = transaction.reply_with(status, headers, None).await {
            debug!(%error, "a request could not be answered");
        }
        while is_invite && transaction.receive().await.is_some() {}
    });
}
