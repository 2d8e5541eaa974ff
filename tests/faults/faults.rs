//! What happens, by name.

use std::time::Duration;

use rand::RngExt;
use serde_json::Value;
use tidemark_tests::archive;
use tidemark_tests::disk::SmallDisk;

use crate::field::Field;

/// Lines that are no records, of those that are appended as hostile.
const REJECTED: f64 = 4.0;
/// What a transaction may take that the broker does not answer, with time to spare, and what is said of one that takes longer.
const TOO_LONG: Duration = Duration::from_secs(60);
const TIMED_OUT: &str = "it took longer than 45 s";
/// A sprint that there is not, and its key: `acme`, `9`, `987654`, each ended by a zero byte.
const FORGOTTEN: &str = "acme/987654";
const FORGOTTEN_KEY: &str = "61636d6500390039383736353400";
/// Longer than half of what the log remembers deletions for: 16 days.
const LONG_MS: i64 = 16 * 86_400_000;

/// The number of kills: few where the tests are run as a whole.
fn kills() -> u32 {
    let asked = std::env::var_os("TIDEMARK_SOAK").and_then(|value| value.into_string().ok());
    asked.and_then(|kills| kills.parse().ok()).unwrap_or(8)
}

fn is_soak() -> bool {
    std::env::var_os("TIDEMARK_SOAK").is_some()
}

/// Processes are killed at any moment, and start again where they were.
pub(crate) fn killed(field: &mut Field) {
    // What lies in a folder is a copy: at least one of them is lost.
    let loser = field.dice.random_range(0..kills());
    for kill in 0..kills() {
        field.go_on();
        field.pause(1500);
        // Each of them at least once.
        let index = if (kill as usize) < field.processes.len() { kill as usize } else { field.any() };
        let lose_folder = field.dice.random_bool(0.2) || kill == loser;
        let process = &mut field.processes[index];
        process.kill();
        if lose_folder {
            std::fs::remove_dir_all(process.installation.path("data")).unwrap();
        }
        process.start();
    }
}

/// The broker restarts, and then is away for a while.
pub(crate) fn broker_away(field: &mut Field) {
    field.go_on();
    field.services("restart", "kafka");
    field.go_on();
    field.pause(500);
    field.services("kill", "kafka");
    field.go_on();
    std::thread::sleep(Duration::from_secs(if is_soak() { 60 } else { 5 }));
    field.services("start", "kafka");
}

/// The serving database stops at once and comes back; the warehouse refuses, and loses answers to what it has written.
pub(crate) fn outlets_away(field: &mut Field) {
    field.go_on();
    field.services("kill", "postgres");
    field.warehouse_fault("unavailable?count=5");
    field.go_on();
    std::thread::sleep(Duration::from_secs(if is_soak() { 60 } else { 4 }));
    field.services("start", "postgres");
    for fault in [
        "lose?containing=INSERT&count=3",
        "cut?count=2",
        "fail?containing=INSERT&count=2&code=252&name=TOO_MANY_PARTS",
    ] {
        field.warehouse_fault(fault);
        field.go_on();
        field.pause(3000);
    }
    field.warehouse_fault("clear");
}

/// Each process in turn is frozen: others take its tasks over meanwhile, and when it goes on it changes nothing of theirs.
pub(crate) fn frozen(field: &mut Field) {
    for index in 0..field.processes.len() {
        let roles = field.processes[index].roles;
        field.processes[index].signal("STOP");
        field.go_on();
        field.agrees(&format!("while `{roles}` is frozen"));
        field.processes[index].signal("CONT");
        // Nothing comes after this that could mend what an owner of the past writes.
        field.agrees(&format!("`{roles}` goes on"));
    }
}

/// The serving database forgets what it has acknowledged last, and nothing comes after that.
pub(crate) fn forgetful(field: &mut Field) {
    field.go_on();
    for _ in 0..3 {
        field.pause(1500);
        field.services("kill", "postgres");
        field.services("start", "postgres");
    }
    field.warehouse_fault("refuse?secs=5");
}

