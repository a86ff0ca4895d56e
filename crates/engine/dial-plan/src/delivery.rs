//! How a person is called: who rings, for how long, and what comes then
//! (contract: Teams Phone §1.7, §1.19).

use std::time::Duration;

use identifier::{ObjectId, PhoneNumber};
use tenant::organization::{
    BusyOnBusy, CallingPolicy, ForwardTarget, Forwarding, GroupOrder, InboundTreatment, Organization, Person,
    Persona, RingingClients, VoicemailUse, WhenBusy,
};

use crate::circumstances::{Availability, Circumstances};
use crate::party::Party;
use crate::refusal::Refusal;
use crate::why::{About, Rule, Why};

/// The most people that a call is sent on to at once, one after another.
const MOST_FORWARDS: usize = 5;
/// How long each member of a call group rings that is called in order.
const MEMBER_RINGS: Duration = Duration::from_secs(20);
/// How long it rings where voicemail always takes calls.
const VOICEMAIL_ALWAYS: Duration = Duration::from_secs(30);

/// How a person is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whom the call is for.
    pub person: ObjectId,
    /// What happens, one after another, until somebody answers. At least one.
    pub stages: Vec<Stage>,
    /// Whether the calling number is hidden from the person.
    pub hides_caller: bool,
}

/// Who rings at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// At least one.
    pub rings: Vec<Ring>,
    /// After this the next stage begins; until the caller hangs up when absent.
    pub lasts: Option<Duration>,
}

/// Somebody who rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ring {
    /// The clients of a person.
    Person(ObjectId, Persona),
    /// The application of a resource account.
    ResourceAccount(ObjectId),
    /// A number in the public network, called in the name of the person.
    Number(PhoneNumber),
    /// The voicemail of a person.
    Voicemail(ObjectId),
}

/// Where a call comes from, as far as its callee cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The organization itself.
    Within,
    /// The public network.
    PublicNetwork,
    /// Another organization.
    Federated,
    /// An application placed it.
    Application,
}

/// How a person is called, from somewhere: at the clients of `persona`, or where none is meant, at those that the
/// person wants to ring.
pub(crate) fn deliver(
    organization: &Organization,
    person: &Person,
    persona: Option<Persona>,
    from: From,
    circumstances: &Circumstances<'_>,
    why: &mut Why,
) -> Result<Delivery, Refusal> {
    let party = Party::person(organization, person);
    let Some((policy, rule)) = party.calling() else { return Err(Refusal::NotEnabled) };
    if !policy.private_calling {
        why.rule(About::Delivery, rule, format!("{} has no calls", party.name()));
        return Err(Refusal::NotEnabled);
    }
    let is_public = matches!(from, From::PublicNetwork | From::Application);
    if is_public && !(person.licences.teams && person.licences.phone_system && person.enterprise_voice) {
        why.note(
            About::Delivery,
            format!("{} needs Teams, Teams Phone and enterprise voice for such calls", party.name()),
        );
        return Err(Refusal::NotEnabled);
    }
    let mut plan =
        Plan { organization, circumstances, person, persona, policy, rule, from, why, stages: Vec::new() };
    plan.make((circumstances.availability)(person.id))?;
    let stages = plan.stages;
    let hides_caller = from == From::PublicNetwork && hides_callers(&party, why);
    Ok(Delivery { person: person.id, stages, hides_caller })
}

fn hides_callers(party: &Party<'_>, why: &mut Why) -> bool {
    let Some((policy, rule)) = party.policy::<tenant::organization::CallerIdPolicy>() else { return false };
    if policy.hides_callers {
        why.rule(About::CallerId, rule, "the person does not see who calls");
    }
    policy.hides_callers
}

struct Plan<'a, 'w> {
    organization: &'a Organization,
    circumstances: &'a Circumstances<'a>,
    person: &'a Person,
    persona: Option<Persona>,
    policy: &'a CallingPolicy,
    rule: Rule,
    from: From,
    why: &'w mut Why,
    stages: Vec<Stage>,
}

