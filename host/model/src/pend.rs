//! Pend reasons as attached to a claim: where each one is, and the number that it is known by in its claim.
//!
//! A number is given when a pend reason is attached, and never again in the same claim: what is removed and attached anew
//! is another one. Numbers are no part of the import format.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::claim::{Bill, Claim, Line, check_code};

/// A pend reason as attached to a claim, bill or line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachedPendReason {
    /// The pend reason's code.
    pub code: String,
    /// Whether somebody has resolved it.
    #[serde(default)]
    pub resolved: bool,
    /// Its number in its claim, from 1; 0 until it is given one ([`Claim::number_pend_reasons`]).
    #[serde(skip)]
    pub number: u32,
}

/// The code of a pend reason is a part of the path that resolves it, so it is none that a path cannot have. The error is a
/// sentence for people.
pub(crate) fn check_pend_reason_code(code: &str) -> Result<(), String> {
    if matches!(code, "." | "..") {
        return Err(format!(
            "`{code}` is no code of a pend reason: no path can have it as a part"
        ));
    }
    check_code("pend reason", code)
}

impl AttachedPendReason {
    /// A pend reason that is attached now: nobody has resolved it, and it has no number yet.
    pub fn unresolved(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            ..Self::default()
        }
    }
}

/// What a pend reason is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PendLevel {
    /// The claim's header.
    Claim,
    /// A bill.
    Bill,
    /// A line.
    Line,
}

impl PendLevel {
    /// The level's text, as histories and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Bill => "bill",
            Self::Line => "line",
        }
    }
}

impl fmt::Display for PendLevel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where in a claim a pend reason is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PendPlace<'a> {
    /// To what.
    pub level: PendLevel,
    /// The bill's or line's code.
    pub of: Option<&'a str>,
}

impl PendPlace<'_> {
    const HEADER: PendPlace<'static> = PendPlace {
        level: PendLevel::Claim,
        of: None,
    };
}

const fn of_bill(code: &str) -> PendPlace<'_> {
    PendPlace {
        level: PendLevel::Bill,
        of: Some(code),
    }
}

const fn of_line(code: &str) -> PendPlace<'_> {
    PendPlace {
        level: PendLevel::Line,
        of: Some(code),
    }
}

impl Claim {
    /// Every attached pend reason: the claim's, its bills', its lines'.
    pub fn attached_pend_reasons(&self) -> impl Iterator<Item = (PendPlace<'_>, &AttachedPendReason)> {
        let header = self.pend_reasons.iter().map(|attached| (PendPlace::HEADER, attached));
        let bills = self.bills.iter().flat_map(|bill| {
            let attached = bill.pend_reasons.iter();
            attached.map(|attached| (of_bill(&bill.code), attached))
        });
        let lines = self.lines.iter().flat_map(|line| {
            let attached = line.pend_reasons.iter();
            attached.map(|attached| (of_line(&line.code), attached))
        });
        header.chain(bills).chain(lines)
    }

    /// As [`Self::attached_pend_reasons`], to be changed.
    pub fn attached_pend_reasons_mut(&mut self) -> impl Iterator<Item = (PendPlace<'_>, &mut AttachedPendReason)> {
        let header = self.pend_reasons.iter_mut();
        let header = header.map(|attached| (PendPlace::HEADER, attached));
        let bills = self.bills.iter_mut().flat_map(|bill| {
            let Bill { code, pend_reasons, .. } = bill;
            pend_reasons.iter_mut().map(|attached| (of_bill(code), attached))
        });
        let lines = self.lines.iter_mut().flat_map(|line| {
            let Line { code, pend_reasons, .. } = line;
            pend_reasons.iter_mut().map(|attached| (of_line(code), attached))
        });
        header.chain(bills).chain(lines)
    }

