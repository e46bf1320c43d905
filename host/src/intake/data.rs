//! What the store knows that claims are decided by: patients and their plans, procedures, and the claims that they are on.
//!
//! Read for many requests at once, with a few reads however many they are.

use std::collections::{BTreeMap, BTreeSet};

use reprise_model::{
    Claim, InsPlan, IntakeType, OfficeSetting, Patient, PlanType, Procedure, Reference, ReferenceKind, Relationship,
    SubmissionStatus,
};
use reprise_request::Problem;
use reprise_store::{Store, StoreError};

/// More flags of an office than this are not read; an office has a handful.
const OFFICE_FLAGS_MAX: u32 = 1_000;

/// What the store knows of some patients and procedures.
#[derive(Clone, Debug, Default)]
pub(crate) struct IntakeData {
    patients: BTreeMap<u64, Patient>,
    plans: BTreeMap<u64, Result<Vec<PatientPlan>, Problem>>,
    procedures: BTreeMap<u64, Procedure>,
    /// Claims by id; those without a submission status are none of intake's.
    claims: BTreeMap<i64, Claim>,
    by_procedure: BTreeMap<u64, Vec<i64>>,
    /// The settings of the office.
    pub(crate) office: Vec<OfficeSetting>,
}

/// A plan that a patient is enrolled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatientPlan {
    pub(crate) subscription: u64,
    pub(crate) plan: u64,
    pub(crate) plan_type: PlanType,
    pub(crate) is_medical: bool,
    /// Among the patient's dental plans, from 1; 0 if it is medical.
    pub(crate) rank: u32,
    pub(crate) relationship: Option<Relationship>,
}

impl IntakeData {
    /// Reads what is known of these patients and procedures.
    pub(crate) fn read(
        store: &dyn Store,
        payer: &str,
        patients: &BTreeSet<u64>,
        procedures: &BTreeSet<u64>,
    ) -> Result<Self, StoreError> {
        let patient_keys = texts(patients);
        let patient_keys: Vec<&str> = patient_keys.iter().map(String::as_str).collect();
        let procedure_keys = texts(procedures);
        let procedure_keys: Vec<&str> = procedure_keys.iter().map(String::as_str).collect();
        let mut data = Self {
            office: office_settings(store, payer)?,
            plans: read_plans(store, payer, &patient_keys)?,
            ..Self::default()
        };
        for row in store.references(payer, ReferenceKind::Patient, &patient_keys)? {
            if let (Reference::Patient(patient), number) = (&row, number(&row.key())) {
                data.patients.insert(number, patient.clone());
            }
        }
        for row in store.references(payer, ReferenceKind::Procedure, &procedure_keys)? {
            if let Reference::Procedure(procedure) = row {
                data.procedures.insert(number(&procedure.code), procedure);
            }
        }
        data.read_claims(store, payer, &procedure_keys)?;
        Ok(data)
    }

    /// The same with the claims that these procedures are on now.
    pub(crate) fn with_claims_of(
        &self,
        store: &dyn Store,
        payer: &str,
        procedures: &BTreeSet<u64>,
    ) -> Result<Self, StoreError> {
        let mut data = Self {
            claims: BTreeMap::new(),
            by_procedure: BTreeMap::new(),
            ..self.clone()
        };
        let keys = texts(procedures);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        data.read_claims(store, payer, &keys)?;
        Ok(data)
    }

    fn read_claims(&mut self, store: &dyn Store, payer: &str, procedures: &[&str]) -> Result<(), StoreError> {
        for encoded in store.claims_with_procedures(payer, procedures)? {
            let claim = encoded.decode()?;
            if claim.submission_status.is_none() {
                continue;
            }
            for procedure in claim.procedures.iter().map(|code| number(code)) {
                self.by_procedure.entry(procedure).or_default().push(encoded.id);
            }
            self.claims.insert(encoded.id, claim);
        }
        Ok(())
    }

    pub(crate) fn patient(&self, number: u64) -> Option<&Patient> {
        self.patients.get(&number)
    }

    /// The patient's plans in the patient's order, or what is wrong with them.
    pub(crate) fn plans(&self, patient: u64) -> Result<&[PatientPlan], Problem> {
        match self.plans.get(&patient) {
            None => Ok(&[]),
            Some(Ok(plans)) => Ok(plans),
            Some(Err(problem)) => Err(problem.clone()),
        }
    }

    pub(crate) fn procedure(&self, number: u64) -> Option<&Procedure> {
        self.procedures.get(&number)
    }

