//! A host with many payers: each population is brought in as a payer of its own, beside those before it.
//!
//! So one host serves thousands of populations, every one of them comes to it while it is running, and each is matched
//! beside others that have groups and products of the same codes.

use std::cell::Cell;
use std::fmt::Write as _;
use std::sync::Arc;

use reprise::{Configuration, Host, MatchedClaims, Prefilter};
use reprise_interchange::{ImportOptions, NoProgress, Source};
use reprise_request::CriteriaRequest;
use reprise_store::Store;

use crate::support::{Place, open_host};

use super::plain::{self, Reading};
use super::population::Population;

/// A host, and a store of its own beside it on the same database.
pub(super) struct World {
    place: Place,
    pub(super) host: Host,
    store: Arc<dyn Store>,
    populations: Cell<u32>,
}

impl World {
    /// A host on an empty database, with the default rules or these.
    pub(super) fn new(rules: Option<&[u8]>) -> Self {
        let place = Place::new();
        let host = place.host(rules);
        let store = reprise_store::open(&place.database()).expect("a database");
        Self {
            place,
            host,
            store,
            populations: Cell::new(0),
        }
    }

    /// Bring a population in, and answer its payer.
    pub(super) fn bring(&self, population: &Population) -> String {
        let payer = self.new_payer();
        self.bring_as(&payer, population);
        payer
    }

    /// A payer that has nothing yet.
    pub(super) fn new_payer(&self) -> String {
        self.populations.set(self.populations.get() + 1);
        format!("PAYER-{}", self.populations.get())
    }

    /// Bring a population in as that of a payer, in the place of what is there under the same codes.
    pub(super) fn bring_as(&self, payer: &str, population: &Population) {
        self.import(lines(payer, population));
    }

    /// Import lines; what is there under the same codes is replaced.
    pub(super) fn import(&self, lines: String) {
        let source = Source::new("the story", None, std::io::Cursor::new(lines));
        let options = ImportOptions {
            strict: true,
            replace: true,
            ..ImportOptions::default()
        };
        reprise_interchange::import(self.store.as_ref(), vec![source], &options, &mut NoProgress)
            .expect("lines that can be imported");
    }

    /// Another host on the same database, which reads all of it anew.
    pub(super) fn another_host(&self) -> Host {
        self.place.host(None)
    }

    /// Another host on the same database, which uses prefilters for this and nothing else.
    pub(super) fn host_with(&self, prefilter: Prefilter) -> Host {
        let mut configuration = Configuration::new(self.place.database());
        configuration.prefilter = prefilter;
        let host = open_host(&configuration);
        host.load(|_, _| ()).expect("a loaded index");
        host
    }
}

/// A population as lines that can be imported.
pub(super) fn lines(payer: &str, population: &Population) -> String {
    let mut lines = String::new();
    for reference in &population.references {
        let mut row = serde_json::to_value(reference).expect("a row");
        row["payer"] = payer.into();
        writeln!(lines, "{row}").expect("room");
    }
    for claim in &population.claims {
        let mut claim = claim.clone();
        payer.clone_into(&mut claim.payer);
        writeln!(lines, "{}", serde_json::to_string(&claim).expect("a claim")).expect("room");
    }
    lines
}

/// The claims that a request hits.
pub(super) fn matched(host: &Host, payer: &str, request: &CriteriaRequest) -> MatchedClaims {
    host.matched_claims(payer, request, |_, _| ())
        .expect("a request that can be matched")
        .answer
}

/// Hold what the host decides against a reading: the claims that are hit with what would become of each, and the count.
/// Answers the claims; the error says where they differ.
pub(super) fn agree(
    host: &Host,
    payer: &str,
    reading: Reading,
    population: &Population,
    request: &CriteriaRequest,
) -> Result<MatchedClaims, String> {
    let Population { references, claims } = population;
    let reason_given = !request.options.unfinalize_reasons.is_empty();
    let expected = plain::matched_claims(reading, references, claims, &request.criteria, reason_given);
    let matched = host
        .matched_claims(payer, request, |_, _| ())
        .map_err(|error| error.to_string())?
        .answer;
    if matched != expected {
        return Err(format!(
            "hit are {matched:?}, by the plain reading {expected:?}, by {:?}",
            request.criteria
        ));
    }
    // From the claims that were listed, not from the reading: so the two requests cannot disagree.
    let expected = plain::count(&matched, claims);
    let count = host.count(payer, request).map_err(|error| error.to_string())?.answer;
    if count != expected {
        return Err(format!(
            "the count is {count:?}, of the claims hit {expected:?}, by {:?}",
            request.criteria
        ));
    }
    Ok(matched)
}