    /// Gives a number to each attached pend reason that has none, in the order of [`Self::attached_pend_reasons`].
    ///
    /// A claim that takes the place of another one, `before`, goes on with its numbers instead: what was attached under
    /// the same code at the same place is what it was, and keeps its number.
    pub fn number_pend_reasons(&mut self, before: Option<&Self>) {
        let mut held: HashMap<_, VecDeque<u32>> = HashMap::new();
        for (place, attached) in before.iter().flat_map(|before| before.attached_pend_reasons()) {
            let numbers = held.entry((place, attached.code.as_str())).or_default();
            numbers.push_back(attached.number);
        }
        let mut given = before.map_or(self.pend_numbers_given, |before| before.pend_numbers_given);
        for (place, attached) in self.attached_pend_reasons_mut() {
            if before.is_none() && attached.number > 0 {
                continue;
            }
            let kept = held
                .get_mut(&(place, attached.code.as_str()))
                .and_then(VecDeque::pop_front);
            attached.number = kept.unwrap_or_else(|| {
                given = given.saturating_add(1);
                given
            });
        }
        self.pend_numbers_given = given;
    }

    /// Gives every attached pend reason the number that it has in a claim which has never had another one.
    pub fn number_pend_reasons_in_order(&mut self) {
        let mut given = 0;
        for (_, attached) in self.attached_pend_reasons_mut() {
            given += 1;
            attached.number = given;
        }
        self.pend_numbers_given = given;
    }

    /// Whether the numbers are those of [`Self::number_pend_reasons_in_order`].
    pub fn has_pend_reasons_in_order(&self) -> bool {
        let mut count = 0;
        let in_order = self.attached_pend_reasons().all(|(_, attached)| {
            count += 1;
            attached.number == count
        });
        in_order && self.pend_numbers_given == count
    }

    /// Leaves one of the pend reasons that are attached several times at one place: the first, unresolved if any of them
    /// is.
    pub fn merge_repeated_pend_reasons(&mut self) {
        merge_repeated(&mut self.pend_reasons);
        for bill in &mut self.bills {
            merge_repeated(&mut bill.pend_reasons);
        }
        for line in &mut self.lines {
            merge_repeated(&mut line.pend_reasons);
        }
    }
}

