//! Reading partitions that were assigned by hand, each from its own place, with what is committed only.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::context::Context;
use super::error::kafka;
use super::halt::{Halt, Patience, Waiting};
use super::settings::Settings;
use super::topics::Names;
use crate::Error;

/// How long a question to a broker may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Records that are read between two looks at other partitions: none waits for long.
const TURN: usize = 2000;
/// How often errors of the connection are looked for, and queues whose wake-up was missed.
const LOOK: Duration = Duration::from_millis(200);

/// How long a broker may keep a question, hoping for news.
const FETCH_MS: &str = "100";

/// A partition to read, and the offset to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) next: i64,
}

/// What a partition says.
pub(super) enum Word<'a> {
    Record(&'a BorrowedMessage<'a>),
    /// Everything that is committed has been read.
    End,
}

/// Partitions that are read together.
pub(super) struct Reader {
    /// Before the consumer, which is to be dropped last.
    sources: Vec<Source>,
    ready: Arc<Ready>,
    halt: Halt,
    consumer: Arc<BaseConsumer<Context>>,
}

struct Source {
    place: Place,
    queue: PartitionQueue<Context>,
    /// Whether everything up to the end was read since it was asked for.
    ended: bool,
    /// Up to here nothing more can come: found out by the last catching up.
    clear: i64,
}

/// The queues that have something to say.
#[derive(Default)]
struct Ready {
    queues: Mutex<BTreeSet<usize>>,
    changed: Condvar,
}

