//! Calls for help: who is called back, who is told, who listens, and what nobody may do to them meanwhile
//! (contract: Teams Phone §1.12, §1.16 to §1.18).

use std::collections::BTreeSet;

use call_engine::{
    CallOptions, Destination, EndCause, Hold, Join, LegOutcome, LegReport, LegRequest, Mute, RejectReason,
    RemoveParticipant,
};
use exchange::{Command, CommandError, Exchange, Limits, Reply};
use identifier::{CallConnectionId, CallId, Home, LegId, ObjectId, UserId};
use media_plan::{MediaReport, MediaRequest, PlaySource, Tone};
use tenant::organization::*;

use crate::companies::{CONTOSO, contoso, directory_with, number, sbc};
use crate::world::{NOW, RESOURCE, SEED, application, invite, phone};

const BOB: ObjectId = ObjectId::from_u128(110);
const DESK_NUMBER: &str = "+14255550999";

/// Alice, who calls for help, and Bob of the security desk.
fn secured(mode: NotificationMode) -> OrganizationBuilder {
    let mut contoso = contoso();
    contoso.people.push(Person {
        id: BOB,
        user_principal_name: "bob@contoso.example".into(),
        display_name: "Bob".into(),
        groups: vec!["Security".into()],
        ..contoso.people[0].clone()
    });
    contoso.emergency_calling_policies = vec![EmergencyCallingPolicy {
        name: Name::global(),
        notification: Some(Notification {
            mode,
            group: vec!["Security".into(), "alice@contoso.example".into(), "nobody@contoso.example".into()],
            number: Some(number(DESK_NUMBER)),
        }),
        extended: Vec::new(),
        may_confirm_location: false,
    }];
    contoso
}

struct Play {
    exchange: Exchange,
    call: Option<CallId>,
    dialled: Vec<(LegId, Destination)>,
    told: Vec<(UserId, String)>,
    hung_up: BTreeSet<LegId>,
    refused: Option<RejectReason>,
    speaking: BTreeSet<LegId>,
    listening: BTreeSet<LegId>,
    words: Vec<PlaySource>,
    playback: Option<identifier::PlaybackId>,
}

impl Play {
    fn new(contoso: OrganizationBuilder) -> Self {
        let desk = contoso.people.iter().any(|person| person.id == BOB).then_some(("bob", 10, BOB));
        let directory = directory_with(contoso, desk.as_slice());
        Self {
            exchange: Exchange::new(Home::default(), directory, Limits::default()),
            call: None,
            dialled: Vec::new(),
            told: Vec::new(),
            hung_up: BTreeSet::new(),
            refused: None,
            speaking: BTreeSet::new(),
            listening: BTreeSet::new(),
            words: Vec::new(),
            playback: None,
        }
    }

    fn drain(&mut self) {
        while let Some((call, leg, request)) = self.exchange.poll_leg() {
            self.call = Some(call);
            match request {
                LegRequest::Dial(dial) => self.dialled.push((leg, dial.destination)),
                LegRequest::Tell(tell) => self.told.push((tell.user, tell.text.expose().to_string())),
                LegRequest::Reject(reason) => {
                    self.refused = Some(reason);
                    self.hung_up.insert(leg);
                }
                LegRequest::Hangup => {
                    self.hung_up.insert(leg);
                }
                _ => {}
            }
        }
        while let Some((_, request)) = self.exchange.poll_media() {
            match request {
                MediaRequest::Connect(plan) => {
                    (self.speaking, self.listening) = (plan.speaking, plan.listening)
                }
                MediaRequest::Play(playback) => {
                    self.playback = Some(playback.id);
                    self.words = playback.sources;
                }
                _ => {}
            }
        }
    }

    fn report(&mut self, leg: LegId, report: LegReport) {
        self.exchange.handle_leg(leg, report, NOW);
        self.drain();
    }

    fn leg_to(&self, wanted: impl Fn(&Destination) -> bool) -> LegId {
        self.dialled.iter().find(|(_, destination)| wanted(destination)).expect("it is dialled").0
    }

    /// Alice calls for help, and help has answered.
    fn is_helped(&mut self) -> (LegId, LegId) {
        let caller = invite(&mut self.exchange, 1, phone(1), "911");
        self.drain();
        let help = self.leg_to(|destination| matches!(destination, Destination::Emergency { .. }));
        assert_eq!(self.dialled.len(), 1, "nobody is called in before help has answered");
        self.report(help, LegReport::Answered);
        self.report(caller, LegReport::Answered);
        (caller, help)
    }

    fn join(&mut self) -> CallConnectionId {
        let join =
            Join { application: application(), operation_context: None, options: CallOptions::default() };
        let call = self.call.expect("there is a call");
        match self.exchange.handle_command(Command::Join { call, join }, SEED, NOW) {
            Ok(Reply::Call(properties)) => properties.connection,
            other => panic!("{other:?}"),
        }
    }
}

fn to_bob(destination: &Destination) -> bool {
    *destination == Destination::Phone(UserId::from_u128(10))
}

