//! What the program tells of itself: logs as JSON, and traces to a collector that the standard variables name.
#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tidemark_tests::command::Installation;

const PATIENCE: Duration = Duration::from_secs(20);

/// A request, as a collector of traces gets it.
struct Export {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

/// A collector that takes traces over HTTP, as OTLP says (OpenTelemetry Protocol 1.x, "OTLP/HTTP"): a POST of a protobuf
/// message to `/v1/traces`, answered with 200 and an empty one.
fn collector() -> (String, Receiver<Export>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (send, exports) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(export) = request(&mut stream) {
                let answer =
                    "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
                if send.send(export).is_err() {
                    return;
                }
            }
        }
    });
    (address, exports)
}

fn request(stream: &mut BufReader<TcpStream>) -> Option<Export> {
    let mut head = Vec::new();
    for line in stream.by_ref().lines() {
        match line.ok()? {
            line if line.is_empty() => break,
            line => head.push(line.to_ascii_lowercase()),
        }
    }
    let line = head.first()?.clone();
    let length =
        head.iter().find_map(|header| header.strip_prefix("content-length:")?.trim().parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Export { line, headers: head, body })
}

fn holds(body: &[u8], word: &str) -> bool {
    body.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn traces_go_where_the_standard_variables_say() {
    let (address, exports) = collector();
    let installation = Installation::simulated(51)
        .with("TIDEMARK__API__LISTEN", "127.0.0.1:0")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", &address)
        .with("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=acceptance");
    let server = tidemark_tests::server::Server::start(installation.command(&["run"]));
    server.json("/api/v1/boards");
    assert!(server.stop().success());
    let mut all = Vec::new();
    let wanted = ["batch", "flush", "service.name", "tidemark", "deployment.environment", "acceptance"];
    while !wanted.iter().all(|word| holds(&all, word)) {
        let export = exports.recv_timeout(PATIENCE).expect("everything wanted is sent");
        assert_eq!(export.line, "post /v1/traces http/1.1");
        let kind = export.headers.iter().find(|header| header.starts_with("content-type:")).unwrap();
        assert!(kind.ends_with("application/x-protobuf"), "{kind}");
        all.extend(export.body);
    }
}

#[test]
fn a_collector_that_is_away_holds_up_nothing() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let installation =
        Installation::simulated(52).with("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{gone}"));
    installation.ok(&["sync"]);
}

#[test]
fn logs_are_json_where_that_is_asked_for() {
    let installation = Installation::simulated(54);
    let mut command = installation.command(&["sync", "--log-format", "json"]);
    command.env("RUST_LOG", "tidemark=info");
    let output = command.output().unwrap();
    assert!(output.status.success());
    let logged = String::from_utf8(output.stderr).unwrap();
    // What is told to people as it goes on is no log.
    let lines: Vec<&str> = logged.lines().filter(|line| line.starts_with('{')).collect();
    assert!(!lines.is_empty(), "{logged}");
    for line in &lines {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(entry[field].is_string(), "`{field}` is not in {line}");
        }
    }
    let phase = lines.iter().find(|line| line.contains("phase.name")).unwrap();
    let phase: Value = serde_json::from_str(phase).unwrap();
    assert!(phase["duration_s"].is_f64(), "numbers stay numbers: {phase}");
}
