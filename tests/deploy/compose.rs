//! `compose.yaml`: what it needs is asked for by name, what it runs is pinned, and nothing has more rights than it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::files::{deploy, document, text, texts};
use super::tools::{passes, run, tool};

const ROLES: [&str; 4] = ["api", "ingest", "processors", "sinks"];

/// The variables of `.env.example`, with their values.
fn example() -> BTreeMap<String, String> {
    let text = text(&deploy(".env.example"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn services(compose: &Value) -> Vec<(&String, &Value)> {
    compose["services"].as_object().unwrap().iter().collect()
}

#[test]
fn every_variable_is_required_and_in_the_example() {
    let mut named = BTreeSet::new();
    for (path, text) in texts(&document("compose.yaml")) {
        for variable in text.split("${").skip(1) {
            let (name, message) =
                variable.split_once(":?").unwrap_or_else(|| panic!("{path}: ${{{variable}: it has no `:?`"));
            assert!(message.len() > 8, "{path}: {name} does not say what it is");
            named.insert(name.to_owned());
        }
    }
    let example = example();
    assert_eq!(named, example.keys().cloned().collect());
    for (name, value) in
        example.iter().filter(|(name, _)| name.ends_with("PASSWORD") || name.ends_with("TOKEN"))
    {
        assert_eq!(value, "", "{name}: a secret has no default");
    }
}

#[test]
fn configuration_takes_no_variable_that_containers_do_not_have() {
    let compose = document("compose.yaml");
    for name in ROLES.into_iter().chain(["migrate"]) {
        let given = compose["services"][name]["environment"].as_object().unwrap();
        for variable in super::settings::variables(&text(&deploy("tidemark.toml"))) {
            assert!(given.contains_key(variable), "{name} has no {variable}");
        }
    }
    let toml = text(&deploy("tidemark.toml"));
    for server in ["kafka:9092", "@clickhouse:8123/", "@postgres:5432/"] {
        assert!(toml.contains(server), "{server}");
        let service = server.trim_start_matches('@').split(':').next().unwrap();
        assert!(compose["services"].get(service).is_some(), "there is no {service}");
    }
}

#[test]
fn images_are_pinned_and_rights_are_few() {
    let compose = document("compose.yaml");
    let services = services(&compose);
    assert!(services.len() >= 8);
    for (name, service) in services {
        let image = service["image"].as_str().unwrap();
        let tag = image.rsplit_once(':').map(|(_, tag)| tag).unwrap_or_default();
        let pinned = tag.starts_with(|sign: char| sign == 'v' || sign.is_ascii_digit());
        assert!(pinned || image.contains(":${TIDEMARK_VERSION:?"), "{name}: {image} is not pinned");
        for right in ["privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "userns_mode"] {
            assert!(service.get(right).is_none(), "{name}: {right}");
        }
        let safe = service["security_opt"].as_array().unwrap();
        assert!(safe.contains(&Value::from("no-new-privileges:true")), "{name}");
        for port in service["ports"].as_array().into_iter().flatten() {
            assert!(
                port.as_str().unwrap().starts_with("127.0.0.1:"),
                "{name}: {port} can be reached from outside"
            );
        }
        let volumes = service["volumes"].as_array().into_iter().flatten();
        assert!(!volumes.map(ToString::to_string).any(|volume| volume.contains("docker.sock")), "{name}");
        let once = name == "migrate";
        assert_eq!(service["restart"], if once { "no" } else { "unless-stopped" }, "{name}");
        let healthy = service.get("healthcheck").is_some() || ROLES.contains(&name.as_str());
        assert!(healthy, "{name} has no health check, of its own or its image's");
    }
}

#[test]
fn roles_wait_for_the_migration_and_have_nothing_to_write_on() {
    let compose = document("compose.yaml");
    for name in ROLES {
        let service = &compose["services"][name];
        assert_eq!(service["depends_on"]["migrate"]["condition"], "service_completed_successfully", "{name}");
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{name}");
        let command = service["command"].as_array().unwrap();
        assert_eq!(command[2..], ["run", "--only", name], "{name}");
    }
    for server in ["clickhouse", "kafka", "postgres"] {
        let condition = &compose["services"]["migrate"]["depends_on"][server]["condition"];
        assert_eq!(condition, "service_healthy", "{server}");
        // Data outlives its container, and is not reached from outside.
        let volumes = compose["services"][server]["volumes"].as_array().unwrap();
        let name = volumes[0].as_str().unwrap().split(':').next().unwrap();
        assert!(compose["volumes"].get(name).is_some(), "{server}: {name} is no named volume");
        assert_eq!(compose["services"][server]["networks"], serde_json::json!(["servers"]), "{server}");
    }
    assert_eq!(compose["networks"]["servers"]["internal"], true);
}

/// The role that an address of this machine leads to.
fn role_at<'a>(compose: &'a Value, address: &str) -> &'a str {
    let published = format!("{address}:8080");
    let named = services(compose).into_iter().find(|(_, service)| {
        service["ports"].as_array().is_some_and(|ports| ports.contains(&Value::from(published.clone())))
    });
    let (name, service) = named.unwrap_or_else(|| panic!("{published} is not published"));
    let networks = service["networks"].as_array().unwrap();
    assert!(networks.contains(&Value::from("outside")), "{name}: an internal network publishes nothing");
    service["command"].as_array().unwrap().last().unwrap().as_str().unwrap()
}

#[test]
fn webhooks_are_led_to_who_takes_them_and_all_else_to_the_pages() {
    let compose = document("compose.yaml");
    let readme = text(&deploy("README.md"));
    for (words, role) in [("Webhooks: http://", "ingest"), ("Pages: http://", "api")] {
        let (_, rest) = readme.split_once(words).unwrap_or_else(|| panic!("`{words}` is not in README.md"));
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && !".:".contains(sign));
        let address = rest[..end.unwrap_or(rest.len())].trim_end_matches('.');
        assert_eq!(role_at(&compose, address), role, "{words}");
    }
    assert!(text(&deploy("tidemark.toml")).contains("listen = \"0.0.0.0:8080\""));
}

