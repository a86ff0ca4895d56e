//! Giving a number back (`DELETE /phoneNumbers/{number}`).

use acs::phone_numbers::OperationType;
use http_kit::{Answer, ApiError};
use store::Write;

use crate::errand::{Errand, conflict, not_found};
use crate::phone_numbers::{number, numbers, papers};

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let number = number(&errand)?;
    let _turn = errand.edge.turn.lock().await;
    if numbers::held(&errand, &number).await?.is_none() {
        return Err(if numbers::is_configured(&errand, &number) {
            conflict(
                "cannot release the phone number: the operator of this server has given it in [[tenants.resources]]",
            )
        } else {
            not_found("the phone number", "it does not belong to this resource")
        });
    }
    let operation = papers::finished(&errand, OperationType::Release, Ok(()), None);
    let writes =
        vec![Write::RemoveHeldNumber(number.to_string()), papers::keep_operation(&errand, &operation)];
    errand.commit(writes).await?;
    tracing::info!(resource.id = %errand.resource, "a resource has released a number");
    Ok(papers::accepted(&errand, &operation).with_header("release-id", &operation.id))
}
