//! The platform: all edges, wired, in the order in which they need each other.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use access::{AdminToken, ContextKey};
use configuration::Configuration;
use entropy::Entropy;
use event_edge::{EventSettings, Events, Surroundings};
use journal::Journal;
use meter::Exposition;
use provisioning::Provisioning;
use recording_edge::Recordings;
use redact::Secret;
use sip_edge::SipEdge;
use store::{Commit, CommitError, Committing, StoreError};
use switchboard::{Board, Ports};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::command_line::Settings;
use crate::failure::Failure;
use crate::ready::Ready;
use crate::serve::data_folder::DataFolder;
use crate::serve::doors::Doors;
use crate::serve::graph::GraphSurface;
use crate::serve::holdings::Stock;
use crate::serve::in_force::InForce;
use crate::serve::kept::Kept;
use crate::serve::own_sounds::OwnSounds;
use crate::serve::reload::{Reload, Told};
use crate::serve::sound::MediaDoor;
use crate::serve::surfaces::Surfaces;
use crate::serve::{
    announcement, demo_line, external_directory, recordings, signaling, sound, speech, statistics,
    subscriptions, taps,
};

/// One thread that owns calls is enough for what one machine's media can carry.
const EXCHANGES: u16 = 1;

/// How long events and answers that are on their way may take when the platform stops.
const LAST_DELIVERIES: Duration = Duration::from_secs(5);

/// A running platform.
pub struct Platform {
    ready: Ready,
    why_mute: Option<String>,
    board: Board,
    events: Events,
    recordings: Recordings,
    journal: Option<Journal>,
    sip: SipEdge,
    listeners: JoinSet<()>,
    stop_listening: CancellationToken,
    reload: Arc<Reload>,
}

/// What was generated once and is kept.
struct Keys {
    admin_token: Secret<String>,
    metrics_token: Secret<String>,
    contexts: Arc<ContextKey>,
}

