//! All that a payer has, as it is kept, so that it can be told whether anything of it was changed.

use std::ops::ControlFlow;

use reprise_store::{AuditEntry, AuditOf, AuditQuery, ClaimScan, PrincipalsOf, RulesOf, Store};

/// The codes of the data file sets of the stories; a store does not list them.
pub(super) const SETS: [&str; 4] = ["ACME-SET", "ACME-BATCH", "ACME-UP", "ACME-NEW"];

/// All that a payer has, or the platform: a line for each row.
pub(super) fn everything_of(store: &dyn Store, payer: Option<&str>) -> Vec<String> {
    let mut rows = Vec::new();
    let of = payer.map_or(PrincipalsOf::Platform, PrincipalsOf::Payer);
    for principal in store.principals(of).expect("principals") {
        for mut token in store.tokens(principal.id).expect("tokens") {
            // That it was used is no change.
            token.last_used_at_ms = None;
            rows.push(format!("{token:?} {:?}", token.digest));
        }
        rows.push(format!("{principal:?}"));
    }
    rows.extend(rules_of(store, payer));
    let Some(payer) = payer else { return rows };
    rows.extend(lines_of(store, payer));
    rows.extend(audited(store, payer).iter().map(|entry| format!("{entry:?}")));
    rows.extend(debugged(store.events(payer, 0, 100_000)));
    rows.extend(debugged(store.roles(payer)));
    rows.extend(store.webhooks(Some(payer)).expect("webhooks").iter().map(|standing| {
        let letters = store
            .dead_letters(payer, &standing.webhook.code, 0, 1_000)
            .expect("dead letters");
        format!("{standing:?} {} {letters:?}", standing.webhook.secret.0)
    }));
    for activity in store.activities(payer, None, 1_000).expect("activities") {
        let said = store.activity_messages(payer, activity.id).expect("messages");
        let adjudicated = store.adjudications(payer, activity.id).expect("totals");
        let delivery = store.delivery(payer, activity.id).expect("a delivery");
        let results = store.result_chunk(payer, activity.id, 0).expect("results");
        let set = format!("{}-{}", activity.code, activity.id);
        let set = store.data_file_set(payer, &set).expect("a set");
        rows.push(format!(
            "{activity:?} {said:?} {adjudicated:?} {delivery:?} {results:?} {set:?}"
        ));
    }
    for set in SETS {
        rows.push(format!("{:?}", store.data_file_set(payer, set).expect("a set")));
    }
    rows
}

/// What is installed, what decides or did, and whom is trusted.
fn rules_of(store: &dyn Store, payer: Option<&str>) -> Vec<String> {
    let of = payer.map_or(RulesOf::Platform, RulesOf::Payer);
    let installations = store.installations(of).expect("installations");
    let mut rows: Vec<_> = installations
        .iter()
        .map(|installation| {
            let signatures = store.signatures(payer, &installation.digest);
            format!("{installation:?} {:?}", signatures.expect("signatures"))
        })
        .collect();
    rows.extend(debugged(store.generations(payer, None, 1_000)));
    rows.extend(debugged(store.activations(payer, None, 1_000)));
    rows.extend(debugged(store.trusted_keys(payer)));
    rows.push(format!("{:?}", store.rules_policy(payer).expect("a policy")));
    rows
}

/// The claims and the reference data of a payer, as they are exported; and the claims as they are kept, with what an
/// export leaves out.
fn lines_of(store: &dyn Store, payer: &str) -> Vec<String> {
    let mut exported = Vec::new();
    reprise_interchange::export(store, Some(payer), &mut exported, &mut reprise_interchange::NoProgress)
        .expect("an export");
    let mut lines: Vec<_> = String::from_utf8(exported)
        .expect("UTF-8")
        .lines()
        .map(str::to_owned)
        .collect();
    let scanned = store.scan_claims(ClaimScan::All, &mut |chunk| {
        let own = chunk.into_iter().filter(|claim| &*claim.payer == payer);
        lines.extend(own.map(|claim| format!("{} {} {:?}", claim.id, claim.change_sequence, claim.body)));
        ControlFlow::Continue(())
    });
    scanned.expect("claims");
    lines
}

/// What was done to the claims of a payer, those that are deleted too.
fn audited(store: &dyn Store, payer: &str) -> Vec<(i64, String, reprise_store::HistoryEntry)> {
    store.claim_audit(&of_all(AuditOf::Payer(payer), 0)).expect("histories")
}

fn debugged<T: std::fmt::Debug>(rows: Result<Vec<T>, reprise_store::StoreError>) -> impl Iterator<Item = String> {
    rows.expect("rows").into_iter().map(|row| format!("{row:?}"))
}

/// The entries of the audit log after this one, but for what was done to claims.
pub(crate) fn audit_after(store: &dyn Store, of: AuditOf<'_>, after: i64) -> Vec<AuditEntry> {
    store.audit_entries(&of_all(of, after)).expect("entries")
}

fn of_all(payer: AuditOf<'_>, after: i64) -> AuditQuery<'_> {
    AuditQuery {
        payer,
        claim: None,
        user: None,
        operation: None,
        from_ms: None,
        until_ms: None,
        activity: None,
        after,
        limit: 100_000,
    }
}

/// The numbers by which hosts see that something was changed, whosever it is.
pub(super) fn sequences(store: &dyn Store) -> [u64; 6] {
    [
        store.change_sequence().expect("a number"),
        store.reference_sequence().expect("a number"),
        store.event_position().expect("a number"),
        store.webhook_sequence().expect("a number"),
        store.access_sequence().expect("a number"),
        store.rules_sequence().expect("a number"),
    ]
}
