//! How a claim is born: Reprise decides all of it, and the rule engines are given what of it can differ here.
//!
//! The subset: that a procedure is claimed already, is not to be billed or has no fee; that procedures are of several
//! clinics or places; too many diagnoses; a procedure in process; the status that is asked for, when a claim may be held,
//! and the status of each kind of claim. Left out is what is in order in every row, because Reprise decides that too: that
//! there is a plan, that its rank is the one that the type of claim is for, and the other coverage. The engines answer
//! with a number, Reprise with the claim's type, its status, and a sentence where it refuses.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reprise_engine::{AdmissionLimits, CallLimits, EmptyReference, RuleEngine, StatusRules};
use reprise_model::{
    Birth, ClaimFacts, IntakeRefusal, IntakeType, OfficeSetting, PlanType, Situation, SubmissionStatus,
};

use crate::rules::workload::{Fact, Texts, Workload};

/// How many claims Reprise decides in one call: a bulk validation's.
const BATCH_CLAIMS: usize = 4_096;

/// A claim that is held for a procedure in process answers this and the status that it settles in.
const IN_PROCESS: i64 = 70;

/// The refusals of the subset; the answer to the first one is -1.
const REFUSALS: [&str; 9] = [
    "procedure-already-claimed",
    "procedure-not-billed",
    "procedure-without-fee",
    "several-clinics",
    "several-places-of-service",
    "too-many-dental-diagnoses",
    "too-many-diagnoses",
    "procedure-in-process",
    "status-not-allowed",
];

const FIELDS: &[&str] = &[
    "claim_type",
    "asked",
    "capitation",
    "medical",
    "rank",
    "procedures",
    "on_received_primary",
    "diagnoses",
    "claimed",
    "not_billed",
    "without_fee",
    "medical_before",
    "in_process",
    "several_clinics",
    "several_places",
];

/// Reprise with claims to be born.
pub(crate) struct Ours {
    rules: StatusRules,
    claims: Vec<ClaimFacts>,
    office: Vec<OfficeSetting>,
}

impl Ours {
    /// So many claims, of every kind, some with one thing or another that is not in order.
    pub(crate) fn new(claims: usize) -> anyhow::Result<Self> {
        let engine = RuleEngine::new(AdmissionLimits::default(), CallLimits::default())?;
        let component = engine.load_claim_status(reprise_bundle::CLAIM_STATUS)?;
        let on = |name: &str| OfficeSetting {
            name: name.to_owned(),
            value: "true".to_owned(),
        };
        Ok(Self {
            rules: component.instantiate(Arc::new(EmptyReference))?,
            claims: (0..claims as u64).map(claim).collect(),
            office: vec![on("hold-primary-for-medical"), on("block-zero-fee")],
        })
    }

