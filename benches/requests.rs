//! The requests that are measured: the questions of `questions/`, on a generated population.

use reprise_model::{Criterion, CriterionName};
use reprise_request::{CriteriaRequest, Document, MediaType, NameMap, RequestKind, read_criteria_request};

/// A question by its name, as its file holds it.
macro_rules! question {
    ($name:literal) => {
        ($name, include_str!(concat!("questions/", $name, ".json")))
    };
}

const QUESTIONS: [(&str, &str); 6] = [
    question!("dated-group"),
    question!("dates-and-status"),
    question!("five-criteria"),
    question!("five-criteria-1-percent"),
    question!("five-criteria-50-percent"),
    question!("sixteen-criteria"),
];

/// All questions, by name.
pub(crate) fn questions() -> impl Iterator<Item = (&'static str, CriteriaRequest)> {
    QUESTIONS.into_iter().map(|(name, body)| {
        let document = Document::read(body.as_bytes(), MediaType::Json).expect("a document");
        let request = read_criteria_request(&document, RequestKind::Criteria, NameMap::standard()).expect("a request");
        (name, request)
    })
}

/// One criterion, a dated procedure group; five; and sixteen, seven of them dated groups.
pub(crate) fn all() -> [(&'static str, Vec<Criterion>); 3] {
    let criteria = |name: &str| {
        let mut questions = questions();
        let question = questions.find(|(known, _)| *known == name);
        question.expect("a question of that name").1.criteria
    };
    let mut one = criteria("dated-group");
    one.retain(|criterion| criterion.name != CriterionName::ProcessType);
    [
        ("1 criterion", one),
        ("5 criteria", criteria("five-criteria")),
        ("16 criteria", criteria("sixteen-criteria")),
    ]
}
