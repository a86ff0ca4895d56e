//! The README, as somebody reads it who types what it says.

use std::path::Path;

use crate::sdk::root;

/// The code block that follows a `<!-- tested: name -->` mark.
pub fn block(name: &str) -> String {
    let text = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let mark = format!("<!-- tested: {name} -->");
    let rest = text.split_once(&mark).unwrap_or_else(|| panic!("the README has no {mark}")).1;
    let mut lines = rest.lines().skip_while(|line| !line.starts_with("```"));
    lines.next();
    lines.take_while(|line| !line.starts_with("```")).map(|line| format!("{line}\n")).collect()
}

/// The same for a server that lives in another folder, and an application on another port.
pub fn block_for(name: &str, data: &Path, port: u16) -> String {
    let data = data.display().to_string();
    block(name).replace("ringdown-data", &data).replace("7000", &port.to_string())
}

/// The arguments of a `ringdown` command, as a shell would split them.
pub fn arguments(command: &str) -> Vec<String> {
    let words = command.split_whitespace().skip(1);
    words.map(|word| word.trim_matches('"').to_owned()).collect()
}
