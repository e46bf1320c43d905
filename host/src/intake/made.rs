//! A claim that was decided on, made up whole: its lines, days, providers, fee.

use reprise_model::{
    Amount, Claim, ClaimKind, ClaimType, Day, EntityName, IntakeDetails, IntakeType, Line, LineProviders, MadeClaim,
    ProcessType, ProcessingStatus, SubmissionStatus,
};
use reprise_request::CreationRequest;

use super::data::IntakeData;

/// When claims are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at_ms: i64,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self {
            at_ms: jiff::Timestamp::now().as_millisecond(),
        }
    }

    /// The day of it, in UTC.
    pub(crate) fn day(self) -> Day {
        const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
        Day::from_number(i32::try_from(self.at_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX))
    }
}

/// What a claim is called that was made here.
pub(crate) fn code_of(id: i64) -> String {
    format!("CLAIM-{id}")
}

impl IntakeData {
    /// The claim, with this number; 0 in a dry run.
    pub(crate) fn make(
        &self,
        payer: &str,
        request: &CreationRequest,
        made: &MadeClaim,
        id: i64,
        moment: Moment,
    ) -> Claim {
        let plans = self.plans(request.patient).unwrap_or_default();
        let plan_of = |subscription: u64| plans.iter().find(|plan| plan.subscription == subscription);
        let (plan, other) = (plan_of(made.subscription), plan_of(made.other_subscription));
        let rows: Vec<_> = made
            .procedures
            .iter()
            .filter_map(|procedure| self.procedure(*procedure))
            .collect();
        let usual = || {
            self.patient(request.patient)
                .and_then(|patient| patient.primary_provider.clone())
        };
        let treating = request
            .treating_provider
            .clone()
            .or_else(|| rows.iter().find_map(|row| row.provider.clone()))
            .or_else(usual);
        let billing = request
            .billing_provider
            .clone()
            .or_else(usual)
            .or_else(|| treating.clone());
        let fee = rows
            .iter()
            .filter_map(|row| row.fee)
            .try_fold(Amount::ZERO, Amount::checked_add)
            .unwrap_or(Amount::ZERO);
        let patient = request.patient.to_string();
        let lines = rows
            .iter()
            .enumerate()
            .map(|(place, row)| Line {
                code: row.code.clone(),
                sequence: i64::try_from(place + 1).ok(),
                service_start_date: row.date,
                service_end_date: row.date,
                serviced_entity: Some(EntityName {
                    code: patient.clone(),
                    entity_type: "PERSON".to_owned(),
                }),
                procedures: vec![row.procedure_code.clone()],
                diagnoses: row.diagnoses.clone(),
                providers: LineProviders {
                    benefits: billing.clone(),
                    price_individual: None,
                    price_organization: None,
                    service: row.provider.clone().or_else(|| treating.clone()),
                    location: row.clinic.clone(),
                },
                benefits: Vec::new(),
                fee_schedules: Vec::new(),
                messages: Vec::new(),
                pend_reasons: Vec::new(),
                allowed_amount: None,
                covered_amount: None,
                attributes: std::collections::BTreeMap::new(),
            })
            .collect();
        let date_sent = match request.date_sent {
            Some(given) => given,
            // What waits for a procedure is not sent yet.
            None => (made.dated && made.birth.status == SubmissionStatus::Waiting).then(|| moment.day()),
        };
        Claim {
            kind: ClaimKind::Claim,
            id: Some(id).filter(|id| *id > 0),
            code: code_of(id),
            payer: payer.to_owned(),
            form_code: request.claim_form.clone(),
            claim_type: Some(ClaimType::Provider),
            process_type: match made.birth.claim_type {
                // It asks beforehand, as a reservation of benefits does.
                IntakeType::PreAuthorization => ProcessType::Reservation,
                _ => ProcessType::Claim,
            },
            status: ProcessingStatus::Entry,
            entry_date: moment.day(),
            currency: None,
            claimant_provider: billing,
            settlement_reason: None,
            locked_by: None,
            high_priority: false,
            preprocessing_done: false,
            pricing_done: false,
            messages: Vec::new(),
            pend_reasons: Vec::new(),
            tag_actions: Vec::new(),
            unfinalize_reasons: Vec::new(),
            bills: Vec::new(),
            lines,
            patient: Some(patient),
            intake_type: Some(made.birth.claim_type),
            submission_status: Some(made.birth.status),
            ins_sub: Some(made.subscription.to_string()),
            ins_sub2: other.map(|plan| plan.subscription.to_string()),
            date_sent,
            procedures: made.procedures.iter().map(ToString::to_string).collect(),
            intake: Some(Box::new(IntakeDetails {
                plan: plan.map(|plan| plan.plan.to_string()),
                plan2: other.map(|plan| plan.plan.to_string()),
                relationship: request.relationship.or_else(|| plan.and_then(|plan| plan.relationship)),
                relationship2: request
                    .other_relationship
                    .or_else(|| other.and_then(|plan| plan.relationship)),
                date_service: request
                    .date_service
                    .or_else(|| rows.iter().filter_map(|row| row.date).min()),
                date_received: None,
                treating_provider: treating,
                note: request.note.clone(),
                fee: Some(fee),
                rank: plan.map(|plan| plan.rank),
                settles_in: Some(made.birth.settles_in),
                edited_at_ms: Some(moment.at_ms),
            })),
            pend_numbers_given: 0,
        }
    }
}
