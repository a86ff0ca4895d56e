//! Whether trunks answer: OPTIONS (RFC 3261 §11), and a state that does not flutter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use identifier::TrunkName;
use rsipstack::sip::{Header, HeadersExt, Method, Response, SipMessage, StatusCode, StatusCodeKind, typed};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::{Transaction, make_tag};
use tenant::{NamedBy, Trunk};
use tracing::{debug, info, warn};

use crate::core::Core;
use crate::headers::allow;
use crate::trunk::place::{Place, hosts};

/// How trunks are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrunkPing {
    /// The pause between two OPTIONS to one trunk.
    pub every: Duration,
    /// No answer within this time is none.
    pub patience: Duration,
    /// So many unanswered in a row, and the trunk is down.
    pub down_after: u32,
    /// So many answered in a row, and it is up again.
    pub up_after: u32,
    /// A trunk that is not asked is down when it has not asked us for so long.
    pub heard_within: Duration,
}

impl Default for TrunkPing {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(30),
            patience: Duration::from_secs(5),
            down_after: 2,
            up_after: 2,
            heard_within: Duration::from_secs(180),
        }
    }
}

/// What is known of a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkHealth {
    /// The trunk.
    pub name: TrunkName,
    /// Whether it answers.
    pub state: TrunkState,
    /// Since when, in microseconds since 1970; 0 when it was never asked.
    pub since_us: i64,
    /// How long its last answer took.
    pub round_trip: Option<Duration>,
    /// When it last asked whether we are there, in microseconds since 1970.
    pub heard_us: Option<i64>,
    /// Our registration with it.
    pub registration: Registration,
}

/// Whether a trunk answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrunkState {
    /// It was not asked, or has not had the time to answer; calls are tried.
    #[default]
    Unknown,
    /// It answers.
    Up,
    /// It does not; calls fail at once.
    Down,
}

/// Whether a trunk knows where we are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// It need not.
    #[default]
    NotWanted,
    /// It took our REGISTER.
    Registered,
    /// It has not taken one yet, or takes them no more.
    Failed,
}

/// What is known of all trunks.
#[derive(Default)]
pub(crate) struct Trunks(Mutex<HashMap<TrunkName, Standing>>);

#[derive(Clone, Copy, Default)]
struct Standing {
    state: TrunkState,
    since_us: i64,
    /// How often in a row it has contradicted its state.
    against: u32,
    round_trip: Option<Duration>,
    heard_us: Option<i64>,
    registration: Registration,
    /// Somebody sees to its registration.
    is_registering: bool,
}

impl Trunks {
    /// Whether calls to this trunk are in vain.
    pub fn is_down(&self, name: &TrunkName) -> bool {
        self.standing(name).state == TrunkState::Down
    }

    pub fn health(&self, name: &TrunkName) -> TrunkHealth {
        let Standing { state, since_us, round_trip, heard_us, registration, .. } = self.standing(name);
        TrunkHealth { name: name.clone(), state, since_us, round_trip, heard_us, registration }
    }

    pub fn set_registration(&self, name: &TrunkName, registration: Registration) {
        let registered = registration == Registration::Registered;
        meter::TRUNK_REGISTERED.set([name.as_str()], if registered { 1.0 } else { 0.0 });
        self.lock().entry(name.clone()).or_default().registration = registration;
    }

    /// Whether nobody sees to the registration with this trunk yet.
    pub fn begin_to_register(&self, name: &TrunkName) -> bool {
        !std::mem::replace(&mut self.lock().entry(name.clone()).or_default().is_registering, true)
    }

    /// The trunk wants to be told no more, or we leave.
    pub fn forget_registration(&self, name: &TrunkName) {
        let mut standings = self.lock();
        let standing = standings.entry(name.clone()).or_default();
        (standing.is_registering, standing.registration) = (false, Registration::NotWanted);
    }

