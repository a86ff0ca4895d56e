//! What numbers say of themselves (`POST /operatorInformation/:search`).
//!
//! How a number is written, where it is from and of what kind it is follows from the number plans. Whose it
//! is, nobody knows who does not ask a network; of numbers on trunks of the tenant, the trunk is named.

use acs::phone_numbers::{
    LookedUpType, OperatorDetails, OperatorInformation, OperatorInformationRequest, OperatorInformationResult,
};
use axum::http::StatusCode;
use http_kit::{Answer, ApiError};
use identifier::PhoneNumber;
use phonenumber::{Mode, Type};

use crate::errand::{Errand, invalid};

const MOST: usize = 100;

pub(crate) async fn handle(errand: Errand) -> Result<Answer, ApiError> {
    let request: OperatorInformationRequest = errand.read()?;
    if !(1..=MOST).contains(&request.phone_numbers.len()) {
        return Err(invalid("phoneNumbers", format!("there must be from 1 to {MOST}")));
    }
    let options = request.options.and_then(|options| options.include_additional_operator_details);
    let all_of_it = options.unwrap_or(false);
    let tenant = errand.tenant(&errand.directory())?;
    let inventory = (errand.edge.inventory)();
    let values: Result<Vec<OperatorInformation>, ApiError> = request
        .phone_numbers
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let number: PhoneNumber =
                text.expose().parse().map_err(|error: identifier::PhoneNumberError| {
                    invalid(format!("phoneNumbers[{index}]"), error.to_string())
                })?;
            let operator = inventory.offer_of(tenant, &number).map(|offer| offer.operator.to_string());
            Ok(information(&number, operator, all_of_it))
        })
        .collect();
    Ok(Answer::json(StatusCode::OK, &OperatorInformationResult { values: values? }))
}

fn information(number: &PhoneNumber, operator: Option<String>, all_of_it: bool) -> OperatorInformation {
    let seen = seen(number);
    let further = |value: Option<String>| value.filter(|_| all_of_it);
    OperatorInformation {
        phone_number: number.to_string(),
        national_format: seen.national,
        international_format: seen.international,
        iso_country_code: further(seen.country),
        number_type: all_of_it.then_some(seen.kind),
        operator_details: further(operator).map(|name| OperatorDetails {
            name,
            mobile_network_code: None,
            mobile_country_code: None,
        }),
    }
}

/// What can be seen of a number without asking anybody.
pub(crate) struct Seen {
    pub(crate) national: Option<String>,
    pub(crate) international: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) kind: LookedUpType,
    pub(crate) is_toll_free: bool,
}

/// Looks at a number.
pub(crate) fn seen(number: &PhoneNumber) -> Seen {
    let Ok(parsed) = phonenumber::parse(None, number.as_str()) else {
        let kind = LookedUpType::Unknown;
        return Seen { national: None, international: None, country: None, kind, is_toll_free: false };
    };
    let kind = parsed.number_type(&phonenumber::metadata::DATABASE);
    Seen {
        national: Some(parsed.format().mode(Mode::National).to_string()),
        international: Some(parsed.format().mode(Mode::International).to_string()),
        country: parsed.country().id().map(|id| format!("{id:?}")),
        kind: match kind {
            Type::FixedLine => LookedUpType::Geographic,
            Type::Mobile => LookedUpType::Mobile,
            // North America does not tell them apart.
            Type::FixedLineOrMobile => LookedUpType::Geographic,
            Type::Unknown => LookedUpType::Unknown,
            _ => LookedUpType::Other,
        },
        is_toll_free: kind == Type::TollFree,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, expected: &str) {
        let seen = seen(&number.parse().expect("a number"));
        let [national, international, country] =
            [seen.national, seen.international, seen.country].map(Option::unwrap_or_default);
        assert_eq!(format!("{national} | {international} | {country} | {}", seen.kind.as_str()), expected);
    }

    #[test]
    fn a_number_is_written_as_in_its_country() {
        check("+14255550123", "(425) 555-0123 | +1 425-555-0123 | US | geographic");
        check("+4915123456789", "01512 3456789 | +49 1512 3456789 | DE | mobile");
        check("+999999999999999", " |  |  | unknown");
    }
}
