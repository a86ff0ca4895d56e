//! How calls to people play out: who rings, for how long, and who rings then
//! (contract: Teams Phone §1.7, §1.19, §1.21).

use std::collections::HashMap;
use std::time::Duration;

use call_engine::{
    CallEventKind, Client, CustomHeaders, EndCause, Invitation, LegOutcome, LegReport, LegRequest, Origin,
    SipStatus,
};
use clock::Now;
use entropy::Seed;
use exchange::{Availability, Command, Exchange, Limits, Reply};
use expect_test::{Expect, expect};
use identifier::{CommunicationIdentifier, Home, LegId, ObjectId, TrunkName, UserId};
use redact::Pii;
use tenant::organization::*;

use crate::companies::{ALICE, LINE, contoso, directory_with, number, sbc};
use crate::world::{RESOURCE, SEED, application, phone};

const BOB: ObjectId = ObjectId::from_u128(110);
const CAROL: ObjectId = ObjectId::from_u128(111);
const DAN: ObjectId = ObjectId::from_u128(112);
const DESKS: [(&str, u128, ObjectId); 3] = [("bob", 10, BOB), ("carol", 11, CAROL), ("dan", 12, DAN)];

/// Alice, and three colleagues who have a phone and no number.
fn team() -> OrganizationBuilder {
    let mut contoso = contoso();
    for (name, _, id) in DESKS {
        let alice = contoso.people[0].clone();
        let principal = format!("{name}@contoso.example").into();
        contoso.people.push(Person {
            id,
            user_principal_name: principal,
            display_name: name.into(),
            settings: CallingSettings { unanswered: None, ..CallingSettings::default() },
            ..alice
        });
    }
    contoso
}

/// A team whose Alice wants this to happen to her calls.
fn wanting(change: impl FnOnce(&mut CallingSettings)) -> Play {
    let mut team = team();
    change(&mut team.people[0].settings);
    Play::new(team)
}

fn after(seconds: u8, target: ForwardTarget) -> Option<Unanswered> {
    Some(Unanswered { seconds, target })
}

fn delegate(person: ObjectId, receive_calls: bool) -> Delegate {
    Delegate {
        person,
        make_calls: true,
        receive_calls,
        manage_settings: false,
        pick_up_held_calls: false,
        join_active_calls: false,
    }
}

fn ended(cause: EndCause) -> LegReport {
    LegReport::Ended(LegOutcome::local(cause))
}

/// An exchange in virtual time, and what it asks of legs.
struct Play {
    exchange: Exchange,
    now: Now,
    legs: HashMap<String, LegId>,
    names: HashMap<LegId, String>,
    ladder: String,
    /// Where callers are.
    client: Client,
}

impl Play {
    fn new(contoso: OrganizationBuilder) -> Self {
        let directory = directory_with(contoso, &DESKS);
        Self {
            exchange: Exchange::new(Home::default(), directory, Limits::default()),
            now: Now::new(0, 0),
            legs: HashMap::new(),
            names: HashMap::new(),
            ladder: String::new(),
            client: Client::default(),
        }
    }

    fn line(&mut self, text: &str) {
        let seconds = self.now.monotonic_us() / 1_000_000;
        self.ladder += &format!("{seconds:>3}  {text}\n");
    }

    /// Somebody dials something.
    fn calls(&mut self, caller: &str, origin: Origin, dialled: &str) {
        let leg = LegId::from_u128(1 + self.legs.len() as u128);
        self.name(caller, leg);
        let invitation = Invitation {
            origin,
            from: CommunicationIdentifier::phone(number("+4930999")),
            preferred: None,
            client: self.client,
            display_name: Some(Pii::new("whoever".into())),
            dialled: Pii::new(dialled.into()),
            headers: CustomHeaders::default(),
            diversions: Vec::new(),
            replaces: None,
        };
        let seed = Seed::from_number(leg.as_u128());
        self.exchange.handle_invitation(leg, invitation, seed, self.now);
        self.drain();
    }

