//! What the tasks of the event edge share.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use clock::Now;
use entropy::Entropy;
use url::Url;

use crate::in_process::InProcessApps;
use crate::registry::Registry;
use crate::sequence::Sequence;
use crate::settings::{EventSettings, Surroundings};
use crate::signing_key::SigningKey;
use crate::webhook::WebhookOwner;

pub(crate) struct Core {
    pub(crate) around: Surroundings,
    pub(crate) settings: EventSettings,
    pub(crate) key: SigningKey,
    pub(crate) registry: Registry,
    pub(crate) apps: InProcessApps,
    pub(crate) sequence: Sequence,
    /// Whose the change notifications are.
    pub(crate) owner: OnceLock<Arc<dyn WebhookOwner>>,
    entropy: Mutex<Entropy>,
}

impl Core {
    pub(crate) fn new(
        around: Surroundings,
        settings: EventSettings,
        key: SigningKey,
        registry: Registry,
        sequence: Sequence,
    ) -> Self {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).expect("the operating system has randomness");
        let entropy = Mutex::new(Entropy::from_seed(seed));
        Self {
            around,
            settings,
            key,
            registry,
            apps: InProcessApps::default(),
            sequence,
            owner: OnceLock::new(),
            entropy,
        }
    }

    pub(crate) fn now(&self) -> Now {
        (self.around.clock)()
    }

    /// Draws from the one generator of the event edge.
    pub(crate) fn draw<T>(&self, make: impl FnOnce(&mut Entropy) -> T) -> T {
        make(&mut self.entropy.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How this server names itself to webhooks: the host of its origin.
    pub(crate) fn webhook_origin(&self) -> String {
        let host = Url::parse(&self.settings.origin).ok();
        host.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned())
    }
}
