//! Data file sets: created, filled, shown.

use reprise_model::{Message, MessageKey};
use reprise_request::DataFileSetRequest;
use reprise_store::{ContentId, DataFileDefinition, DataFileOutcome, DataFileSetCreation, DataFileSetDefinition};

use serde_json::json;

use crate::access::audited;
use crate::{Done, Host, HostError, Once};

/// How much of what is handed in is written at once, so that nobody waits long for the database meanwhile.
const WRITE_BYTES: usize = 4 << 20;

/// Content that is being handed in, not yet a data file's. Dropped before it is, it is discarded.
pub struct Upload {
    host: Host,
    payer: String,
    user: String,
    set: String,
    file: String,
    content: Option<ContentId>,
    waiting: Vec<u8>,
    length_bytes: u64,
}

impl Host {
    /// Create a data file set with its files, which are then empty. Answers its code.
    pub fn create_data_file_set(
        &self,
        payer: &str,
        user: &str,
        request: &DataFileSetRequest,
        once: Option<&Once>,
    ) -> Result<Done<String>, HostError> {
        let definition = DataFileSetDefinition {
            code: request.code.clone(),
            description: request.description.clone(),
            files: request
                .data_files
                .iter()
                .map(|file| DataFileDefinition {
                    code: file.code.clone(),
                    description: file.description.clone(),
                })
                .collect(),
        };
        self.write_once(once, |transaction| {
            match transaction.create_data_file_set(payer, &definition)? {
                DataFileSetCreation::Created => {
                    let files: Vec<_> = definition.files.iter().map(|file| &file.code).collect();
                    let object = format!("data file set {}", definition.code);
                    let details = json!({ "files": files });
                    transaction.append_audit(&[audited(
                        Some(payer),
                        user,
                        "create_data_file_set",
                        object,
                        &details,
                    )])?;
                    Ok(definition.code.clone())
                }
                DataFileSetCreation::CodeTaken => Err(code_taken(&definition.code)),
                DataFileSetCreation::FileCodeRepeated(code) => Err(HostError::refused(
                    MessageKey::GivenTwice,
                    [&format!("data file {code}")],
                )),
            }
        })
    }

    /// Begin to hand in the content of a data file, in the place of what it has. Nothing of it is seen before
    /// [`Upload::finish`].
    pub fn upload(&self, payer: &str, user: &str, set: &str, file: &str) -> Result<Upload, HostError> {
        self.data_file(payer, set, file)?;
        if self.data_file_set(payer, set)?.locked {
            return Err(locked(set));
        }
        let content = self.inner.store.write(|transaction| transaction.create_content())?;
        Ok(Upload {
            host: self.clone(),
            payer: payer.to_owned(),
            user: user.to_owned(),
            set: set.to_owned(),
            file: file.to_owned(),
            content: Some(content),
            waiting: Vec::new(),
            length_bytes: 0,
        })
    }
}

impl Upload {
    /// Add to the content.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        self.length_bytes += bytes.len() as u64;
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= WRITE_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// How long the content is so far.
    pub const fn length_bytes(&self) -> u64 {
        self.length_bytes
    }

    fn flush(&mut self) -> Result<(), HostError> {
        if let Some(content) = self.content
            && !self.waiting.is_empty()
        {
            self.host
                .inner
                .store
                .write(|transaction| transaction.append_content(content, &self.waiting))?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Make it the data file's content. Answers how long it is.
    pub fn finish(mut self) -> Result<u64, HostError> {
        self.flush()?;
        let Some(content) = self.content else {
            return Ok(self.length_bytes);
        };
        let outcome = self.host.inner.store.write(|transaction| {
            let outcome = transaction.attach_content(&self.payer, &self.set, &self.file, content)?;
            if outcome == DataFileOutcome::Done {
                let object = format!("data file {} of data file set {}", self.file, self.set);
                let details = json!({ "bytes": self.length_bytes });
                let entry = audited(Some(&self.payer), &self.user, "upload_data_file", object, &details);
                transaction.append_audit(&[entry])?;
            }
            Ok(outcome)
        })?;
        match outcome {
            DataFileOutcome::Done => {
                self.content = None;
                Ok(self.length_bytes)
            }
            DataFileOutcome::Locked => Err(locked(&self.set)),
            DataFileOutcome::Absent => Err(HostError::not_found(&format!(
                "data file {} in data file set {}",
                self.file, self.set
            ))),
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(content) = self.content.take() {
            // What cannot be discarded now is discarded when the server starts again.
            let _ = self
                .host
                .inner
                .store
                .write(|transaction| transaction.discard_content(content));
        }
    }
}

fn code_taken(code: &str) -> HostError {
    HostError::Conflict(Message::new(MessageKey::CodeTaken, [&format!("Data file set {code}")]))
}

pub(crate) fn locked(set: &str) -> HostError {
    HostError::Conflict(Message::new(MessageKey::DataFileSetLocked, [set]))
}
