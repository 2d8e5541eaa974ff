use std::time::Instant;
use tidemark_model::facts::BoardSprint;
use tidemark_sinks::Serving;
use tidemark_sql::serving::{Access, Database, News};
use crate::log::SharedLog;
use crate::scratch::Scratch;
use crate::support::{block_on, sprint};

fn run(scratch: &Scratch, name: &str, rows: u32, batches: u32) {
    let log = SharedLog::new("log", 1, 4);
    let boards: Vec<u8> = (0..4).map(|task| (0..200u8).find(|b| log.partition_of(&sprint(*b, 0, 0)) == task).unwrap()).collect();
    block_on(async {
        let serving = Serving::open(&scratch.place).await.unwrap();
        for task in 0..4 { serving.for_task().follow(&log.task(task), 1, task).await.unwrap(); }
    });
    let started = Instant::now();
    let worst = std::sync::Mutex::new(std::time::Duration::ZERO);
    std::thread::scope(|scope| for task in 0..4u32 {
        let (log, boards, worst) = (&log, &boards, &worst);
        scope.spawn(move || block_on(async {
            let mut serving = Serving::open(&scratch.place).await.unwrap();
            for batch in 0..batches {
                for number in 0..rows {
                    let row = BoardSprint { sprint_id: format!("acme/{number}"), goal: Some(format!("{batch}")), ..sprint(boards[task as usize], 0, 1) };
                    log.write(&row, true);
                }
                let one = Instant::now();
                serving.follow(&log.task(task), 1, task).await.unwrap();
                let mut worst = worst.lock().unwrap();
                *worst = one.elapsed().max(*worst);
            }
        }));
    });
    let total = 4 * rows * batches;
    println!("{name}: 4 writers, {batches} batches of {rows}: {:?}, {:.0} rows/s, {:.1} batches/s, slowest batch {:?}", started.elapsed(),
        f64::from(total) / started.elapsed().as_secs_f64(), f64::from(4 * batches) / started.elapsed().as_secs_f64(), worst.lock().unwrap());
    block_on(async {
        let mut serving = Serving::open(&scratch.place).await.unwrap();
        serving.follow(&log.task(0), 1, 0).await.unwrap();
        let started = Instant::now();
        for _ in 0..50 { serving.follow(&log.task(0), 1, 0).await.unwrap(); }
        println!("{name}: a follow with nothing to do: {:?}", started.elapsed() / 50);
        let database = Database::open(&scratch.place, Access::Read).await.unwrap();
        let mut news = News::open(&database).await.unwrap();
        let started = Instant::now();
        for _ in 0..100 { news.next().await.unwrap(); }
        println!("{name}: news with nothing new: {:?}", started.elapsed() / 100);
    });
}

#[test]
fn bench() {
    for (rows, batches) in [(20, 100), (2000, 5)] {
        run(&Scratch::file(), "sqlite", rows, batches);
        if let Some(scratch) = Scratch::schema() { run(&scratch, "postgres", rows, batches); }
    }
}
