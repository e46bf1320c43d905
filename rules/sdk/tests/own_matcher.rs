//! Rules that decide everything themselves, without criteria composed of tests.

use std::rc::Rc;

use reprise_rules::testing::{Population, any_of};
use reprise_rules::{
    Bitmap, Column, CriteriaRules, Criterion, Description, Dictionary, Finding, Granularity, Line, Matcher, Plan,
    ReferenceData, Refusal, Rows, Stage,
};

/// Knows one criterion: the line's benefits provider has this very code.
struct OneProvider;

struct OneProviderMatcher {
    criteria: usize,
    /// 0 if no claim has it; then no line is a hit.
    provider: u32,
}

impl CriteriaRules for OneProvider {
    type Matcher = OneProviderMatcher;

    fn describe() -> Description {
        Description {
            name: "one-provider".into(),
            version: "1.0.0".into(),
            criteria: vec!["provider".into()],
        }
    }

    fn compile(criteria: &[Criterion], reference: Rc<dyn ReferenceData>) -> Result<OneProviderMatcher, Refusal> {
        let mut provider = 0;
        for criterion in criteria {
            let refuse = |reason| Refusal {
                criterion: criterion.name.clone(),
                reason,
            };
            let [code] = criterion.test.codes().map_err(refuse)? else {
                return Err(refuse("one provider must be given".to_owned()));
            };
            provider = reference.id_of(Dictionary::Provider, code).unwrap_or(0);
        }
        Ok(OneProviderMatcher {
            criteria: criteria.len(),
            provider,
        })
    }
}

impl Matcher for OneProviderMatcher {
    fn plan(&self) -> Plan {
        let columns = vec![Column::BenefitsProvider];
        Plan {
            stages: vec![Stage {
                granularity: Granularity::Line,
                columns: columns.clone(),
            }],
            columns,
        }
    }

    fn match_batch(&self, _stage: usize, rows: &Rows<'_>) -> Bitmap {
        let mut hits = Bitmap::all(rows.count());
        if self.criteria > 0 {
            let provider = self.provider;
            hits.keep_comparing(rows.ids(Column::BenefitsProvider), |id| (id == provider) & (id != 0));
        }
        hits
    }

    fn match_line(&self, line: &Line<'_>) -> bool {
        let id = line.id(Column::BenefitsProvider);
        self.criteria == 0 || (id == self.provider && id != 0)
    }

    fn explain(&self, line: &Line<'_>) -> Vec<Finding> {
        let finding = Finding {
            criterion: "provider".into(),
            met: self.match_line(line),
            reason: format!("the line's provider has number {}", line.id(Column::BenefitsProvider)),
        };
        vec![finding; self.criteria]
    }
}

fn check(criteria: &[Criterion], expected: Result<Vec<bool>, String>) {
    let mut population = Population::default();
    population.line(|line| line.code(Column::BenefitsProvider, "P-1"));
    population.line(|line| line.code(Column::BenefitsProvider, "P-2"));
    population.line(|line| line);
    assert_eq!(population.hits::<OneProvider>(criteria), expected);
}

#[test]
fn they_are_asked_in_every_way_too() {
    check(&[], Ok(vec![true; 3]));
    check(&[any_of("provider", &["P-2"])], Ok(vec![false, true, false]));
    check(&[any_of("provider", &["NOBODY"])], Ok(vec![false; 3]));
    check(
        &[any_of("provider", &["P-1", "P-2"])],
        Err("provider: one provider must be given".to_owned()),
    );
}
