//! The default criteria, but a diagnosis group is met by any of the line's diagnoses, not the primary one alone.

use reprise_rules::{
    Column, CompileContext, ConditionDefinition, CriteriaPack, CriterionDefinition, DatedGroupTest, GroupKind,
    LineTest, Test, with_criterion,
};

/// Any of the line's diagnoses belongs to a diagnosis group on the service start date.
struct AnyDiagnosisGroup;

impl CriterionDefinition for AnyDiagnosisGroup {
    fn name(&self) -> &'static str {
        "diagnosis-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(DatedGroupTest::any_of(
            context.reference(),
            Column::Diagnoses,
            GroupKind::Diagnosis,
            groups,
        )?))
    }
}

/// The default criteria with one replaced.
struct AnyDiagnosis;

impl CriteriaPack for AnyDiagnosis {
    const NAME: &'static str = "any-diagnosis";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn criteria() -> Vec<Box<dyn CriterionDefinition>> {
        with_criterion(reprise_criteria::criteria(), AnyDiagnosisGroup)
    }

    fn conditions() -> Vec<Box<dyn ConditionDefinition>> {
        reprise_criteria::conditions()
    }
}

reprise_rules::export_criteria!(AnyDiagnosis);

#[cfg(test)]
mod tests {
    use reprise_criteria::DefaultCriteria;
    use reprise_rules::testing::{Population, any_of};
    use reprise_rules::{CriteriaRules, GroupKind};

    use super::AnyDiagnosis;

    /// What each diagnosis list of a line is answered, by these rules and by the default ones.
    fn check(diagnoses: &[&str], any: bool, primary: bool) {
        let mut population = Population::default();
        population.group(
            GroupKind::Diagnosis,
            "DG-1",
            &[("E119", Some("2009-01-01"), Some("2009-12-31"))],
        );
        population.line(|line| line.diagnoses(diagnoses).service_start_date("2009-06-30"));
        let request = [any_of("diagnosis-group", &["DG-1"])];
        assert_eq!(
            population.hits::<AnyDiagnosis>(&request),
            Ok(vec![any]),
            "{diagnoses:?}"
        );
        assert_eq!(
            population.hits::<DefaultCriteria>(&request),
            Ok(vec![primary]),
            "{diagnoses:?}, by default"
        );
    }

    #[test]
    fn any_diagnosis_of_the_group_will_do() {
        check(&["E119", "I10"], true, true);
        check(&["I10", "E119"], true, false);
        check(&["I10"], false, false);
        check(&[], false, false);
    }

    #[test]
    fn everything_else_is_as_by_default() {
        assert_eq!(AnyDiagnosis::describe().criteria, DefaultCriteria::describe().criteria);
        let codes = |conditions: Vec<reprise_rules::Condition>| -> Vec<_> {
            conditions.into_iter().map(|condition| condition.code).collect()
        };
        assert_eq!(
            codes(<AnyDiagnosis as CriteriaRules>::conditions()),
            codes(<DefaultCriteria as CriteriaRules>::conditions())
        );
    }
}
