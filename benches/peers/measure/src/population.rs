//! The claims that everybody is asked about: generated, imported by the product itself, and read back out of its store.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use reprise_index::{LineIndex, Snapshot};
use reprise_interchange::{GenerateOptions, ImportOptions, NoProgress, Source, generate, import};
use reprise_model::Reference;
use reprise_store::{ClaimDecoder, ClaimScan, Store};

/// Whose claims they are.
pub(crate) const PAYER: &str = "DEMO";

/// The seed of the population: with the number of claims it says all about it.
const SEED: u64 = 1;

/// A population that is imported.
#[derive(Debug)]
pub(crate) struct Population {
    /// Where it is, as the product names databases.
    pub(crate) database: String,
    /// Where what is made of it may be kept.
    pub(crate) directory: PathBuf,
}

/// What the store holds, as the product's own index encodes it.
#[derive(Debug)]
pub(crate) struct Contents {
    /// All its claims.
    pub(crate) snapshot: Arc<Snapshot>,
    /// All its reference data.
    pub(crate) references: Vec<Reference>,
}

impl Population {
    /// The population of so many claims below a directory. One that an earlier run has made is taken as it is.
    pub(crate) fn prepare(claims: u64, directory: &Path) -> anyhow::Result<Self> {
        let directory = directory.join(format!("shuffled-{SEED}-{claims}"));
        std::fs::create_dir_all(&directory).with_context(|| format!("`{}` cannot be made", directory.display()))?;
        let (whole, partial) = (directory.join("claims.db"), directory.join("claims.partial.db"));
        if !whole.exists() {
            for suffix in ["", "-wal", "-shm"] {
                let left = PathBuf::from(format!("{}{suffix}", partial.display()));
                if left.exists() {
                    std::fs::remove_file(&left).with_context(|| format!("`{}` cannot be removed", left.display()))?;
                }
            }
            fill(claims, &directory.join("claims.ndjson"), &partial)?;
            // Only a population that is whole gets the name that later runs look for.
            std::fs::rename(&partial, &whole).context("the population cannot be given its name")?;
        }
        Ok(Self {
            database: format!("sqlite:{}", whole.display()),
            directory,
        })
    }

    /// Read it out of the store.
    pub(crate) fn read(&self) -> anyhow::Result<Contents> {
        let store = reprise_store::open(&self.database).context("the population cannot be opened")?;
        Ok(Contents {
            snapshot: read_claims(store.as_ref())?,
            references: read_references(store.as_ref())?,
        })
    }
}

fn fill(claims: u64, file: &Path, database: &Path) -> anyhow::Result<()> {
    let options = GenerateOptions {
        claims,
        seed: SEED,
        payer: PAYER.to_owned(),
        shuffled: true,
        ..GenerateOptions::default()
    };
    let mut writer = BufWriter::new(File::create(file).with_context(|| format!("`{}`", file.display()))?);
    generate(&options, &mut writer, &mut NoProgress)?;
    writer.flush()?;
    drop(writer);
    let store = reprise_store::open(&format!("sqlite:{}", database.display()))?;
    let source = Source::open(file)?;
    let report = import(store.as_ref(), vec![source], &ImportOptions::default(), &mut NoProgress)?;
    ensure!(
        report.refused == 0,
        "{} generated lines were refused by the import",
        report.refused
    );
    std::fs::remove_file(file)?;
    Ok(())
}

fn read_claims(store: &dyn Store) -> anyhow::Result<Arc<Snapshot>> {
    let index = LineIndex::new();
    let mut builder = index.builder();
    let mut blocks = Vec::new();
    let mut decoder = ClaimDecoder::new();
    let mut trouble = None;
    let sequence = store.scan_claims(ClaimScan::All, &mut |chunk| {
        for encoded in chunk {
            let pushed = decoder
                .decode(&encoded)
                .map_err(anyhow::Error::from)
                .and_then(|claim| Ok(builder.push(encoded.id, claim)?));
            match pushed {
                Ok(block) => blocks.extend(block),
                Err(error) => {
                    trouble = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    if let Some(error) = trouble {
        return Err(error);
    }
    blocks.extend(builder.finish()?);
    index.install(sequence, blocks)?;
    Ok(index.snapshot())
}

fn read_references(store: &dyn Store) -> anyhow::Result<Vec<Reference>> {
    let mut references = Vec::new();
    store.scan_references(Some(PAYER), &mut |reference| {
        references.push(reference);
        ControlFlow::Continue(())
    })?;
    Ok(references)
}