impl Ready {
    fn add(&self, queues: impl IntoIterator<Item = usize>) {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).extend(queues);
        self.changed.notify_one();
    }

    /// Takes what is ready, waiting for something at most so long.
    fn take(&self, wait: Duration) -> BTreeSet<usize> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(queues, wait, |queues| queues.is_empty());
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl Reader {
    /// Begins to read partitions, to go on with them.
    pub(super) fn open(settings: &Settings, names: &Names, places: Vec<Place>) -> Result<Self, Error> {
        Self::begin(settings, names, places, FETCH_MS)
    }

    /// Begins to read partitions to their ends, once.
    pub(super) fn open_once(settings: &Settings, names: &Names, places: Vec<Place>) -> Result<Self, Error> {
        Self::begin(settings, names, places, "1")
    }

    fn begin(settings: &Settings, names: &Names, places: Vec<Place>, fetch_ms: &str) -> Result<Self, Error> {
        let mut config = settings.client();
        config
            // Needed for assigning by hand; the group is never joined.
            .set("group.id", names.group("readers"))
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            // A place that is no longer there means that the cache is useless: never guess another.
            .set("auto.offset.reset", "error")
            // A question that waits at a broker for news holds up the next one, which may ask of other places.
            .set("fetch.wait.max.ms", fetch_ms)
            // Per partition; a task reads dozens of them.
            .set("queued.min.messages", "5000")
            .set("queued.max.messages.kbytes", "8192");
        let consumer: BaseConsumer<Context> =
            BaseConsumer::from_config_and_context(&config, Context::default())
                .map_err(kafka("connecting a reader"))?;
        let consumer = Arc::new(consumer);
        let mut list = TopicPartitionList::new();
        for place in &places {
            list.add_partition_offset(&place.topic, place.partition, Offset::Offset(place.next))
                .map_err(kafka(format!("reading {}", place.topic)))?;
        }
        consumer.assign(&list).map_err(kafka("assigning partitions"))?;
        let ready = Arc::new(Ready::default());
        let mut sources = Vec::with_capacity(places.len());
        for (index, place) in places.into_iter().enumerate() {
            let queue = consumer.split_partition_queue(&place.topic, place.partition);
            let mut queue = queue.ok_or_else(|| Error::Kafka {
                action: format!("reading {} {}", place.topic, place.partition),
                reason: "there is no such partition".to_owned(),
                transient: false,
            })?;
            let wake = Arc::clone(&ready);
            queue.set_nonempty_callback(move || wake.add([index]));
            sources.push(Source { place, queue, ended: false, clear: 0 });
        }
        // What came before the queues were split lies in the common one: it is fetched once more, into theirs.
        seek(&consumer, list)?;
        ready.add(0..sources.len());
        Ok(Self { sources, ready, halt: settings.halt().clone(), consumer })
    }

    /// The places that are read, with the offsets to go on with.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.sources.iter().map(|source| &source.place)
    }

    /// Whether the end of every partition was reached since it was last asked for.
    pub(super) fn ended(&self) -> bool {
        self.sources.iter().all(|source| source.ended)
    }

    /// Hears what there is, waiting at most so long for the first word; says whether there was any.
    pub(super) fn hear(
        &mut self,
        wait: Duration,
        listen: &mut dyn FnMut(usize, Word<'_>) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        self.look_for_errors()?;
        let deadline = Instant::now() + wait;
        let mut heard = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut ready = self.ready.take(left.min(LOOK));
            if ready.is_empty() {
                self.look_for_errors()?;
                ready = (0..self.sources.len()).collect();
            }
            for index in ready {
                heard |= self.drain(index, listen)?;
            }
            if heard || Instant::now() >= deadline {
                return Ok(heard);
            }
        }
    }

    fn drain(
        &mut self,
        index: usize,
        listen: &mut dyn FnMut(usize, Word<'_>) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let Some(source) = self.sources.get_mut(index) else { return Ok(false) };
        for turn in 0..TURN {
            match source.queue.poll(Duration::ZERO) {
                None => return Ok(turn > 0),
                // What is read again after catching up is known.
                Some(Ok(message)) if message.offset() < source.place.next => {}
                Some(Ok(message)) => {
                    source.place.next = message.offset() + 1;
                    listen(index, Word::Record(&message))?;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    source.ended = true;
                    listen(index, Word::End)?;
                }
                Some(Err(error)) => return Err(failed(&source.place, error)),
            }
        }
        self.ready.add([index]);
        Ok(true)
    }

    /// Errors of the connection come by the common queue; librdkafka goes on trying by itself where it can.
    fn look_for_errors(&self) -> Result<(), Error> {
        while let Some(word) = self.consumer.poll(Duration::ZERO) {
            match word {
                Ok(message) => {
                    let place = format!("{} {}", message.topic(), message.partition());
                    let reason = "a record came outside its partition's queue".to_owned();
                    return Err(Error::Kafka { action: format!("reading {place}"), reason, transient: true });
                }
                Err(KafkaError::MessageConsumption(code)) if is_passing(code) => {}
                Err(error) => return Err(kafka("reading")(error)),
            }
        }
        Ok(())
    }

    /// Reads until `done` says so of the places read; fails where nothing comes for so long.
    pub(super) fn hear_until(
        &mut self,
        patience: Patience,
        done: &mut dyn FnMut(&Self) -> bool,
        listen: &mut dyn FnMut(usize, Word<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let halt = self.halt.clone();
        let mut waiting = Waiting::new(&halt, patience);
        while !done(self) {
            if self.hear(LOOK, listen)? {
                waiting.again();
            }
            waiting.go_on(&|| format!("reading what was committed{}", self.unended()))?;
        }
        Ok(())
    }

    /// Which partitions have not been read to their ends, in words.
    fn unended(&self) -> String {
        let mut unended = self.sources.iter().filter(|source| !source.ended).map(|source| &source.place);
        let Some(Place { topic, partition, next }) = unended.next() else { return String::new() };
        format!(" (nothing is heard of {topic} {partition} from {next} on, and of {} more)", unended.count())
    }

    /// Forgets which ends were reached, so that [`Self::ended`] tells of everything that is committed by now.
    ///
    /// A partition ends in marks of transactions, which are not told of; where that may be so, it is read again from the
    /// place that it was read to, to be told of the end once more. `ends` says where the partitions end, in their order.
    pub(super) fn look_again(&mut self, ends: &[i64]) -> Result<(), Error> {
        let mut again = TopicPartitionList::new();
        for (source, end) in self.sources.iter_mut().zip(ends.iter().copied()) {
            let Place { topic, partition, next } = &source.place;
            if source.ended && (*next >= end || source.clear >= end) {
                continue;
            }
            // An end that has not been told of yet will be.
            if source.ended {
                again
                    .add_partition_offset(topic, *partition, Offset::Offset(*next))
                    .map_err(kafka(format!("reading {topic}")))?;
            }
            source.ended = false;
            source.clear = end;
        }
        if again.count() > 0 {
            seek(&self.consumer, again)?;
        }
        Ok(())
    }
}

/// Fetches partitions anew from the places given; what was fetched before is forgotten.
fn seek(consumer: &BaseConsumer<Context>, places: TopicPartitionList) -> Result<(), Error> {
    let done = consumer.seek_partitions(places, PATIENCE).map_err(kafka("finding places"))?;
    for element in done.elements() {
        element.error().map_err(kafka(format!("finding a place in {}", element.topic())))?;
    }
    Ok(())
}

/// Errors that librdkafka mends by itself.
fn is_passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            // A broker that restarts cuts handshakes off. Who is refused for good finds out when it opens the log.
            | Code::SSL
            | Code::Authentication
            | Code::SaslAuthenticationFailed
    )
}

fn failed(place: &Place, error: KafkaError) -> Error {
    use RDKafkaErrorCode as Code;
    let Place { topic, partition, next } = place;
    match error.rdkafka_error_code() {
        Some(Code::OffsetOutOfRange | Code::AutoOffsetReset) => {
            Error::Unreadable { topic: topic.clone(), partition: *partition, offset: *next }
        }
        _ => kafka(format!("reading {topic} {partition}"))(error),
    }
}
