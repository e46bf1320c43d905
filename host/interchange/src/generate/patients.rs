//! The patients of a generated population: their plans, subscriptions and procedures, of which none is on a claim yet.
//!
//! Families of up to four have consecutive numbers: a head, a spouse, children. Every number follows from the patient's
//! place in the population, so that patients can be generated apart, and begins with a digit that tells its kind.

use std::ops::Range;

use reprise_model::{
    Amount, AttributeValue, Day, Diagnosis, InsPlan, InsSub, OfficeFlag, PatPlan, Patient, PlanType, Procedure,
    ProcedureStatus, Reference, Relationship,
};

use super::population::{FIRST_ENTRY_DAY, Population};
use super::random::Random;

/// How many patients can have numbers of their own.
pub(super) const PATIENTS_MAX: u64 = 9_999_999;

const FAMILY: u64 = 4;
const FIRST_PATIENT: u64 = 100_000_000;
const FIRST_PLAN: u64 = 200_000_000;
const FIRST_SUBSCRIPTION: u64 = 300_000_000;
const FIRST_PAT_PLAN: u64 = 400_000_000;
const FIRST_PROCEDURE: u64 = 500_000_000;
/// How many subscriptions, patient plans and procedures of one patient can have numbers.
const NUMBERS_OF_PATIENT: u64 = 10;
/// Of so many plans one is medical, the last.
const PLANS_PER_MEDICAL: u64 = 8;

/// 2025-01-01 and the days after it on which procedures are done.
const FIRST_PROCEDURE_DAY: i32 = FIRST_ENTRY_DAY + 731;
const PROCEDURE_DAYS: u32 = 365;

/// How many plans there are for so many patients.
fn plan_count(patients: u64) -> u64 {
    16 + patients / 50
}

/// Hands over the office's flag and the plans, on which all patients draw.
pub(super) fn plans<E>(
    payer: &str,
    patients: u64,
    random: &mut Random,
    mut hand_over: impl FnMut(Reference) -> Result<(), E>,
) -> Result<(), E> {
    hand_over(Reference::OfficeFlag(OfficeFlag {
        payer: payer.to_owned(),
        code: "hold-primary-for-medical".to_owned(),
        value: AttributeValue::Truth(false),
    }))?;
    for plan in 0..plan_count(patients) {
        let is_medical = is_medical(plan);
        let plan_type = if is_medical {
            random.weighted(&[(3, PlanType::Percentage), (1, PlanType::PpoPercentage)])
        } else {
            random.weighted(&[
                (55, PlanType::Percentage),
                (25, PlanType::PpoPercentage),
                (10, PlanType::FlatCopay),
                (10, PlanType::Capitation),
            ])
        };
        hand_over(Reference::InsPlan(InsPlan {
            payer: payer.to_owned(),
            code: (FIRST_PLAN + plan).to_string(),
            plan_type,
            is_medical,
        }))?;
    }
    Ok(())
}

const fn is_medical(plan: u64) -> bool {
    plan % PLANS_PER_MEDICAL == PLANS_PER_MEDICAL - 1
}

/// Hands over the patients in these places among so many, whole families, with all that is theirs.
pub(super) fn patients<E>(
    payer: &str,
    places: Range<u64>,
    patients: u64,
    population: &Population,
    random: &mut Random,
    mut hand_over: impl FnMut(Reference) -> Result<(), E>,
) -> Result<(), E> {
    let mut family = Family::default();
    for place in places {
        let member = place % FAMILY;
        if member == 0 {
            family = Family::default();
        }
        let mut patient = Member {
            payer,
            place,
            member,
            plans: plan_count(patients),
            home_clinic: random.chance(3_500),
            enrolments: Vec::new(),
            subscriptions: Vec::new(),
        };
        hand_over(patient.row(population, random))?;
        patient.enrol(&mut family, random);
        for subscription in &patient.subscriptions {
            hand_over(Reference::InsSub(subscription.clone()))?;
        }
        for row in patient.pat_plans() {
            hand_over(row)?;
        }
        for row in patient.procedures(population, random) {
            hand_over(row)?;
        }
    }
    Ok(())
}

/// The dental subscriptions that a family shares: the head's first and the spouse's first.
#[derive(Default)]
struct Family {
    of_head: Option<String>,
    of_spouse: Option<String>,
}

/// A patient in the making.
struct Member<'a> {
    payer: &'a str,
    place: u64,
    /// The place in the family; the head has 0, the spouse 1.
    member: u64,
    /// How many plans there are to draw from.
    plans: u64,
    /// Which of the two clinics the patient goes to.
    home_clinic: bool,
    /// The subscriptions, in the patient's order, and what the patient is to the subscriber.
    enrolments: Vec<(String, Relationship)>,
    /// The patient's own subscriptions.
    subscriptions: Vec<InsSub>,
}

