//! Archives that go on growing: what is read again when which file changed, and that nothing is lost.

use std::fs::{self, OpenOptions};
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use tidemark_model::Timestamp;
use tidemark_model::raw::{RawKind, RawPart};

use super::{Archive, PAGE_LINES};
use crate::{Cursor, Page};

const ISSUES: &str = "issues.ndjson";

struct Folder {
    dir: TempDir,
    archive: Archive,
    cursor: Option<Cursor>,
}

/// What one pull said.
#[derive(Debug, Default, PartialEq)]
struct Said {
    pages: usize,
    issues: Vec<String>,
    sprints: usize,
    rejected: Vec<String>,
    begins: bool,
    again: Vec<String>,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::new("acme", dir.path());
        let folder = Self { dir, archive, cursor: None };
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new().append(true).open(self.dir.path().join(ISSUES)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn page(&mut self) -> Page {
        let page = self.archive.page(self.cursor.clone(), Timestamp(1_800_000_000_000)).unwrap();
        self.cursor = page.next.clone().or(page.resume.clone());
        page
    }

    fn pull(&mut self) -> Said {
        let mut said = Said::default();
        loop {
            let page = self.page();
            said.pages += 1;
            let snapshots = page.records.iter().filter(|record| record.part == RawPart::Snapshot);
            said.issues.extend(snapshots.map(|record| record.id.clone()));
            said.sprints += page.records.iter().filter(|record| record.kind == RawKind::Sprint).count();
            said.rejected.extend(page.rejected.iter().map(|rejected| rejected.input.clone()));
            said.begins |= page.begins;
            said.again.extend(page.again);
            if page.next.is_none() {
                return said;
            }
        }
    }

    /// A pull of what has not changed.
    fn rests(&mut self) {
        let before = self.cursor.clone();
        assert_eq!(self.pull(), Said { pages: 1, ..Said::default() });
        assert_eq!(self.cursor, before);
    }
}

fn line(id: usize) -> String {
    format!("{{\"id\":\"{id}\",\"fields\":{{\"created\":\"2026-03-02T09:15:00.000+0000\"}}}}\n")
}

fn lines(ids: std::ops::Range<usize>) -> String {
    ids.map(line).collect()
}

fn sprints(state: &str) -> String {
    format!("[{{\"id\":1,\"state\":\"{state}\"}}]")
}

fn packed(text: &str) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    file.write_all(text.as_bytes()).unwrap();
    file.finish().unwrap()
}

#[test]
fn what_has_not_changed_is_one_empty_page_with_the_same_cursor() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..3)), ("sprints.json", &sprints("active"))]);
    let said = folder.pull();
    assert_eq!((said.pages, said.issues.len(), said.sprints, said.begins), (3, 3, 1, true));
    folder.rests();
    folder.rests();
}

#[test]
fn appended_lines_are_read_alone_and_keep_their_numbers() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..2500))]);
    assert_eq!(folder.pull().issues.len(), 2500);
    folder.append(&(line(2500) + "no JSON\n" + &line(2501)));
    let said = folder.pull();
    assert_eq!((said.issues, said.begins), (vec!["2500".to_owned(), "2501".to_owned()], false));
    assert_eq!(said.rejected, ["issues.ndjson:2502"]);
    folder.rests();
    folder.append("neither\n");
    assert_eq!(folder.pull().rejected, ["issues.ndjson:2504"]);
}

#[test]
fn lines_appended_while_it_is_read_are_read_as_well() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..PAGE_LINES + 10))]);
    for _ in 0..3 {
        assert!(folder.page().next.is_some());
    }
    folder.append(&lines(5000..5002));
    assert_eq!(folder.pull().issues.len(), 12);
    folder.append(&line(6000));
    assert_eq!(folder.pull().issues, ["6000"]);
}

#[test]
fn an_interrupted_reading_goes_on_where_it_was() {
    for name in [ISSUES, "issues.ndjson.gz"] {
        let mut folder = Folder::new(&[]);
        let text = lines(0..PAGE_LINES + 10);
        let bytes = if name == ISSUES { text.into_bytes() } else { packed(&text) };
        fs::write(folder.dir.path().join(name), bytes).unwrap();
        for _ in 0..3 {
            assert!(folder.page().next.is_some());
        }
        folder.archive = Archive::new("acme", folder.dir.path());
        let said = folder.pull();
        assert_eq!((said.issues.len(), said.begins), (10, false), "{name}");
    }
}

#[test]
fn half_a_line_is_read_again_with_its_rest() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..2))]);
    folder.pull();
    let whole = line(7);
    folder.append(&whole[..20]);
    assert_eq!(folder.pull().rejected, ["issues.ndjson:3"]);
    folder.rests();
    folder.append(&whole[20..40]);
    let said = folder.pull();
    assert_eq!(
        (said.rejected, said.again),
        (vec!["issues.ndjson:3".to_owned()], vec!["issues.ndjson:3".to_owned()])
    );
    folder.append(&(whole[40..].to_owned() + &line(8)));
    let said = folder.pull();
    assert_eq!((said.issues, said.rejected), (vec!["7".to_owned(), "8".to_owned()], vec![]));
    assert_eq!((said.again, said.begins), (vec!["issues.ndjson:3".to_owned()], false));
    folder.rests();
}

