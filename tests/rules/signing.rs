//! Whose word counts for a component: signatures, keys that are trusted, expire and are revoked, and who asks for one.

use reprise::{Installed, Manifest, PolicyChange, RulesManagement, SignatureDocument, SigningKey, TrustRequest};
use reprise_engine::Digest;
use reprise_store::InstallationState;

use super::{REASON, activate, lines, names, refused, request, roll_back, variant};
use crate::components::ANY_DIAGNOSIS;
use crate::reprocess::world::on_both;

/// A key that signs.
fn key() -> SigningKey {
    let directory = tempfile::tempdir().expect("a directory");
    SigningKey::create(&directory.path().join("key.pem")).expect("a key")
}

/// What the example says of itself, for a payer or for everybody.
fn manifest(payer: Option<&str>) -> Manifest {
    Manifest {
        name: "any-diagnosis".to_owned(),
        version: "0.1.0".to_owned(),
        payer: payer.map(str::to_owned),
        kind: "criteria".to_owned(),
        contract: "0.1.0".to_owned(),
        expires_at: None,
    }
}

fn signed(key: &SigningKey, payer: Option<&str>) -> SignatureDocument {
    key.sign(Digest::of(ANY_DIAGNOSIS), &manifest(payer))
}

#[track_caller]
fn trust(rules: &RulesManagement<'_>, key: &SigningKey, expires_at_ms: Option<i64>) {
    let request = TrustRequest {
        public_key: key.public_key(),
        comment: "of the story".to_owned(),
        expires_at_ms,
    };
    assert!(rules.trust_key(&request).expect("a key").1);
}

#[track_caller]
fn require(rules: &RulesManagement<'_>) {
    let change = PolicyChange {
        require_signature: Some(true),
        ..PolicyChange::default()
    };
    assert!(rules.change_policy(change).expect("a policy").require_signature);
}

#[track_caller]
fn install(rules: &RulesManagement<'_>, signatures: &[SignatureDocument]) -> Installed {
    rules.install(ANY_DIAGNOSIS, signatures, None).expect("an answer")
}

/// It is refused at a step, in these words among others.
#[track_caller]
fn refused_at(step: &str, installed: &Installed, words: &str) {
    assert_eq!(installed.state, InstallationState::Refused);
    let reason = installed.reason.as_deref().expect("a reason");
    assert!(reason.contains(&format!("refused at step `{step}`")), "{reason}");
    assert!(reason.contains(words), "`{words}` is not in: {reason}");
}

#[test]
fn a_signature_that_is_required_has_to_be_one_that_counts() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        require(&rules);
        let (good, stranger, expired, revoked) = (key(), key(), key(), key());
        trust(&rules, &good, None);
        trust(&rules, &expired, Some(1));
        trust(&rules, &revoked, None);
        rules.revoke_key(&revoked.public_key().id()).expect("revoked");
        let mut past = manifest(None);
        past.expires_at = Some("2001-01-01T00:00:00Z".to_owned());
        let mut other_version = manifest(None);
        other_version.version = "0.2.0".to_owned();
        let forged = SignatureDocument {
            key_id: good.public_key().id(),
            ..signed(&stranger, None)
        };
        for (step, signatures, words) in [
            ("signature", vec![], "it is not signed"),
            (
                "signature",
                vec![signed(&stranger, None)],
                "is not trusted by payer ACME or the platform",
            ),
            (
                "signature",
                vec![signed(&expired, None)],
                "was trusted until 1970-01-01T00:00:00.001Z",
            ),
            ("signature", vec![signed(&revoked, None)], "was revoked on "),
            (
                "signature",
                vec![good.sign(Digest::of(ANY_DIAGNOSIS), &past)],
                "was good until 2001-01-01T00:00:00Z",
            ),
            ("signature", vec![signed(&good, Some("ZENITH"))], "is for payer ZENITH"),
            (
                "signature",
                vec![good.sign(Digest::of(b"another"), &manifest(None))],
                "sign the component that is meant",
            ),
            ("signature", vec![forged], "one of the three was changed"),
            (
                "description",
                vec![good.sign(Digest::of(ANY_DIAGNOSIS), &other_version)],
                "the signed manifest says version `0.2.0`, and the component says version `0.1.0`",
            ),
        ] {
            refused_at(step, &install(&rules, &signatures), words);
        }
        let installed = install(&rules, &[signed(&good, Some("ACME")), signed(&stranger, None)]);
        assert_eq!((installed.state, installed.reason), (InstallationState::Checked, None));
        let listed = rules.list().expect("a list");
        assert_eq!(listed[0].signed_by, [good.public_key().id()]);
    });
}

#[test]
fn a_key_that_is_revoked_counts_for_nothing_from_then_on() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        require(&rules);
        let (first, second) = (key(), key());
        trust(&rules, &first, None);
        trust(&rules, &second, None);
        let digest = install(&rules, &[signed(&first, None)]).digest.to_string();
        activate(&rules, &[&digest]);
        let next = variant(ANY_DIAGNOSIS, 1);
        let signature = second.sign(Digest::of(&next), &manifest(None));
        let next = rules
            .install(&next, &[signature], None)
            .expect("an answer")
            .digest
            .to_string();
        activate(&rules, &[&next]);

        rules.revoke_key(&first.public_key().id()).expect("revoked");
        refused(rules.activate(&names(&[&digest]), request(REASON)), "was revoked on ");
        refused(rules.roll_back(None, request(REASON)), "was revoked on ");
        // Signed by another, it may again.
        let digest = Digest::of(ANY_DIAGNOSIS);
        rules.add_signatures(digest, &[signed(&second, None)]).expect("added");
        assert_eq!(roll_back(&rules, None), Some(1));
        refused(
            rules.add_signatures(digest, &[signed(&second, Some("ZENITH"))]),
            "is for payer ZENITH",
        );
    });
}

#[test]
fn nobody_is_kept_from_going_back_by_a_signature_that_was_not_asked_for() {
    on_both(&lines(), |world| {
        let rules = world.host.rules(Some("ACME"), "jane");
        let digest = install(&rules, &[]).digest.to_string();
        activate(&rules, &[&digest]);
        let next = rules.install(&variant(ANY_DIAGNOSIS, 1), &[], None).expect("an answer");
        activate(&rules, &[&next.digest.to_string()]);
        require(&rules);
        assert_eq!(roll_back(&rules, None), Some(1));
        refused(
            rules.activate(&names(&[&next.digest.to_string()]), request(REASON)),
            "it is not signed",
        );
    });
}

#[test]
fn what_the_platform_trusts_and_requires_counts_for_every_payer() {
    on_both(&lines(), |world| {
        let platform = world.host.rules(None, "root");
        let (of_platform, of_zenith) = (key(), key());
        trust(&platform, &of_platform, None);
        trust(&world.host.rules(Some("ZENITH"), "john"), &of_zenith, None);
        require(&platform);
        let rules = world.host.rules(Some("ACME"), "jane");
        refused_at("signature", &install(&rules, &[]), "it is not signed");
        refused_at(
            "signature",
            &install(&rules, &[signed(&of_zenith, None)]),
            "is not trusted by payer ACME or the platform",
        );
        let installed = install(&rules, &[signed(&of_platform, Some("ACME"))]);
        assert_eq!(installed.state, InstallationState::Checked);
        // A payer that does not trust a key of the platform revokes it for itself.
        trust(&rules, &of_platform, None);
        rules.revoke_key(&of_platform.public_key().id()).expect("revoked");
        refused(
            rules.activate(&names(&[&installed.digest.to_string()]), request(REASON)),
            "was revoked on ",
        );
    });
}
