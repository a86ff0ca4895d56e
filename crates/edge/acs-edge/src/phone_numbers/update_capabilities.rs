//! What a number shall be able to do (`PATCH /phoneNumbers/{number}/capabilities`).

use acs::phone_numbers::{Capabilities, CapabilitiesUpdate, OperationType, PurchasedNumber};
use http_kit::{Answer, ApiError};
use store::{HeldNumber, Write};

use crate::errand::{Errand, conflict, not_found, written};
use crate::phone_numbers::papers::{self, Vain};
use crate::phone_numbers::{number, numbers};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let update: CapabilitiesUpdate = errand.read()?;
    let number = number(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    let Some(held) = numbers::held(&errand, &number).await? else {
        return Err(if numbers::is_configured(&errand, &number) {
            conflict(
                "cannot change the phone number: the operator of this server has given it in [[tenants.resources]]",
            )
        } else {
            not_found("the phone number", "it does not belong to this resource")
        });
    };
    let directory = errand.directory();
    let tenant = errand.tenant(&directory)?;
    let offered = (errand.edge.inventory)().offer_of(tenant, &number).map(|offer| offer.capabilities);
    let changed = changed(&held, update, offered);
    let location =
        format!("/phoneNumbers/{}?api-version={}", held.phone_number.replace('+', "%2B"), errand.version);
    let (outcome, writes) = match changed {
        Ok(capabilities) => {
            let details = written(&PurchasedNumber { capabilities, ..held.clone() });
            let resource = errand.resource.to_string();
            let held = HeldNumber { number: held.phone_number, resource, details, purchased_us: 0 };
            (Ok(()), vec![Write::PutHeldNumber(held)])
        }
        Err(vain) => (Err(vain), Vec::new()),
    };
    let operation =
        papers::finished(&errand, OperationType::UpdateCapabilities, outcome, Some(location.clone()));
    let writes = writes.into_iter().chain([papers::keep_operation(&errand, &operation)]).collect();
    errand.commit(writes).await?;
    Ok(papers::accepted(&errand, &operation)
        .with_header("location", &location)
        .with_header("capabilities-id", &operation.id))
}

fn changed(
    held: &PurchasedNumber,
    update: CapabilitiesUpdate,
    offered: Option<Capabilities>,
) -> Result<Capabilities, Vain> {
    let Capabilities { calling, sms } = held.capabilities;
    let wanted = Capabilities { calling: update.calling.unwrap_or(calling), sms: update.sms.unwrap_or(sms) };
    // A number that no trunk offers any more can do less, and what it does already.
    let most = offered.unwrap_or(held.capabilities);
    if most.calling.covers(wanted.calling) && most.sms.covers(wanted.sms) {
        return Ok(wanted);
    }
    let message = format!(
        "the number can do no more than calling {} and sms {}",
        most.calling.as_str(),
        most.sms.as_str()
    );
    Err(("CapabilityNotSupported", message))
}
