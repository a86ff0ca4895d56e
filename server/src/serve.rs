//! `ringdown serve`: wires the edges, starts, drains, stops.

mod announcement;
mod certificate;
mod companies;
mod data_folder;
mod demo;
mod demo_line;
mod descriptors;
mod directory;
mod doors;
mod external_directory;
mod graph;
mod holdings;
mod in_force;
mod kept;
mod listening;
mod own_sounds;
mod platform;
mod recordings;
mod reload;
mod signaling;
mod signals;
mod sound;
mod speech;
mod statistics;
mod subscriptions;
mod surfaces;
mod taps;

use std::io::IsTerminal;

use configuration::Configuration;
use meter::Exposition;

use crate::banner::{Reader, banner};
use crate::command_line::{ServeOptions, Settings};
use crate::failure::Failure;
use crate::logging;
use crate::ready::Ready;
use crate::serve::data_folder::DataFolder;
use crate::serve::platform::Platform;
use crate::serve::signals::{Asked, Signals};

/// Runs the server until somebody asks it to stop.
pub fn run(options: &ServeOptions) -> Result<(), Failure> {
    let configuration = options.settings.load()?;
    logging::start(&configuration.log);
    descriptors::raise(&configuration);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Happened(format!("cannot start threads: {error}")))?;
    // Before anything counts.
    let exposition = statistics::begin()?;
    let done = runtime.block_on(async {
        tokio::spawn(statistics::keep_tidy(exposition.clone()));
        let folder = DataFolder::take(&configuration.data).await?;
        let done = serve(&options.settings, &configuration, &folder, &exposition).await;
        Ready::remove(folder.path());
        done
    });
    // Whatever still waits for somebody else's server does not hold up the end.
    runtime.shutdown_background();
    done
}

async fn serve(
    settings: &Settings,
    configuration: &Configuration,
    folder: &DataFolder,
    exposition: &Exposition,
) -> Result<(), Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::Happened(format!("cannot listen for signals: {error}")))?;
    let platform = tokio::select! {
        platform = Platform::start(settings, configuration, folder, exposition) => platform?,
        () = signals.stop() => return Ok(()),
    };
    let ready = platform.ready();
    ready.write(folder.path()).map_err(|error| {
        Failure::Happened(format!("cannot write ready.json in {}: {error}", folder.path().display()))
    })?;
    // The commands of the banner begin as this one did, so that they can be typed as they stand.
    let program = std::env::args().next().unwrap_or_else(|| "ringdown".to_owned());
    let data = configuration.data.display().to_string();
    let may_know_secrets = configuration.demo || std::io::stdout().is_terminal();
    let reader = Reader { program: &program, data: &data, may_know_secrets, why_mute: platform.why_mute() };
    print!("{}", banner(ready, &reader, configuration.demo));

    while signals.next().await == Asked::Reload {
        platform.reload().await;
    }
    tracing::info!(
        patience_s = configuration.limits.patience.as_secs(),
        "stopping: no new calls, and {} s for those in progress; a second signal stops at once",
        configuration.limits.patience.as_secs()
    );
    tokio::select! {
        () = platform.stop(configuration.limits.patience) => tracing::info!("stopped"),
        () = signals.stop() => tracing::warn!("stopped at once, calls in progress are closed on the next start"),
    }
    Ok(())
}
