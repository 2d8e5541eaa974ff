//! Rules for what the chart comes to: each takes rendered objects and says what is wrong with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

type Labels = BTreeMap<String, String>;

pub(crate) fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

pub(crate) fn of_kind<'a>(objects: &'a [Value], wanted: &str) -> Vec<&'a Value> {
    objects.iter().filter(|object| kind(object) == wanted).collect()
}

/// The pods that objects come to: labels and specification.
pub(crate) fn pods(objects: &[Value]) -> Vec<(String, Labels, &Value)> {
    let pod = |object: &'_ Value| -> Option<(Labels, usize)> {
        match kind(object) {
            "Pod" => Some((labels(&object["metadata"]["labels"]), 0)),
            "Deployment" | "StatefulSet" | "Job" => {
                Some((labels(&object["spec"]["template"]["metadata"]["labels"]), 1))
            }
            _ => None,
        }
    };
    let found = objects.iter().filter_map(|object| {
        let (labels, depth) = pod(object)?;
        let spec = if depth == 0 { &object["spec"] } else { &object["spec"]["template"]["spec"] };
        Some((format!("{} {}", kind(object), name(object)), labels, spec))
    });
    found.collect()
}

pub(crate) fn labels(value: &Value) -> Labels {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Whether a selector of labels takes these.
pub(crate) fn selects(selector: &Value, labels: &Labels) -> bool {
    let all = self::labels(&selector["matchLabels"]);
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    all.iter().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().all(|expression| {
            assert_eq!(expression["operator"], "In", "say here what {expression} selects");
            let value = labels.get(expression["key"].as_str().unwrap_or_default());
            expression["values"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|one| one.as_str() == value.map(String::as_str))
        })
}

/// What is wrong with the pods: rights, resources, probes, mounts, secrets.
pub(crate) fn unsafe_pods(objects: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (place, _, spec) in pods(objects) {
        let mut want = |fine: bool, what: &str| {
            if !fine {
                wrong.push(format!("{place}: {what}"));
            }
        };
        let security = &spec["securityContext"];
        want(security["runAsNonRoot"] == true && security["runAsUser"].as_u64() > Some(0), "it may be root");
        want(security["seccompProfile"]["type"] == "RuntimeDefault", "no seccomp profile");
        want(spec["automountServiceAccountToken"] == false, "it has a token of the cluster");
        want(spec["enableServiceLinks"] == false, "services' names become variables");
        for forbidden in ["hostNetwork", "hostPID", "hostIPC"] {
            want(spec.get(forbidden).is_none(), forbidden);
        }
        let volumes = spec["volumes"].as_array().cloned().unwrap_or_default();
        want(volumes.iter().all(|volume| volume.get("hostPath").is_none()), "it mounts a folder of its node");
        let containers = spec["containers"].as_array().cloned().unwrap_or_default();
        want(!containers.is_empty(), "no container");
        for container in &containers {
            let security = &container["securityContext"];
            want(security["allowPrivilegeEscalation"] == false, "it may gain rights");
            want(security["readOnlyRootFilesystem"] == true, "its root can be written");
            want(security["capabilities"] == json!({"drop": ["ALL"]}), "it has capabilities");
            let image = container["image"].as_str().unwrap_or_default();
            let tag = image.rsplit('/').next().unwrap_or_default().split_once([':', '@']).map(|(_, tag)| tag);
            want(tag.is_some_and(|tag| !tag.is_empty() && tag != "latest"), "its image is not pinned");
            let resources = &container["resources"];
            want(
                resources["requests"]["cpu"].is_string() && resources["requests"]["memory"].is_string(),
                "no requests",
            );
            want(resources["limits"]["memory"].is_string(), "no limit of memory");
            for variable in container["env"].as_array().into_iter().flatten() {
                let name = variable["name"].as_str().unwrap_or_default();
                let secret = ["PASSWORD", "TOKEN", "SECRET"].iter().any(|word| name.contains(word));
                want(!secret || variable.get("value").is_none(), "a secret is written out");
            }
            for mount in container["volumeMounts"].as_array().into_iter().flatten() {
                want(
                    volumes.iter().any(|volume| volume["name"] == mount["name"]) || mount["name"] == "data",
                    "a mount without its volume",
                );
            }
            let serves = container["args"].as_array().is_some_and(|args| args.contains(&Value::from("run")));
            let ports = container["ports"].as_array().cloned().unwrap_or_default();
            for (probe, path) in
                [("startupProbe", "/health"), ("livenessProbe", "/health"), ("readinessProbe", "/ready")]
            {
                let http = &container[probe]["httpGet"];
                let there = http["path"] == path && ports.iter().any(|port| port["name"] == http["port"]);
                want(!serves || there, probe);
            }
        }
    }
    wrong
}

/// What is wrong with what selects pods: services, budgets, policies, and the workloads themselves.
pub(crate) fn blind_selectors(objects: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let pods = pods(objects);
    let serving: Vec<&Labels> = pods
        .iter()
        .filter(|(place, ..)| !place.starts_with("Job") && !place.starts_with("Pod"))
        .map(|(_, labels, _)| labels)
        .collect();
    for object in objects {
        let place = format!("{} {}", kind(object), name(object));
        let spec = &object["spec"];
        match kind(object) {
            "Deployment" | "StatefulSet" => {
                let own = labels(&spec["template"]["metadata"]["labels"]);
                let chosen = serving.iter().filter(|labels| selects(&spec["selector"], labels)).count();
                if !selects(&spec["selector"], &own) || chosen != 1 {
                    wrong.push(format!("{place}: it selects {chosen} workloads' pods"));
                }
            }
            "PodDisruptionBudget" => {
                let chosen = serving.iter().filter(|labels| selects(&spec["selector"], labels)).count();
                if chosen != 1 {
                    wrong.push(format!("{place}: it is for {chosen} workloads' pods"));
                }
            }
            "Service" => {
                let selector = json!({"matchLabels": spec["selector"]});
                if !serving.iter().any(|labels| selects(&selector, labels)) {
                    wrong.push(format!("{place}: it leads nowhere"));
                }
            }
            _ => {}
        }
    }
    let policies = of_kind(objects, "NetworkPolicy");
    let covers = |labels: &Labels, direction: &str| {
        policies.iter().any(|policy| {
            let types = policy["spec"]["policyTypes"].as_array().cloned().unwrap_or_default();
            types.contains(&Value::from(direction)) && selects(&policy["spec"]["podSelector"], labels)
        })
    };
    for (place, labels, _) in pods.iter().filter(|_| !policies.is_empty()) {
        for direction in ["Ingress", "Egress"] {
            if !covers(labels, direction) {
                wrong.push(format!("{place}: no policy says what {direction} it has"));
            }
        }
    }
    wrong
}

#[test]
fn what_is_unsafe_is_said() {
    let container = json!({"name": "a", "image": "x/a:latest", "args": ["run"], "env": [{"name": "A_TOKEN", "value": "x"}]});
    let pod =
        json!({"metadata": {"labels": {"a": "b"}}, "spec": {"hostNetwork": true, "containers": [container]}});
    let deployment = json!({"kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"selector": {"matchLabels": {"a": "c"}}, "template": pod}});
    let service = json!({"kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": {"x": "y"}}});
    let policy = json!({"kind": "NetworkPolicy", "metadata": {"name": "p"},
        "spec": {"policyTypes": ["Ingress"], "podSelector": {"matchLabels": {"a": "b"}}}});
    let objects = [deployment, service, policy];
    let said = unsafe_pods(&objects).join("\n");
    for what in [
        "root",
        "seccomp",
        "token of the cluster",
        "hostNetwork",
        "gain rights",
        "root can be written",
        "capabilities",
        "not pinned",
        "no requests",
        "no limit",
        "written out",
        "startupProbe",
        "readinessProbe",
    ] {
        assert!(said.contains(what), "{what} is not in: {said}");
    }
    let expected = [
        "Deployment d: it selects 0 workloads' pods",
        "Service s: it leads nowhere",
        "Deployment d: no policy says what Egress it has",
    ];
    assert_eq!(blind_selectors(&objects), expected);
}