#[test]
fn the_security_desk_reads_of_a_call_for_help_and_listens() {
    let mut play = Play::new(secured(NotificationMode::ConferenceMuted));
    let (caller, help) = play.is_helped();
    assert_eq!(
        play.told,
        [(
            UserId::from_u128(10),
            "Alice calls 911. They are called back under +14255550101. Place: not known.".to_owned()
        )],
        "Bob is told, and Alice not of her own call"
    );
    let bob = play.leg_to(to_bob);
    let outside = play.leg_to(|destination| matches!(destination, Destination::Gateways(_)));
    for leg in [bob, outside] {
        play.report(leg, LegReport::Answered);
    }
    assert_eq!(play.listening, [caller, help, bob, outside].into());
    assert_eq!(play.speaking, [caller, help].into());

    // Nobody who only listens is heard, whatever they press.
    for tone in [Tone::Asterisk, Tone::Six] {
        play.report(bob, LegReport::Tone(tone));
    }
    assert_eq!(play.speaking, [caller, help].into());
    // Nor does the call go on for them.
    play.report(help, LegReport::Ended(LegOutcome::local(EndCause::HungUp)));
    assert!(play.hung_up.is_superset(&[caller, bob, outside].into()), "{:?}", play.hung_up);
}

#[test]
fn the_security_desk_may_speak_where_the_policy_says_so_and_a_number_never() {
    let mut play = Play::new(secured(NotificationMode::ConferenceUnMuted));
    let (caller, help) = play.is_helped();
    let bob = play.leg_to(to_bob);
    let outside = play.leg_to(|destination| matches!(destination, Destination::Gateways(_)));
    for leg in [bob, outside] {
        play.report(leg, LegReport::Answered);
        for tone in [Tone::Asterisk, Tone::Six] {
            let call = play.call.expect("there is a call");
            play.exchange.handle_media(call, MediaReport::ToneStarted(leg, tone), NOW);
            play.drain();
        }
    }
    assert_eq!(play.speaking, [caller, help, bob].into());
    // The call is that of those two: whoever of the desk leaves, or does not come, changes nothing.
    play.report(bob, LegReport::Ended(LegOutcome::local(EndCause::HungUp)));
    assert!(play.hung_up.is_empty());
    assert_eq!(play.listening, [caller, help, outside].into());
}

#[test]
fn a_desk_that_is_not_there_changes_nothing() {
    for cause in [EndCause::Busy, EndCause::Declined, EndCause::Unavailable, EndCause::NoAnswer] {
        let mut play = Play::new(secured(NotificationMode::ConferenceMuted));
        let (caller, help) = play.is_helped();
        let bob = play.leg_to(to_bob);
        play.report(bob, LegReport::Ended(LegOutcome::local(cause)));
        assert!(play.hung_up.is_empty(), "{cause:?}");
        assert_eq!(play.speaking, [caller, help].into());
    }
    let mut play = Play::new(secured(NotificationMode::NotificationOnly));
    play.is_helped();
    assert_eq!((play.told.len(), play.dialled.len()), (1, 1), "it reads of it, and does not listen");
}

#[test]
fn nobody_changes_a_call_for_help() {
    let mut play = Play::new(contoso());
    let (caller, help) = play.is_helped();
    let connection = play.join();
    let people = match play.exchange.handle_command(
        Command::Participants { connection, resource: RESOURCE },
        SEED,
        NOW,
    ) {
        Ok(Reply::Participants(people)) => people,
        other => panic!("{other:?}"),
    };
    assert_eq!(people.len(), 2);
    let whom = || people[0].identifier.clone();
    let mute = || Mute { participants: vec![whom()], operation_context: None };
    let hold = Hold { target: whom(), music: None, operation_context: None, callback: None };
    let remove = RemoveParticipant { participant: whom(), operation_context: None, callback: None };
    let resource = RESOURCE;
    let refused = [
        Command::Hold { connection, resource, hold },
        Command::Mute { connection, resource, mute: mute() },
        Command::Unmute { connection, resource, mute: mute() },
        Command::RemoveParticipant { connection, resource, remove },
    ];
    for command in refused {
        let text = format!("{command:?}");
        let refusal = play.exchange.handle_command(command, SEED, NOW).unwrap_err();
        assert!(matches!(refusal, CommandError::Conflict(_)), "{text}: {refusal}");
    }
    // Who ends it for everybody only leaves, and what phones ask for is refused.
    play.exchange.handle_command(Command::Terminate { connection, resource }, SEED, NOW).unwrap();
    play.report(caller, LegReport::Held);
    let target = redact::Pii::new("lobby".into());
    play.report(caller, LegReport::TransferRequested { target, replaces: None });
    let taken = crate::world::invite_in_place_of(&mut play.exchange, 9, phone(2), "lobby", Some(help));
    play.drain();
    assert_eq!(play.hung_up, [taken].into());
    assert_eq!(play.speaking, [caller, help].into());
    assert_eq!(play.dialled.len(), 1);
}