impl Plan<'_, '_> {
    fn make(&mut self, availability: Availability) -> Result<(), Refusal> {
        let beyond = self.organization.beyond_azure();
        let is_plain = self.from == From::Application;
        if is_plain && !beyond.honors_forwarding {
            self.note("calls that applications place follow no forwarding");
            let mut rings = self.own_clients();
            if beyond.honors_simultaneous_ring {
                rings.extend(self.simultaneous());
            }
            self.stages.push(Stage { rings, lasts: None });
            return Ok(());
        }
        let treatment = match self.from {
            From::PublicNetwork | From::Application => self.policy.inbound_public,
            From::Federated => self.policy.inbound_federated,
            From::Within => InboundTreatment::Regular,
        };
        match treatment {
            InboundTreatment::Regular => {}
            InboundTreatment::Voicemail => {
                self.by_policy("its calls go to voicemail at once");
                self.voicemail();
                return self.checked();
            }
            InboundTreatment::Unanswered => {
                self.by_policy("its calls are treated as unanswered at once");
                self.unanswered();
                return self.checked();
            }
        }
        if availability == Availability::DoNotDisturb {
            self.note("the person does not want to be disturbed");
            self.voicemail();
            return self.checked();
        }
        if let Some(Forwarding::Immediate(target)) = &self.person.settings.forwarding
            && self.may_forward(target)
        {
            let target = target.clone();
            self.note("calls are forwarded at once");
            self.send_on(&target);
            return self.checked();
        }
        if availability == Availability::InACall {
            match self.when_busy() {
                WhenBusy::Ring => self.note("the person is in a call, and it rings all the same"),
                WhenBusy::BusySignal => {
                    self.by_policy("the person is in a call: busy");
                    return Err(Refusal::Busy);
                }
                WhenBusy::Unanswered => {
                    self.by_policy("the person is in a call: treated as unanswered at once");
                    self.unanswered();
                    return self.checked();
                }
            }
        }
        let mut rings = self.own_clients();
        if !is_plain || beyond.honors_simultaneous_ring {
            rings.extend(self.simultaneous());
        }
        let lasts = self.rings_for();
        let found = match lasts {
            Some(lasts) => format!("{} rings for {} s", self.person.user_principal_name, lasts.as_secs()),
            None => format!("{} rings", self.person.user_principal_name),
        };
        self.note(&found);
        self.stages.push(Stage { rings, lasts });
        if lasts.is_some() {
            self.unanswered();
        }
        Ok(())
    }

    /// Voicemail may be off, and a call group empty: then nobody takes the call.
    fn checked(&mut self) -> Result<(), Refusal> {
        if self.stages.is_empty() {
            self.note("nobody takes the call");
            return Err(Refusal::Unanswered);
        }
        Ok(())
    }

    fn note(&mut self, found: &str) {
        self.why.note(About::Delivery, found);
    }

    fn by_policy(&mut self, found: &str) {
        self.why.rule(About::Delivery, self.rule.clone(), found);
    }

    fn own_clients(&self) -> Vec<Ring> {
        match self.persona {
            Some(persona) => vec![Ring::Person(self.person.id, persona)],
            None => self.clients_of(self.person.id),
        }
    }

    /// The clients that somebody wants to ring who is called without saying which.
    fn clients_of(&self, id: ObjectId) -> Vec<Ring> {
        let rings = self.organization.person(id).map_or(RingingClients::default(), |one| one.settings.rings);
        rings.personas().iter().map(|persona| Ring::Person(id, *persona)).collect()
    }

    fn when_busy(&self) -> WhenBusy {
        match self.policy.busy_on_busy {
            BusyOnBusy::Ring => WhenBusy::Ring,
            BusyOnBusy::BusySignal => WhenBusy::BusySignal,
            BusyOnBusy::Unanswered => WhenBusy::Unanswered,
            BusyOnBusy::Person => self.person.settings.when_busy,
        }
    }

    /// How long it rings before something else happens.
    fn rings_for(&self) -> Option<Duration> {
        match self.policy.voicemail {
            VoicemailUse::Always => Some(VOICEMAIL_ALWAYS),
            VoicemailUse::Never | VoicemailUse::Person => {
                let unanswered = self.person.settings.unanswered.as_ref()?;
                let is_dead_end = unanswered.target == ForwardTarget::Voicemail
                    && self.policy.voicemail == VoicemailUse::Never;
                (!is_dead_end).then(|| unanswered.delay())
            }
        }
    }

    /// Who rings beside the person.
    fn simultaneous(&mut self) -> Vec<Ring> {
        let Some(Forwarding::Simultaneous(target)) = &self.person.settings.forwarding else {
            return Vec::new();
        };
        let target = target.clone();
        if !self.may_forward(&target) {
            return Vec::new();
        }
        if self.from == From::Application
            && target == ForwardTarget::Delegates
            && !self.organization.beyond_azure().honors_shared_lines
        {
            self.note("calls that applications place ring no delegates");
            return Vec::new();
        }
        self.note("others ring at the same time");
        self.callees_of(&target).concat()
    }