/// A file of variables as somebody fills it in, who forgets one.
fn filled(forgotten: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let example = example();
    let line = |(name, value): (&String, &String)| match (name.as_str(), value.as_str()) {
        ("TIDEMARK_ARCHIVE", _) => format!("{name}=/srv/jira-archive\n"),
        (_, "") => format!("{name}=0123456789abcdef0123456789abcdef\n"),
        (_, value) => format!("{name}={value}\n"),
    };
    let lines: String = example.iter().filter(|(name, _)| *name != forgotten).map(line).collect();
    std::fs::write(file.path(), lines).unwrap();
    file
}

#[test]
fn compose_takes_the_file() {
    let Some(compose) = tool("docker-compose", "compose_takes_the_file") else { return };
    let command = |variables: &str| {
        let mut command = Command::new(&compose);
        command.env_clear().env("HOME", "/nonexistent").arg("--file").arg(deploy("compose.yaml"));
        command.args(["--env-file", variables, "config", "--format", "json"]);
        command
    };
    let all = filled("");
    let resolved: Value =
        serde_json::from_str(&passes(&mut command(all.path().to_str().unwrap()), "")).unwrap();
    let ours = document("compose.yaml");
    assert_eq!(services(&resolved).len(), services(&ours).len());
    for name in ROLES {
        // Merged keys are understood here as there.
        let (theirs, ours) = (&resolved["services"][name], &ours["services"][name]);
        for key in ["command", "read_only", "cap_drop"] {
            assert_eq!(theirs[key], ours[key], "{name}: {key}");
        }
    }
    for (name, volume) in resolved["configs"].as_object().unwrap() {
        let file = volume["file"].as_str().unwrap();
        assert!(std::path::Path::new(file).is_file(), "{name}: there is no {file}");
    }
    for name in example().keys() {
        let some = filled(name);
        let refused = run(&mut command(some.path().to_str().unwrap()), "");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "it starts without {name}");
        assert!(said.contains(&format!("required variable {name} is missing")), "{name}: {said}");
    }
}

#[test]
fn what_the_image_is_made_of_is_sent_and_secrets_are_not() {
    let ignored = text(&deploy("../.dockerignore"));
    let ignored: BTreeSet<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    for kept in ["Cargo.toml", "Cargo.lock", "src", "api", "tests", "/tests", "sql", "*"] {
        assert!(!ignored.contains(kept), "{kept} is needed");
    }
    for secret in [".git", "**/.env", "**/target"] {
        assert!(ignored.contains(secret), "{secret} is sent along");
    }
    let git = text(&deploy("../.gitignore"));
    assert!(git.lines().any(|line| line == "/deploy/.env"), "a filled-in .env could be committed");
}
