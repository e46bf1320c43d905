//! The line has a message of a message group.
//!
//! Asks: message group codes.
//! Source: reprocess criteria, "message group".
//! Meets when: any message attached to the line itself is a member of a given group; these groups are not dated.
//! Does not when: none is, or the line has none: messages of the claim do not count.

use reprise_rules::{CodeTest, Column, CompileContext, CriterionDefinition, GroupKind, LineTest, Test};

/// The line has a message of a message group.
pub(super) struct MessageGroup;

impl CriterionDefinition for MessageGroup {
    fn name(&self) -> &'static str {
        "message-group"
    }

    fn compile(&self, asked: &Test, context: &CompileContext) -> Result<Box<dyn LineTest>, String> {
        let groups = asked.codes()?;
        Ok(Box::new(CodeTest::in_groups(
            context.reference(),
            Column::Messages,
            GroupKind::Message,
            groups,
        )?))
    }
}