/// Nobody has followed the log for longer than it remembers what was taken away: of a row that is gone it says nothing any more.
pub(crate) fn away_for_long(field: &mut Field) {
    field.go_on();
    field.agrees("before nobody follows the log");
    field.stop_all();
    // What the log has forgotten lies in both still: its partition is past it, so it has the lowest version of all.
    field.stack.in_database(&format!(
        "CREATE TEMP TABLE forgotten AS SELECT * FROM sprints LIMIT 1; \
         UPDATE forgotten SET _key = decode('{FORGOTTEN_KEY}', 'hex'), sprint_id = '{FORGOTTEN}'; \
         INSERT INTO sprints SELECT * FROM forgotten; \
         UPDATE positions SET followed_at = followed_at - {LONG_MS}"
    ));
    field.stack.in_warehouse(&format!(
        "INSERT INTO sprints_1 SELECT * REPLACE(unhex('{FORGOTTEN_KEY}') AS _key, '{FORGOTTEN}' AS sprint_id, \
         bitShiftLeft(bitShiftRight(_version, 40), 40) AS _version) FROM sprints_1 FINAL WHERE _deleted = 0 LIMIT 1"
    ));
    field.stack.in_warehouse(&format!(
        "ALTER TABLE positions UPDATE followed_at = followed_at - {LONG_MS} WHERE 1 SETTINGS mutations_sync = 2"
    ));
    let shown = format!("SELECT count(*) AS n FROM v1_sprints WHERE sprint_id = '{FORGOTTEN}'");
    assert_eq!(field.asking().number(&shown), 1, "there is nothing to be taken away");
    field.start_all();
    field.agrees("everybody is back after a long time");
    field.stack.in_database(&format!(
        "DO $$ BEGIN FOR tries IN 1..600 LOOP \
         IF NOT EXISTS (SELECT 1 FROM sprints WHERE sprint_id = '{FORGOTTEN}' AND _gone = 0) THEN RETURN; END IF; \
         PERFORM pg_sleep(0.1); END LOOP; RAISE EXCEPTION 'what the log has forgotten stays'; END $$"
    ));
}

/// Members join and leave the groups without a rest.
pub(crate) fn storm(field: &mut Field) {
    for _ in 0..if is_soak() { 20 } else { 5 } {
        let index = field.any();
        field.processes[index].kill();
        field.go_on();
        field.pause(400);
        field.processes[index].start();
        field.pause(400);
    }
}

/// Records that can't be taken, records that come twice and in any order, and one that is larger than a record of the log
/// may be.
pub(crate) fn hostile(field: &mut Field) {
    let archive = field.reference.path("archive");
    let mut file = std::fs::OpenOptions::new().append(true).open(archive.join(archive::PLAIN)).unwrap();
    std::io::Write::write_all(&mut file, b"{\"id\": \"1\", \n\xff\xfe\n[[[[\nnull\n").unwrap();
    drop(file);
    let again: Vec<Value> = field.issues.iter().rev().step_by(3).cloned().collect();
    archive::append(&archive, &again).unwrap();
    let mut huge = field.issues[0].clone();
    // It does not compress: three million signs of a generator.
    let noise: String = (0..3_000_000).map(|_| char::from(field.dice.random_range(b'a'..=b'z'))).collect();
    field.step += 1;
    archive::estimate(&mut huge, 21, field.step).unwrap();
    huge["fields"]["summary"] = noise.into();
    field.issues[0] = huge.clone();
    archive::append(&archive, &[huge]).unwrap();
    field.rejected = REJECTED;
}

/// A process whose disk is full names it and ends; others do its work, until there is room again.
pub(crate) fn full_disk(field: &mut Field) {
    let index = field.any();
    let process = &mut field.processes[index];
    process.kill();
    let Some(disk) = SmallDisk::mount(process.installation.path("data"), 1) else {
        println!("skipped: a full disk: mounting a small filesystem isn't permitted");
        process.start();
        return;
    };
    process.start();
    field.go_on();
    let process = &mut field.processes[index];
    let status = process.child.take().unwrap().wait().unwrap();
    let log = process.log();
    assert!(
        status.code() == Some(1) && log.contains("no space left") && log.contains("./data/"),
        "{status}: {log}"
    );
    field.go_on();
    drop(disk);
    field.processes[index].start();
}

/// Everybody is asked to stop while there is work, and does so in peace.
pub(crate) fn stopped(field: &mut Field) {
    field.go_on();
    field.stop_all();
    field.start_all();
}

/// The same while the broker is gone, and while it answers nothing: what has begun is done once it is back.
pub(crate) fn stopped_without_a_broker(field: &mut Field) {
    for (away, back) in [("kill", "start"), ("pause", "resume")] {
        field.go_on();
        field.pause(1000);
        field.services(away, "kafka");
        field.go_on();
        // Long enough for transactions to be under way.
        std::thread::sleep(Duration::from_secs(2));
        println!("the broker is away ({away})");
        field.stop_all();
        field.services(back, "kafka");
        field.start_all();
        field.agrees("the broker is back");
    }
}

/// The broker answers nothing for longer than a transaction may take, while everybody writes: whether what was sent is
/// committed is known to nobody then.
pub(crate) fn commits_time_out(field: &mut Field) {
    let before = field.said(TIMED_OUT);
    for _ in 0..10 {
        field.go_on();
        field.pause(100);
    }
    field.services("pause", "kafka");
    // What is read now can't be written; nobody has heard yet that the broker is silent.
    field.go_on();
    std::thread::sleep(TOO_LONG);
    field.services("resume", "kafka");
    let struck = field.said(TIMED_OUT) - before;
    println!("{struck} transactions timed out");
    assert!(struck > 0, "no transaction was under way: nothing has been tested");
    field.go_on();
}
