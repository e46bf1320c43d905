//! The facts that the rules decide by, made of what the store knows.

use std::collections::{BTreeMap, BTreeSet};

use reprise_model::{
    Amount, ChangeFacts, Claim, ClaimFacts, Enrolment, EnrolmentFacts, IntakeType, PlanType, Procedure, ProcedureFacts,
    ProcedureStatus, Situation, SubmissionStatus,
};
use reprise_request::{CreationRequest, Problem};

use super::data::{IntakeData, PatientPlan, is_received, number};

/// What the rules are asked when claims are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CreationFacts {
    /// How this claim is born.
    One(ClaimFacts),
    /// Which claims are made.
    Enrolment(EnrolmentFacts),
}

/// The subscriptions of a claim that is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coverage<'a> {
    pub(crate) plan: Option<&'a PatientPlan>,
    pub(crate) other: Option<&'a PatientPlan>,
}

impl IntakeData {
    /// The facts of a request, or everything that is wrong with what it names.
    pub(crate) fn creation_facts(&self, request: &CreationRequest) -> Result<CreationFacts, Vec<Problem>> {
        let patient = request.patient;
        if self.patient(patient).is_none() {
            let detail = format!("there is no patient {patient}");
            return Err(vec![Problem::new(Problem::PATIENT_UNKNOWN, "PatNum", detail)]);
        }
        let plans = self.plans(patient).map_err(|problem| vec![problem])?;
        let mut problems: Vec<Problem> = request
            .procedures
            .iter()
            .filter_map(|procedure| self.procedure_problem(*procedure, patient))
            .collect();
        let mut fees = request
            .procedures
            .iter()
            .filter_map(|procedure| self.procedure(*procedure)?.fee);
        if fees.try_fold(Amount::ZERO, Amount::checked_add).is_none() {
            let detail = "the fees of the procedures together are more than an amount can be; claim them one by one";
            problems.push(Problem::new(Problem::FEES_TOO_LARGE, "procNums", detail));
        }
        let Some(claim_type) = request.claim_type else {
            return match problems.is_empty() {
                true => Ok(CreationFacts::Enrolment(
                    self.enrolment_facts(plans, &request.procedures),
                )),
                false => Err(problems),
            };
        };
        let coverage = self.coverage(request);
        problems.extend(coverage.as_ref().err().into_iter().flatten().cloned());
        match (problems.is_empty(), coverage) {
            (true, Ok(coverage)) => Ok(CreationFacts::One(self.claim_facts(
                &request.procedures,
                (claim_type, request.status),
                plans,
                coverage,
                (request.subscription.is_some(), request.other_subscription.is_some()),
                None,
            ))),
            _ => Err(problems),
        }
    }

    /// What is wrong with naming this procedure.
    fn procedure_problem(&self, procedure: u64, patient: u64) -> Option<Problem> {
        let problem = |code, detail| Some(Problem::new(code, "procNums", detail));
        match self.procedure(procedure) {
            None => problem(Problem::PROCEDURE_UNKNOWN, format!("there is no procedure {procedure}")),
            Some(row) if number(&row.patient) != patient => problem(
                Problem::PROCEDURE_OF_ANOTHER_PATIENT,
                format!("procedure {procedure} is of another patient than {patient}"),
            ),
            Some(row) if row.status == ProcedureStatus::Deleted => {
                problem(Problem::PROCEDURE_DELETED, format!("procedure {procedure} is deleted"))
            }
            Some(_) => None,
        }
    }

