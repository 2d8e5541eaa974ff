//! The chart, rendered by Helm with each of its sets of values, and what it comes to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::files::{all, deploy, yaml};
use super::manifests::{blind_selectors, kind, name, of_kind, pods, selects, unsafe_pods};
use super::tools::{passes, run, tool};

/// The oldest cluster that the chart is for, and the newest that is known.
const CLUSTERS: [&str; 2] = ["1.30.0", "1.37.0"];

fn values() -> Vec<String> {
    let found: Vec<String> = all().into_iter().filter(|path| path.starts_with("helm/tidemark/ci/")).collect();
    assert!(found.len() >= 3, "{found:?}");
    found
}

fn template(helm: &Path, values: &str, cluster: &str) -> Command {
    let mut command = Command::new(helm);
    command.args(["template", "acme"]).arg(deploy("helm/tidemark")).args(["--namespace", "tidemark"]);
    command.args(["--kube-version", cluster, "--values"]).arg(deploy(values));
    command
}

fn rendered(helm: &Path, values: &str) -> Vec<Value> {
    yaml(&passes(&mut template(helm, values, CLUSTERS[1]), ""), values)
}

fn helm(test: &str) -> Option<PathBuf> {
    tool("helm", test)
}

#[test]
fn helm_has_no_objection() {
    let Some(helm) = helm("helm_has_no_objection") else { return };
    for values in values() {
        let mut command = Command::new(&helm);
        command.args(["lint", "--strict"]).arg(deploy("helm/tidemark")).arg("--values").arg(deploy(&values));
        passes(&mut command, "");
        for cluster in CLUSTERS {
            passes(&mut template(&helm, &values, cluster), "");
        }
        let old = run(&mut template(&helm, &values, "1.29.0"), "");
        assert!(!old.status.success(), "a cluster without what pods need is refused");
    }
}

#[test]
fn what_it_comes_to_is_safe_and_finds_its_pods() {
    let Some(helm) = helm("what_it_comes_to_is_safe_and_finds_its_pods") else { return };
    for values in values() {
        let objects = rendered(&helm, &values);
        let wrong = [unsafe_pods(&objects), blind_selectors(&objects)].concat();
        assert!(wrong.is_empty(), "{values}:\n{}", wrong.join("\n"));
        assert!(of_kind(&objects, "Secret").is_empty(), "{values}: secrets are made elsewhere");
        for object in &objects {
            assert!(
                object["metadata"]["labels"]["app.kubernetes.io/instance"] == "acme",
                "{} {}",
                kind(object),
                name(object)
            );
        }
    }
}

