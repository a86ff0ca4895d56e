//! Phones stay reachable when the process is started anew.

use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use sip_edge::{BindingKeeper, KeeperError};
use store::Binding;

use crate::peer::Peer;
use crate::registration::register;
use crate::world::{DEMO_1, Setting, World, to_phone};

#[tokio::test]
async fn a_registered_phone_is_called_by_the_next_process() {
    let keeper = Arc::new(Notebook::default());
    let world = World::with(Setting { keeper: keeper.clone(), ..Setting::default() }).await;
    let mut phone = Peer::phone(world.udp()).await;
    register(&mut phone, "secret", "", "MD5").await;
    world.edge.stop(std::time::Duration::ZERO).await;

    let mut world = World::with(Setting { keeper: keeper.clone(), ..Setting::default() }).await;
    world.dial(to_phone(DEMO_1));
    phone.expect("INVITE sip:demo-1@").await;

    // Removed is removed.
    phone.set_server(world.udp());
    register(&mut phone, "secret", "Expires: 0\r\n", "MD5").await;
    assert_eq!(keeper.0.lock().unwrap().len(), 0);
}

#[derive(Default)]
struct Notebook(Mutex<Vec<Binding>>);

#[async_trait]
impl BindingKeeper for Notebook {
    async fn load(&self, _now_us: i64, _limit: usize) -> Result<Vec<Binding>, KeeperError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn keep(&self, binding: Binding) -> Result<(), KeeperError> {
        self.0.lock().unwrap().push(binding);
        Ok(())
    }

    async fn forget(&self, address_of_record: &str, contact: &str) -> Result<(), KeeperError> {
        let other =
            |binding: &Binding| binding.address_of_record != address_of_record || binding.contact != contact;
        self.0.lock().unwrap().retain(other);
        Ok(())
    }
}
