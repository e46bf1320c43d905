//! Rule engines, asked in lines of JSON: a workload is loaded, then an engine is told to decide all of it. In a process of
//! its own, because what the engines need of common dependencies would else be built into Reprise as well.

mod cel;
mod datalogic;
mod engine;
mod regorus;
mod workload;
mod zen;

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use engine::RuleEngine;
use workload::Workload;

/// The engines that have taken the workload, by their places.
type Engines = Vec<Option<Box<dyn RuleEngine>>>;

fn main() -> anyhow::Result<()> {
    let mut engines = Engines::new();
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&line?, &mut engines).unwrap_or_else(|error| json!({"error": format!("{error:#}")}));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(line: &str, engines: &mut Engines) -> anyhow::Result<Value> {
    let asked: Value = serde_json::from_str(line)?;
    match asked["do"].as_str() {
        Some("load") => load(asked["file"].as_str().context("`load` needs a `file`")?, engines),
        Some("decide") => {
            let place = asked["engine"].as_u64().and_then(|place| usize::try_from(place).ok());
            let engine = place.and_then(|place| engines.get_mut(place)?.as_mut());
            decide(engine.context("there is no such engine")?.as_mut())
        }
        _ => bail!("`{line}` is not known; what is to be done is `load` or `decide`"),
    }
}

fn load(file: &str, engines: &mut Engines) -> anyhow::Result<Value> {
    let workload = Workload::read(Path::new(file))?;
    engines.clear();
    let mut described = Vec::new();
    for (name, engine) in engine::all(&workload) {
        match engine {
            Ok(engine) => {
                described.push(json!({"name": engine.name(), "mode": engine.mode()}));
                engines.push(Some(engine));
            }
            Err(error) => {
                described.push(json!({"name": name, "error": format!("{error:#}")}));
                engines.push(None);
            }
        }
    }
    Ok(json!({"engines": described}))
}

fn decide(engine: &mut dyn RuleEngine) -> anyhow::Result<Value> {
    let mut answers = Vec::new();
    let started = Instant::now();
    engine.decide(&mut answers)?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(json!({"seconds": seconds, "answers": answers}))
}
