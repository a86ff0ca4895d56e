//! From the account of a call to the calls of the people who were in it, apart for each persona
//! (contract: Teams Phone §8.8).

use std::collections::BTreeMap;
use std::time::Duration;

use call_engine::CallRecord;
use identifier::{CommunicationIdentifier, ObjectId};
use store::PersonalCall;
use tenant::organization::{Holder, Persona};
use tenant::{Directory, NumberOwner};

/// So many of those whom somebody called are told.
const MOST_COUNTERPARTS: usize = 10;

/// What a call was for one of those in it.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    has_called: bool,
    has_talked: bool,
    talked: Duration,
}

/// The call as each of them had it. Nobody but people of the directory has such calls.
pub(crate) fn of(record: &CallRecord, directory: &Directory) -> Vec<PersonalCall> {
    if directory.organizations().is_empty() {
        return Vec::new();
    }
    let mut parts: BTreeMap<(ObjectId, Persona), Part> = BTreeMap::new();
    if let Some(who) = whose(directory, &record.started_by) {
        parts.entry(who).or_default().has_called = true;
    }
    for who in record.rung.iter().filter_map(|one| whose(directory, one)) {
        parts.entry(who).or_default();
    }
    for stay in &record.stays {
        let Some(who) = whose(directory, &stay.who) else { continue };
        let part = parts.entry(who).or_default();
        part.has_talked = true;
        part.talked += stay.left.unwrap_or(record.ended).since(stay.joined);
    }
    let row = |((person, persona), part): ((ObjectId, Persona), Part)| {
        let persona = persona_word(persona);
        let counterparts = match part.has_called {
            true => record.called.iter().take(MOST_COUNTERPARTS).map(|one| one.raw_id()).collect(),
            false => vec![record.started_by.raw_id()],
        };
        PersonalCall {
            id: format!("{}-{person}-{persona}", record.call),
            person: person.to_string(),
            persona: persona.to_owned(),
            call: record.call.to_string(),
            direction: if part.has_called { "outgoing" } else { "incoming" }.to_owned(),
            counterparts,
            outcome: outcome(part, record).to_owned(),
            end_reason: format!("{:?}", record.cause),
            began_us: record.began.unix_us(),
            talked_us: part.talked.as_micros() as i64,
            ended_us: record.ended.unix_us(),
        }
    };
    parts.into_iter().map(row).collect()
}

/// Whoever called and was not connected before the call was taken has reached nobody.
fn outcome(part: Part, record: &CallRecord) -> &'static str {
    match (part.has_called, part.has_talked && record.connected.is_some()) {
        (_, true) => "answered",
        (true, false) => "unanswered",
        (false, false) => "missed",
    }
}

/// A persona, as it is kept and shown.
pub const fn persona_word(persona: Persona) -> &'static str {
    match persona {
        Persona::Teams => "teams",
        Persona::ContactCenter => "contactCenter",
    }
}

/// Whom an identifier stands for, and at the clients of which persona; a number rings those that its holder wants.
fn whose(directory: &Directory, identifier: &CommunicationIdentifier) -> Option<(ObjectId, Persona)> {
    let (person, persona) = match identifier {
        CommunicationIdentifier::MicrosoftTeamsUser { user_id, anonymous: false, .. } => {
            (user_id.parse().ok()?, Persona::Teams)
        }
        CommunicationIdentifier::TeamsExtensionUser { user_id, .. } => {
            (user_id.parse().ok()?, Persona::ContactCenter)
        }
        CommunicationIdentifier::CommunicationUser(_) => {
            let owner = directory.phone_of(identifier)?.owner?;
            (owner.person, owner.persona)
        }
        CommunicationIdentifier::PhoneNumber { number, .. } => {
            match directory.number_owner(number.as_ref()?)? {
                NumberOwner::Phone(phone) => phone.owner.map(|owner| (owner.person, owner.persona))?,
                NumberOwner::Organization(organization, held) => match held.holder {
                    Some(Holder::Person(id)) => {
                        let rings = organization.person(id)?.settings.rings;
                        (id, *rings.personas().first()?)
                    }
                    Some(Holder::ResourceAccount(_) | Holder::SharedCalling(_)) | None => return None,
                },
                NumberOwner::Resource(_) => return None,
            }
        }
        CommunicationIdentifier::MicrosoftTeamsUser { anonymous: true, .. }
        | CommunicationIdentifier::MicrosoftTeamsApp { .. }
        | CommunicationIdentifier::Unknown(_) => return None,
    };
    directory.person(person).map(|_| (person, persona))
}

