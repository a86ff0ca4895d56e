//! Registering with trunks that want to be told where we are (RFC 3261 §10).

use std::sync::Arc;
use std::time::Duration;

use identifier::TrunkName;
use rsipstack::dialog::registration::Registration as Registrar;
use rsipstack::sip::{Auth, StatusCodeKind, typed};
use tracing::{info, warn};

use crate::core::Core;
use crate::trunk::health::Registration;
use crate::trunk::place::{Place, credential};

const WANTED_S: u32 = 3600;
const FIRST_RETRY: Duration = Duration::from_secs(10);
const LAST_RETRY: Duration = Duration::from_secs(600);

/// Registers with every trunk of the directory that wants it, and keeps registered. Those with whom that
/// is under way are left alone.
pub(crate) fn register_all(core: &Arc<Core>) {
    let directory = core.exchanges.directory();
    let registering = directory.trunks().iter().filter(|trunk| {
        let account = trunk.account.as_ref();
        account.is_some_and(|account| account.registers)
    });
    for trunk in registering {
        if !core.trunks.begin_to_register(&trunk.name) {
            continue;
        }
        core.trunks.set_registration(&trunk.name, Registration::Failed);
        let (core, name) = (Arc::clone(core), trunk.name.clone());
        let held = Arc::clone(&core);
        core.spawn(async move {
            let mut registrar = Registrar::new(Arc::clone(&held.dialogs.endpoint), None);
            let kept = keep_registered(&held, &name, &mut registrar);
            held.leaving.run_until_cancelled(kept).await;
            if held.trunks.health(&name).registration == Registration::Registered {
                // Calls shall not come where nobody is.
                register(&held, &name, &mut registrar, 0).await;
            }
            held.trunks.forget_registration(&name);
        });
    }
}

/// Until the trunk is gone from the directory.
async fn keep_registered(core: &Core, name: &TrunkName, registrar: &mut Registrar) {
    let mut retry = FIRST_RETRY;
    while let Some(granted_s) = register(core, name, registrar, WANTED_S).await {
        let wait = match granted_s {
            Ok(granted_s) => {
                if core.trunks.health(name).registration != Registration::Registered {
                    info!(trunk.name = %name, "registered with trunk {name}");
                }
                core.trunks.set_registration(name, Registration::Registered);
                retry = FIRST_RETRY;
                // Early enough for a second and a third try.
                Duration::from_secs(u64::from(granted_s.max(2)) / 2)
            }
            Err(reason) => {
                warn!(trunk.name = %name, "not registered with trunk {name}: {reason}");
                core.trunks.set_registration(name, Registration::Failed);
                let longer = (retry * 2).min(LAST_RETRY);
                std::mem::replace(&mut retry, longer)
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// One REGISTER: for how many seconds it is good, or why it failed; `None` when the trunk is gone.
async fn register(
    core: &Core,
    name: &TrunkName,
    registrar: &mut Registrar,
    wanted_s: u32,
) -> Option<Result<u32, String>> {
    let directory = core.exchanges.directory();
    let trunk = directory.trunk(name)?;
    let account = trunk.account.as_ref().filter(|account| account.registers)?;
    let Some(place) = Place::find(core, trunk).await else {
        return Some(Err("it is out of reach".to_owned()));
    };
    let mut contact = core.contact(trunk.transport, place.address.ip());
    contact.auth = Some(Auth { user: account.username.to_string(), password: None });
    registrar.credential = credential(trunk);
    registrar.contact = Some(typed::Contact { display_name: None, uri: contact, params: Vec::new() });
    registrar.outbound_proxy = Some(place.address);
    Some(match registrar.register(place.uri(None), Some(wanted_s)).await {
        Ok(response) if response.status_code.kind() == StatusCodeKind::Successful => Ok(registrar.expires()),
        Ok(response) => Err(format!("it says {}", response.status_code.code())),
        Err(error) => Err(error.to_string()),
    })
}
