//! Installing components: put through every step of admission, kept by digest, with the signatures under them.

use std::cell::RefCell;

use reprise_engine::{
    AdmissionChecks, AdmissionReport, AdmissionStep, ComponentIdentity, ComponentKind, Digest, RuleComponent,
};
use reprise_store::{
    COMPONENT_BYTES_MAX, ComponentSignature, InstallationState, NewComponent, NewComponentSignature, NewInstallation,
    RuleKind, StoredComponent, WriteTransaction,
};
use serde_json::json;

use super::RulesManagement;
use super::naming::NamedComponent;
use super::trusting::Trust;
use crate::HostError;
use crate::rules::signing::{Manifest, SignatureDocument};

/// The states of what was not let in yet, and may be.
const NOT_LET_IN: [InstallationState; 2] = [InstallationState::Received, InstallationState::Refused];

/// What became of a component that was to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The component.
    pub digest: Digest,
    /// What became of it at each step; none if it was let in before, and was not checked again.
    pub report: Option<AdmissionReport>,
    /// Where it stands.
    pub state: InstallationState,
    /// Why it stands there, where there is more to be said.
    pub reason: Option<String>,
    /// Whether it was let in before.
    pub already: bool,
}

impl RulesManagement<'_> {
    /// What would become of a component that is installed; nothing is kept. `at_step` is called as each step begins.
    pub fn check(
        &self,
        bytes: &[u8],
        signatures: &[SignatureDocument],
        at_step: Option<&dyn Fn(AdmissionStep)>,
    ) -> Result<AdmissionReport, HostError> {
        let trust = self.trust()?;
        let kept = self.kept_documents(Digest::of(bytes))?;
        Ok(self.admit(bytes, signatures, &kept, &trust, at_step).0)
    }

    /// Installs a component under these signatures, or says at which step it is refused. One that was let in before stays
    /// where it stands, and keeps the signatures. `at_step` is called as each step begins.
    pub fn install(
        &self,
        bytes: &[u8],
        signatures: &[SignatureDocument],
        at_step: Option<&dyn Fn(AdmissionStep)>,
    ) -> Result<Installed, HostError> {
        let digest = Digest::of(bytes);
        let before = self.store.installation(self.payer, &digest.to_string())?;
        if let Some(before) = before.filter(|before| !NOT_LET_IN.contains(&before.state)) {
            self.add_signatures(digest, signatures)?;
            return Ok(Installed {
                digest,
                report: None,
                state: before.state,
                reason: before.reason,
                already: true,
            });
        }
        let kept = self.kept_documents(digest)?;
        let (report, component) = self.admit(bytes, signatures, &kept, &self.trust()?, at_step);
        self.keep_outcome(bytes, signatures, &report)?;
        if let Some(component) = component {
            self.here.keep(component);
        }
        let refusal = report.refusal().map(|refusal| refusal.to_string());
        let state = match refusal {
            None => InstallationState::Checked,
            Some(_) => InstallationState::Refused,
        };
        Ok(Installed {
            digest,
            report: Some(report),
            state,
            reason: refusal,
            already: false,
        })
    }

    /// Puts a component through the steps of admission. Those that were handed in have to be good; those that are kept may
    /// help.
    fn admit(
        &self,
        bytes: &[u8],
        given: &[SignatureDocument],
        kept: &[SignatureDocument],
        trust: &Trust,
        at_step: Option<&dyn Fn(AdmissionStep)>,
    ) -> (AdmissionReport, Option<RuleComponent>) {
        let said: RefCell<Option<ComponentIdentity>> = RefCell::default();
        let signature = |digest: Digest| {
            // A bad one is refused where it is handed in; one that was kept and is bad now counts for nothing.
            let kept = kept
                .iter()
                .filter(|document| trust.judge(digest, document).1.is_empty() && !given.contains(document));
            let all: Vec<_> = given.iter().chain(kept).cloned().collect();
            trust.admit(digest, &all)
        };
        let identity = |found: &ComponentIdentity| {
            said.replace(Some(found.clone()));
            given.iter().try_for_each(|document| {
                let manifest = Manifest::from_json(&document.manifest)?;
                manifest.check_identity(found)
            })
        };
        let checks = AdmissionChecks {
            signature: Some(&signature),
            identity: Some(&identity),
            at_step,
        };
        let (mut report, component) = self.here.engine().admit(bytes, &checks);
        report.identity = report.identity.or(said.into_inner());
        (report, component)
    }

    /// Keeps what became of a component: the component itself if it was let in, or came so far that it could say what it
    /// is; of anything else only that somebody tried.
    fn keep_outcome(
        &self,
        bytes: &[u8],
        signatures: &[SignatureDocument],
        report: &AdmissionReport,
    ) -> Result<(), HostError> {
        let digest = report.digest.to_string();
        let refusal = report.refusal();
        let mut transaction = self.store.begin_write()?;
        if let Some(identity) = report.identity.as_ref().filter(|_| bytes.len() <= COMPONENT_BYTES_MAX) {
            transaction.store_component(&NewComponent {
                digest: digest.clone(),
                kind: kind_of(identity.kind),
                name: identity.name.clone(),
                version: identity.version.clone(),
                contract: identity.contract.clone(),
                bytes: bytes.to_vec(),
            })?;
            transaction.install_component(&NewInstallation {
                payer: self.payer.map(str::to_owned),
                digest: digest.clone(),
                installed_by: self.user.to_owned(),
            })?;
            let (state, reason) = match &refusal {
                None => (InstallationState::Checked, None),
                Some(refusal) => (InstallationState::Refused, Some(refusal.to_string())),
            };
            transaction.set_installation_state(self.payer, &digest, &NOT_LET_IN, state, reason.as_deref())?;
            if refusal.is_none() {
                self.keep_signatures(transaction.as_mut(), &digest, signatures)?;
            }
        }
        let identity = report.identity.as_ref();
        let mut details = json!({
            "sizeBytes": report.size_bytes,
            "kind": identity.map(|identity| identity.kind.as_str()),
            "name": identity.map(|identity| &identity.name),
            "version": identity.map(|identity| &identity.version),
            "keys": signatures.iter().map(|document| &document.key_id).collect::<Vec<_>>(),
        });
        if let Some(refusal) = &refusal {
            details["step"] = refusal.step.as_str().into();
            details["reason"] = refusal.reason.clone().into();
        }
        let mut entry = self.entry("install_component", format!("component {digest}"), &details);
        entry.refused = refusal.is_some();
        transaction.append_audit(&[entry])?;
        transaction.commit()?;
        Ok(())
    }

    /// Adds signatures to a component that is installed.
    pub fn add_signatures(&self, digest: Digest, signatures: &[SignatureDocument]) -> Result<(), HostError> {
        let object = format!("component {digest}");
        let added = self.add_good_signatures(digest, signatures);
        self.noting_refusal("sign_component", &object, added)
    }

    fn add_good_signatures(&self, digest: Digest, signatures: &[SignatureDocument]) -> Result<(), HostError> {
        if signatures.is_empty() {
            return Ok(());
        }
        let text = digest.to_string();
        let installed = self.store.installation(self.payer, &text)?;
        let component = installed.map(|_| self.store.component(&text)).transpose()?.flatten();
        let component = component.ok_or_else(|| {
            HostError::not_found(&format!("component `{text}` that is installed for {}", self.whose()))
        })?;
        let trust = self.trust()?;
        for document in signatures {
            check_signature(&trust, digest, &component, document).map_err(|reason| HostError::conflict(&reason))?;
        }
        let mut transaction = self.store.begin_write()?;
        if self.keep_signatures(transaction.as_mut(), &text, signatures)? {
            let keys: Vec<_> = signatures.iter().map(|document| &document.key_id).collect();
            let entry = self.entry("sign_component", format!("component {text}"), &json!({ "keys": keys }));
            transaction.append_audit(&[entry])?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Keeps signatures with a component, and answers whether any of them is new.
    fn keep_signatures(
        &self,
        transaction: &mut dyn WriteTransaction,
        digest: &str,
        signatures: &[SignatureDocument],
    ) -> Result<bool, HostError> {
        let mut any_new = false;
        for document in signatures {
            any_new |= transaction.add_signature(&NewComponentSignature {
                payer: self.payer.map(str::to_owned),
                digest: digest.to_owned(),
                key_id: document.key_id.clone(),
                manifest: document.manifest.clone(),
                signature: document.signature,
            })?;
        }
        Ok(any_new)
    }

    /// The signatures under a component that are kept here: those of whose rules these are, and of the platform.
    pub(super) fn kept_signatures(&self, digest: &str) -> Result<Vec<ComponentSignature>, HostError> {
        let mut kept = self.store.signatures(self.payer, digest)?;
        if self.payer.is_some() {
            let of_platform = self.store.signatures(None, digest)?;
            let is_new = |other: &ComponentSignature| {
                !kept
                    .iter()
                    .any(|own| (&own.key_id, own.signature) == (&other.key_id, other.signature))
            };
            let others: Vec<_> = of_platform.into_iter().filter(is_new).collect();
            kept.extend(others);
        }
        Ok(kept)
    }

    /// The same as documents; what cannot be read is left out.
    pub(super) fn kept_documents(&self, digest: Digest) -> Result<Vec<SignatureDocument>, HostError> {
        let kept = self.kept_signatures(&digest.to_string())?;
        Ok(kept
            .iter()
            .filter_map(|kept| SignatureDocument::of_kept(kept).ok())
            .collect())
    }

    /// The digest of the installed component that is meant by a name.
    pub fn digest_of(&self, named: &NamedComponent) -> Result<Digest, HostError> {
        let all = self.all_found()?;
        let found = self.meant(&all, named)?;
        let digest = found.component.digest.parse::<Digest>();
        digest.map_err(|error| HostError::Technical(error.to_string()))
    }
}

/// Why a signature cannot be kept with a component, as a sentence, if it cannot.
fn check_signature(
    trust: &Trust,
    digest: Digest,
    component: &StoredComponent,
    document: &SignatureDocument,
) -> Result<(), String> {
    let (standing, reason) = trust.judge(digest, document);
    if standing == super::SignatureStanding::Bad {
        return Err(reason);
    }
    let manifest = Manifest::from_json(&document.manifest)?;
    manifest.check_words(
        &component.name,
        &component.version,
        component.kind.as_str(),
        &component.contract,
    )
}

/// The kind as rows have it.
const fn kind_of(kind: ComponentKind) -> RuleKind {
    match kind {
        ComponentKind::Criteria => RuleKind::Criteria,
        ComponentKind::ClaimStatus => RuleKind::ClaimStatus,
    }
}
