//! The patients of a generated population: always the same, all of a piece, and as various as they are said to be.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZero;
use std::sync::LazyLock;

use reprise_interchange::{GenerateError, GenerateOptions, NoProgress, generate};
use reprise_model::{
    Amount, InsPlan, InsSub, PatPlan, Patient, PlanType, Procedure, ProcedureStatus, Reference, Relationship,
};

use crate::{patients, population};

/// What intake knows of a population.
#[derive(Default)]
struct Practice {
    patients: Vec<Patient>,
    plans: HashMap<String, InsPlan>,
    subscriptions: HashMap<String, InsSub>,
    pat_plans: BTreeMap<String, Vec<PatPlan>>,
    procedures: BTreeMap<String, Vec<Procedure>>,
    defined: HashSet<(&'static str, String)>,
}

/// One that is large enough for shares to settle.
static PRACTICE: LazyLock<Practice> = LazyLock::new(|| {
    let mut practice = Practice::default();
    for line in patients(4_002).lines() {
        let row: Reference = serde_json::from_str(line).expect(line);
        assert_eq!((row.check(), row.payer()), (Ok(()), "DEMO"), "{line}");
        let is_new = practice.defined.insert((row.kind().as_str(), row.key()));
        assert!(is_new, "given twice: {line}");
        match row {
            Reference::Patient(row) => practice.patients.push(row),
            Reference::InsPlan(row) => drop(practice.plans.insert(row.code.clone(), row)),
            Reference::InsSub(row) => drop(practice.subscriptions.insert(row.code.clone(), row)),
            Reference::PatPlan(row) => practice.pat_plans.entry(row.patient.clone()).or_default().push(row),
            Reference::Procedure(row) => practice.procedures.entry(row.patient.clone()).or_default().push(row),
            _ => {}
        }
    }
    practice
});

impl Practice {
    /// The patient's plans in their order: the subscription, and the plan.
    fn enrolments(&self, patient: &str) -> Vec<(&PatPlan, &InsSub, &InsPlan)> {
        let rows = self.pat_plans.get(patient).map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .map(|row| {
                let subscription = &self.subscriptions[&row.ins_sub];
                (row, subscription, &self.plans[&subscription.plan])
            })
            .collect()
    }