    fn answered_in(&self, name: &TrunkName, round_trip: Duration) {
        self.lock().entry(name.clone()).or_default().round_trip = Some(round_trip);
        meter::TRUNK_ROUND_TRIP.set([name.as_str()], round_trip.as_secs_f64());
    }

    /// A trunk has asked whether we are there.
    pub fn heard_from(&self, name: &TrunkName, now_us: i64) {
        self.lock().entry(name.clone()).or_default().heard_us = Some(now_us);
    }

    /// A trunk that is not asked itself is there as long as it asks us (contract: Teams Phone §6.3); of one that
    /// never has, nothing is known.
    fn is_heard(&self, name: &TrunkName, ping: &TrunkPing, now_us: i64) -> Option<bool> {
        let silent_us = now_us - self.standing(name).heard_us?;
        Some(silent_us <= i64::try_from(ping.heard_within.as_micros()).unwrap_or(i64::MAX))
    }

    /// Notes whether a trunk has answered; tells when its state has changed.
    fn heard(&self, name: &TrunkName, answered: bool, ping: &TrunkPing, now_us: i64) -> Option<TrunkState> {
        let mut standings = self.lock();
        let standing = standings.entry(name.clone()).or_default();
        let heard = if answered { TrunkState::Up } else { TrunkState::Down };
        let is_down = standing.state == TrunkState::Down;
        meter::TRUNK_UP.set([name.as_str()], if is_down { 0.0 } else { 1.0 });
        if standing.state == heard {
            standing.against = 0;
            return None;
        }
        standing.against += 1;
        let needed = match (standing.state, heard) {
            // The first answer of all.
            (TrunkState::Unknown, TrunkState::Up) => 1,
            (_, TrunkState::Up) => ping.up_after,
            (_, TrunkState::Down | TrunkState::Unknown) => ping.down_after,
        };
        if standing.against < needed {
            return None;
        }
        meter::TRUNK_UP.set([name.as_str()], if answered { 1.0 } else { 0.0 });
        *standing = Standing { state: heard, since_us: now_us, against: 0, ..*standing };
        Some(heard)
    }

