//! Reprise itself, by the product's own path: a host on the database, asked for a count.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use reprise::{Configuration, Host, Prefilter};
use reprise_request::CriteriaRequest;

use super::{Counted, Formulation, Given, Peer};
use crate::population::{PAYER, Population};
use crate::question::Question;

/// A host with so many threads.
#[derive(Clone)]
pub(crate) struct Ours {
    host: Host,
    workers: NonZero<usize>,
    prefilter: Prefilter,
    requests: BTreeMap<String, CriteriaRequest>,
    /// The code of each claim, by its number; ascending.
    codes: Arc<[String]>,
    loading: Duration,
}

impl Ours {
    /// A host on the population.
    pub(crate) fn open(
        population: &Population,
        given: &Given,
        workers: NonZero<usize>,
        prefilter: Prefilter,
    ) -> anyhow::Result<Self> {
        let mut configuration = Configuration::new(&population.database);
        configuration.workers = workers;
        configuration.prefilter = prefilter;
        let host = Host::open(&configuration)?;
        let started = Instant::now();
        host.load(|_, _| ())?;
        let loading = started.elapsed();
        let requests = given
            .questions
            .iter()
            .map(|question| (question.name.clone(), question.request.clone()));
        Ok(Self {
            host,
            workers,
            prefilter,
            requests: requests.collect(),
            codes: Arc::clone(&given.tables.codes),
            loading,
        })
    }

    /// The host itself.
    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    fn request(&self, name: &str) -> anyhow::Result<&CriteriaRequest> {
        self.requests
            .get(name)
            .with_context(|| format!("there is no question `{name}`"))
    }
}

impl Peer for Ours {
    fn name(&self) -> String {
        let prefilter = match self.prefilter {
            Prefilter::Off => ", prefilter off",
            Prefilter::Blocks | Prefilter::Rows => "",
        };
        match self.workers.get() {
            1 => format!("Reprise, 1 thread{prefilter}"),
            workers => format!("Reprise, {workers} threads{prefilter}"),
        }
    }

    fn about(&self) -> String {
        if self.prefilter == Prefilter::Off {
            return "the same, but the component decides every claim in a status that a request may reach".to_owned();
        }
        format!(
            "Reprise {}, the default criteria component in its sandbox, asked by `Host::count`, which also sums up what the \
             claims are worth; each answer has the compilation of the request in it",
            env!("CARGO_PKG_VERSION")
        )
    }

    fn loading(&self) -> Duration {
        self.loading
    }

    fn formulations(&self, question: &Question) -> Vec<Formulation> {
        vec![Formulation {
            name: "criteria request".to_owned(),
            settings: String::new(),
            count: question.name.clone(),
            hits: question.name.clone(),
        }]
    }

    fn count(&mut self, formulation: &Formulation, _time_max: Duration) -> anyhow::Result<Counted> {
        let request = self.request(&formulation.count)?;
        let started = Instant::now();
        let answer = self.host.count(PAYER, request)?.answer;
        let elapsed = started.elapsed();
        Ok(Counted {
            count: answer.count + answer.excluded_settled + answer.excluded_locked,
            elapsed,
        })
    }

    fn hits(&mut self, formulation: &Formulation) -> anyhow::Result<Vec<i32>> {
        let request = self.request(&formulation.hits)?;
        let matched = self.host.matched_claims(PAYER, request, |_, _| ())?.answer;
        let number = |code: &String| {
            let number = self.codes.binary_search(code);
            let number = number.map_err(|_| anyhow::anyhow!("claim `{code}` is not in the tables"))?;
            Ok(i32::try_from(number)?)
        };
        matched.claims.iter().map(|claim| number(&claim.code)).collect()
    }

    fn plan(&mut self, formulation: &Formulation) -> anyhow::Result<String> {
        let request = self.request(&formulation.count)?;
        let criteria: Vec<_> = request
            .criteria
            .iter()
            .map(|criterion| criterion.name.as_str())
            .collect();
        Ok(format!("criteria: {}", criteria.join(", ")))
    }
}