    /// A customer calls Alice.
    fn customer_calls(&mut self) {
        self.calls("customer", sbc(), "+14255550101");
    }

    fn name(&mut self, name: &str, leg: LegId) {
        self.legs.insert(name.to_owned(), leg);
        self.names.insert(leg, name.to_owned());
    }

    fn report(&mut self, who: &str, report: LegReport) {
        let leg = *self.legs.get(who).unwrap_or_else(|| panic!("{who} has no leg:\n{}", self.ladder));
        self.line(&match &report {
            LegReport::Ended(outcome) => format!("{who}: {:?}", outcome.cause),
            other => format!("{who}: {other:?}").to_lowercase(),
        });
        self.exchange.handle_leg(leg, report, self.now);
        self.drain();
    }

    /// A phone is busy.
    fn is_busy(&mut self, who: &str) {
        let sip = Some(SipStatus { code: 486, phrase: "Busy Here".into() });
        self.report(who, LegReport::Ended(LegOutcome { cause: EndCause::Busy, sip, q850: None }));
    }

    fn wait(&mut self, seconds: u64) {
        let until = self.now.advanced(Duration::from_secs(seconds));
        while let Some((deadline, _)) = self.exchange.poll_timeout() {
            if !deadline.is_due(until) {
                break;
            }
            self.now = self.now.advanced(deadline.wait(self.now));
            self.exchange.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some((_, leg, request)) = self.exchange.poll_leg() {
            let text = match request {
                LegRequest::Dial(dial) => {
                    let place = self.place(&dial.destination);
                    self.name(&place, leg);
                    let shown =
                        dial.caller.number.map_or("anonymous".to_owned(), |number| number.to_string());
                    let diverted = dial.diversions.iter().map(|diversion| {
                        let called = diversion.called.as_ref().map_or("somebody", |called| called.expose());
                        format!(", for {called}: {:?}", diversion.reason)
                    });
                    let diverted: String = diverted.collect();
                    format!("-> {place}: dial for {} s as {shown}{diverted}", dial.ring_for.as_secs())
                }
                other => {
                    format!("-> {}: {other:?}", self.names.get(&leg).map_or("somebody", String::as_str))
                }
            };
            self.line(&text);
        }
        while self.exchange.poll_media().is_some() {}
        while self.exchange.poll_notice().is_some() {}
        while self.exchange.poll_record().is_some() {}
        while let Some(event) = self.exchange.poll_event() {
            match &event.kind {
                CallEventKind::ParticipantsUpdated { .. } => {}
                CallEventKind::AddParticipantSucceeded { participant } => {
                    self.line(&format!("application: {} was added", participant.raw_id()));
                }
                CallEventKind::AddParticipantFailed { participant } => {
                    let leg = event.result.and_then(|result| result.leg).map(|leg| leg.cause);
                    self.line(&format!("application: {} was not added: {leg:?}", participant.raw_id()));
                }
                other => {
                    let text = format!("{other:?}");
                    self.line(&format!("application: {}", text.split([' ', '{']).next().unwrap_or_default()));
                }
            }
        }
    }

    fn place(&self, destination: &call_engine::Destination) -> String {
        use call_engine::Destination;
        match destination {
            Destination::Phone(user) => match DESKS.iter().find(|desk| desk.1 == user.as_u128()) {
                Some((name, ..)) => (*name).to_owned(),
                None if *user == UserId::from_u128(1) => "alice".to_owned(),
                None => format!("phone {}", user.as_u128()),
            },
            Destination::Gateways(hops) => hops[0].called.to_string(),
            Destination::Platform(number) => format!("application of {number}"),
            Destination::Trunk { number, .. } => number.to_string(),
            Destination::Emergency { number, .. } => number.to_string(),
        }
    }

    #[track_caller]
    fn ladder(&mut self, expected: Expect) {
        // What is expected stands without the spaces that all of its lines begin with.
        let ladder = std::mem::take(&mut self.ladder);
        let indent = |line: &str| line.len() - line.trim_start().len();
        let common = ladder.lines().map(indent).min().unwrap_or_default();
        let lines: String = ladder.lines().map(|line| format!("{}\n", &line[common..])).collect();
        expected.assert_eq(&lines);
    }

    fn forget(&mut self) {
        self.ladder.clear();
    }
}

#[test]
fn of_those_who_ring_at_the_same_time_the_first_answer_wins_and_the_others_stop_ringing() {
    let mut play = wanting(|settings| {
        settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Person(BOB)));
    });
    play.customer_calls();
    play.report("alice", LegReport::Ringing);
    play.report("bob", LegReport::EarlyMedia);
    play.report("bob", LegReport::Answered);
    play.report("customer", LegReport::Answered);
    play.report("alice", ended(EndCause::Canceled));
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
          0  -> bob: dial for 20 s as +4930999, for +14255550101: Unconditional
          0  alice: ringing
          0  -> customer: Ring
          0  bob: earlymedia
          0  -> customer: Ring
          0  bob: answered
          0  -> alice: Hangup
          0  -> customer: Answer
          0  customer: answered
          0  alice: Canceled
    "#]]);
    assert_eq!(play.exchange.leg_count(), 2);
}