    fn unanswered(&mut self) {
        if self.policy.voicemail == VoicemailUse::Always {
            return self.voicemail();
        }
        let Some(unanswered) = self.person.settings.unanswered.clone() else { return };
        if self.may_forward(&unanswered.target) {
            self.send_on(&unanswered.target);
        }
    }

    fn voicemail(&mut self) {
        if self.policy.voicemail == VoicemailUse::Never {
            return self.by_policy("there is no voicemail");
        }
        self.note("voicemail takes the call");
        self.stages.push(Stage { rings: vec![Ring::Voicemail(self.person.id)], lasts: None });
    }

    fn may_forward(&mut self, target: &ForwardTarget) -> bool {
        let (may, what) = match target {
            ForwardTarget::Voicemail => (true, "voicemail"),
            ForwardTarget::Person(_) | ForwardTarget::ResourceAccount(_) => {
                (self.policy.forwarding_to_people, "people")
            }
            ForwardTarget::Number(_) => (self.policy.forwarding_to_numbers, "the public network"),
            ForwardTarget::Delegates => (self.policy.delegation, "delegates"),
            ForwardTarget::Group => (self.policy.call_groups, "a call group"),
        };
        if !may {
            self.by_policy(&format!("calls may not be sent on to {what}"));
        }
        may
    }

    /// Stages for a target that calls are sent on to.
    fn send_on(&mut self, target: &ForwardTarget) {
        if *target == ForwardTarget::Voicemail {
            return self.voicemail();
        }
        let callees = self.callees_of(target);
        if callees.is_empty() {
            return self.note("there is nobody to send the call on to");
        }
        let in_order =
            *target == ForwardTarget::Group && self.person.settings.group.order == GroupOrder::InOrder;
        if in_order {
            let stages = callees.into_iter().map(|rings| Stage { rings, lasts: Some(MEMBER_RINGS) });
            self.stages.extend(stages);
        } else {
            self.stages.push(Stage { rings: callees.concat(), lasts: None });
        }
    }

    /// Who rings for each of those whom calls are sent on to.
    fn callees_of(&mut self, target: &ForwardTarget) -> Vec<Vec<Ring>> {
        match target {
            ForwardTarget::Voicemail => vec![vec![Ring::Voicemail(self.person.id)]],
            ForwardTarget::Person(id) => vec![self.followed(*id)],
            ForwardTarget::ResourceAccount(id) => vec![vec![Ring::ResourceAccount(*id)]],
            ForwardTarget::Number(number) => vec![vec![Ring::Number(number.clone())]],
            ForwardTarget::Delegates => {
                let delegates = self.person.settings.delegates.iter();
                let receiving = delegates.filter(|delegate| delegate.receive_calls);
                self.undisturbed(receiving.map(|delegate| delegate.person).collect())
            }
            ForwardTarget::Group => self.undisturbed(self.person.settings.group.members.clone()),
        }
    }

    /// Those who ring for somebody else, but for whoever does not want to be disturbed.
    fn undisturbed(&mut self, people: Vec<ObjectId>) -> Vec<Vec<Ring>> {
        let mut callees = Vec::new();
        for id in people {
            if (self.circumstances.availability)(id) == Availability::DoNotDisturb {
                self.note("one of those who would ring does not want to be disturbed");
            } else {
                callees.push(self.clients_of(id));
            }
        }
        callees
    }

    /// Whom a person who forwards everything forwards to.
    fn followed(&mut self, first: ObjectId) -> Vec<Ring> {
        let mut at = first;
        for _ in 0..MOST_FORWARDS {
            let Some(person) = self.organization.person(at) else { break };
            match &person.settings.forwarding {
                Some(Forwarding::Immediate(ForwardTarget::Person(next))) => {
                    self.note(&format!("{} forwards it further", person.user_principal_name));
                    at = *next;
                }
                Some(Forwarding::Immediate(ForwardTarget::Number(number))) => {
                    self.note(&format!("{} forwards it to {number}", person.user_principal_name));
                    return vec![Ring::Number(number.clone())];
                }
                Some(Forwarding::Immediate(ForwardTarget::Voicemail)) => return vec![Ring::Voicemail(at)],
                Some(
                    Forwarding::Immediate(
                        ForwardTarget::ResourceAccount(_) | ForwardTarget::Delegates | ForwardTarget::Group,
                    )
                    | Forwarding::Simultaneous(_),
                )
                | None => break,
            }
        }
        self.clients_of(at)
    }
}
