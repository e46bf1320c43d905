//! Rules as answers show them.

use reprise_store::{Activation, Generation, RulesPolicy, TrustedKey};
use serde_json::{Value, json};

use crate::http::links::{action, link, rule_component_path};
use crate::rules::AdmissionReport;
use crate::time::time_text;
use crate::{Activated, Inspected, InstalledComponent, PublicKey};

/// A component that is installed.
pub(super) fn component(installed: &InstalledComponent) -> Value {
    let (component, installation) = (&installed.component, &installed.installation);
    json!({
        "digest": component.digest,
        "kind": component.kind.as_str(),
        "name": component.name,
        "version": component.version,
        "contract": component.contract,
        "sizeBytes": component.size_bytes,
        "of": if installation.payer.is_some() { "payer" } else { "platform" },
        "state": installation.state.as_str(),
        "reason": installation.reason,
        "installedBy": installation.installed_by,
        "installed": time_text(installation.installed_at_ms),
        "changed": time_text(installation.changed_at_ms),
        "signedBy": installed.signed_by,
        "links": [
            link("self", rule_component_path(&component.digest, "")),
            action("activate", "/api/v1/rules/activate".to_owned()),
        ],
    })
}

/// All that is known of a component.
pub(super) fn inspected(inspected: &Inspected) -> Value {
    let mut shown = component(&inspected.installed);
    let signatures = inspected.signatures.iter().map(|kept| {
        json!({
            "keyId": kept.signature.key_id,
            "standing": kept.standing.as_str(),
            "reason": kept.reason,
            "manifest": kept.signature.manifest,
            "added": time_text(kept.signature.added_at_ms),
        })
    });
    shown["signatures"] = signatures.collect();
    shown["generations"] = inspected
        .generations
        .iter()
        .map(|held| generation(held, None))
        .collect();
    let faults = inspected.faults.iter();
    let faults = faults.map(|fault| json!({ "time": time_text(fault.at_ms), "host": fault.host, "text": fault.text }));
    shown["faults"] = faults.collect();
    shown["machineCodeBytes"] = inspected.machine_code_bytes.into();
    shown
}

/// What became of a component at each step of admission.
pub(super) fn report(report: &AdmissionReport) -> Value {
    let steps = report.steps.iter().map(|outcome| {
        let (passed, words) = match &outcome.result {
            Ok(words) => (true, words),
            Err(words) => (false, words),
        };
        // Tenths of a millisecond are as exact as anybody needs it.
        let milliseconds = (outcome.elapsed.as_secs_f64() * 10_000.0).round() / 10.0;
        json!({ "step": outcome.step.as_str(), "passed": passed, "milliseconds": milliseconds, "text": words })
    });
    let identity = report.identity.as_ref();
    json!({
        "digest": report.digest.to_string(),
        "sizeBytes": report.size_bytes,
        "passed": report.refusal().is_none(),
        "kind": identity.map(|identity| identity.kind.as_str()),
        "name": identity.map(|identity| &identity.name),
        "version": identity.map(|identity| &identity.version),
        "contract": identity.map(|identity| &identity.contract),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// A generation, and whether it decides where that is known.
pub(super) fn generation(generation: &Generation, decides: Option<bool>) -> Value {
    let mut shown = json!({
        "number": generation.number,
        "criteria": generation.criteria,
        "claimStatus": generation.claim_status,
        "user": generation.user,
        "reason": generation.reason,
        "created": time_text(generation.created_at_ms),
    });
    if let Some(decides) = decides {
        shown["decides"] = decides.into();
    }
    shown
}

/// An entry of the record of activations.
pub(super) fn entry(entry: &Activation) -> Value {
    json!({
        "id": entry.id,
        "kind": entry.kind.as_str(),
        "generation": entry.generation,
        "user": entry.user,
        "reason": entry.reason,
        "time": time_text(entry.at_ms),
    })
}

/// What decides from now on.
pub(super) fn activated(activated: &Activated) -> Value {
    json!({
        "entry": activated.entry,
        "generation": activated.generation,
        "criteria": activated.criteria,
        "claimStatus": activated.claim_status,
        "missingHosts": activated.hosts_missing,
    })
}

/// A key.
pub(super) fn key(key: &TrustedKey) -> Value {
    json!({
        "id": key.id,
        "publicKey": PublicKey::new(key.public_key).to_string(),
        "comment": key.comment,
        "addedBy": key.added_by,
        "added": time_text(key.added_at_ms),
        "expires": key.expires_at_ms.and_then(time_text),
        "revoked": key.revoked_at_ms.and_then(time_text),
    })
}

/// What is asked of components.
pub(super) fn policy(policy: RulesPolicy) -> Value {
    json!({
        "requireSignature": policy.require_signature,
        "returnAfterQuarantine": policy.return_after_quarantine,
    })
}