#[test]
fn the_number_that_help_sees_is_reserved_and_reaches_the_caller_past_everything() {
    let mut contoso = contoso();
    contoso.people[0].settings.forwarding =
        Some(Forwarding::Immediate(ForwardTarget::Number(number("+4930777"))));
    let mut play = Play::new(contoso);
    let dialled = |play: &mut Play, leg| {
        play.dialled.clear();
        invite(&mut play.exchange, leg, sbc(), "+14255550101");
        play.drain();
        play.dialled.iter().map(|(_, destination)| destination.clone()).collect::<Vec<_>>()
    };
    assert!(matches!(dialled(&mut play, 20)[..], [Destination::Gateways(_)]), "she forwards her calls");

    play.dialled.clear();
    let caller = invite(&mut play.exchange, 1, phone(33), "911");
    play.drain();
    let reserved = play.exchange.poll_reservation();
    let reserved = reserved.unwrap_or_else(|| panic!("nothing is reserved: {:?}", play.refused));
    let (number, user) = (number("+14255550101"), UserId::from_u128(33));
    assert_eq!(reserved, (CONTOSO, number.clone(), user));
    assert_eq!(play.exchange.poll_reservation(), None);

    // Whoever keeps it tells of it with the call that may be about it.
    play.exchange.set_reserved(vec![(number, user)]);
    let rung = dialled(&mut play, 21);
    assert_eq!(
        rung,
        [1, 33].map(|user| Destination::Phone(UserId::from_u128(user))),
        "her Teams phone, and the agent's that she called with"
    );
    assert_eq!(play.exchange.consulted().reserved.len(), 1, "a replay is told of it, too");
    // The next call is told nothing, because the hour is over.
    assert!(matches!(dialled(&mut play, 22)[..], [Destination::Gateways(_)]), "what was lent is given back");
    assert!(!play.hung_up.contains(&caller));
}

#[test]
fn the_test_number_says_what_help_would_be_told() {
    let mut play = Play::new(contoso());
    let caller = invite(&mut play.exchange, 1, phone(1), "933");
    play.drain();
    assert_eq!(play.dialled, [], "no trunk hears of it");
    play.report(caller, LegReport::Answered);
    let [PlaySource::Text { text, .. }] = &play.words[..] else { panic!("{:?}", play.words) };
    assert_eq!(
        &**text,
        "This is a test of calls for help. Nobody is alarmed. You would be called back under \
         1 4 2 5 5 5 5 0 1 0 1. Nobody knows where you are: ask your administrator to enter your place. Goodbye."
    );
    assert!(play.hung_up.is_empty());
    let (call, playback) = (play.call.unwrap(), play.playback.unwrap());
    play.exchange.handle_media(call, MediaReport::Finished(playback), NOW);
    play.drain();
    assert_eq!(play.hung_up, [caller].into());
}

#[test]
fn help_is_dialled_and_nobody_is_sent_to_it() {
    let mut play = Play::new(contoso());
    let caller = invite(&mut play.exchange, 1, phone(2), "alice-desk");
    play.drain();
    let rung = play.leg_to(|destination| matches!(destination, Destination::Phone(_)));
    play.report(rung, LegReport::Answered);
    play.report(caller, LegReport::Answered);
    // Who is talked to sends nobody there (REFER).
    let target = || redact::Pii::new("911".into());
    play.exchange.handle_leg(rung, LegReport::TransferRequested { target: target(), replaces: None }, NOW);
    let asked = crate::world::asked(&mut play.exchange);
    assert_eq!(asked, "TransferProgress(Failed(Forbidden))");
    assert_eq!(play.exchange.poll_reservation(), None);

    // Nor does a phone that rings (302).
    let mut play = Play::new(contoso());
    invite(&mut play.exchange, 1, phone(2), "alice-desk");
    play.drain();
    let rung = play.leg_to(|destination| matches!(destination, Destination::Phone(_)));
    play.dialled.clear();
    play.report(rung, LegReport::Moved { target: target() });
    assert!(play.hung_up.contains(&rung));
    assert_eq!(play.dialled, []);
}

#[test]
fn only_the_call_that_calls_back_has_the_room_that_is_kept_for_help() {
    let limits = Limits { calls: 0, ..Limits::default() };
    let mut play = Play::new(contoso());
    play.exchange = Exchange::new(Home::default(), crate::companies::directory(contoso()), limits);
    let called = |play: &mut Play, leg, dialled| {
        play.refused = None;
        let reserved = vec![(number("+14255550101"), UserId::from_u128(1))];
        play.exchange.set_reserved(reserved);
        invite(&mut play.exchange, leg, sbc(), dialled);
        play.drain();
        play.refused
    };
    assert_eq!(called(&mut play, 1, "+14255550101"), None);
    assert_eq!(
        called(&mut play, 2, "alice-desk"),
        Some(RejectReason::Overloaded),
        "though something is reserved"
    );
    // Who tries what help would be told takes nothing from those who need it.
    invite(&mut play.exchange, 3, phone(1), "933");
    play.drain();
    assert_eq!(play.refused, Some(RejectReason::Overloaded));
}
