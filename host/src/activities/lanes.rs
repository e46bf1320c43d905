//! Whose turn it is: activities of high priority have three turns where the others have one, so that neither starves;
//! within a lane the one that has waited longest goes first.

use std::collections::HashMap;

use reprise_store::Activity;

/// Turns of the lane of high priority before the other lane has one.
const HIGH_TURNS: u32 = 3;

/// Who had turns so far.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Turns of high priority since the other lane had one.
    high_turns: u32,
    /// The number of each activity's last turn.
    last_turn: HashMap<i64, u64>,
    turns: u64,
}

impl Lanes {
    /// Chooses among the activities that can go on, and gives the one that is chosen its turn.
    pub(super) fn choose<'a>(&mut self, ready: &[&'a Activity]) -> Option<&'a Activity> {
        let (high, normal): (Vec<&Activity>, Vec<&Activity>) =
            ready.iter().partition(|activity| activity.high_priority);
        let high_has_turn = !high.is_empty() && (normal.is_empty() || self.high_turns < HIGH_TURNS);
        // Turns count only while somebody in the other lane waits.
        self.high_turns = if high_has_turn && !normal.is_empty() {
            self.high_turns + 1
        } else {
            0
        };
        let lane = if high_has_turn { high } else { normal };
        let chosen = lane
            .into_iter()
            .min_by_key(|activity| (self.last_turn.get(&activity.id).copied().unwrap_or(0), activity.id))?;
        self.turns += 1;
        self.last_turn.insert(chosen.id, self.turns);
        Some(chosen)
    }

    /// Forgets an activity that has ended.
    pub(super) fn forget(&mut self, activity: i64) {
        self.last_turn.remove(&activity);
    }
}

#[cfg(test)]
mod tests {
    use reprise_store::{Activity, ActivityCounts, ActivityStatus};

    use super::Lanes;

    fn activity(id: i64, high_priority: bool) -> Activity {
        Activity {
            id,
            payer: "ACME".to_owned(),
            code: "REPROCESSCLAIMS_CRITERIA".to_owned(),
            parameters: serde_json::Value::Null,
            correlation_id: None,
            user: "anonymous".to_owned(),
            high_priority,
            queued: true,
            cancelled_by: None,
            bookmark: None,
            status: ActivityStatus::InProcess,
            counts: ActivityCounts::default(),
            result_file: None,
            created_at_ms: 0,
            ended_at_ms: None,
        }
    }

    fn check(ready: &[(i64, bool)], turns: &[i64]) {
        let activities: Vec<_> = ready.iter().map(|(id, high)| activity(*id, *high)).collect();
        let ready: Vec<&Activity> = activities.iter().collect();
        let mut lanes = Lanes::default();
        let chosen: Vec<_> = turns
            .iter()
            .filter_map(|_| lanes.choose(&ready))
            .map(|activity| activity.id)
            .collect();
        assert_eq!(chosen, turns);
    }

    #[test]
    fn high_priority_has_three_turns_of_four() {
        check(&[(1, false), (2, true)], &[2, 2, 2, 1, 2, 2, 2, 1]);
    }

    #[test]
    fn within_a_lane_each_has_its_turn() {
        check(
            &[(1, true), (2, true), (3, false), (4, false)],
            &[1, 2, 1, 3, 2, 1, 2, 4],
        );
    }

    #[test]
    fn a_lane_that_is_alone_has_every_turn() {
        check(&[(1, true)], &[1, 1, 1, 1, 1]);
        check(&[(1, false), (2, false)], &[1, 2, 1, 2, 1]);
    }
}
