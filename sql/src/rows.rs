//! The rows of a query, batch by batch, and the threads that compute or fetch them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures_util::Stream;
use tokio::runtime::{Builder, Runtime};

use crate::Error;

/// The batches of a query, from whichever engine.
pub(crate) type Batches = Pin<Box<dyn Stream<Item = Result<RecordBatch, Error>> + Send>>;

/// The threads that queries run on, apart from the caller's: a heavy query never stalls a web server's runtime.
#[derive(Debug)]
pub(crate) struct Threads(Option<Runtime>);

impl Threads {
    pub(crate) fn start(count: usize) -> Result<Self, Error> {
        let runtime =
            Builder::new_multi_thread().worker_threads(count).thread_name("sql").enable_all().build();
        runtime.map(|runtime| Self(Some(runtime))).map_err(|error| Error::Engine(error.to_string()))
    }

    /// Runs a future to its end and waits for it.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Error> {
        let gone = || Error::Engine("a thread of the engine ended early".to_owned());
        let (sender, receiver) = mpsc::sync_channel(1);
        let task = async move {
            // Nobody waits any more if the receiver is gone.
            sender.send(work.await).ok();
        };
        self.0.as_ref().ok_or_else(gone)?.spawn(task);
        receiver.recv().map_err(|_| gone())
    }
}

impl Drop for Threads {
    /// Does not wait: dropping a runtime where waiting is not allowed would panic.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The rows of a query: an iterator of batches, which come as they are asked for. It blocks while it waits.
pub struct Rows {
    schema: SchemaRef,
    stream: Option<Batches>,
    threads: Arc<Threads>,
}

impl Rows {
    pub(crate) fn new(schema: SchemaRef, stream: Batches, threads: Arc<Threads>) -> Self {
        Self { schema, stream: Some(stream), threads }
    }

    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut stream = self.stream.take()?;
        let pulled = self.threads.wait(async move {
            let batch = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await;
            (batch, stream)
        });
        match pulled {
            Ok((Some(Ok(batch)), stream)) => {
                self.stream = Some(stream);
                Some(Ok(batch))
            }
            Ok((Some(Err(error)), _)) => Some(Err(error)),
            Ok((None, _)) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}