#[test]
fn a_last_line_without_an_end_is_taken_and_loses_nothing() {
    let mut folder = Folder::new(&[(ISSUES, lines(0..2).trim_end())]);
    assert_eq!(folder.pull().issues, ["0", "1"]);
    folder.append(&("\n".to_owned() + &line(2)));
    assert_eq!(folder.pull().issues, ["1", "2"]);
}

#[test]
fn a_file_that_was_written_anew_is_read_from_the_start() {
    let long = lines(0..200);
    let mut folder = Folder::new(&[(ISSUES, &long)]);
    folder.pull();
    // Another head, another end of what was read, fewer bytes.
    let ending = lines(0..199) + &line(999) + &line(1000);
    for text in [lines(1..202), ending, lines(0..50)] {
        folder.write(ISSUES, &text);
        let said = folder.pull();
        assert_eq!((said.issues.len(), said.begins), (text.lines().count(), true));
        folder.rests();
    }
}

#[test]
fn a_packed_file_that_changed_is_read_from_the_start() {
    let mut folder = Folder::new(&[]);
    let path = folder.dir.path().join("issues.ndjson.gz");
    fs::write(&path, packed(&lines(0..3))).unwrap();
    assert_eq!(folder.pull().issues.len(), 3);
    folder.rests();
    fs::write(&path, packed(&lines(0..5))).unwrap();
    let said = folder.pull();
    assert_eq!((said.issues.len(), said.begins), (5, true));
    folder.rests();
    fs::remove_file(&path).unwrap();
    folder.write(ISSUES, &lines(0..6));
    assert_eq!(folder.pull().issues.len(), 6);
}

#[test]
fn a_folder_with_both_forms_of_the_issues_is_refused() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..3))]);
    assert_eq!(folder.pull().issues.len(), 3);
    let path = folder.dir.path().join("issues.ndjson.gz");
    fs::write(&path, packed(&lines(0..5))).unwrap();
    let pulled = folder.archive.page(folder.cursor.clone(), Timestamp(0)).err().unwrap();
    for error in [pulled, folder.archive.look().unwrap_err()] {
        let said = error.to_string();
        let place = folder.dir.path().display().to_string();
        assert!(said.contains(&place) && said.contains("issues.ndjson and issues.ndjson.gz"), "{said}");
        assert!(said.contains("remove or rename the one that is not to be read"), "{said}");
    }
    fs::remove_file(&path).unwrap();
    folder.append(&line(7));
    assert_eq!(folder.pull().issues, ["7"]);
}

#[test]
fn small_files_are_read_again_without_the_issues() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..3)), ("sprints.json", &sprints("future"))]);
    folder.pull();
    folder.write("sprints.json", &sprints("closed now"));
    let said = folder.pull();
    assert_eq!((said.sprints, said.issues.len(), said.begins), (1, 0, false));
    assert!(said.again.contains(&"sprints.json".to_owned()));
    folder.rests();
    folder.write("observations.ndjson", "half of an obs");
    assert_eq!(folder.pull().rejected, ["observations.ndjson:1"]);
    let observed = "{\"at\":\"2026-03-02T09:15:00.000Z\",\"kind\":\"sprint\",\"payload\":{\"id\":1,\"state\":\"active\"}}\n";
    folder.write("observations.ndjson", observed);
    folder.append(&line(3));
    let said = folder.pull();
    // The observation, and what the archive states now.
    assert_eq!((said.sprints, said.issues, said.begins), (2, vec!["3".to_owned()], false));
    assert!(said.again.contains(&"observations.ndjson".to_owned()));
    folder.rests();
}

#[test]
fn estimates_that_changed_are_held_against_all_issues() {
    let csv = "issuekey,storypoint\nACME-1,5\n";
    let mut folder = Folder::new(&[(ISSUES, &lines(0..3)), ("story_points.csv", csv)]);
    assert_eq!(folder.pull().rejected, ["story_points.csv ACME-1"]);
    folder.rests();
    folder.append(&line(4).replacen('{', "{\"key\":\"ACME-1\",", 1));
    let said = folder.pull();
    assert_eq!((said.begins, said.issues.len(), said.rejected.len()), (true, 4, 0));
    folder.append(&line(5));
    assert_eq!(folder.pull().issues, ["5"]);
    folder.write("story_points.csv", "issuekey,storypoint\n");
    assert_eq!(folder.pull().issues.len(), 5);
}

#[test]
fn a_cursor_of_another_form_starts_over() {
    let mut folder = Folder::new(&[(ISSUES, &lines(0..3))]);
    let old = "{\"fingerprint\":\"201-1782842400000\",\"stage\":\"issues\",\"line\":2,\"latest\":0}";
    for cursor in [old, "", "{}"] {
        folder.cursor = Some(Cursor(cursor.to_owned()));
        let said = folder.pull();
        assert_eq!((said.issues.len(), said.begins), (3, true), "{cursor}");
    }
}
