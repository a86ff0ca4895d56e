//! Request and response bodies of Phone Numbers (contract: Phone numbers §1).

mod inventory;
mod lookup;
mod purchase;
mod reservation;

pub use inventory::{
    AreaCode, AreaCodes, Countries, Country, Division, Localities, Locality, Offering, Offerings,
};
pub use lookup::{
    LookedUpType, OperatorDetails, OperatorInformation, OperatorInformationOptions,
    OperatorInformationRequest, OperatorInformationResult,
};
pub use purchase::{
    Capabilities, CapabilitiesUpdate, Cost, Operation, OperationStatus, OperationType, PurchaseRequest,
    PurchasedNumber, PurchasedNumbers, SearchRequest, SearchResult,
};
pub use reservation::{
    AvailabilityStatus, AvailableNumber, BrowseRequest, BrowseResult, Reservation, ReservationStatus,
    ReservationUpdate, Reservations,
};

use crate::spelling::spelled;

spelled! {
    /// What kind of number it is.
    pub enum NumberType {
        /// Of a place.
        Geographic = "geographic",
        /// Free for the caller.
        TollFree = "tollFree",
        /// Of a mobile network.
        Mobile = "mobile",
    }
}

spelled! {
    /// Who has a number.
    pub enum AssignmentType {
        /// Somebody.
        Person = "person",
        /// An application.
        Application = "application",
    }
}

spelled! {
    /// In which direction a number can be used.
    pub enum Capability {
        /// In none.
        None = "none",
        /// It can be reached.
        Inbound = "inbound",
        /// It can be shown.
        Outbound = "outbound",
        /// Both.
        Both = "inbound+outbound",
    }
}

impl Capability {
    /// Whether a number that can this can be used as wanted.
    pub fn covers(self, wanted: Self) -> bool {
        self == wanted || self == Self::Both || wanted == Self::None
    }

    /// Whether a number with it can be reached.
    pub fn is_inbound(self) -> bool {
        matches!(self, Self::Inbound | Self::Both)
    }

    /// Whether a number with it can be shown.
    pub fn is_outbound(self) -> bool {
        matches!(self, Self::Outbound | Self::Both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_both_can_each() {
        use Capability::{Both, Inbound, None, Outbound};
        assert!(Both.covers(Inbound) && Both.covers(Outbound) && Both.covers(None) && Both.covers(Both));
        assert!(Inbound.covers(Inbound) && Inbound.covers(None) && None.covers(None));
        assert!(!Inbound.covers(Both) && !Inbound.covers(Outbound) && !None.covers(Inbound));
    }
}
