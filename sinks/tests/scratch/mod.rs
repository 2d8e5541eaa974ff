//! Serving databases that no other test has: a file, or a schema of the server that tests run on, where there is one.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;
use tidemark_sql::serving::{Access, Database, Place};

/// Names the server that tests run on.
const VARIABLE: &str = "TIDEMARK_TEST_POSTGRES";

/// A database of a test's own, which is gone after it.
pub(crate) struct Scratch {
    pub(crate) place: Place,
    /// The same, for statements of tests.
    url: String,
    home: Home,
}

enum Home {
    File { _folder: TempDir },
    Schema { server: String, name: String },
}

impl Scratch {
    /// A file, whose name is hard to write as a URL.
    pub(crate) fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::file(folder.path().join("a file with %, ? and #.db"));
        let url = format!("sqlite://{}/a%20file%20with%20%25,%20%3F%20and%20%23.db", folder.path().display());
        Self { place, url, home: Home::File { _folder: folder } }
    }

    /// An empty schema, where there is a server; where there is none, says that the test is skipped.
    pub(crate) fn empty_schema() -> Option<Self> {
        server().map(|server| Self::empty_schema_on(&server))
    }

    pub(crate) fn empty_schema_on(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(server, &format!("CREATE SCHEMA {name}"));
        let and = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{and}options[search_path]={name}");
        let place = Place::postgres(&url).unwrap();
        Self { place, url, home: Home::Schema { server: server.to_owned(), name } }
    }

    /// A schema with this program's tables.
    pub(crate) fn schema() -> Option<Self> {
        let scratch = Self::empty_schema()?;
        migrate(&scratch.place);
        Some(scratch)
    }

    /// Runs a statement behind the program's back.
    pub(crate) fn run(&self, sql: &str) {
        run(&self.url, sql);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // After a test that has failed the server may be gone.
        if let Home::Schema { server, name } = &self.home
            && !std::thread::panicking()
        {
            run(server, &format!("DROP SCHEMA {name} CASCADE"));
        }
    }
}

/// The server's URL; where there is none, says that the test is skipped.
pub(crate) fn server() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "tests are told of services by the environment")]
    let server = std::env::var(VARIABLE).ok();
    if server.is_none() {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        eprintln!("skipped: {test} on postgres: {VARIABLE} is not set");
    }
    server
}

/// Makes the tables.
pub(crate) fn migrate(place: &Place) {
    apart(async {
        let database = Database::open(place, Access::Write).await.unwrap();
        database.migrate().await.unwrap();
        database.close().await;
    });
}

/// Runs a statement on a server.
pub(crate) fn run(url: &str, sql: &str) {
    apart(async {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
        connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Waits for something on a thread of its own, so that it can be done wherever a test is.
fn apart<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let wait = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    std::thread::scope(|scope| scope.spawn(wait).join().unwrap())
}