    fn procedures(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.values().flatten()
    }
}

#[test]
fn patients_are_added_and_change_nothing_else() {
    let generated = |patients, threads| {
        let mut bytes = Vec::new();
        let options = GenerateOptions {
            claims: 1_200,
            patients,
            threads: NonZero::new(threads),
            ..GenerateOptions::default()
        };
        let report = generate(&options, &mut bytes, &mut NoProgress).expect("a population");
        assert_eq!((report.claims, report.bytes), (1_200, bytes.len() as u64));
        let text = String::from_utf8(bytes).expect("text");
        assert_eq!(report.references, text.lines().count() as u64 - 1_200);
        text
    };
    let without = population(1_200, 1);
    assert!(generated(0, 2) == without, "no patients");
    let with = generated(1_001, 1);
    for threads in [2, 5] {
        assert!(generated(1_001, threads) == with, "{threads} threads");
    }
    let kinds = ["patient", "insPlan", "insSub", "patPlan", "procedure", "officeFlag"];
    let of_intake = |line: &&str| {
        kinds
            .iter()
            .any(|kind| line.starts_with(&format!(r#"{{"kind":"{kind}","#)))
    };
    let (added, rest): (Vec<&str>, Vec<&str>) = with.lines().partition(of_intake);
    assert!(added.len() > 6 * 1_001 / 2, "{}", added.len());
    assert!(
        rest == without.lines().collect::<Vec<_>>(),
        "something else has changed"
    );
}

#[test]
fn everything_is_defined_and_numbers_are_of_one_kind() {
    let practice = &*PRACTICE;
    let check = |kind, code: &str| assert!(practice.defined.contains(&(kind, code.to_owned())), "{kind} {code}");
    for subscription in practice.subscriptions.values() {
        check("insPlan", &subscription.plan);
        check("patient", subscription.subscriber.as_deref().expect("a subscriber"));
    }
    for row in practice.pat_plans.values().flatten() {
        check("patient", &row.patient);
        check("insSub", &row.ins_sub);
    }
    for procedure in practice.procedures() {
        check("patient", &procedure.patient);
        procedure.no_bill_ins_subs.iter().for_each(|code| check("insSub", code));
    }
    let mut numbers = HashSet::new();
    for (kind, key) in &practice.defined {
        if ["patient", "insPlan", "insSub", "patPlan", "procedure"].contains(kind) {
            assert!(numbers.insert(key), "{key}");
        }
    }
    for patient in &practice.patients {
        let enrolments = practice.enrolments(&patient.code);
        let subscriptions: HashSet<_> = enrolments.iter().map(|(row, ..)| &row.ins_sub).collect();
        assert_eq!(
            subscriptions.len(),
            enrolments.len(),
            "enrolled twice: {}",
            patient.code
        );
        let ordinals: Vec<u32> = enrolments.iter().map(|(row, ..)| row.ordinal).collect();
        assert_eq!(ordinals, (1..).take(enrolments.len()).collect::<Vec<_>>());
        for (row, subscription, plan) in enrolments {
            let own = subscription.subscriber.as_deref() == Some(&patient.code);
            assert_eq!(own, row.relationship == Some(Relationship::Itself));
            assert!(own || !plan.is_medical);
        }
        let count = practice.procedures[&patient.code].len();
        assert!((1..=6).contains(&count), "{count} procedures");
    }
}

#[test]
fn enrolments_are_of_every_sort() {
    let practice = &*PRACTICE;
    let mut dental_counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut sorts: BTreeMap<&str, usize> = BTreeMap::new();
    for patient in &practice.patients {
        let enrolments = practice.enrolments(&patient.code);
        let medical: Vec<bool> = enrolments.iter().map(|(.., plan)| plan.is_medical).collect();
        let dental: Vec<_> = enrolments.iter().filter(|(.., plan)| !plan.is_medical).collect();
        *dental_counts.entry(dental.len()).or_default() += 1;
        let capitation = |place: usize| {
            dental
                .get(place)
                .is_some_and(|(.., plan)| plan.plan_type == PlanType::Capitation)
        };
        let mut note = |sort, holds: bool| *sorts.entry(sort).or_default() += usize::from(holds);
        note("no plan", enrolments.is_empty());
        note("medical only", dental.is_empty() && !medical.is_empty());
        note(
            "several medical",
            medical.iter().filter(|medical| **medical).count() > 1,
        );
        note(
            "medical before dental",
            medical.is_sorted_by(|a, b| a > b) && medical.len() > 1,
        );
        note(
            "medical after dental",
            medical.first() == Some(&false) && medical.last() == Some(&true),
        );
        note("first is capitation", capitation(0));
        note("second is capitation", capitation(1));
        note(
            "on the subscription of another",
            dental
                .iter()
                .any(|(_, subscription, _)| subscription.subscriber.as_deref() != Some(&patient.code)),
        );
        note("on two of others", {
            let others = dental
                .iter()
                .filter(|(row, ..)| row.relationship == Some(Relationship::Child));
            others.count() == 2
        });
        note(
            "a spouse",
            dental
                .iter()
                .any(|(row, ..)| row.relationship == Some(Relationship::Spouse)),
        );
    }
    assert_eq!(dental_counts.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    for (sort, count) in dental_counts {
        assert!(count > 100, "{sort} dental plans: {count} patients");
    }
    for (sort, count) in sorts {
        assert!(count > 20, "{sort}: {count} patients");
    }
    let types: BTreeSet<_> = practice
        .plans
        .values()
        .map(|plan| (plan.is_medical, plan.plan_type))
        .collect();
    assert_eq!(types.len(), 6, "{types:?}");
}

#[test]
fn procedures_are_of_every_sort() {
    let practice = &*PRACTICE;
    let count = practice.procedures().count();
    for (sort, of_thousand, found) in [
        (
            "no fee",
            10..30,
            practice
                .procedures()
                .filter(|row| row.fee == Some(Amount::ZERO))
                .count(),
        ),
        (
            "not billed to some plan",
            25..50,
            practice
                .procedures()
                .filter(|row| !row.no_bill_ins_subs.is_empty())
                .count(),
        ),
        (
            "not billed to any of several plans",
            2..10,
            practice
                .procedures()
                .filter(|row| row.no_bill_ins_subs.len() > 1)
                .count(),
        ),
        (
            "in process",
            18..32,
            practice.procedures().filter(|row| row.in_process).count(),
        ),
        (
            "deleted",
            5..16,
            practice
                .procedures()
                .filter(|row| row.status == ProcedureStatus::Deleted)
                .count(),
        ),
        (
            "at the second clinic",
            250..450,
            practice
                .procedures()
                .filter(|row| row.clinic.as_deref() == Some("2"))
                .count(),
        ),
        (
            "in a hospital",
            5..16,
            practice
                .procedures()
                .filter(|row| row.place_of_service.as_deref() == Some("hospital"))
                .count(),
        ),
    ] {
        let share = found * 1_000 / count;
        assert!(of_thousand.contains(&share), "{sort}: {share} of a thousand");
    }
    let visits = practice.procedures.values();
    let clinics = |visit: &&Vec<Procedure>| visit.iter().map(|row| &row.clinic).collect::<BTreeSet<_>>().len() > 1;
    let several = visits.clone().filter(clinics).count();
    assert!((20..400).contains(&several), "{several} visits at both clinics");
    let diagnoses = |visit: &&Vec<Procedure>| {
        let codes = visit
            .iter()
            .flat_map(|row| &row.diagnoses)
            .map(|diagnosis| &diagnosis.code);
        codes.collect::<BTreeSet<_>>().len() > 4
    };
    let many = visits.filter(diagnoses).count();
    assert!((1..100).contains(&many), "{many} visits with more than four diagnoses");
}

#[test]
fn more_patients_than_have_numbers_are_refused() {
    let options = GenerateOptions {
        patients: 10_000_000,
        ..GenerateOptions::default()
    };
    let error = generate(&options, &mut Vec::new(), &mut NoProgress).expect_err("too many");
    assert!(matches!(error, GenerateError::TooManyPatients { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "10000000 patients cannot be generated; 9999999 is the most"
    );
}
