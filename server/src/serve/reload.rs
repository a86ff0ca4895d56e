//! Reading the configuration again while the server runs.
//!
//! Tenants with all that is theirs, subscriptions and certificates are taken over; calls in progress keep
//! what they began with. Other settings want a restart. A configuration with an error changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use admin_edge::Reloaded;
use configuration::Configuration;
use event_edge::Events;
use provisioning::Enactment;
use sip_edge::SipEdge;
use store::{CommitError, Store, Write};
use switchboard::Board;
use tenant::Directory;
use tokio::sync::Mutex;

use crate::command_line::Settings;
use crate::failure::Failure;
use crate::ready::Ready;
use crate::serve::certificate::Certificates;
use crate::serve::holdings::Stock;
use crate::serve::in_force::InForce;
use crate::serve::{announcement, subscriptions};

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
    /// What is in force.
    pub in_force: InForce,
}

impl Reload {
    /// Takes it over, all or nothing. Whoever asks in the meantime waits.
    pub async fn run(&self) -> Result<Reloaded, Failure> {
        let mut told = self.told.lock().await;
        let configuration = self.settings.load()?;
        let in_force = InForce::read_from(&configuration, &self.store).await?;
        let directory = in_force.directory()?;
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
        self.stock.take_over(&configuration, &in_force.parts);
        told.in_force = in_force;
        self.replace(directory, &ready);
        Ok(reloaded)
    }

    /// Keeps what resources have changed and lets calls see it, all of it or nothing.
    pub async fn commit(&self, writes: Vec<Write>) -> Result<(), CommitError> {
        let mut told = self.told.lock().await;
        let changed = told.in_force.with(&writes).map_err(contradiction)?;
        self.enforce(&mut told, changed, writes).await
    }

    /// Checks another telephone system of a tenant together with all else; keeps it and lets calls see it where that is
    /// wanted, all of it or nothing.
    pub async fn enact(&self, enactment: Enactment) -> Result<(), CommitError> {
        let Enactment { tenant, company, change } = enactment;
        let mut told = self.told.lock().await;
        let id = told.in_force.tenant(&tenant).ok_or_else(|| {
            CommitError::Contradiction(format!("find tenant {tenant}: the operator has removed it"))
        })?;
        let changed = told.in_force.with_company(id, company);
        match change {
            Some(change) => self.enforce(&mut told, changed, vec![Write::ChangeTenant(change)]).await,
            None => changed.directory().map(drop).map_err(contradiction),
        }
    }

    /// What contradicts itself is not written, and after it is written nothing can fail.
    async fn enforce(
        &self,
        told: &mut Told,
        changed: InForce,
        writes: Vec<Write>,
    ) -> Result<(), CommitError> {
        let directory = changed.directory().map_err(contradiction)?;
        let mut ready = self.ready.clone();
        announcement::tell_directory(&mut ready, &changed.configuration, &directory)
            .map_err(contradiction)?;
        self.store.write(writes).await?;
        told.in_force = changed;
        self.replace(directory, &ready);
        Ok(())
    }

    fn replace(&self, directory: Arc<Directory>, ready: &Ready) {
        self.board.replace_directory(directory);
        self.sip.directory_changed();
        if let Err(error) = ready.write(&self.folder) {
            let folder = self.folder.display();
            tracing::error!(%error, "ready.json in {folder} is as it was before the change: {error}");
        }
    }

    /// The same, told in the log.
    pub async fn run_and_log(&self) {
        match self.run().await {
            Ok(reloaded) => tracing::info!("{reloaded}"),
            Err(failure) => tracing::error!("nothing was reloaded, all is as before: {failure}"),
        }
    }
}

fn contradiction(failure: Failure) -> CommitError {
    CommitError::Contradiction(failure.to_string())
}