fn merge_repeated(attached: &mut Vec<AttachedPendReason>) {
    if attached.len() < 2 {
        return;
    }
    let mut places = HashMap::with_capacity(attached.len());
    let mut merged: Vec<AttachedPendReason> = Vec::with_capacity(attached.len());
    for reason in attached.drain(..) {
        match places.get(&reason.code) {
            Some(&place) => {
                let first: &mut AttachedPendReason = &mut merged[place];
                first.resolved &= reason.resolved;
            }
            None => {
                places.insert(reason.code.clone(), merged.len());
                merged.push(reason);
            }
        }
    }
    *attached = merged;
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AttachedPendReason, Claim};

    /// A claim with these pend reasons on its header, on a bill and on its lines. A code with `!` behind it is resolved.
    fn claim(header: &[&str], bill: &[&str], lines: &[(&str, &[&str])]) -> Claim {
        let attached = |codes: &[&str]| -> Value {
            let codes = codes.iter();
            codes
                .map(|code| json!({ "code": code.trim_end_matches('!'), "resolved": code.ends_with('!') }))
                .collect()
        };
        let lines: Vec<_> = lines
            .iter()
            .map(|(code, codes)| json!({ "code": code, "pendReasons": attached(codes) }))
            .collect();
        serde_json::from_value(json!({
            "kind": "claim", "code": "C1", "payer": "ACME", "processType": "CLAIM", "status": "CHANGE",
            "entryDate": "2020-01-01", "pendReasons": attached(header),
            "bills": [{ "code": "B1", "pendReasons": attached(bill) }], "lines": lines,
        }))
        .expect("a claim")
    }

    /// Each attached pend reason as `place:code=number`.
    fn shown(claim: &Claim) -> Vec<String> {
        let attached = claim.attached_pend_reasons();
        attached
            .map(|(place, attached)| {
                let place = place.of.unwrap_or(place.level.as_str());
                let AttachedPendReason { code, resolved, number } = attached;
                format!("{place}:{code}{}={number}", if *resolved { "!" } else { "" })
            })
            .collect()
    }

    #[test]
    fn numbers_are_given_in_order_and_stay() {
        let mut held = claim(&["A", "B!"], &["A"], &[("L1", &["A"]), ("L2", &["C"])]);
        held.number_pend_reasons(None);
        let in_order = ["claim:A=1", "claim:B!=2", "B1:A=3", "L1:A=4", "L2:C=5"];
        assert_eq!(shown(&held), in_order);
        assert!(held.has_pend_reasons_in_order());
        held.number_pend_reasons(None);
        assert_eq!(shown(&held), in_order);
        let mut other = claim(&["A", "B!"], &["A"], &[("L1", &["A"]), ("L2", &["C"])]);
        assert!(!other.has_pend_reasons_in_order(), "it has none yet");
        other.number_pend_reasons_in_order();
        assert_eq!(other, held);
    }

    #[test]
    fn a_number_is_never_given_again() {
        let mut held = claim(&["A"], &[], &[("L1", &["B"])]);
        held.number_pend_reasons(None);
        held.pend_reasons.clear();
        held.lines[0].pend_reasons.clear();
        held.number_pend_reasons(None);
        assert_eq!((shown(&held), held.pend_numbers_given), (Vec::new(), 2));
        assert!(!held.has_pend_reasons_in_order(), "what it has had is remembered");
        held.pend_reasons.push(AttachedPendReason::unresolved("A"));
        held.number_pend_reasons(None);
        assert_eq!(shown(&held), ["claim:A=3"]);
    }

    #[test]
    fn what_takes_the_place_of_a_claim_goes_on_with_its_numbers() {
        let mut before = claim(&["A", "B"], &["A"], &[("L1", &["A"]), ("L2", &["A", "A"])]);
        before.number_pend_reasons(None);
        for (after, expected) in [
            (
                claim(&["B!", "A"], &["A"], &[("L1", &["A"]), ("L2", &["A", "A"])]),
                &["claim:B!=2", "claim:A=1", "B1:A=3", "L1:A=4", "L2:A=5", "L2:A=6"][..],
            ),
            (
                claim(&["C"], &["B"], &[("L3", &["A"])]),
                &["claim:C=7", "B1:B=8", "L3:A=9"],
            ),
            (claim(&[], &[], &[("L1", &["A", "A"])]), &["L1:A=4", "L1:A=7"]),
        ] {
            // Numbers of its own, such as those of a claim that was read, are not what it had there.
            for numbered in [false, true] {
                let mut after = after.clone();
                if numbered {
                    after.number_pend_reasons_in_order();
                }
                after.number_pend_reasons(Some(&before));
                assert_eq!(shown(&after), expected);
                assert!(after.pend_numbers_given >= before.pend_numbers_given);
            }
        }
    }

    #[test]
    fn a_pend_reason_is_attached_once_at_each_place() {
        let mut held = claim(
            &["A!", "B", "A", "A!"],
            &["A!", "A!"],
            &[("L1", &["A"]), ("L2", &["B", "A"])],
        );
        held.merge_repeated_pend_reasons();
        assert_eq!(
            shown(&held),
            ["claim:A=0", "claim:B=0", "B1:A!=0", "L1:A=0", "L2:B=0", "L2:A=0"]
        );
    }

    #[test]
    fn numbers_are_no_part_of_the_format() {
        let mut held = claim(&["A"], &[], &[]);
        let text = serde_json::to_string(&held).expect("writable");
        held.number_pend_reasons(None);
        assert_eq!(serde_json::to_string(&held).expect("writable"), text);
        let given = text.replace(r#""resolved":false"#, r#""resolved":false,"number":1"#);
        assert!(
            serde_json::from_str::<Claim>(&given).is_err(),
            "a number cannot be brought along"
        );
    }
}
