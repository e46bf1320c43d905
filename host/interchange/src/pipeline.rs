//! Work done on several threads and consumed in order, in constant memory.
//!
//! Pieces go to the workers in turn, and results are taken from the workers in the same turn: that keeps the order
//! without a buffer to sort in. Every queue is bounded, so that a slow consumer slows down the producer.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// How many pieces may wait at each end of a worker.
const WAITING_MAX: usize = 2;

/// How long the consumer waits for the next result before it is told that there is none yet.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the consumer is given.
pub(crate) enum Next<Made> {
    /// The next result.
    Made(Made),
    /// Nothing has come for a while, and more may come.
    Nothing,
}

/// As many workers as the machine can run at once.
pub(crate) fn workers() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Runs the pipeline to its end, or until the consumer breaks; answers what the producer answered.
///
/// The producer hands each piece to the function that it is given, and stops where that breaks.
pub(crate) fn run<Piece: Send, Made: Send, Produced: Send>(
    workers: NonZero<usize>,
    produce: impl FnOnce(&mut dyn FnMut(Piece) -> ControlFlow<()>) -> Produced + Send,
    work: impl Fn(Piece) -> Made + Sync,
    mut consume: impl FnMut(Next<Made>) -> ControlFlow<()>,
) -> Produced {
    thread::scope(|scope| {
        let work = &work;
        let (to_workers, from_workers): (Vec<_>, Vec<_>) = (0..workers.get())
            .map(|_| {
                let (to_worker, pieces) = sync_channel::<Piece>(WAITING_MAX);
                let (to_consumer, from_worker) = sync_channel::<Made>(WAITING_MAX);
                scope.spawn(move || {
                    for piece in pieces {
                        // The consumer broke off: so does everybody before it.
                        if to_consumer.send(work(piece)).is_err() {
                            break;
                        }
                    }
                });
                (to_worker, from_worker)
            })
            .unzip();
        let producer = scope.spawn(move || {
            let mut turn = to_workers.iter().cycle();
            produce(&mut |piece| match turn.next().map(|worker| worker.send(piece)) {
                Some(Ok(())) => ControlFlow::Continue(()),
                Some(Err(_)) | None => ControlFlow::Break(()),
            })
        });
        consume_in_turn(from_workers, &mut consume);
        match producer.join() {
            Ok(produced) => produced,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn consume_in_turn<Made>(workers: Vec<Receiver<Made>>, consume: &mut impl FnMut(Next<Made>) -> ControlFlow<()>) {
    for worker in workers.iter().cycle() {
        let made = loop {
            match worker.recv_timeout(PATIENCE) {
                Ok(made) => break made,
                Err(RecvTimeoutError::Timeout) => {
                    if consume(Next::Nothing).is_break() {
                        return;
                    }
                }
                // Whose turn it is has no more: then nobody has.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        };
        if consume(Next::Made(made)).is_break() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::ops::ControlFlow;

    use super::{Next, run};

    /// The squares that come out of the numbers below `pieces`, until one reaches `until`; and how many were produced.
    fn squares(workers: usize, pieces: u64, until: u64) -> (Vec<u64>, u64) {
        let mut consumed = Vec::new();
        let produced = run(
            NonZero::new(workers).expect("a worker"),
            |hand_over| {
                let mut produced = 0;
                for piece in 0..pieces {
                    if hand_over(piece).is_break() {
                        break;
                    }
                    produced += 1;
                }
                produced
            },
            |piece: u64| piece * piece,
            |next| {
                let Next::Made(square) = next else {
                    return ControlFlow::Continue(());
                };
                consumed.push(square);
                if square >= until {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        (consumed, produced)
    }

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        for workers in [1, 2, 3, 8] {
            for pieces in [0, 1, 2, 7, 1000] {
                let expected: Vec<u64> = (0..pieces).map(|piece| piece * piece).collect();
                assert_eq!(
                    squares(workers, pieces, u64::MAX),
                    (expected, pieces),
                    "{workers} workers, {pieces} pieces"
                );
            }
        }
    }

    #[test]
    fn a_consumer_that_breaks_off_stops_the_producer() {
        let (consumed, produced) = squares(3, u64::MAX, 100);
        assert_eq!(consumed.last(), Some(&100));
        assert!(produced < 100, "{produced}");
    }
}
