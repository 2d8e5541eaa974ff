//! As much of Kafka's protocol as its administrators need: settings of topics, and what is forbidden. Whoever changes these is
//! not Tidemark. Numbers and layouts are those of the protocol's guide (kafka.apache.org/protocol).

use std::io::{Read, Write};
use std::net::TcpStream;

const CREATE_ACLS: (u16, u16) = (30, 1);
const ALTER_CONFIGS: (u16, u16) = (44, 0);

/// What a rule is about.
#[derive(Debug, Clone, Copy)]
pub enum Resource {
    Topic = 2,
    TransactionalId = 5,
}

/// Of `IncrementalAlterConfigs`.
const SET: u8 = 0;
/// Of `CreateAcls`: the name is the whole name; everything or writing; and whether it is forbidden or permitted.
const LITERAL: u8 = 3;
const ALL: u8 = 2;
const WRITE: u8 = 4;
const DENY: u8 = 2;
const ALLOW: u8 = 3;

/// Sets a setting of a topic; what the broker answers, where 0 says that it is done.
pub fn set_topic(address: &str, topic: &str, (setting, value): (&str, &str)) -> std::io::Result<i16> {
    let mut body = vec![Resource::Topic as u8];
    text(&mut body, topic);
    body.extend(1_u32.to_be_bytes());
    text(&mut body, setting);
    body.push(SET);
    text(&mut body, value);
    // Not for trying only.
    body.push(0);
    ask(address, ALTER_CONFIGS, &body)
}

/// Forbids everybody who has no name to write, and nothing else; what the broker answers, where 0 says that it is done.
pub fn forbid_writing(address: &str, resource: Resource, name: &str) -> std::io::Result<i16> {
    let rule = |operation: u8, permission: u8| {
        let mut body = vec![resource as u8];
        text(&mut body, name);
        body.push(LITERAL);
        text(&mut body, "User:ANONYMOUS");
        text(&mut body, "*");
        body.extend([operation, permission]);
        ask(address, CREATE_ACLS, &body)
    };
    // What has a rule is nobody's but whom a rule names.
    match rule(ALL, ALLOW)? {
        0 => rule(WRITE, DENY),
        code => Ok(code),
    }
}

/// Asks for one thing; the code of the answer.
fn ask(address: &str, (key, version): (u16, u16), body: &[u8]) -> std::io::Result<i16> {
    let mut request = [key.to_be_bytes(), version.to_be_bytes()].concat();
    request.extend(7_u32.to_be_bytes());
    text(&mut request, "tests");
    request.extend(1_u32.to_be_bytes());
    request.extend(body);
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&u32::try_from(request.len()).unwrap_or_default().to_be_bytes())?;
    stream.write_all(&request)?;
    // Its size and number, how long to wait, how many answers there are, and the first one's code.
    let mut answer = [0; 18];
    stream.read_exact(&mut answer)?;
    Ok(i16::from_be_bytes([answer[16], answer[17]]))
}

fn text(request: &mut Vec<u8>, text: &str) {
    request.extend(u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
    request.extend(text.as_bytes());
}