impl Member<'_> {
    fn number(&self) -> String {
        (FIRST_PATIENT + self.place).to_string()
    }

    /// The number of the patient's so-manieth thing of a kind.
    fn own(&self, first: u64, number: usize) -> String {
        (first + self.place * NUMBERS_OF_PATIENT + number as u64).to_string()
    }

    fn row(&self, population: &Population, random: &mut Random) -> Reference {
        let age_years = if self.member < 2 {
            random.between(22, 80)
        } else {
            random.between(1, 21)
        };
        let age_days = i32::try_from(age_years * 365 + random.below(365)).unwrap_or_default();
        Reference::Patient(Patient {
            payer: self.payer.to_owned(),
            code: self.number(),
            birth_date: (!random.chance(100)).then(|| Day::from_number(FIRST_PROCEDURE_DAY - age_days)),
            primary_provider: (!random.chance(300)).then(|| population.individuals.draw(random).clone()),
        })
    }

    /// Draws the patient's plans: dental ones, of which the first may be the family's, and medical ones before or after.
    fn enrol(&mut self, family: &mut Family, random: &mut Random) {
        let dental = random.weighted(&[(10, 0_u32), (45, 1), (29, 2), (11, 3), (5, 4)]);
        let medical_before = u32::from(random.chance(600));
        let medical_after = random.weighted(&[(90, 0_u32), (9, 1), (1, 2)]);
        for _ in 0..medical_before {
            self.subscribe(true, random);
        }
        for rank in 1..=dental {
            let shared = match (rank, self.member) {
                (1, 1..) => family.of_head.clone().zip(Some(self.relationship())),
                (2, 2..) => family.of_spouse.clone().zip(Some(Relationship::Child)),
                _ => None,
            };
            match shared.filter(|_| random.chance(7_500)) {
                Some(shared) => self.enrolments.push(shared),
                None => {
                    let own = self.subscribe(false, random);
                    match self.member {
                        0 => family.of_head.get_or_insert(own),
                        1 => family.of_spouse.get_or_insert(own),
                        _ => continue,
                    };
                }
            }
        }
        for _ in 0..medical_after {
            self.subscribe(true, random);
        }
    }

    /// What the patient is to the head of the family.
    const fn relationship(&self) -> Relationship {
        if self.member == 1 {
            Relationship::Spouse
        } else {
            Relationship::Child
        }
    }

    /// Makes a subscription of the patient's own to a plan, and answers its number.
    fn subscribe(&mut self, medical: bool, random: &mut Random) -> String {
        let groups = u32::try_from(self.plans / PLANS_PER_MEDICAL).unwrap_or(u32::MAX);
        let group = u64::from(random.low_below(groups)) * PLANS_PER_MEDICAL;
        let plan = if medical {
            group + PLANS_PER_MEDICAL - 1
        } else {
            group + u64::from(random.below(u32::try_from(PLANS_PER_MEDICAL - 1).unwrap_or(1)))
        };
        let code = self.own(FIRST_SUBSCRIPTION, self.subscriptions.len());
        self.subscriptions.push(InsSub {
            payer: self.payer.to_owned(),
            code: code.clone(),
            plan: (FIRST_PLAN + plan).to_string(),
            subscriber: Some(self.number()),
        });
        self.enrolments.push((code.clone(), Relationship::Itself));
        code
    }

    fn pat_plans(&self) -> impl Iterator<Item = Reference> {
        (0..).zip(&self.enrolments).map(|(place, (ins_sub, relationship))| {
            Reference::PatPlan(PatPlan {
                payer: self.payer.to_owned(),
                code: self.own(FIRST_PAT_PLAN, place),
                patient: self.number(),
                ins_sub: ins_sub.clone(),
                ordinal: u32::try_from(place + 1).unwrap_or(u32::MAX),
                relationship: Some(*relationship),
            })
        })
    }

    /// One to six procedures of one visit, with few diagnoses among them: most can be claimed together.
    fn procedures(&self, population: &Population, random: &mut Random) -> Vec<Reference> {
        let day = FIRST_PROCEDURE_DAY + i32::try_from(random.below(PROCEDURE_DAYS)).unwrap_or_default();
        let diagnoses: Vec<&String> = (0..random.weighted(&[(20, 1), (50, 2), (28, 3), (2, 6)]))
            .map(|_| population.diagnoses.draw(random))
            .collect();
        let provider = population.individuals.draw(random);
        let count = random.weighted(&[(20, 1), (30, 2), (25, 3), (12, 4), (8, 5), (5, 6)]);
        let mut procedures = Vec::with_capacity(count);
        for number in 0..count {
            let drawn = population.procedures.draw(random);
            let fee_cents = if random.chance(200) { 0 } else { drawn.worth_cents };
            let elsewhere = random.chance(150);
            let mut of_procedure: Vec<Diagnosis> = Vec::new();
            for _ in 0..random.below(3) {
                let code = *random.pick(&diagnoses);
                if of_procedure.iter().all(|diagnosis| diagnosis.code != *code) {
                    of_procedure.push(Diagnosis {
                        code: code.clone(),
                        sequence: i64::try_from(of_procedure.len() + 1).unwrap_or(i64::MAX),
                    });
                }
            }
            procedures.push(Reference::Procedure(Procedure {
                payer: self.payer.to_owned(),
                code: self.own(FIRST_PROCEDURE, number),
                patient: self.number(),
                procedure_code: drawn.code.clone(),
                date: Some(Day::from_number(day)),
                fee: Some(Amount::from_number(i64::from(fee_cents) * 100)),
                status: random.weighted(&[
                    (96, ProcedureStatus::Complete),
                    (3, ProcedureStatus::TreatmentPlanned),
                    (1, ProcedureStatus::Deleted),
                ]),
                provider: Some(provider.clone()),
                clinic: Some(if self.home_clinic == elsewhere { "1" } else { "2" }.to_owned()),
                place_of_service: Some(if random.chance(100) { "hospital" } else { "office" }.to_owned()),
                diagnoses: of_procedure,
                no_bill_ins_subs: self.not_billed(random),
                in_process: random.chance(250),
            }));
        }
        procedures
    }

    /// The subscriptions that a procedure is not to be billed to: most often none, at times one, seldom all.
    fn not_billed(&self, random: &mut Random) -> Vec<String> {
        let all = || self.enrolments.iter().map(|(ins_sub, _)| ins_sub.clone());
        match random.below(100) {
            0 => all().collect(),
            1..4 if !self.enrolments.is_empty() => vec![random.pick(&self.enrolments).0.clone()],
            _ => Vec::new(),
        }
    }
}
