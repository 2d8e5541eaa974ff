//! Webhooks over real sockets, by senders who are strangers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::{Hook, Hooks, Limits, MOST_BYTES, Taken, Taking, limited};
use crate::metrics::Metrics;

/// Believes whoever signs at all, or knows the address.
#[derive(Default)]
struct Believing {
    bytes: AtomicUsize,
}

impl Hooks for Believing {
    fn admits(&self, head: &Hook) -> Result<(), Taken> {
        let signed = head.headers.iter().any(|(name, _)| name == "x-hub-signature");
        match head.source.as_str() {
            "acme" if signed || head.secret.as_deref() == Some("häm & mer") => Ok(()),
            "acme" => Err(Taken::Refused("it carries no signature")),
            _ => Err(Taken::Nowhere),
        }
    }

    fn take(&self, hook: Hook) -> Taking<'_> {
        self.bytes.fetch_add(hook.body.len(), Ordering::SeqCst);
        Box::pin(async { Taken::Yes })
    }
}

struct Door {
    _runtime: Runtime,
    address: SocketAddr,
    hooks: Arc<Believing>,
    metrics: Metrics,
}

/// Patient, with room for all.
const WIDE: Limits = Limits { room: 64 << 10, within: Duration::from_secs(60) };

fn door(limits: Limits) -> Door {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (hooks, metrics) = (Arc::new(Believing::default()), Metrics::default());
    let router = limited(hooks.clone(), metrics.clone(), limits);
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(crate::serve(listener, router, CancellationToken::new()));
    Door { _runtime: runtime, address, hooks, metrics }
}

impl Door {
    /// Sends the head of a request with these headers, and what there is of its body.
    fn begin(&self, path: &str, headers: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "POST {path} HTTP/1.1\r\nHost: here\r\n{headers}\r\n").unwrap();
        stream.write_all(body).unwrap();
        stream
    }

    fn begin_signed(&self, headers: &str, body: &[u8]) -> TcpStream {
        self.begin("/hooks/acme", &format!("X-Hub-Signature: sha256=00\r\n{headers}"), body)
    }
}

/// The status and the headers of the answer.
fn answer(stream: &TcpStream) -> (u16, String) {
    let mut reader = BufReader::new(stream);
    let (mut status, mut headers) = (String::new(), String::new());
    reader.read_line(&mut status).unwrap();
    while !headers.ends_with("\r\n\r\n") && reader.read_line(&mut headers).unwrap() > 2 {}
    (status.split(' ').nth(1).unwrap().parse().unwrap(), headers.to_lowercase())
}

#[test]
fn what_can_be_refused_is_before_its_body_comes() {
    let door = door(WIDE);
    let announced = "Content-Length: 1000\r\n";
    assert_eq!(answer(&door.begin("/hooks/nobody", announced, b"")).0, 404);
    assert_eq!(answer(&door.begin("/hooks/acme", announced, b"")).0, 401);
    let too_large = format!("Content-Length: {}\r\n", MOST_BYTES + 1);
    assert_eq!(answer(&door.begin_signed(&too_large, b"")).0, 413);
    assert_eq!(answer(&door.begin("/hooks/acme?secret=wrong", announced, b"")).0, 401);
    assert_eq!(door.hooks.bytes.load(Ordering::SeqCst), 0);
}

#[test]
fn what_comes_whole_is_taken() {
    let door = door(WIDE);
    let chunked = "Transfer-Encoding: chunked\r\n";
    assert_eq!(answer(&door.begin_signed(chunked, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).0, 200);
    assert_eq!(answer(&door.begin_signed("Content-Length: 5\r\n", b"fghij")).0, 200);
    let by_address =
        door.begin("/hooks/acme?secret=h%C3%A4m+%26%20mer&user_id=ana", "Content-Length: 1\r\n", b"k");
    assert_eq!(answer(&by_address).0, 200);
    assert_eq!(door.hooks.bytes.load(Ordering::SeqCst), 11);
}

#[test]
fn a_body_that_turns_out_to_be_too_large_is_not_received() {
    let door = door(WIDE);
    let mut stream = door.begin_signed("Transfer-Encoding: chunked\r\n", b"");
    let piece = vec![b'x'; 1 << 20];
    // The connection may be closed while it is still sent.
    for _ in 0..=MOST_BYTES >> 20 {
        let sent = write!(stream, "{:x}\r\n", piece.len()).and_then(|()| stream.write_all(&piece));
        if sent.and_then(|()| stream.write_all(b"\r\n")).is_err() {
            break;
        }
    }
    let mut said = String::new();
    // What was answered before may be lost with the connection; taken it is not.
    stream.read_to_string(&mut said).ok();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 413"), "{said}");
    assert_eq!(door.hooks.bytes.load(Ordering::SeqCst), 0);
    assert!(door.metrics.text().contains("tidemark_hooks_total{outcome=\"too_large\"} 1"));
}

#[test]
fn who_sends_too_slowly_is_told_so() {
    let door = door(Limits { within: Duration::from_millis(300), ..WIDE });
    let mut slow = door.begin_signed("Content-Length: 1000\r\n", b"{");
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(50));
        slow.write_all(b" ").unwrap();
    }
    let (status, headers) = answer(&slow);
    assert_eq!(status, 408);
    assert!(headers.contains("connection: close"), "{headers}");
    assert!(door.metrics.text().contains("tidemark_hooks_total{outcome=\"slow\"} 1"));
}

#[test]
fn more_than_there_is_room_for_has_to_come_again() {
    let door = door(Limits { room: 100, ..WIDE });
    let large = "Content-Length: 80000\r\n";
    let mut first = door.begin_signed(large, &[b'x'; 79_999]);
    // It takes room as it comes, not as it is announced.
    let full =
        std::iter::from_fn(|| Some(answer(&door.begin_signed("Content-Length: 50000\r\n", &[b'x'; 50_000]))));
    let (status, headers) = full.take(1000).find(|(status, _)| *status != 200).unwrap();
    assert_eq!(status, 503);
    assert!(headers.contains("retry-after: 1"), "{headers}");
    assert_eq!(
        answer(&door.begin_signed("Content-Length: 9000\r\n", &[b'x'; 9000])).0,
        200,
        "there is room for it"
    );
    first.write_all(b"x").unwrap();
    assert_eq!(answer(&first).0, 200);
    assert_eq!(answer(&door.begin_signed(large, &[b'x'; 80_000])).0, 200, "there is room again");
}

#[test]
fn a_secret_in_an_address_is_not_printed() {
    let hook = Hook { source: "acme".to_owned(), secret: Some("hunter2".to_owned()), ..Hook::default() };
    assert!(!format!("{hook:?}").contains("hunter2"));
}
