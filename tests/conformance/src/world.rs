//! The server that most tests share, and what each of them takes from it for itself.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::OnceCell;

use crate::platform::Platform;
use crate::sdk::{Kind, Sdk};

/// How many numbers, phones and carriers there are; with the special ones no more than `BLOCKS` have addresses.
const PLENTY: usize = 400;
/// How many carriers there are that do transfers by themselves, and want `Diversion`.
const SPECIAL: usize = 20;
/// How many blocks of addresses a run has, and how many addresses are taken of each.
const BLOCKS: usize = 2;
const BLOCK: usize = 250;
const _: () = assert!(PLENTY + SPECIAL <= BLOCKS * BLOCK);

/// One server, and the SDKs that talk to it.
#[derive(Debug)]
pub struct World {
    /// The server.
    pub platform: Platform,
    network: Network,
    sdks: Mutex<HashMap<Kind, Sdk>>,
    numbers: AtomicUsize,
    phones: AtomicUsize,
    carriers: AtomicUsize,
    special_carriers: AtomicUsize,
}

/// The loopback addresses of this run: `127.x.y.*` and the next block, so that two runs beside each other do not meet.
#[derive(Clone, Copy, Debug)]
struct Network(u8, u8);

/// A carrier: calls come from its address, and numbers with its prefix are sent there, to port 5060.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Where it lives.
    pub address: IpAddr,
    prefix: String,
}

/// The server of this process.
pub async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD
        .get_or_init(|| async {
            let network = Network::of_this_process();
            let platform = Platform::shared("shared", &configuration(network)).await;
            World {
                platform,
                network,
                sdks: Mutex::default(),
                numbers: AtomicUsize::new(0),
                phones: AtomicUsize::new(0),
                carriers: AtomicUsize::new(0),
                special_carriers: AtomicUsize::new(0),
            }
        })
        .await
}

impl World {
    /// A service number nobody else uses.
    pub fn service_number(&self) -> String {
        service_number(take(&self.numbers))
    }

    /// The name of a phone nobody else uses.
    pub fn phone(&self) -> String {
        phone_name(take(&self.phones))
    }

    /// A carrier nobody else uses.
    pub fn carrier(&self) -> Carrier {
        carrier(self.network, take(&self.carriers))
    }

    /// A carrier nobody else uses, which does transfers by itself (SIP REFER), and wants `Diversion`.
    pub fn special_carrier(&self) -> Carrier {
        let index = take(&self.special_carriers);
        assert!(index < SPECIAL, "there are more tests than special carriers; raise SPECIAL");
        carrier(self.network, PLENTY + index)
    }

    /// The SDK of this kind; started once.
    pub fn sdk(&self, kind: Kind) -> Sdk {
        let mut sdks = self.sdks.lock().expect("nobody panics with the SDKs in hand");
        sdks.entry(kind).or_insert_with(|| Sdk::start(kind, &self.platform.ready)).clone()
    }
}

impl Carrier {
    /// A number behind it.
    pub fn number(&self, index: u8) -> String {
        format!("{}{index:03}", self.prefix)
    }
}

/// The number of a phone that is called this.
pub fn number_of(phone: &str) -> String {
    format!("+1425556{}", phone.trim_start_matches("phone-"))
}

/// The password of a phone that is called this.
pub fn password_of(phone: &str) -> String {
    format!("secret-of-{phone}")
}

fn take(counter: &AtomicUsize) -> usize {
    let index = counter.fetch_add(1, Ordering::Relaxed);
    assert!(index < PLENTY, "there are more tests than numbers; raise PLENTY");
    index
}

fn service_number(index: usize) -> String {
    format!("+1425555{index:04}")
}

fn phone_name(index: usize) -> String {
    format!("phone-{index:04}")
}

fn carrier(network: Network, index: usize) -> Carrier {
    let address = Ipv4Addr::new(127, network.0, network.1 + (index / BLOCK) as u8, (index % BLOCK) as u8 + 1);
    Carrier { address: address.into(), prefix: format!("+1999{index:04}") }
}

impl Network {
    fn of_this_process() -> Self {
        let process = std::process::id();
        Self(16 + (process / 125 % 200) as u8, (process % 125) as u8 * BLOCKS as u8)
    }
}

fn configuration(network: Network) -> String {
    let numbers: Vec<String> = (0..PLENTY).map(|index| format!("\"{}\"", service_number(index))).collect();
    let phones = (0..PLENTY).map(phone_name).map(|name| {
        format!(
            "[[tenants.phones]]\nname = \"{name}\"\ndisplay-name = \"Phone {name}\"\nnumber = \"{}\"\n\
             password = \"{}\"\nmay-call-out = true\n",
            number_of(&name),
            password_of(&name)
        )
    });
    let carriers = (0..PLENTY + SPECIAL).map(|index| {
        let Carrier { address, prefix } = carrier(network, index);
        let special = if index < PLENTY { "" } else { "transfer = \"refer\"\ndiversion = \"diversion\"\n" };
        format!(
            "[[tenants.trunks]]\nname = \"carrier-{index}\"\nhost = \"{address}\"\nport = 5060\n\
             sources = [\"{address}\"]\nprefixes = [\"{prefix}\"]\n{special}"
        )
    });
    // Nobody is refused because the machine of the tests has much else to do.
    format!(
        "[outgoing]\nallow-private = \"loopback\"\n\n[limits]\ndrain-seconds = 1\nlate-ms = \"off\"\n\n[recording]\nhost = \"contoso.asm.skype.com\"\n\n\
         [[tenants]]\nname = \"Contoso\"\n\n[[tenants.resources]]\nname = \"contoso\"\nnumbers = [{}]\n\n{}\n{}",
        numbers.join(", "),
        phones.collect::<String>(),
        carriers.collect::<String>(),
    )
}