    /// Decide each claim by itself, and say how long that took.
    pub(crate) fn decide_singly(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<Duration> {
        let mut elapsed = Duration::ZERO;
        for claims in self.claims.chunks(BATCH_CLAIMS) {
            let mut born = Vec::with_capacity(claims.len());
            let started = Instant::now();
            for claim in claims {
                born.push(self.rules.create(claim, &self.office)?);
            }
            elapsed += started.elapsed();
            for birth in &born {
                answers.push(number(birth)?);
            }
        }
        Ok(elapsed)
    }

    /// Decide the claims in batches, and say how long that took.
    pub(crate) fn decide_in_batches(&mut self, answers: &mut Vec<i64>) -> anyhow::Result<Duration> {
        let mut elapsed = Duration::ZERO;
        for claims in self.claims.chunks(BATCH_CLAIMS) {
            let started = Instant::now();
            let born = self.rules.create_batch(claims, &self.office)?;
            elapsed += started.elapsed();
            for birth in &born {
                answers.push(number(birth)?);
            }
        }
        Ok(elapsed)
    }

    /// The same claims for the rule engines.
    pub(crate) fn workload(&self, expected: Vec<i64>) -> Workload {
        Workload {
            title: "How a claim is born",
            fields: FIELDS,
            rows: self.claims.iter().map(facts).collect(),
            expected,
            texts: texts(),
        }
    }
}

fn number(birth: &Result<Birth, IntakeRefusal>) -> anyhow::Result<i64> {
    match birth {
        Ok(birth) if birth.status == SubmissionStatus::InProcess => {
            Ok(IN_PROCESS + i64::from(birth.settles_in.number()))
        }
        Ok(birth) => Ok(birth.status.number().into()),
        Err(refusal) => {
            let place = (1..).zip(REFUSALS).find(|(_, code)| *code == refusal.code);
            match place {
                Some((place, _)) => Ok(-place),
                None => bail!("`{}` is refused, which is not among what is measured", refusal.code),
            }
        }
    }
}

/// A claim whose plan and other coverage are in order. What is not in order comes and goes at different paces, so that
/// all mixtures occur; about half of the claims are born.
fn claim(number: u64) -> ClaimFacts {
    // An odd factor scatters the numbers, the same on every machine.
    let chance = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let one_in = |count: u64, salt: u64| (chance / (7 * salt + 1)).is_multiple_of(count);
    let capitation = one_in(6, 1);
    let medical = !capitation && one_in(9, 2);
    let (claim_type, rank) = match (medical, chance % 4) {
        (true, _) => (IntakeType::Other, 0),
        (_, 0) => (IntakeType::Primary, 1),
        (_, 1) => (IntakeType::Secondary, 2),
        (_, 2) => (IntakeType::Other, 3),
        _ => (IntakeType::PreAuthorization, 1),
    };
    let asked = [
        None,
        Some(SubmissionStatus::Unsent),
        Some(SubmissionStatus::Hold),
        Some(SubmissionStatus::Waiting),
        Some(SubmissionStatus::Sent),
    ];
    let place = usize::try_from(chance / 11 % 10).unwrap_or(0);
    let first_if = |is: bool| if is { 40 + chance % 5 } else { 0 };
    ClaimFacts {
        claim_type,
        asked: asked.get(place).copied().flatten(),
        plan_type: if capitation {
            PlanType::Capitation
        } else {
            PlanType::Percentage
        },
        rank,
        other_rank: rank.saturating_sub(1),
        dental_plans: 3,
        medical_plans: 1,
        procedures: 3,
        on_open_primary: 1,
        on_received_primary: if one_in(3, 3) { 3 } else { 1 },
        diagnoses: if one_in(20, 4) { 6 } else { 2 } + if one_in(25, 5) { 11 } else { 0 },
        claimed: first_if(one_in(15, 6)),
        not_billed: first_if(one_in(17, 7)),
        without_fee: first_if(one_in(19, 8)),
        situation: Situation {
            plan_known: true,
            medical,
            subscription_asked: true,
            other_subscription_asked: rank > 1,
            medical_before: one_in(2, 9),
            in_process: one_in(8, 10),
            several_clinics: one_in(31, 11),
            several_places: one_in(37, 12),
        },
    }
}

fn facts(claim: &ClaimFacts) -> Vec<Fact> {
    let number = |number: u64| Fact::Number(i64::try_from(number).unwrap_or(i64::MAX));
    vec![
        number(claim.claim_type.number().into()),
        number(claim.asked.map_or(0, SubmissionStatus::number).into()),
        Fact::Flag(claim.plan_type == PlanType::Capitation),
        Fact::Flag(claim.situation.medical),
        number(claim.rank.into()),
        number(claim.procedures.into()),
        number(claim.on_received_primary.into()),
        number(claim.diagnoses.into()),
        number(claim.claimed),
        number(claim.not_billed),
        number(claim.without_fee),
        Fact::Flag(claim.situation.medical_before),
        Fact::Flag(claim.situation.in_process),
        Fact::Flag(claim.situation.several_clinics),
        Fact::Flag(claim.situation.several_places),
    ]
}

fn texts() -> Texts {
    // What the sub-decisions are called in Rego; the others have them written out where they are asked.
    let born = "(capitation ? rank >= 3 : claim_type == 3 && !medical) ? 1 : 3";
    let held = "(capitation ? rank >= 2 : claim_type == 1 ? medical_before : claim_type == 2 ? \
                on_received_primary < procedures : claim_type == 3 && !medical)";
    let cel = format!(
        "claimed != 0 && (claim_type != 5 || capitation) ? -1 : not_billed != 0 ? -2 : without_fee != 0 ? -3 : \
         several_clinics ? -4 : several_places ? -5 : !medical && diagnoses > 4 ? -6 : diagnoses > 12 ? -7 : asked == 0 ? \
         (in_process ? {IN_PROCESS} + ({born}) : ({born})) : in_process ? -8 : asked == 1 || asked == 3 ? asked : asked \
         == 2 && {held} ? 2 : -9"
    );
    // Each choice in brackets, since its place among the operators differs from language to language.
    let zen_born = "((capitation ? rank >= 3 : (claim_type == 3 and not medical)) ? 1 : 3)";
    let zen_held = "(capitation ? rank >= 2 : (claim_type == 1 ? medical_before : (claim_type == 2 ? \
                    on_received_primary < procedures : (claim_type == 3 and not medical))))";
    let zen = format!(
        "(claimed != 0 and (claim_type != 5 or capitation)) ? -1 : (not_billed != 0 ? -2 : (without_fee != 0 ? -3 : \
         (several_clinics ? -4 : (several_places ? -5 : ((not medical and diagnoses > 4) ? -6 : (diagnoses > 12 ? -7 : \
         (asked == 0 ? (in_process ? {IN_PROCESS} + {zen_born} : {zen_born}) : (in_process ? -8 : ((asked == 1 or asked \
         == 3) ? asked : ((asked == 2 and {zen_held}) ? 2 : -9))))))))))"
    );
    Texts {
        cel,
        zen,
        rego: REGO.to_owned(),
        jsonlogic: jsonlogic(),
    }
}

const REGO: &str = r#"package decision

default preauthorization := false
preauthorization if { input.claim_type == 5; not input.capitation }

default tertiary := false
tertiary if { input.claim_type == 3; not input.medical; not input.capitation }

default unsent := false
unsent if tertiary
unsent if { input.capitation; input.rank >= 3 }

default held := false
held if tertiary
held if { input.capitation; input.rank >= 2 }
held if { not input.capitation; input.claim_type == 1; input.medical_before }
held if { not input.capitation; input.claim_type == 2; input.on_received_primary < input.procedures }

born := 1 if { unsent } else := 3

answer := -1 if { input.claimed != 0; not preauthorization }
else := -2 if { input.not_billed != 0 }
else := -3 if { input.without_fee != 0 }
else := -4 if { input.several_clinics }
else := -5 if { input.several_places }
else := -6 if { not input.medical; input.diagnoses > 4 }
else := -7 if { input.diagnoses > 12 }
else := 70 + born if { input.asked == 0; input.in_process }
else := born if { input.asked == 0 }
else := -8 if { input.in_process }
else := 1 if { input.asked == 1 }
else := 3 if { input.asked == 3 }
else := 2 if { input.asked == 2; held }
else := -9
"#;

fn jsonlogic() -> serde_json::Value {
    use serde_json::{Value, json};
    let var = |name: &str| json!({"var": name});
    let tertiary = json!({"and": [{"==": [var("claim_type"), 3]}, {"!": [var("medical")]}]});
    let unsent = json!({"if": [var("capitation"), {">=": [var("rank"), 3]}, tertiary]});
    let born = json!({"if": [unsent, 1, 3]});
    let held = json!({"if": [
        var("capitation"), {">=": [var("rank"), 2]},
        {"==": [var("claim_type"), 1]}, var("medical_before"),
        {"==": [var("claim_type"), 2]}, {"<": [var("on_received_primary"), var("procedures")]},
        tertiary,
    ]});
    let is_some = |name: &str| -> Value { json!({"!=": [var(name), 0]}) };
    json!({"if": [
        {"and": [is_some("claimed"), {"or": [{"!=": [var("claim_type"), 5]}, var("capitation")]}]}, -1,
        is_some("not_billed"), -2,
        is_some("without_fee"), -3,
        var("several_clinics"), -4,
        var("several_places"), -5,
        {"and": [{"!": [var("medical")]}, {">": [var("diagnoses"), 4]}]}, -6,
        {">": [var("diagnoses"), 12]}, -7,
        {"==": [var("asked"), 0]}, {"if": [var("in_process"), {"+": [IN_PROCESS, born]}, born]},
        var("in_process"), -8,
        {"or": [{"==": [var("asked"), 1]}, {"==": [var("asked"), 3]}]}, var("asked"),
        {"and": [{"==": [var("asked"), 2]}, held]}, 2,
        -9,
    ]})
}

/// Every answer occurs, so that no part of the decision goes unmeasured.
pub(crate) fn check_variety(answers: &[i64]) -> anyhow::Result<()> {
    let wanted = (-9..=-1).chain([1, 2, 3, IN_PROCESS + 1, IN_PROCESS + 3]);
    for answer in wanted {
        answers
            .contains(&answer)
            .then_some(())
            .with_context(|| format!("no claim is answered {answer}"))?;
    }
    Ok(())
}
