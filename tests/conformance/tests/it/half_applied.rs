//! The plug is pulled while a company is set up.

use conformance::cli::ringdown;
use conformance::patience::in_time;
use conformance::platform::Platform;

use crate::company::does;

const PEOPLE: usize = 3_000;

/// How much the database has written, as its folder tells.
fn written(platform: &Platform) -> u64 {
    let files = std::fs::read_dir(platform.data()).expect("the folder is there").flatten();
    let logs = files.filter(|file| file.file_name().to_string_lossy().ends_with("-wal"));
    logs.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

/// A document with many people who are all called the same.
fn people(platform: &Platform, name: &str) -> String {
    let mut text = "tenant: { name: Contoso, domains: [contoso.example] }\nusers:\n".to_owned();
    for index in 0..PEOPLE {
        text.push_str(&format!("- {{ userPrincipalName: p{index}@contoso.example, displayName: {name} }}\n"));
    }
    let file = platform.data().join(format!("{name}.yaml"));
    std::fs::write(&file, text).expect("there is room");
    file.display().to_string()
}

#[tokio::test]
async fn a_server_that_is_killed_while_it_applies_has_all_of_it_or_nothing() {
    let mut platform = Platform::demo("half-applied").await;
    let mut before = None;
    for name in ["First", "Second"] {
        let file = people(&platform, name);
        let (data, grown) = (platform.data().display().to_string(), written(&platform));
        let arguments = ["apply", "-f", file.as_str(), "--data", data.as_str()];
        let writes = async {
            while written(&platform) <= grown {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            said = ringdown(&arguments) => panic!("nothing was written: {}{}", said.output, said.error),
            () = in_time("the database writes", writes) => {}
        }
        platform.kill();
        platform.restart().await;
        let export = does(&platform, &["export", "Contoso"]).await;
        let called = |name: &str| export.matches(&format!("displayName: {name}")).count();
        let (new, old) = (called(name), before.map_or(0, called));
        assert!(new == 0 || new == PEOPLE, "{new} of {name}");
        assert!(new + old == PEOPLE || (new == 0 && before.is_none()), "{new} of {name}, {old} of before");
        // What is left of it is no obstacle.
        does(&platform, &["apply", "-f", &file]).await;
        before = Some(name);
    }
}