impl Platform {
    /// Starts everything; when it returns, everything listens.
    pub async fn start(
        told: &Settings,
        configuration: &Configuration,
        folder: &DataFolder,
        exposition: &Exposition,
    ) -> Result<Self, Failure> {
        let mut entropy = Entropy::from_seed(random_seed());
        let (in_force, keys) = in_force_and_keys(configuration, folder, &mut entropy).await?;
        let directory = in_force.directory()?;
        // Sockets first: what cannot be had is said before anything has been done.
        let doors = Doors::open(configuration, folder).await?;
        let http = sound::outbound(configuration)?;
        let limits = exchange::Limits {
            calls: configuration.limits.calls,
            participants: configuration.limits.participants,
            queued_operations: configuration.limits.queued_operations,
            connections: configuration.limits.applications,
            same_number_twice: configuration.limits.same_number_twice,
            tones_wait_for_answer: configuration.limits.tones_wait_for_answer,
        };
        let board = Board::start(EXCHANGES, Arc::clone(&directory), limits);
        // Who called for help is called back, also after a restart.
        let reserved = event_edge::reservations(folder.store(), board.now().unix_us()).await;
        let reserved = reserved.map_err(|error| Failure::Happened(format!("cannot {error}")))?;
        board.restore_reservations(reserved);
        let voice = sound::voice();
        let why_mute = sound::why_mute(&voice).await;
        if let Some(reason) = &why_mute {
            tracing::warn!("{reason}");
        }
        let speech = speech::services(configuration, &http, &voice)?;
        let (signer, recorder) = (taps::Signer::default(), taps::Recorder::default());
        let taps = taps::keeper(http.clone(), &board, &signer, &recorder, &speech);
        let own = OwnSounds::read(configuration, &board.directory())?;
        let recording_announcement = own.before_recording.clone();
        let media = sound::media(configuration, http.clone(), speech.services, taps, own, &board);
        let sip =
            signaling::start(configuration, folder, &doors.certificates, &board, &media, entropy.fork())
                .await?;
        let surroundings = Surroundings {
            store: folder.store().clone(),
            http: http.clone(),
            clock: clock_of(&board),
            directory: directory_of(&board),
            contexts: Arc::clone(&keys.contexts),
            lateness: board.lateness(),
        };
        let settings = EventSettings { origin: doors.origin.clone(), ..EventSettings::default() };
        let issuer = settings.issuer.clone();
        let events = Events::start(surroundings, settings)
            .await
            .map_err(|error| Failure::Happened(format!("cannot start delivering events: {error}")))?;
        let _ = signer.set(events.clone());
        let recordings =
            recordings::start(configuration, folder, &doors.origin, http.clone(), &board, &events).await?;
        let _ = recorder.set(recordings.clone());
        let asking = http.clone();
        let graph = GraphSurface::start(configuration, folder.store(), &doors.origin, http, &board, &events);
        let graph = graph.await?;
        subscriptions::ensure(subscriptions::wanted(configuration, &directory)?, &events).await?;
        if configuration.demo {
            demo_line::start(&board, &events, &directory);
        }
        let journal = journal_of(configuration, folder, &mut entropy)?;
        // Calls that came meanwhile wait until everybody is there who shall hear of them.
        board.attach(Ports {
            legs: signaling::port(&sip),
            media: Arc::new(MediaDoor(media)),
            ledger: graph.watch(events.ledger()),
            journal: journal.clone(),
        });
        statistics::write_token(folder.path(), &keys.metrics_token)?;
        let ready = announcement::ready(configuration, &doors, &sip, &directory, &keys.admin_token)?;
        let stock = Stock::default();
        stock.take_over(configuration, &in_force.parts);
        let reload = Arc::new(Reload {
            settings: told.clone(),
            folder: folder.path().to_owned(),
            store: folder.store().clone(),
            board: board.clone(),
            events: events.clone(),
            sip: sip.clone(),
            certificates: doors.certificates.clone(),
            stock: stock.clone(),
            told: Mutex::new(Told { began_with: configuration.clone(), in_force }),
            ready: ready.clone(),
        });
        tokio::spawn(doors.certificates.clone().watch());
        let surfaces = Surfaces {
            reload: door_of(&reload),
            commit: commit_of(&reload),
            provisioning: Provisioning::new(provisioning::Surroundings {
                store: folder.store().clone(),
                directory: directory_of(&board),
                operators: operators_of(&stock),
                enact: enactment_of(&reload),
                entropy: entropy.fork(),
            }),
            stock,
            entropy: entropy.fork(),
            board: board.clone(),
            events: events.clone(),
            recordings: recordings.clone(),
            graph: graph.graph,
            journal: journal.clone(),
            store: folder.store().clone(),
            contexts: keys.contexts,
            admin_token: Arc::new(AdminToken::new(&keys.admin_token)),
            issuer,
            ready: ready.clone(),
            contacts: signaling::contacts(&sip),
            trunks: signaling::trunks(&sip),
            exposition: exposition.clone(),
            metrics_token: Arc::new(AdminToken::new(&keys.metrics_token)),
            measure: statistics::measure(&sip),
            requests_per_second: configuration.limits.requests_per_second,
            recording_announcement,
        };
        let stop_listening = CancellationToken::new();
        let (people, presence) = (&surfaces.provisioning, &surfaces.graph);
        external_directory::start(configuration, &asking, people, presence, &stop_listening);
        let listeners = surfaces.serve(doors, &stop_listening);
        Ok(Self {
            ready,
            why_mute,
            board,
            events,
            recordings,
            journal,
            sip,
            listeners,
            stop_listening,
            reload,
        })
    }

    /// Why it cannot speak, if it cannot.
    pub fn why_mute(&self) -> Option<&str> {
        self.why_mute.as_deref()
    }

    /// How it can be reached.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Takes over what the configuration says now.
    pub async fn reload(&self) {
        self.reload.run_and_log().await;
    }

