//! Help.

use crate::running_server::run;

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in ["serve", "config", "events", "phone", "status", "version"] {
        let output = run(&[command, "--help"]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("Example"), "{command}: {text}");
    }
}

#[test]
fn a_command_without_a_server_says_how_to_start_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().to_str().expect("a path of letters");
    for command in [&["status", "--data", folder][..], &["events", "list", "--data", folder]] {
        let output = run(command);
        let complaint = crate::running_server::complaint(&output);
        assert!(!output.status.success());
        assert!(complaint.contains("ringdown serve") && complaint.contains("--data"), "{complaint}");
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
    }
}
