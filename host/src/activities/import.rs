//! A batch: the requests for single claims in the files of a data file set, streamed, in the order of the files.
//!
//! A unit is a portion of entries: their claims, histories, events and result lines, and where to go on, are one
//! transaction. So a batch that was interrupted goes on behind the last entry that was done.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use reprise_engine::{ClaimStatusComponent, Fault};
use reprise_model::{Message, MessageKey, ProcessType, ResultMessages, ResultOutcome};
use reprise_request::{BatchEntry, BatchError, BatchReader, BatchStep, NameMap, ReprocessRequest, ResumePoint};
use reprise_store::{
    Activity, ActivityStatus, ContentId, DataFile, DataFileOutcome, DataFileSource, Store, StoreError, WriteTransaction,
};
use serde::{Deserialize, Serialize};

use super::ending::{self, Ending};
use super::job::{Job, Unit};
use super::run::elsewhere;
use super::{FILE_SET_PARAMETER, RESPONSE_SET_PARAMETER, text_parameter};
use crate::data_file_sets::locked;
use crate::reprocess::{Asked, KnownCodes, Origin, Reprocessing, Written};
use crate::rules::{DecidedBy, Decider};
use crate::{Host, HostError};

/// How many entries a portion has at most.
const PORTION_ENTRIES: usize = 2048;

/// Where a batch goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Bookmark {
    /// The place of the file among the files of the set.
    file: usize,
    /// Behind which entry of it; none at its beginning.
    resume: Option<ResumePoint>,
    /// The number of its content, once it was begun with.
    content: Option<i64>,
    /// How many portions are done.
    portions: u64,
    /// Which process types have come so far.
    claims: bool,
    reservations: bool,
    /// What the batch began with, and goes on with.
    decided_by: Option<DecidedBy>,
}

pub(super) struct Import {
    files: Vec<(String, ContentId)>,
    known: KnownCodes,
    /// The file that is being read. None before the first unit, and after trouble.
    open: Option<BatchReader<Arc<NameMap>, Content>>,
    /// An entry that was read and belongs into the next portion: its claim is in this one already.
    put_off: Option<(BatchEntry, ResumePoint)>,
    bookmark: Bookmark,
}

impl Import {
    pub(super) fn new(host: &Host, activity: &Activity) -> Result<Self, HostError> {
        let set = set_of(&activity.parameters)?;
        Ok(Self {
            files: host.files_of(&activity.payer, set)?,
            known: KnownCodes::new(&host.inner.store, &activity.payer),
            open: None,
            put_off: None,
            bookmark: bookmark_of(activity)?,
        })
    }
}

/// What is read of a file at a time.
struct Portion {
    entries: Vec<BatchEntry>,
    /// Where to go on after them.
    resume: Option<ResumePoint>,
    /// What there is to say of the end of the file, if it has come.
    end: Option<Option<Message>>,
}

impl Job for Import {
    fn unit(&mut self, host: &Host, activity: &Activity) -> Result<Unit, HostError> {
        if self.open.is_none() {
            let Some(now) = host.begin_alone(activity)? else {
                return Ok(Unit::Idle);
            };
            self.bookmark = bookmark_of(&now)?;
        }
        let Some((file, content)) = self.files.get(self.bookmark.file).cloned() else {
            return finish(host, activity);
        };
        if self.open.is_none() {
            if self.bookmark.content.is_some_and(|begun| begun != content.number()) {
                return Err(HostError::conflict(&format!(
                    "Data file {file} was replaced since the activity began with it; start a new activity for the new one"
                )));
            }
            let content = Content::new(&host.inner.store, content);
            self.open = Some(open(content, self.bookmark.resume.clone(), &file, host.names())?);
        }
        let begun = match &self.bookmark.decided_by {
            Some(begun) => begun.clone(),
            None => host.rule_set_of(&activity.payer)?.claim_status.decided_by().clone(),
        };
        let rules = match host.claim_status_begun_with(&activity.payer, &begun) {
            Err(HostError::RuleFault(fault @ Fault::NotLoaded { .. })) => {
                host.inner.scheduler.set_trouble(activity.id, elsewhere(&fault));
                return self.leave_to_others(host, activity.id);
            }
            rules => rules?,
        };
        let Some(turn) = host.turn_now(&activity.payer, &[&begun.rules]) else {
            return self.leave_to_others(host, activity.id);
        };
        self.bookmark.decided_by = Some(begun);
        let rate = host.inner.throttle.rate(&activity.payer);
        let size = rate.map_or(PORTION_ENTRIES, |rate| PORTION_ENTRIES.min(rate.get() as usize));
        let portion = self.read(size)?;
        self.apply(
            host,
            activity,
            (&rules, turn.threads(host.inner.workers)),
            &file,
            portion,
        )
    }