    /// Takes no new calls, waits for those in progress, ends what is left, and lets the last words out.
    pub async fn stop(mut self, patience: Duration) {
        self.board.drain(patience).await;
        signaling::stop(&self.sip).await;
        self.board.stop().await;
        if let Some(journal) = &self.journal {
            journal.close();
        }
        self.recordings.drain(LAST_DELIVERIES).await;
        self.events.drain(LAST_DELIVERIES).await;
        self.stop_listening.cancel();
        within(LAST_DELIVERIES, async { while self.listeners.join_next().await.is_some() {} }).await;
    }
}

/// The same for whoever asks over the administration listener.
fn door_of(reload: &Arc<Reload>) -> admin_edge::Reload {
    let reload = Arc::clone(reload);
    Arc::new(move || {
        let reload = Arc::clone(&reload);
        Box::pin(async move { reload.run().await.map_err(|failure| failure.to_string()) })
    })
}

/// Keeps what resources have changed, and lets calls see it.
fn commit_of(reload: &Arc<Reload>) -> Commit {
    let reload = Arc::clone(reload);
    Arc::new(move |writes| {
        let reload = Arc::clone(&reload);
        to_the_end(async move { reload.commit(writes).await })
    })
}

/// The same for the telephone system of a tenant.
fn enactment_of(reload: &Arc<Reload>) -> provisioning::Enact {
    let reload = Arc::clone(reload);
    Arc::new(move |enactment| {
        let reload = Arc::clone(&reload);
        to_the_end(async move { reload.enact(enactment).await })
    })
}

/// The operators that have trunks for a tenant.
fn operators_of(stock: &Stock) -> provisioning::Operators {
    let stock = stock.clone();
    Arc::new(move |tenant| stock.operators(tenant))
}

/// What was begun is finished, also when whoever asked for it is gone: nothing is kept that is not in force.
fn to_the_end(work: impl Future<Output = Result<(), CommitError>> + Send + 'static) -> Committing {
    Box::pin(async move {
        let stopped = |_| CommitError::Store(StoreError::Closed);
        tokio::spawn(work).await.map_err(stopped)?
    })
}

async fn within(patience: Duration, work: impl Future<Output = ()>) {
    if tokio::time::timeout(patience, work).await.is_err() {
        tracing::warn!("some requests were still being answered when the server stopped");
    }
}

async fn in_force_and_keys(
    configuration: &Configuration,
    folder: &DataFolder,
    entropy: &mut Entropy,
) -> Result<(InForce, Keys), Failure> {
    let mut kept = Kept::new(folder.store(), entropy.fork());
    let in_force = InForce::read(configuration, &mut kept).await?;
    let keys = Keys {
        admin_token: kept.token("admin/token").await?,
        metrics_token: kept.token("metrics/token").await?,
        contexts: Arc::new(ContextKey::new(&kept.secret_bytes("calls/context-key").await?)),
    };
    Ok((in_force, keys))
}

/// The journal from which calls are replayed, unless the operator wants none.
fn journal_of(
    configuration: &Configuration,
    folder: &DataFolder,
    entropy: &mut Entropy,
) -> Result<Option<Journal>, Failure> {
    if configuration.journal_bytes == 0 {
        return Ok(None);
    }
    let (data, most, run) = (folder.path(), configuration.journal_bytes, entropy.next_u128());
    let journal = Journal::start(data, most, run, env!("CARGO_PKG_VERSION"));
    journal.map(Some).map_err(|error| Failure::Happened(format!("cannot {error}")))
}

/// The platform's clock, for edges.
pub fn clock_of(board: &Board) -> event_edge::Clock {
    let board = board.clone();
    Arc::new(move || board.now())
}

/// The directory snapshot in force, for edges.
pub fn directory_of(board: &Board) -> event_edge::DirectorySource {
    let board = board.clone();
    Arc::new(move || board.directory())
}

/// Randomness of the operating system.
pub fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives randomness");
    seed
}
