//! baresip: a soft phone that is not ours.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

use crate::patience::until;
use crate::platform::folder;
use crate::sound::{RATE, Sound, sounds_in};

/// Where nothing more comes for so long, nothing is said.
const STILL: Duration = Duration::from_millis(800);

/// A running baresip with one account.
#[derive(Debug)]
pub struct Baresip {
    _child: Child,
    keyboard: ChildStdin,
    folder: PathBuf,
}

impl Baresip {
    /// Has an account at a server and says a tone of this frequency in every call. `parameters` are of the
    /// account: `;regint=60` registers, `;answermode=auto` answers.
    pub fn start(server: &str, user: &str, password: &str, hertz: u32, parameters: &str) -> Self {
        Self::configured("", server, user, password, hertz, parameters)
    }

    /// The same over TLS, with an authority to trust.
    pub fn trusting(
        authority: &Path,
        server: &str,
        user: &str,
        password: &str,
        hertz: u32,
        parameters: &str,
    ) -> Self {
        let trust = format!("sip_cafile {}\n", authority.display());
        Self::configured(&trust, server, user, password, hertz, parameters)
    }

    /// The same, with a certificate and its key, in one file, to show.
    pub fn showing(
        identity: &Path,
        authority: &Path,
        server: &str,
        (user, password): (&str, &str),
        hertz: u32,
        parameters: &str,
    ) -> Self {
        let own = format!("sip_cafile {}\nsip_certificate {}\n", authority.display(), identity.display());
        Self::configured(&own, server, user, password, hertz, parameters)
    }

    /// An address of loopback at which one may be called, over TLS too.
    pub fn free_place() -> SocketAddr {
        let here = Ipv4Addr::LOCALHOST.into();
        SocketAddr::new(here, free_port(here))
    }

    /// Somebody who is called at an address, over TLS one port above it, without being asked who calls. It
    /// shows a certificate that lies in one file with its key.
    pub fn far_end(at: SocketAddr, identity: &Path, user: &str, hertz: u32, parameters: &str) -> Self {
        let tone = crate::sound::wav(&Sound::tone(f64::from(hertz), 60.0).samples, RATE);
        let own =
            format!("sip_certificate {}\nausrc_srate {RATE}\nauplay_srate {RATE}\n", identity.display());
        let account = format!("<sip:{user}@{};transport=tls>;regint=0{parameters}\n", at.ip());
        Self::at(at, &own, &account, &tone)
    }

    /// The same with one codec only, such as `G722/16000/1`, at its own rate. It says a low and a high tone, of
    /// which a telephone line carries the low one.
    pub fn speaking(codec: &str, server: &str, user: &str, password: &str, tones: [u32; 2]) -> Self {
        let (module, channels, rate) = match codec.split('/').next() {
            Some("G722") => ("g722.so", 1, 16_000),
            Some("opus") => ("opus.so", 2, 48_000),
            _ => ("g711.so", 1, RATE),
        };
        let more = format!("module {module}\nausrc_srate {rate}\nauplay_srate {rate}\n");
        let parameters = format!(";regint=60;answermode=auto;audio_codecs={codec}");
        let [low, high] = tones.map(|hertz| crate::sound::sine(f64::from(hertz), 60.0, rate));
        let both = low.iter().zip(&high).map(|(low, high)| low / 3 + high / 3);
        let samples: Vec<i16> = both.flat_map(|sample| std::iter::repeat_n(sample, channels)).collect();
        let tone = crate::sound::wav_of(&samples, channels as u16, rate);
        Self::with_sound(&more, server, user, password, &tone, &parameters)
    }

    fn configured(
        more: &str,
        server: &str,
        user: &str,
        password: &str,
        hertz: u32,
        parameters: &str,
    ) -> Self {
        let tone = crate::sound::wav(&Sound::tone(f64::from(hertz), 60.0).samples, RATE);
        let more = format!("{more}ausrc_srate {RATE}\nauplay_srate {RATE}\n");
        Self::with_sound(&more, server, user, password, &tone, parameters)
    }

    fn with_sound(
        more: &str,
        server: &str,
        user: &str,
        password: &str,
        sound: &[u8],
        parameters: &str,
    ) -> Self {
        let transport =
            ["tcp", "tls"].into_iter().find(|name| parameters.contains(&format!("transport={name}")));
        let transport = transport.map(|name| format!(";transport={name}")).unwrap_or_default();
        let account = format!("<sip:{user}@{server}{transport}>;auth_pass={password}{parameters}\n");
        // It lives in the family of its server.
        let here =
            if server.starts_with('[') { Ipv6Addr::LOCALHOST.into() } else { Ipv4Addr::LOCALHOST.into() };
        Self::at(SocketAddr::new(here, free_port(here)), more, &account, sound)
    }

