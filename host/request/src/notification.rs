//! The notification that an activity has ended.

use serde_json::{Value, json};

use crate::media::MediaType;
use crate::resource::Resource;

/// How the activity ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationStatus {
    /// It did its work, with success for every claim or not.
    Success,
    /// It did not.
    Failure,
}

impl NotificationStatus {
    /// The status as notifications write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failure => "Failure",
        }
    }
}

/// The notification that an activity has ended, with links to its result data files.
pub fn render_notification(
    correlation_id: &str,
    activity_id: i64,
    status: NotificationStatus,
    links: &[String],
    media_type: MediaType,
) -> String {
    const ROOT: &str = "notification";
    let links: Vec<Value> = links
        .iter()
        .map(|link| json!({ "rel": "file", "href": link }))
        .collect();
    let notification = json!({
        "correlationId": correlation_id,
        "workId": activity_id,
        "status": status.as_str(),
        "links": links,
    });
    match media_type {
        MediaType::Xml => Resource::new(ROOT, notification).render(MediaType::Xml),
        MediaType::Json => json!({ ROOT: notification }).to_string(),
    }
}
