//! What the drivers in Python need, installed where the run keeps its things: nothing of the machine is changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// What is installed, in the versions that are measured.
const PACKAGES: [&str; 3] = ["duckdb==2.0.0", "numpy==2.4.6", "polars==2.1.0"];

/// An environment of Python with the packages in it.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    directory: PathBuf,
}

impl Environment {
    /// The environment below a directory, made if it is not there.
    pub(crate) fn prepare(directory: &Path) -> anyhow::Result<Self> {
        let environment = Self {
            directory: directory.join("python"),
        };
        let (list, installed) = (PACKAGES.join("\n"), environment.directory.join("installed"));
        if std::fs::read_to_string(&installed).is_ok_and(|text| text == list) {
            return Ok(environment);
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment.directory))
            .context("no environment of Python can be made; install Python 3 with its module `venv`")?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(environment.python()).args(pip).args(PACKAGES))
            .context("the packages of DuckDB and Polars cannot be installed")?;
        std::fs::write(&installed, list)?;
        Ok(environment)
    }

    /// The interpreter.
    pub(crate) fn python(&self) -> PathBuf {
        self.directory.join("bin").join("python")
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("`{program}` cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{program}` has failed: {}", said.trim());
    Ok(())
}