    /// The subscriptions of the one claim that is asked for: those that are named, else those that its type is for.
    pub(crate) fn coverage(&self, request: &CreationRequest) -> Result<Coverage<'_>, Vec<Problem>> {
        let plans = self.plans(request.patient).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut named = |field: &str, subscription: Option<u64>| {
            let subscription = subscription?;
            let plan = plans.iter().find(|plan| plan.subscription == subscription);
            if plan.is_none() {
                let detail = format!(
                    "subscription {subscription} is not one of patient {}: no patient plan has it",
                    request.patient
                );
                problems.push(Problem::new(Problem::SUBSCRIPTION_NOT_OF_PATIENT, field, detail));
            }
            plan
        };
        let mut coverage = Coverage {
            plan: named("InsSubNum", request.subscription),
            other: named("InsSubNum2", request.other_subscription),
        };
        let of_rank = |rank| plans.iter().find(|plan| plan.rank == rank);
        if request.subscription.is_none() {
            coverage.plan = match request.claim_type {
                Some(IntakeType::Primary | IntakeType::PreAuthorization) => of_rank(1),
                Some(IntakeType::Secondary) => of_rank(2),
                _ => None,
            };
        }
        if request.other_subscription.is_none() && request.claim_type == Some(IntakeType::Secondary) {
            coverage.other = of_rank(1).filter(|other| coverage.plan != Some(*other));
        }
        if let (Some(plan), Some(other)) = (coverage.plan, coverage.other)
            && plan.subscription == other.subscription
        {
            let detail = format!(
                "the claim is for subscription {} already, so that cannot be the other coverage",
                plan.subscription
            );
            problems.push(Problem::new(Problem::SUBSCRIPTION_REPEATED, "InsSubNum2", detail));
        }
        if problems.is_empty() {
            Ok(coverage)
        } else {
            Err(problems)
        }
    }

    /// The facts of one claim. `itself` is the claim that is asked about, if it is there already.
    pub(crate) fn claim_facts(
        &self,
        procedures: &[u64],
        (claim_type, asked): (IntakeType, Option<SubmissionStatus>),
        plans: &[PatientPlan],
        Coverage { plan, other }: Coverage<'_>,
        (subscription_asked, other_subscription_asked): (bool, bool),
        itself: Option<i64>,
    ) -> ClaimFacts {
        let rows: Vec<(u64, &Procedure)> = procedures
            .iter()
            .filter_map(|procedure| Some((*procedure, self.procedure(*procedure)?)))
            .collect();
        let first = |is_so: &dyn Fn(u64, &Procedure) -> bool| {
            let found = rows.iter().find(|(procedure, row)| is_so(*procedure, row));
            found.map_or(0, |(procedure, _)| *procedure)
        };
        let subscription = plan.map_or(0, |plan| plan.subscription);
        let standings: Vec<_> = procedures
            .iter()
            .map(|procedure| self.primary_standing(*procedure, itself))
            .collect();
        let standing = |wanted| count(standings.iter().filter(|standing| **standing == Some(wanted)).count());
        let diagnoses: BTreeSet<&str> = rows
            .iter()
            .flat_map(|(_, row)| row.diagnoses.iter().map(|diagnosis| diagnosis.code.as_str()))
            .collect();
        let differ = |of: &dyn Fn(&Procedure) -> Option<&str>| {
            let values: BTreeSet<Option<&str>> = rows.iter().map(|(_, row)| of(row)).collect();
            values.len() > 1
        };
        let place = plan.and_then(|plan| plans.iter().position(|candidate| candidate == plan));
        ClaimFacts {
            claim_type,
            asked,
            plan_type: plan.map_or(PlanType::Percentage, |plan| plan.plan_type),
            rank: plan.map_or(0, |plan| plan.rank),
            other_rank: other.map_or(0, |plan| plan.rank),
            dental_plans: count(plans.iter().filter(|plan| !plan.is_medical).count()),
            medical_plans: count(plans.iter().filter(|plan| plan.is_medical).count()),
            procedures: count(procedures.len()),
            on_open_primary: standing(PrimaryStanding::Open),
            on_received_primary: standing(PrimaryStanding::Received),
            diagnoses: count(diagnoses.len()),
            claimed: first(&|procedure, _| {
                subscription != 0 && self.claimed_for(procedure, itself).contains(&subscription)
            }),
            not_billed: first(&|_, row| row.no_bill_ins_subs.iter().any(|code| number(code) == subscription)),
            without_fee: first(&|_, row| is_without_fee(row)),
            situation: Situation {
                plan_known: plan.is_some(),
                medical: plan.is_some_and(|plan| plan.is_medical),
                subscription_asked,
                other_subscription_asked,
                medical_before: place.is_some_and(|place| plans[..place].iter().any(|plan| plan.is_medical)),
                in_process: rows.iter().any(|(_, row)| row.in_process),
                several_clinics: differ(&|row| row.clinic.as_deref()),
                several_places: differ(&|row| row.place_of_service.as_deref()),
            },
        }
    }

    /// The facts of procedures that all the claims are asked for which the patient's plans call for.
    fn enrolment_facts(&self, plans: &[PatientPlan], procedures: &[u64]) -> EnrolmentFacts {
        let enrolments = plans
            .iter()
            .map(|plan| Enrolment {
                subscription: plan.subscription,
                plan_type: plan.plan_type,
                rank: plan.rank,
            })
            .collect();
        let (mut clinics, mut places, mut diagnoses) = (Numbers::default(), Numbers::default(), Numbers::default());
        let is_of_patient = |subscription: &u64| plans.iter().any(|plan| plan.subscription == *subscription);
        let procedures = procedures
            .iter()
            .filter_map(|procedure| Some((*procedure, self.procedure(*procedure)?)))
            .map(|(procedure, row)| {
                let standing = self.primary_standing(procedure, None);
                let codes: BTreeSet<&str> = row.diagnoses.iter().map(|diagnosis| diagnosis.code.as_str()).collect();
                ProcedureFacts {
                    procedure,
                    in_process: row.in_process,
                    without_fee: is_without_fee(row),
                    clinic: clinics.of(row.clinic.as_deref()),
                    place: places.of(row.place_of_service.as_deref()),
                    diagnoses: codes.into_iter().map(|code| diagnoses.of(Some(code))).collect(),
                    not_billed_to: row
                        .no_bill_ins_subs
                        .iter()
                        .map(|code| number(code))
                        .filter(is_of_patient)
                        .collect(),
                    claimed_for: self
                        .claimed_for(procedure, None)
                        .into_iter()
                        .filter(is_of_patient)
                        .collect(),
                    on_open_primary: standing == Some(PrimaryStanding::Open),
                    on_received_primary: standing == Some(PrimaryStanding::Received),
                }
            })
            .collect();
        EnrolmentFacts { enrolments, procedures }
    }

    /// The facts of a claim that is asked to be in another status.
    pub(crate) fn change_facts(
        &self,
        id: i64,
        claim: &Claim,
        current: SubmissionStatus,
        asked: SubmissionStatus,
    ) -> Result<ChangeFacts, Problem> {
        let patient = claim.patient.as_deref().map_or(0, number);
        let plans = self.plans(patient)?;
        let procedures: Vec<u64> = claim.procedures.iter().map(|code| number(code)).collect();
        let plan_of = |subscription: &Option<String>| {
            let subscription = number(subscription.as_deref()?);
            plans.iter().find(|plan| plan.subscription == subscription)
        };
        let coverage = Coverage {
            plan: plan_of(&claim.ins_sub),
            other: plan_of(&claim.ins_sub2),
        };
        let claim_type = claim.intake_type.unwrap_or(IntakeType::Other);
        let mut facts = self.claim_facts(
            &procedures,
            (claim_type, Some(asked)),
            plans,
            coverage,
            (claim.ins_sub.is_some(), claim.ins_sub2.is_some()),
            Some(id),
        );
        // What it was made as stays, whatever the order of the patient's plans is today.
        facts.rank = self.rank_of(claim);
        facts.procedures = count(procedures.len());
        Ok(ChangeFacts {
            claim: facts,
            current,
            processing: claim.status,
        })
    }

    /// The subscriptions for which a procedure is on a claim already, preauthorizations aside.
    fn claimed_for(&self, procedure: u64, itself: Option<i64>) -> BTreeSet<u64> {
        self.claims_with(procedure)
            .filter(|(id, claim)| Some(*id) != itself && claim.intake_type != Some(IntakeType::PreAuthorization))
            .filter_map(|(_, claim)| claim.ins_sub.as_deref().map(number))
            .collect()
    }

    /// How the primary claims for a procedure stand; none if there are none.
    fn primary_standing(&self, procedure: u64, itself: Option<i64>) -> Option<PrimaryStanding> {
        let primaries = self
            .claims_with(procedure)
            .filter(|(id, claim)| Some(*id) != itself && self.is_primary(claim));
        primaries.fold(None, |standing, (_, claim)| match standing {
            Some(PrimaryStanding::Open) => standing,
            _ if is_received(claim) => Some(PrimaryStanding::Received),
            _ => Some(PrimaryStanding::Open),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PrimaryStanding {
    /// One is not received yet.
    Open,
    /// All are received.
    Received,
}

/// A procedure without a fee costs nothing.
fn is_without_fee(row: &Procedure) -> bool {
    row.fee.is_none_or(|fee| fee == Amount::ZERO)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Numbers for texts, in the order in which they are met, from 1.
#[derive(Default)]
struct Numbers<'a> {
    known: BTreeMap<&'a str, u32>,
}

impl<'a> Numbers<'a> {
    fn of(&mut self, text: Option<&'a str>) -> u32 {
        let Some(text) = text else { return 0 };
        let next = count(self.known.len() + 1);
        *self.known.entry(text).or_insert(next)
    }
}
