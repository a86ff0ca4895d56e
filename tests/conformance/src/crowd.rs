//! Many calls at once, told by SIPp.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::platform::folder;
use crate::sdk::here;

/// Longer than a crowd takes on a busy machine of two cores.
const PATIENCE: Duration = Duration::from_secs(180);

/// A crowd of callers, or of people who are called.
#[derive(Clone, Debug)]
pub struct Crowd {
    scenario: &'static str,
    at: SocketAddr,
    arguments: Vec<String>,
    fields: Vec<(&'static str, String)>,
}

/// A crowd that is at it.
#[derive(Debug)]
pub struct Busy {
    child: Child,
    folder: PathBuf,
}

impl Crowd {
    /// So many calls in a second to `number`, until there were `calls` of them.
    pub fn calls(
        scenario: &'static str,
        from: IpAddr,
        server: &str,
        number: &str,
        calls: u32,
        per_second: u32,
    ) -> Self {
        let arguments =
            ["-m", &calls.to_string(), "-r", &per_second.to_string(), "-l", "400", server].map(str::to_owned);
        let fields = vec![("dial", number.to_owned())];
        Self { scenario, at: SocketAddr::new(from, 0), arguments: arguments.into(), fields }
    }

    /// Takes all calls that come to an address.
    pub fn takes(scenario: &'static str, at: SocketAddr) -> Self {
        Self { scenario, at, arguments: Vec::new(), fields: Vec::new() }
    }

    /// Registers a phone that is called at an address.
    pub fn registers(at: SocketAddr, server: &str, user: &str, password: &str) -> Self {
        let arguments = ["-m", "1", server].map(str::to_owned);
        let fields = [("user", user), ("password", password), ("status", "200")];
        let fields = fields.map(|(name, value)| (name, value.to_owned()));
        Self { scenario: "register.xml", at, arguments: arguments.into(), fields: fields.into() }
    }

    /// What the scenario names `{{name}}`.
    pub fn field(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    /// Over TCP or TLS (`tn`, `ln`), each call on a connection of its own.
    pub fn over(mut self, transport: &str) -> Self {
        self.arguments.extend(["-t", transport, "-max_socket", "2000"].map(str::to_owned));
        self
    }

    /// Begins.
    pub fn start(self) -> Busy {
        let folder = folder(self.scenario.trim_end_matches(".xml"));
        let path = here("sipp").join(self.scenario);
        let mut text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{} can be read: {error}", path.display()));
        for (name, value) in &self.fields {
            text = text.replace(&format!("{{{{{name}}}}}"), value);
        }
        // A minute is not long enough for a crowd.
        let text = text.replace("Expires: 60\n", "Expires: 3600\n");
        std::fs::write(folder.join("scenario.xml"), text).expect("the folder can be written");
        let output = std::fs::File::create(folder.join("output")).expect("the folder can be written");
        let mut command = Command::new("sipp");
        command.arg("-sf").arg(folder.join("scenario.xml")).args(self.arguments);
        command.args(["-i", &self.at.ip().to_string(), "-nostdin", "-trace_err", "-error_file"]);
        command.arg(folder.join("errors"));
        if self.at.port() != 0 {
            command.args(["-p", &self.at.port().to_string()]);
        }
        let child = command
            .env("TERM", "dumb")
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("sipp starts ({error}); has tests/conformance/install run?"));
        Busy { child, folder }
    }
}

impl Busy {
    /// Waits until all calls are over, each of which must have gone as the scenario tells.
    pub async fn ends_well(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let folder = self.folder.display();
        let status = ended
            .unwrap_or_else(|_| panic!("the crowd is still busy after {PATIENCE:?}: {folder}"))
            .expect("a child can be waited for");
        let errors = std::fs::read_to_string(self.folder.join("errors")).unwrap_or_default();
        let errors: String = errors.lines().take(20).collect::<Vec<_>>().join("\n");
        assert!(status.success(), "the calls did not go as told ({folder}): {errors}");
    }
}
