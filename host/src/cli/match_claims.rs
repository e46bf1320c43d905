//! `reprise match`: what a criteria request hits, without a server.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use reprise_request::{
    CriteriaRequest, DataFileWriter, Document, MediaType, MessageTable, NameMap, RequestKind, Resource,
    read_criteria_request,
};

use crate::cli::index_image::IndexImageArguments;
use crate::cli::terminal::Terminal;
use crate::cli::{DatabaseArguments, Format};
use crate::{Configuration, Explanation, Host, HostError};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The criteria request, as XML or JSON by the file's ending
    #[arg(value_name = "CRITERIA.{xml,json}")]
    criteria: PathBuf,
    /// Count the claims and sum up their amounts, instead of listing them
    #[arg(long, conflicts_with = "explain")]
    count: bool,
    /// Say of each line of this claim which criteria it meets and why, instead of listing claims
    #[arg(long, value_name = "CLAIM")]
    explain: Option<String>,
    /// The payer, where there are several
    #[arg(long, value_name = "PAYER")]
    payer: Option<String>,
    /// Decide with this criteria component instead of the default one
    #[arg(long, value_name = "FILE.wasm")]
    rules: Option<PathBuf>,
    /// Answer in this format; that of the criteria file if absent
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    index_image: IndexImageArguments,
    #[command(flatten)]
    database: DatabaseArguments,
}

pub(super) fn run(arguments: &Arguments, terminal: &Terminal) -> anyhow::Result<ExitCode> {
    let sent = media_type_of(&arguments.criteria)?;
    let answer_in = arguments.format.map_or(sent, Format::media_type);
    let request = read_request(&arguments.criteria, sent)?;
    let configuration = Configuration {
        rules: arguments.rules.clone(),
        index_image: arguments.index_image.directory(&arguments.database),
        ..Configuration::new(&arguments.database.database)
    };
    let host = Host::open(&configuration)?;
    let payer = host.payer(arguments.payer.as_deref())?;
    let mut bar = terminal.progress("read");
    host.load(|read, total| bar.set(read, Some(total), format!("{read} claims read")))?;
    bar.finish();
    let mut output = BufWriter::new(terminal.output());
    if arguments.count {
        writeln!(output, "{}", host.count(&payer, &request)?.answer.render(answer_in))?;
    } else if let Some(claim) = &arguments.explain {
        let explanation = host.explain(&payer, &request, claim)?;
        match arguments.format {
            Some(_) => {
                let resource = Resource::new("explanation", explanation.to_json());
                writeln!(output, "{}", resource.render(answer_in))?;
            }
            None => write_explanation(&mut output, &explanation)?,
        }
    } else {
        let matched = host.matched_claims(&payer, &request, |_, _| ())?.answer;
        let table = MessageTable::default();
        let mut writer = DataFileWriter::new(&mut output, answer_in, &table)?;
        for claim in &matched.claims {
            writer.entry(&claim.dry_run_result())?;
        }
        if let Some(remark) = matched.remark() {
            writer.entry(&remark)?;
        }
        writer.finish(None)?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn media_type_of(path: &Path) -> anyhow::Result<MediaType> {
    match path
        .extension()
        .and_then(|ending| ending.to_str())
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        Some("xml") => Ok(MediaType::Xml),
        Some("json") => Ok(MediaType::Json),
        _ => anyhow::bail!(
            "`{}` is neither XML nor JSON by its ending; name it .xml or .json",
            path.display()
        ),
    }
}

/// A file of a count request will do as well as one of a criteria request: what is asked of the lines is the same.
fn read_request(path: &Path, media_type: MediaType) -> anyhow::Result<CriteriaRequest> {
    let body = std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let refused = |messages| anyhow::Error::new(HostError::Refused(messages)).context(path.display().to_string());
    let document = Document::read(&body, media_type).map_err(|message| refused(vec![message]))?;
    read_criteria_request(&document, RequestKind::Count, NameMap::standard()).map_err(refused)
}

/// For people: what holds of the claim, then each line with its criteria.
fn write_explanation(output: &mut impl std::io::Write, explanation: &Explanation) -> std::io::Result<()> {
    let verdict = if explanation.hit { "is hit" } else { "is not hit" };
    writeln!(
        output,
        "claim {} {verdict}; its status is {}",
        explanation.claim, explanation.status
    )?;
    if !explanation.in_scope {
        writeln!(output, "a request reaches no claim in that status")?;
    }
    match explanation.outcome {
        crate::ClaimOutcome::Settled => writeln!(output, "it is settled, so it would stay as it is")?,
        crate::ClaimOutcome::Locked => writeln!(output, "it is locked by another process, so it would stay as it is")?,
        crate::ClaimOutcome::Reprocess {
            needs_unfinalize_reason: true,
        } => {
            writeln!(output, "it is finalized, so reprocessing it takes an unfinalize reason")?;
        }
        crate::ClaimOutcome::Reprocess {
            needs_unfinalize_reason: false,
        } => {}
    }
    for line in &explanation.lines {
        writeln!(
            output,
            "line {}: {}",
            line.line,
            if line.hit { "meets every criterion" } else { "does not" }
        )?;
        for finding in &line.findings {
            let met = if finding.met { "met    " } else { "not met" };
            writeln!(output, "  {met}  {}: {}", finding.criterion, finding.reason)?;
        }
    }
    Ok(())
}
