//! Reading the configuration again while the server runs.
//!
//! Tenants with all that is theirs, subscriptions and certificates are taken over; calls in progress keep
//! what they began with. Other settings want a restart. A configuration with an error changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use admin_edge::Reloaded;
use configuration::Configuration;
use entropy::Entropy;
use event_edge::Events;
use provisioning::Company;
use sip_edge::SipEdge;
use store::Store;
use switchboard::Board;
use tenant::Directory;
use tokio::sync::Mutex;

use crate::command_line::Settings;
use crate::failure::Failure;
use crate::ready::Ready;
use crate::serve::certificate::Certificates;
use crate::serve::holdings::Stock;
use crate::serve::kept::Kept;
use crate::serve::{announcement, directory, subscriptions};

/// Settings that are part of the directory.
const TAKEN_OVER: [&str; 1] = ["sip.emergency-numbers"];

/// Takes over what the configuration says now.
pub struct Reload {
    pub settings: Settings,
    pub folder: PathBuf,
    pub store: Store,
    pub board: Board,
    pub events: Events,
    pub sip: SipEdge,
    pub certificates: Certificates,
    /// What can be purchased.
    pub stock: Stock,
    /// One reload after the other.
    pub told: Mutex<Told>,
    pub ready: Ready,
}

/// What the server was told.
pub struct Told {
    /// When it began.
    pub began_with: Configuration,
    /// What is in force: of this, tenants and what is theirs.
    pub in_force: Configuration,
}

impl Reload {
    /// Takes it over, all or nothing. Whoever asks in the meantime waits.
    pub async fn run(&self) -> Result<Reloaded, Failure> {
        let mut told = self.told.lock().await;
        let configuration = self.settings.load()?;
        let mut kept = Kept::new(&self.store, Entropy::from_seed(super::platform::random_seed()));
        let directory = Arc::new(directory::build(&configuration, &mut kept).await?);
        let wanted = subscriptions::wanted(&configuration, &directory)?;
        let mut ready = self.ready.clone();
        announcement::tell_directory(&mut ready, &configuration, &directory)?;
        let certificates = self.certificates.clone();
        let renewed = tokio::task::spawn_blocking(move || certificates.renew()).await;
        let renewed = renewed
            .map_err(|error| Failure::Happened(format!("cannot renew certificates: {error}")))?
            .map_err(Failure::Told)?;
        subscriptions::ensure(wanted, &self.events).await?;

        let differing = configuration.values.differing(&told.began_with.values).into_iter();
        let reloaded = Reloaded {
            tenants: directory.tenants().len(),
            resources: directory.resources().len(),
            phones: directory.phones().len(),
            trunks: directory.trunks().len(),
            certificate_renewed: renewed,
            want_restart: differing.filter(|key| !TAKEN_OVER.contains(key)).collect(),
        };
        self.stock.take_over(&configuration, &directory);
        told.in_force = configuration;
        self.replace(directory, &ready)?;
        Ok(reloaded)
    }

    /// Lets calls see what is in the store now, beside the configuration that is in force: all or nothing.
    pub async fn publish(&self) -> Result<(), Failure> {
        let told = self.told.lock().await;
        let mut kept = Kept::new(&self.store, Entropy::from_seed(super::platform::random_seed()));
        let directory = Arc::new(directory::build(&told.in_force, &mut kept).await?);
        let mut ready = self.ready.clone();
        announcement::tell_directory(&mut ready, &told.in_force, &directory)?;
        self.replace(directory, &ready)
    }

    /// Whether the telephone system of a tenant would go together with all else that is in force.
    pub async fn check(&self, tenant: &str, company: Company) -> Result<(), Failure> {
        let told = self.told.lock().await;
        let mut kept = Kept::new(&self.store, Entropy::from_seed(super::platform::random_seed()));
        directory::build_with(&told.in_force, &mut kept, Some((tenant, company))).await.map(drop)
    }

    fn replace(&self, directory: Arc<Directory>, ready: &Ready) -> Result<(), Failure> {
        self.board.replace_directory(directory);
        self.sip.directory_changed();
        ready.write(&self.folder).map_err(|error| {
            Failure::Happened(format!("cannot write ready.json in {}: {error}", self.folder.display()))
        })
    }

    /// The same, told in the log.
    pub async fn run_and_log(&self) {
        match self.run().await {
            Ok(reloaded) => tracing::info!("{reloaded}"),
            Err(failure) => tracing::error!("nothing was reloaded, all is as before: {failure}"),
        }
    }
}
