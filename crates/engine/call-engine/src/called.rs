//! What was called that an application answers for.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber};

/// A service number, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Called {
    /// The number that was dialled.
    pub number: PhoneNumber,
    /// The resource account that holds it; a number without one belongs to a communication resource.
    pub account: Option<ObjectId>,
}

impl Called {
    /// A number of a communication resource.
    pub fn number(number: PhoneNumber) -> Self {
        Self { number, account: None }
    }

    /// As applications and others in the call know it: a resource account by its object id
    /// (contract: Teams Phone §8.4), everything else by the number.
    pub fn identity(&self) -> CommunicationIdentifier {
        match self.account {
            Some(account) => CommunicationIdentifier::from_raw_id(&format!("28:orgid:{account}")),
            None => CommunicationIdentifier::phone(self.number.clone()),
        }
    }
}