    /// The claims that a procedure is on, by id.
    pub(crate) fn claims_with(&self, procedure: u64) -> impl Iterator<Item = (i64, &Claim)> {
        let ids = self.by_procedure.get(&procedure).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| Some((*id, self.claims.get(id)?)))
    }

    /// All claims that were read, by id.
    pub(crate) fn claims(&self) -> impl Iterator<Item = (i64, &Claim)> {
        self.claims.iter().map(|(id, claim)| (*id, claim))
    }

    /// The rank of a claim's plan among the patient's dental plans when it was made; 0 if it is medical. A claim that came
    /// without one has the rank that its type is for, or the one that its plan has today.
    pub(crate) fn rank_of(&self, claim: &Claim) -> u32 {
        if let Some(rank) = claim.intake.as_ref().and_then(|details| details.rank) {
            return rank;
        }
        match claim.intake_type {
            Some(IntakeType::Primary) => 1,
            Some(IntakeType::Secondary) => 2,
            _ => {
                let patient = claim.patient.as_deref().map_or(0, number);
                let subscription = claim.ins_sub.as_deref().map_or(0, number);
                let plans = self.plans(patient).unwrap_or_default();
                let plan = plans.iter().find(|plan| plan.subscription == subscription);
                plan.map_or(0, |plan| plan.rank)
            }
        }
    }

    /// Whether others wait for this claim: it is on the first-ranked plan and asks to be paid.
    pub(crate) fn is_primary(&self, claim: &Claim) -> bool {
        claim.intake_type != Some(IntakeType::PreAuthorization) && self.rank_of(claim) == 1
    }
}

/// Whether the claim was received back.
pub(crate) fn is_received(claim: &Claim) -> bool {
    claim.submission_status == Some(SubmissionStatus::Received)
}

/// The number that a code is; what is checked to be one at import is one.
pub(crate) fn number(code: &str) -> u64 {
    code.parse().unwrap_or_default()
}

fn texts(numbers: &BTreeSet<u64>) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

/// The settings of the payer's office, by name.
pub(crate) fn office_settings(store: &dyn Store, payer: &str) -> Result<Vec<OfficeSetting>, StoreError> {
    let rows = store.references_of_kind(payer, ReferenceKind::OfficeFlag, "", OFFICE_FLAGS_MAX)?;
    let settings = rows.into_iter().filter_map(|row| match row {
        Reference::OfficeFlag(flag) => Some(OfficeSetting {
            name: flag.code,
            value: flag.value.to_string(),
        }),
        _ => None,
    });
    Ok(settings.collect())
}

/// The plans of each patient that has any, in order, with ranks.
fn read_plans(
    store: &dyn Store,
    payer: &str,
    patients: &[&str],
) -> Result<BTreeMap<u64, Result<Vec<PatientPlan>, Problem>>, StoreError> {
    let mut pat_plans = Vec::new();
    for row in store.references_of_patients(payer, ReferenceKind::PatPlan, patients)? {
        if let Reference::PatPlan(row) = row {
            pat_plans.push(row);
        }
    }
    // Of two plans in the same place, the one with the lower number is first.
    pat_plans.sort_by_key(|row| (number(&row.patient), row.ordinal, number(&row.code)));
    let subscriptions: BTreeSet<&str> = pat_plans.iter().map(|row| row.ins_sub.as_str()).collect();
    let subscriptions: Vec<&str> = subscriptions.into_iter().collect();
    let mut plan_of = BTreeMap::new();
    for row in store.references(payer, ReferenceKind::InsSub, &subscriptions)? {
        if let Reference::InsSub(row) = row {
            plan_of.insert(row.code, row.plan);
        }
    }
    let plans: BTreeSet<&str> = plan_of.values().map(String::as_str).collect();
    let plans: Vec<&str> = plans.into_iter().collect();
    let mut known: BTreeMap<String, InsPlan> = BTreeMap::new();
    for row in store.references(payer, ReferenceKind::InsPlan, &plans)? {
        if let Reference::InsPlan(row) = row {
            known.insert(row.code.clone(), row);
        }
    }

    let mut by_patient: BTreeMap<u64, Result<Vec<PatientPlan>, Problem>> = BTreeMap::new();
    for row in pat_plans {
        let plans = by_patient.entry(number(&row.patient)).or_insert_with(|| Ok(Vec::new()));
        let Ok(enrolled) = plans else { continue };
        let missing = |what: String| {
            let detail = format!(
                "patient plan {} of patient {} names {what}, which is not there; bring it in first",
                row.code, row.patient
            );
            Problem::new(Problem::ENROLMENT_INCOMPLETE, "PatNum", detail)
        };
        let Some(plan) = plan_of.get(&row.ins_sub) else {
            *plans = Err(missing(format!("subscription {}", row.ins_sub)));
            continue;
        };
        let Some(definition) = known.get(plan) else {
            *plans = Err(missing(format!("plan {plan} by its subscription {}", row.ins_sub)));
            continue;
        };
        if enrolled.iter().any(|plan| plan.subscription == number(&row.ins_sub)) {
            let detail = format!(
                "patient {} has two patient plans with subscription {}; let there be one",
                row.patient, row.ins_sub
            );
            *plans = Err(Problem::new(Problem::ENROLMENT_AMBIGUOUS, "PatNum", detail));
            continue;
        }
        let dental_before = enrolled.iter().filter(|plan| !plan.is_medical).count();
        let rank = match definition.is_medical {
            true => 0,
            false => u32::try_from(dental_before + 1).unwrap_or(u32::MAX),
        };
        enrolled.push(PatientPlan {
            subscription: number(&row.ins_sub),
            plan: number(plan),
            plan_type: definition.plan_type,
            is_medical: definition.is_medical,
            rank,
            relationship: row.relationship,
        });
    }
    Ok(by_patient)
}