#[cfg(test)]
mod tests {
    use call_engine::{EndCause, Stay};
    use clock::Now;
    use expect_test::{Expect, expect};
    use identifier::{CallId, CorrelationId};
    use tenant::crowd::Crowd;

    use super::*;

    fn raw(text: &str) -> CommunicationIdentifier {
        CommunicationIdentifier::from_raw_id(text)
    }

    fn at(seconds: u64) -> Now {
        Now::new(seconds * 1_000_000, seconds as i64 * 1_000_000)
    }

    fn stay(who: &str, joined: u64, left: Option<u64>) -> Stay {
        Stay { who: raw(who), joined: at(joined), left: left.map(at) }
    }

    /// A call of 60 seconds that somebody took after ten.
    #[track_caller]
    fn check(started_by: &str, rung: &[&str], stays: Vec<Stay>, expected: Expect) {
        let crowd = Crowd { tenants: 1, numbers: 2, rules: 1 };
        let directory = crowd.directory().expect("it is sound");
        let record = CallRecord {
            call: CallId::from_u128(1),
            correlation: CorrelationId::from_u128(1),
            resource: None,
            connection: None,
            started_by: raw(started_by),
            called: vec![raw("4:+4930123456")],
            rung: rung.iter().map(|one| raw(one)).collect(),
            participants: Vec::new(),
            connected: stays.iter().map(|stay| stay.joined).min(),
            stays,
            is_two_party: true,
            began: at(0),
            ended: at(60),
            cause: EndCause::HungUp,
            ended_by: None,
        };
        let calls = of(&record, &directory).into_iter().map(|call| {
            let who = if call.person == crowd.person(0, 0).to_string() { "one" } else { "other" };
            format!(
                "{who} at {}: {} {}, {}, {} s",
                call.persona,
                call.direction,
                call.counterparts.join(" "),
                call.outcome,
                call.talked_us / 1_000_000
            )
        });
        expected.assert_eq(&calls.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn everybody_has_the_call_as_it_was_for_them_apart_for_each_persona() {
        let crowd = Crowd { tenants: 1, numbers: 2, rules: 1 };
        let directory = crowd.directory().expect("it is sound");
        let [one, other] = [0, 1].map(|index| crowd.person(0, index));
        let tenant = directory.organizations()[0].tenant();
        let (teams, agent) = (format!("8:orgid:{one}"), format!("8:acs:{tenant}_{tenant}_{one}"));
        let colleague = format!("8:orgid:{other}");
        check(
            "4:+14255550199",
            &[&teams, &agent, &colleague],
            vec![stay(&agent, 10, Some(40)), stay(&agent, 50, None), stay("4:+14255550199", 0, None)],
            expect![[r#"
                one at teams: incoming 4:+14255550199, missed, 0 s
                one at contactCenter: incoming 4:+14255550199, answered, 40 s
                other at teams: incoming 4:+14255550199, missed, 0 s"#]],
        );
        check(
            &agent,
            &["4:+4930123456"],
            Vec::new(),
            expect!["one at contactCenter: outgoing 4:+4930123456, unanswered, 0 s"],
        );
        let own = crowd.number(0, 1);
        check(
            &teams,
            &[&format!("4:{own}"), "8:orgid:nobody", "8:orgid:00000000-0000-0000-0000-0000000000ff"],
            vec![stay(&teams, 10, None), stay(&format!("4:{own}"), 10, None)],
            expect![[r#"
                one at teams: outgoing 4:+4930123456, answered, 50 s
                other at teams: incoming 8:orgid:00000000-0000-0000-0000-000100000000, answered, 50 s"#]],
        );
        check("4:+14255550199", &[], Vec::new(), expect![""]);
    }
}
