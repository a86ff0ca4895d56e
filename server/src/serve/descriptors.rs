//! Open files and sockets: as many as the system lets us have.

use configuration::Configuration;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Connections of applications and of SIP over TCP and TLS, files, the database: what is open besides
/// the sockets of sound.
const BESIDES_SOUND: u64 = 4096;

/// Raises the soft limit of open files to the hard one, and says what it is.
pub fn raise(configuration: &Configuration) {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard {
            setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
        }
        getrlimit(Resource::RLIMIT_NOFILE)
    });
    let limit = match raised {
        Ok((limit, _)) => limit,
        Err(error) => {
            tracing::warn!(%error, "cannot raise the limit of open files: {error}");
            return;
        }
    };
    let ports = &configuration.media.ports;
    let wanted = u64::from(ports.end() - ports.start()) + 1 + BESIDES_SOUND;
    if limit < wanted {
        tracing::warn!(
            limit,
            wanted,
            "at most {limit} files and sockets may be open, and media.ports alone has room for {}: with that many \
             calls, new ones will fail; set LimitNOFILE= or `ulimit -Hn` to {wanted} or more, or narrow media.ports",
            wanted - BESIDES_SOUND,
        );
    } else {
        tracing::info!(limit, wanted, "at most {limit} files and sockets may be open");
    }
}