#[test]
fn somebody_to_whom_several_ways_lead_rings_once() {
    let mut play = wanting(|settings| {
        settings.group = CallGroup { members: vec![BOB, ALICE, BOB], order: GroupOrder::Simultaneous };
        settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Group));
    });
    play.customer_calls();
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
          0  -> bob: dial for 20 s as +4930999, for +14255550101: Unconditional
    "#]]);
}

#[test]
fn a_call_that_nobody_answers_goes_on_to_a_number_in_the_name_of_the_person() {
    let mut play = wanting(|settings| {
        settings.unanswered = after(20, ForwardTarget::Number(number("+12065550100")));
    });
    play.customer_calls();
    play.report("alice", LegReport::Ringing);
    play.wait(30);
    play.report("+12065550100", LegReport::EarlyMedia);
    play.is_busy("+12065550100");
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
          0  alice: ringing
          0  -> customer: Ring
         20  -> alice: Hangup
         20  -> +12065550100: dial for 85 s as +14255550101, for +14255550101: NoAnswer
         30  +12065550100: earlymedia
         30  -> customer: Progress
         30  +12065550100: Busy
         30  -> customer: Reject(NoAnswer)
    "#]]);
}

#[test]
fn what_comes_next_does_not_wait_where_nobody_is_left_who_rings() {
    let mut play = wanting(|settings| settings.unanswered = after(60, ForwardTarget::Person(BOB)));
    play.customer_calls();
    play.report("alice", ended(EndCause::Declined));
    play.report("bob", LegReport::Answered);
    play.ladder(expect![[r#"
          0  -> alice: dial for 60 s as +4930999
          0  alice: Declined
          0  -> bob: dial for 85 s as +4930999, for +14255550101: NoAnswer
          0  bob: answered
          0  -> customer: Answer
    "#]]);
}

#[test]
fn a_call_group_rings_in_order_or_all_at_once() {
    let group = |order| {
        wanting(|settings| {
            settings.group = CallGroup { members: vec![BOB, CAROL], order };
            settings.unanswered = after(10, ForwardTarget::Group);
        })
    };
    let mut play = group(GroupOrder::InOrder);
    play.customer_calls();
    play.wait(60);
    play.ladder(expect![[r#"
          0  -> alice: dial for 10 s as +4930999
         10  -> alice: Hangup
         10  -> bob: dial for 20 s as +4930999, for +14255550101: NoAnswer
         30  -> bob: Hangup
         30  -> carol: dial for 20 s as +4930999, for +14255550101: NoAnswer
         50  -> carol: Hangup
         50  -> customer: Reject(NoAnswer)
    "#]]);

    let mut play = group(GroupOrder::Simultaneous);
    play.customer_calls();
    play.wait(10);
    play.report("carol", LegReport::Answered);
    play.ladder(expect![[r#"
          0  -> alice: dial for 10 s as +4930999
         10  -> alice: Hangup
         10  -> bob: dial for 85 s as +4930999, for +14255550101: NoAnswer
         10  -> carol: dial for 85 s as +4930999, for +14255550101: NoAnswer
         10  carol: answered
         10  -> bob: Hangup
         10  -> customer: Answer
    "#]]);
}

#[test]
fn delegates_who_receive_calls_ring_and_who_is_not_to_be_disturbed_does_not() {
    let mut play = wanting(|settings| {
        settings.delegates = vec![delegate(BOB, true), delegate(CAROL, false), delegate(DAN, true)];
        settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Delegates));
    });
    play.exchange.handle_availability(DAN, Availability::DoNotDisturb);
    play.customer_calls();
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
          0  -> bob: dial for 20 s as +4930999, for +14255550101: Unconditional
    "#]]);
}

#[test]
fn whoever_gives_up_leaves_all_phones_silent() {
    let mut play = wanting(|settings| {
        settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Person(BOB)));
        settings.unanswered = after(20, ForwardTarget::Person(CAROL));
    });
    play.customer_calls();
    play.report("customer", ended(EndCause::Canceled));
    play.report("alice", ended(EndCause::Canceled));
    play.report("bob", ended(EndCause::Canceled));
    play.wait(120);
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
          0  -> bob: dial for 20 s as +4930999, for +14255550101: Unconditional
          0  customer: Canceled
          0  -> alice: Hangup
          0  -> bob: Hangup
          0  alice: Canceled
          0  bob: Canceled
    "#]]);
    assert_eq!((play.exchange.call_count(), play.exchange.timer_count()), (0, 0));
}

#[test]
fn somebody_in_a_call_is_busy_where_the_policy_says_so() {
    let busy = |busy_on_busy| {
        let mut team = team();
        team.calling_policies = vec![CallingPolicy { busy_on_busy, ..CallingPolicy::new(Name::global()) }];
        team.people[0].settings.unanswered = after(20, ForwardTarget::Person(CAROL));
        let mut play = Play::new(team);
        play.calls("alice-desk", phone(1), "bob@contoso.example");
        play.report("bob", LegReport::Answered);
        play.report("alice-desk", LegReport::Answered);
        play.forget();
        play.customer_calls();
        play
    };
    busy(BusyOnBusy::BusySignal).ladder(expect![[r#"
          0  -> customer: Reject(Busy)
    "#]]);
    busy(BusyOnBusy::Unanswered).ladder(expect![[r#"
          0  -> carol: dial for 85 s as +4930999, for +14255550101: Unconditional
    "#]]);
    busy(BusyOnBusy::Ring).ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
    "#]]);

    let mut play = busy(BusyOnBusy::BusySignal);
    play.report("alice-desk", ended(EndCause::HungUp));
    play.forget();
    play.customer_calls();
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
    "#]]);
}

#[test]
fn whoever_does_not_want_to_be_disturbed_is_not_and_there_is_no_voicemail_yet() {
    let mut play = wanting(|_| {});
    play.exchange.handle_availability(ALICE, Availability::DoNotDisturb);
    play.customer_calls();
    play.exchange.handle_availability(ALICE, Availability::Available);
    play.customer_calls();
    play.wait(20);
    play.ladder(expect![[r#"
          0  -> customer: Reject(NoAnswer)
          0  -> alice: dial for 20 s as +4930999
         20  -> alice: Hangup
         20  -> customer: Reject(NoAnswer)
    "#]]);
}

#[test]
fn a_resource_account_that_comes_later_gets_the_call_for_its_application() {
    let mut play = wanting(|settings| settings.unanswered = after(15, ForwardTarget::ResourceAccount(LINE)));
    play.customer_calls();
    play.wait(15);
    play.ladder(expect![[r#"
          0  -> alice: dial for 15 s as +4930999
         15  -> alice: Hangup
         15  -> application of +14255550200: dial for 85 s as +4930999, for +14255550101: NoAnswer
    "#]]);
}

#[test]
fn people_who_forward_to_each_other_end_somewhere() {
    // A circle of people is refused where it is written; one over numbers is found when it is called.
    let through = |text| Some(Forwarding::Immediate(ForwardTarget::Number(number(text))));
    let mut team = team();
    team.people[0].settings.forwarding = through("+14255550101");
    let mut play = Play::new(team);
    play.customer_calls();
    play.ladder(expect![[r#"
          0  -> customer: Reject(NoAnswer)
    "#]]);

    let mut team = self::team();
    let bobs = HeldNumber {
        number: number("+14255550110"),
        holder: Some(Holder::Person(BOB)),
        ..team.numbers[0].clone()
    };
    team.numbers.push(bobs);
    team.people[0].settings.unanswered = after(20, ForwardTarget::Number(number("+14255550110")));
    team.people[1].settings.unanswered = after(20, ForwardTarget::Number(number("+14255550101")));
    let mut play = Play::new(team);
    play.customer_calls();
    play.wait(300);
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
         20  -> alice: Hangup
         20  -> bob: dial for 20 s as +4930999, for +14255550101: NoAnswer
         40  -> bob: Hangup
         40  -> alice: dial for 20 s as +4930999, for +14255550110: NoAnswer
         60  -> alice: Hangup
         60  -> bob: dial for 20 s as +4930999, for +14255550101: NoAnswer
         80  -> bob: Hangup
         80  -> customer: Reject(NoAnswer)
    "#]]);
}

#[test]
fn a_call_follows_the_policies_that_it_began_with() {
    let mut play = wanting(|settings| settings.unanswered = after(20, ForwardTarget::Person(BOB)));
    play.customer_calls();
    let mut other = team();
    other.people[0].settings.unanswered = after(20, ForwardTarget::Person(CAROL));
    play.exchange.handle_directory(directory_with(other, &DESKS));
    play.wait(20);
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
         20  -> alice: Hangup
         20  -> bob: dial for 85 s as +4930999, for +14255550101: NoAnswer
    "#]]);
}

#[test]
fn a_number_that_is_moved_while_it_rings_keeps_ringing_where_it_began() {
    let mut play = wanting(|settings| settings.unanswered = after(20, ForwardTarget::Person(BOB)));
    play.customer_calls();
    let mut other = team();
    other.numbers[0].holder = Some(Holder::Person(CAROL));
    play.exchange.handle_directory(directory_with(other, &DESKS));
    play.wait(20);
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +4930999
         20  -> alice: Hangup
         20  -> bob: dial for 85 s as +4930999, for +14255550101: NoAnswer
    "#]]);
}

#[test]
fn the_gateway_that_a_call_came_in_by_is_tried_first_and_a_silent_one_last() {
    let mut play = wanting(|settings| {
        settings.forwarding = Some(Forwarding::Immediate(ForwardTarget::Number(number("+12065550100"))));
    });
    play.exchange.handle_gateway(TrunkName::new("sbc"), true);
    play.customer_calls();
    assert_eq!(play.exchange.consulted().demoted, vec![TrunkName::new("sbc")]);
    play.ladder(expect![[r#"
          0  -> +12065550100: dial for 115 s as +14255550101, for +14255550101: Unconditional
    "#]]);
}

#[test]
fn an_application_that_adds_a_person_gets_whoever_answers_for_them_where_the_tenant_wishes_it() {
    let added = |honors_forwarding| {
        let mut team = team();
        team.beyond_azure.honors_forwarding = honors_forwarding;
        team.people[0].settings.unanswered = after(20, ForwardTarget::Person(BOB));
        let grant = Grant::Person { clients: vec![ObjectId::from_u128(7)] };
        team.consents.push(Consent { resource: RESOURCE, principal: ALICE, grant });
        let mut play = Play::new(team);
        let command = Command::CreateCall {
            application: application(),
            targets: vec![CommunicationIdentifier::phone(number("+12065550100"))],
            caller_number: None,
            account: Some(LINE),
            display_name: None,
            source: None,
            operation_context: None,
            options: call_engine::CallOptions::default(),
        };
        let reply = play.exchange.handle_command(command, SEED, play.now).expect("it is made");
        let Reply::Call(call) = reply else { panic!("CreateCall answers {reply:?}") };
        play.drain();
        play.report("+12065550100", LegReport::Answered);
        play.forget();
        let command = Command::AddParticipant {
            connection: call.connection,
            resource: RESOURCE,
            target: CommunicationIdentifier::from_raw_id(&format!("8:orgid:{ALICE}")),
            caller_number: None,
            display_name: None,
            headers: CustomHeaders::default(),
            ring_for: None,
            operation_context: None,
            callback: None,
        };
        play.exchange.handle_command(command, SEED, play.now).expect("she is added");
        play.drain();
        play.wait(20);
        play
    };
    let mut play = added(true);
    play.report("bob", LegReport::Answered);
    play.ladder(expect![[r#"
          0  -> alice: dial for 20 s as +14255550200
         20  -> alice: Hangup
         20  -> bob: dial for 60 s as +14255550200, for +14255550101: NoAnswer
         20  bob: answered
         20  application: 8:orgid:00000000-0000-0000-0000-000000000064 was added
    "#]]);
    let mut play = added(false);
    play.report("alice", LegReport::Answered);
    play.ladder(expect![[r#"
          0  -> alice: dial for 60 s as +14255550200
         20  alice: answered
         20  application: 8:orgid:00000000-0000-0000-0000-000000000064 was added
    "#]]);
}

#[test]
fn what_a_call_was_told_of_people_is_enough_to_repeat_it_without_its_neighbors() {
    let with = |neighbors: bool| {
        let mut team = team();
        let policy =
            CallingPolicy { busy_on_busy: BusyOnBusy::BusySignal, ..CallingPolicy::new(Name::global()) };
        team.calling_policies = vec![policy];
        let mut play = Play::new(team);
        if neighbors {
            play.calls("alice-desk", phone(1), "bob@contoso.example");
            play.report("bob", LegReport::Answered);
            play.report("alice-desk", LegReport::Answered);
        }
        play.forget();
        play
    };
    let mut then = with(true);
    then.customer_calls();
    let consulted = then.exchange.consulted();
    assert_eq!(consulted.availability, vec![(ALICE, Availability::InACall)]);
    let mut now = with(false);
    now.exchange.assume(consulted);
    now.customer_calls();
    assert_eq!(now.ladder, then.ladder);
}

#[test]
fn where_a_phone_is_decides_by_which_gateway_it_calls_out() {
    let calls_from = |seen_from: &str| {
        let mut team = team();
        let policy = CallingPolicy { prevents_toll_bypass: true, ..CallingPolicy::new(Name::global()) };
        team.calling_policies = vec![policy];
        team.sites = vec![NetworkSite {
            name: "Redmond".into(),
            emergency_calling: None,
            emergency_call_routing: None,
            location_based_routing: true,
            voice_routing: None,
        }];
        let network = |text: &str, prefix| Network::new(text.parse().expect("an address"), prefix);
        team.subnets = vec![NetworkSubnet { network: network("10.1.0.0", 16), site: "Redmond".into() }];
        team.trusted_addresses = vec![network("203.0.113.0", 24)];
        team.gateways[0].site = Some("Redmond".into());
        team.gateways[0].location_based_routing = true;
        let mut play = Play::new(team);
        play.client = Client {
            address: Some("10.1.2.3".parse().expect("an address")),
            seen_from: Some(seen_from.parse().expect("an address")),
            ..Client::default()
        };
        play.calls("alice-desk", phone(1), "+12065550100");
        play
    };
    calls_from("203.0.113.7").ladder(expect![[r#"
          0  -> +12065550100: dial for 115 s as +14255550101
    "#]]);
    calls_from("198.51.100.7").ladder(expect![[r#"
          0  -> alice-desk: Reject(Forbidden)
    "#]]);
}