#[test]
fn each_role_is_there_as_it_was_asked_for() {
    let Some(helm) = helm("each_role_is_there_as_it_was_asked_for") else { return };
    let workloads = |values: &str| -> Vec<String> {
        let objects = rendered(&helm, values);
        let both = ["Deployment", "StatefulSet"].map(|kind| of_kind(&objects, kind)).concat();
        let said = both.iter().map(|one| format!("{} {} {}", kind(one), name(one), one["spec"]["replicas"]));
        let mut said: Vec<String> = said.collect();
        said.sort_unstable();
        said
    };
    let minimal = [
        "Deployment acme-tidemark-api 2",
        "Deployment acme-tidemark-ingest 1",
        "Deployment acme-tidemark-processors 2",
        "Deployment acme-tidemark-sinks 2",
    ];
    assert_eq!(workloads("helm/tidemark/ci/minimal.yaml"), minimal);
    let full = [
        "Deployment acme-tidemark-api 2",
        "StatefulSet acme-tidemark-ingest 1",
        "StatefulSet acme-tidemark-processors 4",
        "StatefulSet acme-tidemark-sinks 2",
    ];
    assert_eq!(workloads("helm/tidemark/ci/full.yaml"), full);
    assert_eq!(workloads("helm/tidemark/ci/bare.yaml"), ["Deployment numbers-api 2"]);

    let objects = rendered(&helm, "helm/tidemark/ci/minimal.yaml");
    assert_eq!(of_kind(&objects, "PodDisruptionBudget").len(), 4);
    let objects = rendered(&helm, "helm/tidemark/ci/bare.yaml");
    for absent in
        ["Job", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount", "Ingress", "ServiceMonitor"]
    {
        assert!(of_kind(&objects, absent).is_empty(), "{absent} was turned off");
    }
}

/// The roles of the pods that a service leads to, by the port that a request comes in at.
fn roles_behind(objects: &[Value], service: &str, port: &Value) -> Vec<String> {
    let service = objects.iter().find(|one| kind(one) == "Service" && name(one) == service).unwrap();
    let ports = service["spec"]["ports"].as_array().unwrap();
    let target = &ports.iter().find(|one| one["name"] == *port).unwrap()["targetPort"];
    let selector = json!({"matchLabels": service["spec"]["selector"]});
    let chosen = pods(objects).into_iter().filter(|(_, labels, _)| selects(&selector, labels));
    let roles = chosen.map(|(place, _, spec)| {
        let container = &spec["containers"][0];
        let ports = container["ports"].as_array().cloned().unwrap_or_default();
        assert!(ports.iter().any(|port| port["name"] == *target), "{place} has no port {target}");
        container["args"].as_array().unwrap().last().unwrap().as_str().unwrap().to_owned()
    });
    roles.collect()
}

#[test]
fn webhooks_are_led_to_who_takes_them_and_all_else_to_the_pages() {
    let Some(helm) = helm("webhooks_are_led_to_who_takes_them_and_all_else_to_the_pages") else { return };
    let objects = rendered(&helm, "helm/tidemark/ci/full.yaml");
    let ingress = of_kind(&objects, "Ingress")[0];
    let paths = ingress["spec"]["rules"][0]["http"]["paths"].as_array().unwrap();
    let led = paths.iter().map(|path| {
        assert_eq!(path["pathType"], "Prefix");
        let backend = &path["backend"]["service"];
        let roles = roles_behind(&objects, backend["name"].as_str().unwrap(), &backend["port"]["name"]);
        (path["path"].as_str().unwrap(), roles)
    });
    let led: BTreeMap<&str, Vec<String>> = led.collect();
    let roles = |name: &str| vec![name.to_owned()];
    assert_eq!(led, BTreeMap::from([("/", roles("api")), ("/hooks", roles("ingest"))]));
    // Whoever reaches the one reaches the other.
    let controller = json!([{"namespaceSelector":
        {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}]);
    let (_, labels, _) = pods(&objects).into_iter().find(|(place, ..)| place.ends_with("-ingest")).unwrap();
    let lets_in = of_kind(&objects, "NetworkPolicy").into_iter().any(|policy| {
        selects(&policy["spec"]["podSelector"], &labels)
            && policy["spec"]["ingress"].as_array().is_some_and(|rules| {
                rules.iter().any(|rule| rule["from"] == controller && rule["ports"][0]["port"] == 8080)
            })
    });
    assert!(lets_in, "no policy lets webhooks in");
    // Without anybody who takes them there is no way in.
    let mut without = template(&helm, "helm/tidemark/ci/full.yaml", CLUSTERS[1]);
    let objects = yaml(&passes(without.args(["--set", "roles.ingest.enabled=false"]), ""), "without ingest");
    let paths = &of_kind(&objects, "Ingress")[0]["spec"]["rules"][0]["http"]["paths"];
    assert_eq!(paths.as_array().map(Vec::len), Some(1), "{paths}");
    assert!(blind_selectors(&objects).is_empty());
}

#[test]
fn the_migration_comes_first_and_needs_nothing_of_the_release() {
    let Some(helm) = helm("the_migration_comes_first_and_needs_nothing_of_the_release") else { return };
    for values in ["helm/tidemark/ci/minimal.yaml", "helm/tidemark/ci/full.yaml"] {
        let objects = rendered(&helm, values);
        let jobs = of_kind(&objects, "Job");
        assert_eq!(jobs.len(), 1);
        let hook =
            |object: &Value| object["metadata"]["annotations"]["helm.sh/hook"].as_str().map(str::to_owned);
        assert_eq!(hook(jobs[0]).as_deref(), Some("pre-install,pre-upgrade"));
        let spec = &jobs[0]["spec"]["template"]["spec"];
        assert!(spec.get("serviceAccountName").is_none(), "the release's is not there yet");
        for volume in spec["volumes"].as_array().unwrap() {
            let Some(config) = volume["configMap"]["name"].as_str() else { continue };
            let config = objects.iter().find(|one| kind(one) == "ConfigMap" && name(one) == config).unwrap();
            assert_eq!(hook(config), hook(jobs[0]), "its configuration is there before it");
        }
    }
}

#[test]
fn the_configuration_is_one_that_the_program_takes() {
    let Some(helm) = helm("the_configuration_is_one_that_the_program_takes") else { return };
    for values in values() {
        for config in of_kind(&rendered(&helm, &values), "ConfigMap") {
            let text = config["data"]["tidemark.toml"].as_str().unwrap();
            super::settings::is_taken(text, &format!("{values}: {}", name(config)));
        }
    }
}

#[test]
fn variables_of_the_configuration_are_given_to_every_container() {
    let Some(helm) = helm("variables_of_the_configuration_are_given_to_every_container") else { return };
    for values in values() {
        let objects = rendered(&helm, &values);
        let config = of_kind(&objects, "ConfigMap")[0]["data"]["tidemark.toml"].as_str().unwrap();
        for (place, _, spec) in pods(&objects) {
            let given = spec["containers"][0]["env"].as_array().unwrap();
            for variable in super::settings::variables(config) {
                let from = given.iter().find(|one| one["name"] == variable);
                let from = from.unwrap_or_else(|| panic!("{values}: {place} has no {variable}"));
                assert!(from["valueFrom"]["secretKeyRef"]["name"].is_string(), "{values}: {place}: {from}");
            }
        }
    }
}

#[test]
fn values_that_are_wrong_or_secret_are_refused() {
    let Some(helm) = helm("values_that_are_wrong_or_secret_are_refused") else { return };
    let minimal = "helm/tidemark/ci/minimal.yaml";
    for (setting, named) in [
        ("storage.warehouse=clickhouse://u:hunter2@h:8123/d", "/storage/warehouse"),
        ("storage.database=postgres://u:hunter2@h:5432/d", "/storage/database"),
        ("storage.log=kafka://h:9092?sasl.password=hunter2", "/storage/log"),
        ("storage.log=redis://h:9092", "/storage/log"),
        ("roles.ingest.replicas=-1", "/roles/ingest"),
        ("storage.partitions=0", "/storage/partitions"),
        ("roles.workers.replicas=2", "workers"),
        ("image.tag=latest", "/image/tag"),
        ("existingSecret=", "existingSecret"),
        ("storage.log=", "storage.log"),
        ("config=[storage]", "leave them out"),
        ("config=[api]", "leave them out"),
    ] {
        let output = run(template(&helm, minimal, CLUSTERS[1]).args(["--set", setting]), "");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(named), "{setting}: {said}");
    }
}

#[test]
fn kubernetes_knows_every_field() {
    let test = "kubernetes_knows_every_field";
    let (Some(helm), Some(validate)) = (helm(test), tool("kubernetes-validate", test)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("objects.yaml");
    for values in values() {
        for cluster in CLUSTERS {
            let text = passes(&mut template(&helm, &values, cluster), "");
            // The operator's own kind is in no schema of Kubernetes.
            let documents: Vec<&str> =
                text.split("\n---").filter(|one| !one.contains("kind: ServiceMonitor")).collect();
            std::fs::write(&path, documents.join("\n---")).unwrap();
            let mut command = Command::new(&validate);
            passes(command.args(["--strict", "--quiet", "-k", cluster]).arg(&path), "");
        }
    }
    std::fs::write(&path, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}\n").unwrap();
    let wrong = run(Command::new(&validate).args(["--strict", "-k", CLUSTERS[1]]).arg(&path), "");
    assert!(!wrong.status.success(), "it takes anything");
}