    fn standing(&self, name: &TrunkName) -> Standing {
        self.lock().get(name).copied().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TrunkName, Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pause between two trunks that are asked, or less where there are more than fit in a round so.
const APART: Duration = Duration::from_millis(10);
/// So many are waited for at a time.
const MOST_ASKED: usize = 512;

/// Asks all trunks that these have named, again and again until the edge stops.
pub(crate) async fn watch(core: Arc<Core>, named_by: NamedBy, ping: TrunkPing) {
    let round = async {
        loop {
            let directory = core.exchanges.directory();
            let trunks: Vec<&Trunk> =
                directory.trunks().iter().filter(|trunk| trunk.pairing.named_by == named_by).collect();
            let (began, apart) = (tokio::time::Instant::now(), pause(trunks.len(), ping.every));
            // One after the other, so that neither we nor the network have all of them to do at once.
            stream::iter(trunks.into_iter().zip(0_u32..))
                .then(|(trunk, place)| async move {
                    tokio::time::sleep_until(began + apart * place).await;
                    trunk
                })
                .for_each_concurrent(MOST_ASKED, |trunk| watch_one(&core, trunk, &ping))
                .await;
            tokio::time::sleep(ping.every).await;
        }
    };
    core.stop.run_until_cancelled(round).await;
}

/// How long after each other so many trunks are asked.
fn pause(trunks: usize, every: Duration) -> Duration {
    let trunks = u32::try_from(trunks).unwrap_or(u32::MAX).max(1);
    APART.min(every / trunks)
}

async fn watch_one(core: &Core, trunk: &Trunk, ping: &TrunkPing) {
    let answered = match trunk.pairing.is_asked {
        true => is_there(core, trunk, ping).await,
        false => match core.trunks.is_heard(&trunk.name, ping, core.exchanges.unix_us()) {
            Some(is_heard) => is_heard,
            None => return,
        },
    };
    match core.trunks.heard(&trunk.name, answered, ping, core.exchanges.unix_us()) {
        Some(TrunkState::Down) => {
            core.exchanges.set_gateway(&trunk.name, true);
            warn!(trunk.name = %trunk.name, "trunk {} does not answer: calls through it fail at once, or take another way", trunk.name);
        }
        Some(TrunkState::Up) => {
            core.exchanges.set_gateway(&trunk.name, false);
            info!(trunk.name = %trunk.name, "trunk {} answers", trunk.name);
        }
        Some(TrunkState::Unknown) | None => {}
    }
}

/// Whether one of a trunk's hosts answers. All are asked: each of them may want to know that we are there.
async fn is_there(core: &Core, trunk: &Trunk, ping: &TrunkPing) -> bool {
    let asked = hosts(trunk).map(|host| async move {
        let began = Instant::now();
        let answer = tokio::time::timeout(ping.patience, ask(core, trunk, host)).await.ok().flatten();
        answer.filter(is_alive).map(|_| began.elapsed())
    });
    let round_trip = join_all(asked).await.into_iter().flatten().next();
    if let Some(round_trip) = round_trip {
        core.trunks.answered_in(&trunk.name, round_trip);
    }
    round_trip.is_some()
}

/// Whatever a trunk thinks of OPTIONS, it is there; unless it says that it cannot take calls, or the
/// answer is the library's own (it has no tag).
fn is_alive(answer: &Response) -> bool {
    let is_from_afar = answer.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_some();
    is_from_afar && answer.status_code != StatusCode::ServiceUnavailable
}

async fn ask(core: &Core, trunk: &Trunk, host: &str) -> Option<Response> {
    let place = Place::at(core, trunk, host).await?;
    let endpoint = &core.dialogs.endpoint;
    let destination = place.destination();
    let listeners = endpoint.transport_layer.get_listen_addrs();
    let own = listeners.into_iter().find(|listener| listener.r#type == destination.r#type);
    let via = endpoint.get_via(own, None).ok()?;
    let to = typed::To { display_name: None, uri: place.uri(None), params: Vec::new() };
    let contact = core.contact_for(trunk, place.address.ip());
    let from = typed::From::from(contact.clone()).with_tag(make_tag());
    let mut request = endpoint.make_request(Method::Options, place.uri(None), via, from, to, 1, None);
    // Contract: Teams Phone §6.3: whoever is asked learns from Contact whom it is asked by.
    request.headers.push(Header::Contact(format!("<{contact}>").into()));
    request.headers.push(allow());
    let key = TransactionKey::from_request(&request, TransactionRole::Client).ok()?;
    let mut transaction = Transaction::new_client(key, request, Arc::clone(endpoint), None);
    transaction.destination = Some(destination);
    if let Err(error) = transaction.send().await {
        debug!(trunk.name = %trunk.name, %error, "a trunk could not be asked");
        return None;
    }
    while let Some(message) = transaction.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.kind() != StatusCodeKind::Provisional
        {
            return Some(response);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_trunks_are_asked_one_after_the_other_within_a_round() {
        let minute = Duration::from_secs(60);
        assert_eq!(pause(3, minute), APART);
        assert_eq!(pause(30_000, minute), Duration::from_millis(2));
        assert_eq!(pause(0, minute), APART);
    }

    #[test]
    fn a_trunk_does_not_flutter() {
        let (trunks, name) = (Trunks::default(), TrunkName::new("carrier"));
        let ping = TrunkPing { down_after: 2, up_after: 3, ..TrunkPing::default() };
        let states: Vec<TrunkState> = "+-+--+-+++"
            .chars()
            .map(|sign| {
                trunks.heard(&name, sign == '+', &ping, 1);
                trunks.health(&name).state
            })
            .collect();
        use TrunkState::{Down, Up};
        assert_eq!(states, [Up, Up, Up, Up, Down, Down, Down, Down, Down, Up]);
    }
}
