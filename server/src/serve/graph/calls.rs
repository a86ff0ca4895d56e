//! Who is in which call, for presence: where a company wants it, people are busy while they talk.

use std::sync::Arc;

use call_engine::NoticeKind;
use event_edge::DirectorySource;
use graph_edge::CallWatch;
use identifier::{CommunicationIdentifier, ObjectId, UserId};
use presence::CallSize;
use switchboard::{Batch, Committed, Ledger};
use tenant::organization::Holder;
use tenant::{Directory, NumberOwner};

use crate::serve::graph::companies::KeptCompanies;

/// A ledger that is looked over the shoulder.
pub struct Watched {
    pub ledger: Arc<dyn Ledger>,
    pub companies: Arc<KeptCompanies>,
    pub watch: CallWatch,
    pub directory: DirectorySource,
}

impl Ledger for Watched {
    fn commit(&self, batch: Batch) -> Committed {
        if !batch.notices.is_empty() && self.companies.are_any_shown_busy() {
            self.look(&batch);
        }
        self.ledger.commit(batch)
    }
}

impl Watched {
    fn look(&self, batch: &Batch) {
        let directory = (self.directory)();
        let who = |identifier: &CommunicationIdentifier, phone: Option<UserId>| {
            // A phone is its owner's, whatever it shows of itself.
            let owner = phone.and_then(|phone| directory.phone_of_user(phone)?.owner);
            owner.map(|owner| owner.person).or_else(|| person_of(&directory, identifier))
        };
        let shown = |identifier: &CommunicationIdentifier, phone: Option<UserId>| {
            let person = who(identifier, phone)?;
            let (organization, _) = directory.person(person)?;
            self.companies.is_shown_busy(organization.tenant()).then_some(person)
        };
        for notice in &batch.notices {
            let size = |is_two_party: bool| if is_two_party { CallSize::TwoParty } else { CallSize::Group };
            match &notice.kind {
                NoticeKind::ParticipantAdded { participant, phone, is_two_party, .. } => {
                    let size = size(*is_two_party);
                    if let Some(person) = shown(participant, *phone) {
                        self.watch.joined(person, notice.call, size);
                    }
                    self.watch.sized(notice.call, size);
                }
                NoticeKind::ParticipantRemoved { participant, phone, .. } => {
                    if let Some(person) = who(participant, *phone) {
                        self.watch.left(person, notice.call);
                    }
                }
                NoticeKind::CallEnded { .. } => self.watch.ended(notice.call),
                NoticeKind::IncomingCall(_) | NoticeKind::CallStarted { .. } => {}
            }
        }
    }
}

/// Who it is, by either persona, by the phone that stands in for one, or by number.
fn person_of(directory: &Directory, identifier: &CommunicationIdentifier) -> Option<ObjectId> {
    match identifier {
        CommunicationIdentifier::MicrosoftTeamsUser { user_id, anonymous: false, .. }
        | CommunicationIdentifier::TeamsExtensionUser { user_id, .. } => user_id.parse().ok(),
        CommunicationIdentifier::CommunicationUser(_) => {
            directory.phone_of(identifier)?.owner.map(|one| one.person)
        }
        CommunicationIdentifier::PhoneNumber { number, .. } => {
            match directory.number_owner(number.as_ref()?)? {
                NumberOwner::Phone(phone) => phone.owner.map(|owner| owner.person),
                NumberOwner::Organization(_, held) => match held.holder {
                    Some(Holder::Person(person)) => Some(person),
                    Some(Holder::ResourceAccount(_) | Holder::SharedCalling(_)) | None => None,
                },
                NumberOwner::Resource(_) => None,
            }
        }
        CommunicationIdentifier::MicrosoftTeamsUser { .. }
        | CommunicationIdentifier::MicrosoftTeamsApp { .. }
        | CommunicationIdentifier::Unknown(_) => None,
    }
}