    fn at(here: SocketAddr, more: &str, account: &str, sound: &[u8]) -> Self {
        let folder = folder("baresip");
        // The account is the last: it is read at once, and knows only what was loaded before it.
        let parts = ["g711.so", "aufile.so", "sndfile.so", "srtp.so", "stdio.so", "account.so"];
        let modules: String = parts.iter().map(|name| format!("module {name}\n")).collect();
        let (first, last) = media_ports();
        let configuration = format!(
            "sip_listen {here}\nrtp_ports {first}-{last}\n{interface}module_path /usr/lib/baresip/modules\n\
             audio_source aufile,{folder}/tone.wav\n\
             snd_path {folder}\n{more}{modules}module_app menu.so\n",
            folder = folder.display(),
            interface = if here.is_ipv4() { format!("net_interface {}\n", here.ip()) } else { String::new() },
        );
        std::fs::write(folder.join("config"), configuration).expect("the folder can be written");
        std::fs::write(folder.join("accounts"), account).expect("the folder can be written");
        std::fs::write(folder.join("tone.wav"), sound).expect("the folder can be written");
        std::fs::write(folder.join("contacts"), "").expect("the folder can be written");
        let log = std::fs::File::create(folder.join("log")).expect("the folder can be written");
        let mut child = Command::new("baresip")
            .arg("-f")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("baresip starts ({error}); has tests/conformance/install run?"));
        let keyboard = child.stdin.take().expect("piped");
        Self { _child: child, keyboard, folder }
    }

    /// Waits until its terminal shows something.
    pub async fn shows(&self, text: &str) {
        let what = format!("baresip to show {text}: {}", self.folder.display());
        until(&what, || self.terminal().contains(text)).await;
    }

    /// What its terminal shows.
    pub fn terminal(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    /// Types a command such as `/dial +1…`, `/hangup`, or keys.
    pub async fn types(&mut self, command: &str) {
        let line = format!("{command}\n");
        self.keyboard.write_all(line.as_bytes()).await.expect("baresip runs");
    }

    /// Waits until a tone sounds in its call.
    pub async fn hears_tone(&self, hertz: f64) {
        until(&format!("baresip to hear {hertz} Hz: {}", self.folder.display()), || {
            self.heard().is_some_and(|sound| sound.last(2.0).seconds_with_tone(hertz) > 0.3)
        })
        .await;
    }

    /// Waits until a tone sounds no longer: because something else does, or because nothing more comes.
    pub async fn hears_no_tone(&self, hertz: f64) {
        let (mut length, mut grew) = (0, Instant::now());
        until(&format!("baresip to hear {hertz} Hz no more: {}", self.folder.display()), || {
            let Some(sound) = self.heard() else { return false };
            if std::mem::replace(&mut length, sound.samples.len()) != sound.samples.len() {
                grew = Instant::now();
            }
            grew.elapsed() > STILL || sound.last(0.4).seconds_with_tone(hertz) < 0.05
        })
        .await;
    }

    /// Waits until it has heard all of these tones at once, whatever the rate of its codec.
    pub async fn hears_all(&self, tones: &[f64]) {
        let what = format!("baresip to hear {tones:?} Hz: {}", self.folder.display());
        until(&what, || {
            self.heard_at_its_rate().is_some_and(|(samples, rate)| {
                // Half a second, in pieces of 100 ms.
                let pieces = samples.rchunks_exact(rate as usize / 10).take(5);
                let sounds = |piece: &[i16]| tones.iter().all(|hertz| sounds_in(piece, rate, *hertz));
                pieces.len() == 5 && pieces.into_iter().all(sounds)
            })
        })
        .await;
    }

    /// What it heard in its last call so far: the recording is written as it grows.
    pub fn heard(&self) -> Option<Sound> {
        Sound::read_unfinished(&self.recording()?)
    }

    /// The same, one channel of it, at the rate of the recording.
    fn heard_at_its_rate(&self) -> Option<(Vec<i16>, u32)> {
        const HEADER: usize = 44;
        let bytes = std::fs::read(self.recording()?).ok()?;
        let channels = usize::from(u16::from_le_bytes(*bytes.get(22..)?.first_chunk()?)).max(1);
        let rate = u32::from_le_bytes(*bytes.get(24..)?.first_chunk()?);
        let samples = bytes.get(HEADER..)?.chunks_exact(2 * channels);
        Some((samples.map(|frame| i16::from_le_bytes([frame[0], frame[1]])).collect(), rate))
    }

    fn recording(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(&self.folder).ok()?.flatten().map(|entry| entry.path());
        entries.filter(|path| path.to_string_lossy().ends_with("-dec.wav")).max()
    }
}

/// A port for SIP whose neighbor is free too: baresip takes that for TLS. It is none of those that the kernel gives to
/// whoever connects, because between now and then many do.
fn free_port(address: IpAddr) -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let free = |_| {
        let port = 10_000 + 2 * (place(&COUNT) % 1_999);
        drop(UdpSocket::bind((address, port)).ok()?);
        drop([TcpListener::bind((address, port)).ok()?, TcpListener::bind((address, port + 1)).ok()?]);
        Some(port)
    };
    (0..64).find_map(free).expect("loopback has free ports")
}

/// Ports for sound that no other phone of this run has, or had: somebody may still send there.
fn media_ports() -> (u16, u16) {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let first = 14_000 + 20 * (place(&COUNT) % 300);
    (first, first + 19)
}

/// Another one each time; runs beside each other begin elsewhere.
fn place(count: &AtomicU16) -> u16 {
    (std::process::id() as u16).wrapping_mul(61).wrapping_add(count.fetch_add(1, Relaxed))
}
