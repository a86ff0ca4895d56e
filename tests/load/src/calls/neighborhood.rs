//! Where callers, phones and the application are, and what the server is told of them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::calls::application;

/// The number of every caller begins so; calls from it belong to the carrier.
pub(crate) const CALLERS: &str = "+1999";
/// Phones that are called, each by many.
pub(crate) const PHONES: usize = 8;

/// Addresses of a run, of its own so that two runs beside each other do not meet.
#[derive(Clone, Copy)]
pub(crate) struct Neighborhood {
    pub(crate) carrier: IpAddr,
    pub(crate) phones: IpAddr,
}

impl Neighborhood {
    pub(crate) fn of_this_process() -> Self {
        let process = std::process::id();
        let (one, two) = (16 + (process / 251 % 200) as u8, (process % 251) as u8);
        let address = |last| IpAddr::V4(Ipv4Addr::new(127, one, two, last));
        Self { carrier: address(1), phones: address(2) }
    }

    /// For the server: a carrier, phones, a number, and an application that hears of its calls.
    pub(crate) fn configuration(&self, application: SocketAddr) -> String {
        let phones: String = (0..PHONES)
            .map(|phone| {
                let (name, number) = (phone_name(phone), phone_number(phone));
                format!(
                    "[[tenants.phones]]\nname = \"{name}\"\nnumber = \"{number}\"\npassword = \"{}\"\n\n",
                    password(&name)
                )
            })
            .collect();
        format!(
            "[sip]\ntls = \"off\"\n\n[media]\nports = \"10000-31999\"\n\n[outgoing]\nallow-private = \"loopback\"\n\n\
             [limits]\ndrain-seconds = 1\n\n[[tenants]]\nname = \"Load\"\n\n[[tenants.resources]]\nname = \"load\"\n\
             numbers = [\"+14255550100\"]\n\n{phones}[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\n\
             sources = [\"{carrier}\"]\nprefixes = [\"{CALLERS}\"]\n\n[[events.subscriptions]]\nname = \"load\"\n\
             url = \"{url}\"\ntypes = [\"Microsoft.Communication.IncomingCall\"]\n",
            carrier = self.carrier,
            url = application::grid_url(application),
        )
    }
}

pub(crate) fn phone_name(phone: usize) -> String {
    format!("phone-{phone}")
}

pub(crate) fn phone_number(phone: usize) -> String {
    format!("+142555602{phone:02}")
}

pub(crate) fn password(name: &str) -> String {
    format!("secret-of-{name}")
}
