//! Keeps a line index for each payer in step with the store.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};

use reprise_index::{Block, IndexError, LineIndex, Snapshot};
use reprise_model::Claim;
use reprise_store::{ClaimDecoder, ClaimScan, EncodedClaim, Store, StoreError};

use crate::HostError;

/// How many claims a worker decodes and indexes at once: some blocks' worth, so that most blocks of a build are full.
const STRETCH_CLAIMS: usize = 32_768;

/// The line indexes of all payers.
pub(crate) struct LineIndexes {
    store: Arc<dyn Store>,
    by_payer: RwLock<BTreeMap<String, Arc<LineIndex>>>,
    /// The change of the store that all of them are in step with.
    sequence: AtomicU64,
    /// How many changes to claims they have taken since they were built or read.
    taken: AtomicU64,
    /// Held by the one who brings them into step.
    writer: Mutex<()>,
}

impl LineIndexes {
    /// No index yet; see [`Self::build`].
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            by_payer: RwLock::default(),
            sequence: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            writer: Mutex::new(()),
        }
    }

    /// The payer's index; an empty one if it has no claims.
    pub(crate) fn of(&self, payer: &str) -> Arc<LineIndex> {
        let known = self
            .by_payer
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(payer)
            .cloned();
        known.unwrap_or_default()
    }

    /// Every payer's index.
    pub(crate) fn all(&self) -> Vec<(String, Arc<LineIndex>)> {
        let by_payer = self.by_payer.read().unwrap_or_else(PoisonError::into_inner);
        by_payer
            .iter()
            .map(|(payer, index)| (payer.clone(), Arc::clone(index)))
            .collect()
    }

    fn made_for(&self, payer: &str) -> Arc<LineIndex> {
        let mut by_payer = self.by_payer.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(by_payer.entry(payer.to_owned()).or_default())
    }

    /// Read the whole store into the indexes, with so many threads decoding. `progress` is told how many claims are
    /// read.
    pub(crate) fn build(&self, workers: usize, progress: &mut dyn FnMut(u64)) -> Result<(), HostError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // One stretch waits for each worker, so that memory stays bounded and no worker starves.
        let (sender, receiver) = mpsc::sync_channel::<Stretch>(workers);
        let receiver = Mutex::new(receiver);
        let built: Mutex<Vec<BuiltStretch>> = Mutex::default();
        let sequence = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..workers)
                .map(|_| scope.spawn(|| self.build_stretches(&receiver, &built)))
                .collect();
            let sequence = self.read_stretches(sender, progress);
            for thread in threads {
                match thread.join() {
                    Ok(result) => result?,
                    Err(_) => {
                        return Err(HostError::Technical(
                            "an indexing thread ended before its work did".to_owned(),
                        ));
                    }
                }
            }
            sequence.map_err(HostError::from)
        })?;
        let mut built = built.into_inner().unwrap_or_else(PoisonError::into_inner);
        built.sort_unstable_by_key(|stretch| stretch.number);
        let mut blocks: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for stretch in built {
            blocks.entry(stretch.payer).or_default().extend(stretch.blocks);
        }
        for (payer, blocks) in blocks {
            self.made_for(&payer).install(sequence, blocks).map_err(index_trouble)?;
        }
        self.sequence.store(sequence, Ordering::Release);
        Ok(())
    }

    /// Hand the claims of the store out in stretches of one payer, in the order of their ids.
    fn read_stretches(
        &self,
        sender: mpsc::SyncSender<Stretch>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64, StoreError> {
        let mut open: BTreeMap<Arc<str>, Vec<EncodedClaim>> = BTreeMap::new();
        let mut number = 0;
        let mut read = 0;
        let sequence = self.store.scan_claims(ClaimScan::All, &mut |chunk| {
            read += chunk.len() as u64;
            for claim in chunk {
                let payer = Arc::clone(&claim.payer);
                let stretch = open.entry(Arc::clone(&payer)).or_default();
                stretch.push(claim);
                if stretch.len() >= STRETCH_CLAIMS {
                    let claims = std::mem::take(stretch);
                    // Nobody takes it only when a worker has failed; its error says why.
                    if sender
                        .send(Stretch {
                            number,
                            payer: payer.to_string(),
                            claims,
                        })
                        .is_err()
                    {
                        return ControlFlow::Break(());
                    }
                    number += 1;
                }
            }
            progress(read);
            ControlFlow::Continue(())
        })?;
        for (payer, claims) in open {
            if sender
                .send(Stretch {
                    number,
                    payer: payer.to_string(),
                    claims,
                })
                .is_err()
            {
                break;
            }
            number += 1;
        }
        Ok(sequence)
    }

    fn build_stretches(
        &self,
        stretches: &Mutex<mpsc::Receiver<Stretch>>,
        built: &Mutex<Vec<BuiltStretch>>,
    ) -> Result<(), HostError> {
        let mut decoder = ClaimDecoder::new();
        loop {
            let next = stretches.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Stretch { number, payer, claims }) = next else {
                return Ok(());
            };
            let mut builder = self.made_for(&payer).builder();
            let mut blocks = Vec::new();
            for encoded in claims {
                let claim = decoder.decode(&encoded)?;
                blocks.extend(builder.push(encoded.id, claim).map_err(index_trouble)?);
            }
            blocks.extend(builder.finish().map_err(index_trouble)?);
            built
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(BuiltStretch { number, payer, blocks });
        }
    }

    /// Take what was committed since, by whichever process. Called before every decision; costs one small read where
    /// nothing was.
    pub(crate) fn keep_in_step(&self) -> Result<(), HostError> {
        if self.store.change_sequence()? == self.sequence.load(Ordering::Acquire) {
            return Ok(());
        }
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.sequence.load(Ordering::Acquire);
        let mut changed = Changed::default();
        let mut trouble = None;
        let sequence = self.store.scan_claims(ClaimScan::ChangedAfter(before), &mut |chunk| {
            let taken = chunk.into_iter().try_for_each(|encoded| {
                // Claims come by change, so whatever was changed before this one is complete.
                if changed.count >= STRETCH_CLAIMS && encoded.change_sequence > changed.sequence {
                    self.apply(&mut changed)?;
                }
                changed.take(&encoded).map_err(HostError::from)
            });
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    trouble = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = trouble {
            return Err(error);
        }
        changed.sequence = sequence;
        self.apply(&mut changed)
    }

    /// Apply what has changed, and be in step with the last of it.
    fn apply(&self, changed: &mut Changed) -> Result<(), HostError> {
        let Changed {
            sequence,
            count,
            by_payer,
        } = std::mem::take(changed);
        for (payer, claims) in by_payer {
            let changes = claims.iter().map(|(id, claim)| (*id, claim.as_ref()));
            self.made_for(&payer).apply(sequence, changes).map_err(index_trouble)?;
        }
        self.taken.fetch_add(count as u64, Ordering::AcqRel);
        self.sequence.store(sequence, Ordering::Release);
        Ok(())
    }

    /// Takes indexes that are in step with this change, instead of building any.
    pub(crate) fn install(&self, sequence: u64, indexes: Vec<(String, LineIndex)>) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let indexes = indexes.into_iter().map(|(payer, index)| (payer, Arc::new(index)));
        *self.by_payer.write().unwrap_or_else(PoisonError::into_inner) = indexes.collect();
        self.sequence.store(sequence, Ordering::Release);
    }

    /// All indexes at one moment, with the change that they are in step with and how many changes they have taken.
    pub(crate) fn captured(&self) -> (u64, u64, Vec<(String, Arc<Snapshot>)>) {
        // Nobody changes them meanwhile, which takes no longer than it takes to look at each.
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshots = self.all().into_iter();
        let snapshots = snapshots.map(|(payer, index)| (payer, index.snapshot())).collect();
        (self.sequence(), self.taken(), snapshots)
    }

    /// How many changes to claims they have taken since they were built or read.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Acquire)
    }

    /// The change of the store that the indexes are in step with.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }
}

/// Claims that have changed, up to a change of the store; not more than some stretches, so that memory stays bounded
/// however much has changed.
#[derive(Default)]
struct Changed {
    sequence: u64,
    count: usize,
    /// No claim where one was deleted.
    by_payer: BTreeMap<Arc<str>, Vec<(i64, Option<Claim>)>>,
}

impl Changed {
    fn take(&mut self, encoded: &EncodedClaim) -> Result<(), StoreError> {
        let claim = match encoded.is_deleted() {
            true => None,
            false => Some(encoded.decode()?),
        };
        self.sequence = encoded.change_sequence;
        self.count += 1;
        self.by_payer
            .entry(Arc::clone(&encoded.payer))
            .or_default()
            .push((encoded.id, claim));
        Ok(())
    }
}

/// Claims of one payer, in the order of their ids.
struct Stretch {
    number: u64,
    payer: String,
    claims: Vec<EncodedClaim>,
}

struct BuiltStretch {
    number: u64,
    payer: String,
    blocks: Vec<Block>,
}

fn index_trouble(error: IndexError) -> HostError {
    HostError::Technical(format!("the line index cannot take the claims: {error}"))
}