    fn is_paced(&self) -> bool {
        true
    }
}

impl Import {
    /// Reads the next entries. No claim is in a portion twice: the second request for it finds what the first has done.
    fn read(&mut self, size: usize) -> Result<Portion, HostError> {
        let Some(reader) = &mut self.open else {
            return Err(HostError::Technical("no file of the batch is open".to_owned()));
        };
        let mut portion = Portion {
            entries: Vec::new(),
            resume: self.bookmark.resume.clone(),
            end: None,
        };
        let mut codes = HashSet::new();
        while portion.entries.len() < size {
            let (entry, resume) = match self.put_off.take() {
                Some(put_off) => put_off,
                None => match reader.step().map_err(of_content)? {
                    BatchStep::Entry(entry) => (*entry, reader.resume_point()),
                    BatchStep::End => {
                        portion.end = Some(None);
                        break;
                    }
                    BatchStep::Truncated(message) => {
                        portion.end = Some(Some(message));
                        break;
                    }
                },
            };
            if let Ok((request, _)) = &entry.content
                && !codes.insert(request.code.clone())
            {
                self.put_off = Some((entry, resume));
                break;
            }
            portion.resume = Some(resume);
            portion.entries.push(entry);
        }
        Ok(portion)
    }

    /// Lets another host go on with the batch, from where this one is.
    fn leave_to_others(&mut self, host: &Host, activity: i64) -> Result<Unit, HostError> {
        let scheduler = &host.inner.scheduler;
        host.inner
            .store
            .write(|transaction| transaction.release_activity(activity, scheduler.host_name()))?;
        scheduler.let_go(activity);
        self.open = None;
        Ok(Unit::Idle)
    }

