//! What was called that an application answers for.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, ObjectId, PhoneNumber};

/// A number that an application answers for, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Called {
    /// The number that was dialled.
    pub number: PhoneNumber,
    /// The resource account that holds it; a number without one belongs to a communication resource.
    pub account: Option<ObjectId>,
    /// In whose name somebody dialled a number of the public network; then nobody here holds it.
    pub on_behalf_of: Option<OnBehalfOf>,
}

/// The resource account in whose name somebody calls (contract: Teams Phone §8.5).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OnBehalfOf {
    /// The account.
    pub account: ObjectId,
    /// Its number: what the public network sees.
    pub number: PhoneNumber,
}

impl Called {
    /// A number of a communication resource.
    pub fn number(number: PhoneNumber) -> Self {
        Self { number, account: None, on_behalf_of: None }
    }

    /// A number of a resource account.
    pub fn account(number: PhoneNumber, account: ObjectId) -> Self {
        Self { number, account: Some(account), on_behalf_of: None }
    }

    /// A number of the public network that an application shall call in the name of an account.
    pub fn on_behalf_of(number: PhoneNumber, on_behalf_of: OnBehalfOf) -> Self {
        Self { number, account: None, on_behalf_of: Some(on_behalf_of) }
    }

    /// As applications and others in the call know it: a resource account by its object id
    /// (contract: Teams Phone §8.4), everything else by the number.
    pub fn identity(&self) -> CommunicationIdentifier {
        match self.account {
            Some(account) => account_identity(account),
            None => CommunicationIdentifier::phone(self.number.clone()),
        }
    }
}

impl OnBehalfOf {
    /// As applications know the account.
    pub fn identity(&self) -> CommunicationIdentifier {
        account_identity(self.account)
    }
}

fn account_identity(account: ObjectId) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&format!("28:orgid:{account}"))
}