    fn apply(
        &mut self,
        host: &Host,
        activity: &Activity,
        (rules, workers): (&Decider<ClaimStatusComponent>, usize),
        file: &str,
        portion: Portion,
    ) -> Result<Unit, HostError> {
        let started = std::time::Instant::now();
        self.known.refresh()?;
        let rights = host.rights_of(&activity.payer, &activity.user)?;
        let mut results: Vec<Option<ResultMessages>> = Vec::with_capacity(portion.entries.len() + 1);
        let mut requests: Vec<(usize, &ReprocessRequest)> = Vec::new();
        for entry in &portion.entries {
            let (code, messages) = match &entry.content {
                Err(message) => ("", vec![in_file(message, file, self.files.len())]),
                Ok((request, findings)) => {
                    let mut messages = findings.clone();
                    messages.extend(self.known.check_options(&request.options)?);
                    messages.extend(self.known.check_rights(&request.options, &rights)?);
                    (request.code.as_str(), messages)
                }
            };
            match &entry.content {
                Ok((request, _)) if messages.is_empty() => {
                    requests.push((results.len(), request));
                    results.push(None);
                }
                _ => results.push(Some(ResultMessages::about(code, messages))),
            }
        }
        let mut asked = Vec::with_capacity(requests.len());
        let mut places = Vec::with_capacity(requests.len());
        let codes: Vec<&str> = requests.iter().map(|(_, request)| request.code.as_str()).collect();
        // The store leaves out what it does not have, so found claims are told by their codes.
        let mut found: HashMap<String, _> = HashMap::with_capacity(codes.len());
        for encoded in host.inner.store.claims_by_code(&activity.payer, &codes)? {
            found.insert(encoded.decode()?.code, encoded);
        }
        for (place, request) in requests {
            match found.remove(&request.code) {
                Some(encoded) => {
                    places.push(place);
                    let options = &request.options;
                    asked.push(Asked { encoded, options });
                }
                None => {
                    let unknown = Message::new(MessageKey::UnknownClaim, [&request.code]);
                    results[place] = Some(ResultMessages::about(&request.code, vec![unknown]));
                }
            }
        }
        let reprocessing = Reprocessing {
            host,
            payer: &activity.payer,
            origin: Origin {
                user: &activity.user,
                activity: Some(activity.id),
                decided_by: rules.decided_by(),
            },
            rules,
            holder: None,
            known: &self.known,
            rights: &rights,
            rematch: None,
            workers,
        };
        let decided = reprocessing.decide(&asked)?;
        let mut bookmark = self.bookmark.clone();
        bookmark.portions += 1;
        bookmark.resume = portion.resume;
        bookmark.content = self.files.get(bookmark.file).map(|(_, content)| content.number());
        let was_mixed = bookmark.claims && bookmark.reservations;
        for decision in &decided {
            match decision.process_type {
                ProcessType::Claim => bookmark.claims = true,
                ProcessType::Reservation => bookmark.reservations = true,
            }
        }
        let ended = portion.end.is_some();
        let truncated = portion.end.flatten();
        if ended {
            bookmark.file += 1;
            bookmark.resume = None;
            bookmark.content = None;
        }
        let written = reprocessing.write(&asked, decided, |transaction| {
            Ok(transaction.has_leased_activity(activity.id, host.inner.scheduler.host_name())?)
        })?;
        let Some(Written {
            mut transaction,
            results: of_asked,
        }) = written
        else {
            // It took too long and is another host's now.
            return Ok(Unit::Idle);
        };
        for (place, result) in places.into_iter().zip(of_asked) {
            results[place] = Some(result);
        }
        if let Some(message) = truncated {
            let message = in_file(&message, file, self.files.len());
            transaction.append_activity_messages(activity.id, std::slice::from_ref(&message))?;
            results.push(Some(ResultMessages::about("", vec![message])));
        }
        if bookmark.claims && bookmark.reservations && !was_mixed {
            transaction.append_activity_messages(activity.id, &[Message::new(MessageKey::MixedProcessTypes, [])])?;
        }
        let results: Vec<ResultMessages> = results.into_iter().flatten().collect();
        let failed = results
            .iter()
            .filter(|result| result.result == ResultOutcome::Failure)
            .count() as u64;
        let handled = results.len() as u64;
        if handled > 0 {
            transaction.put_results(activity.id, self.bookmark.portions, &results)?;
        }
        transaction.add_activity_counts(activity.id, handled - failed, failed)?;
        let text = serde_json::to_value(&bookmark).map_err(|error| HostError::Technical(error.to_string()))?;
        transaction.set_bookmark(activity.id, &text)?;
        transaction.commit()?;
        self.bookmark = bookmark;
        if ended {
            self.open = None;
        }
        crate::metrics::claims_handled(&activity.code, handled - failed, failed, started.elapsed());
        Ok(Unit::Worked(handled))
    }
}

fn bookmark_of(activity: &Activity) -> Result<Bookmark, HostError> {
    match &activity.bookmark {
        Some(bookmark) => serde_json::from_value(bookmark.clone())
            .map_err(|error| HostError::Technical(format!("where the activity was cannot be read: {error}"))),
        None => Ok(Bookmark::default()),
    }
}

/// Where a set has several files, what is said of one says of which.
fn in_file(message: &Message, file: &str, files: usize) -> Message {
    let mut message = message.clone();
    if files > 1
        && let Some(last) = message.arguments.last_mut()
    {
        *last = format!("{last} (data file {file})");
    }
    message
}

fn finish(host: &Host, activity: &Activity) -> Result<Unit, HostError> {
    let mut transaction = host.inner.store.begin_write()?;
    let mut counts = host.activity(&activity.payer, activity.id)?.counts;
    let status = if counts.failed > 0 {
        ActivityStatus::CompletedWithErrors
    } else {
        ActivityStatus::Completed
    };
    counts.total = Some(counts.succeeded + counts.failed);
    transaction.set_activity_counts(activity.id, counts)?;
    if ending::write(host, transaction.as_mut(), activity, &Ending::with_results(status))? {
        transaction.commit()?;
    }
    Ok(Unit::Ended)
}

impl Host {
    /// Whether a batch can be started: its files are there, hold something, and begin as they should.
    pub(super) fn check_import(&self, payer: &str, parameters: &serde_json::Value) -> Result<(), HostError> {
        let set = set_of(parameters)?;
        if self.data_file_set(payer, set)?.locked {
            return Err(locked(set));
        }
        for (file, content) in self.files_of(payer, set)? {
            open(Content::new(&self.inner.store, content), None, &file, self.names())?;
        }
        if let Some(response) = text_parameter(parameters, RESPONSE_SET_PARAMETER)
            && self.inner.store.data_file_set(payer, response)?.is_some()
        {
            let what = format!("Data file set {response}");
            return Err(HostError::Conflict(Message::new(MessageKey::CodeTaken, [&what])));
        }
        Ok(())
    }

    /// The files of a data file set and their content, in order.
    fn files_of(&self, payer: &str, set: &str) -> Result<Vec<(String, ContentId)>, HostError> {
        let content = |file: DataFile| match file.source {
            DataFileSource::Content { id, .. } => Ok((file.code, id)),
            DataFileSource::Empty => Err(HostError::refused(MessageKey::EmptyFile, [&file.code])),
            DataFileSource::Results { activity } => Err(HostError::refused(
                MessageKey::BadValue,
                [
                    &format!("data file {}", file.code),
                    &format!("it is the result of activity {activity}"),
                ],
            )),
        };
        self.data_file_set(payer, set)?.files.into_iter().map(content).collect()
    }
}

/// Locks the data file set of a batch that is started.
pub(super) fn lock(
    transaction: &mut dyn WriteTransaction,
    payer: &str,
    parameters: &serde_json::Value,
) -> Result<(), HostError> {
    let set = set_of(parameters)?;
    match transaction.lock_data_file_set(payer, set)? {
        DataFileOutcome::Done => Ok(()),
        DataFileOutcome::Locked => Err(locked(set)),
        DataFileOutcome::Absent => Err(HostError::not_found(&format!("data file set {set}"))),
    }
}

fn set_of(parameters: &serde_json::Value) -> Result<&str, HostError> {
    text_parameter(parameters, FILE_SET_PARAMETER)
        .ok_or_else(|| HostError::Technical("the activity names no data file set".to_owned()))
}

/// Opens a file at its beginning, or behind an entry of it.
fn open(
    mut content: Content,
    resume: Option<ResumePoint>,
    file: &str,
    names: &Arc<NameMap>,
) -> Result<BatchReader<Arc<NameMap>, Content>, HostError> {
    let names = Arc::clone(names);
    let opened = match resume {
        None => BatchReader::new(content, names),
        Some(point) => {
            content.skip_to(point.offset()).map_err(of_content)?;
            Ok(BatchReader::resume(content, point, names))
        }
    };
    opened.map_err(|error| match error {
        BatchError::Empty => HostError::refused(MessageKey::EmptyFile, [file]),
        BatchError::Refused(message) => HostError::Refused(vec![message]),
        BatchError::Io(error) => of_content(error),
    })
}

/// Content of a data file as a stream.
struct Content {
    store: Arc<dyn Store>,
    content: ContentId,
    next: u64,
    chunk: Vec<u8>,
    read: usize,
}

impl Content {
    fn new(store: &Arc<dyn Store>, content: ContentId) -> Self {
        Self {
            store: Arc::clone(store),
            content,
            next: 0,
            chunk: Vec::new(),
            read: 0,
        }
    }

    /// Goes on at this place. Only forward.
    fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        let skipped = io::copy(&mut self.by_ref().take(offset), &mut io::sink())?;
        if skipped == offset {
            Ok(())
        } else {
            Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the data file is shorter than it was",
            ))
        }
    }
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.len() {
            let chunk = self
                .store
                .content_chunk(self.content, self.next)
                .map_err(io::Error::other)?;
            let Some(chunk) = chunk else { return Ok(0) };
            self.next += 1;
            self.chunk = chunk;
            self.read = 0;
        }
        let count = buffer.len().min(self.chunk.len() - self.read);
        buffer[..count].copy_from_slice(&self.chunk[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

/// What the store said, where it is what went wrong.
fn of_content(error: io::Error) -> HostError {
    match error.downcast::<StoreError>() {
        Ok(error) => error.into(),
        Err(error) => HostError::Technical(format!("a data file cannot be read: {error}")),
    }
}
