//! Every fax before the judge, and the figures of them all.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use serde_json::Value;

use crate::call_log::{Call, CallLog};
use crate::judge::{Broken, Case, Kept};
use crate::line::Line;
use crate::report::Report;
use crate::run::{Database, Plan};
use crate::stage::Stage;
use crate::story::{Errand, PAGES};

/// Judges every fax, and counts.
pub(crate) fn add_up(
    plan: &Plan,
    stage: &Stage,
    errands: &[Errand],
    statuses: &BTreeMap<usize, Value>,
) -> Result<Report> {
    let deaths = &stage.line.deaths;
    let moments: Vec<_> = deaths.iter().map(|(from, _)| from.to_string()).collect();
    let log = CallLog::read(&Line::call_log(&plan.folder), &moments)?;
    let mut starts: Vec<_> = stage.nodes.iter().flat_map(|node| &node.starts).collect();
    starts.sort();
    let mut report = Report {
        name: name(plan),
        seed: plan.seed,
        kills: stage.kills,
        faults: stage.faults.clone(),
        faxes: statuses.len(),
        calls: log.placed,
        start: starts
            .get(starts.len() / 2)
            .copied()
            .copied()
            .unwrap_or_default(),
        ..Report::default()
    };
    for (n, status) in statuses {
        let errand = &errands[*n];
        let calls = log.calls.get(&errand.number).map_or(&[][..], Vec::as_slice);
        let case = Case {
            errand,
            pages: PAGES[errand.document],
            status,
            calls,
            deaths,
        };
        let mut confirmed = 0;
        for (call, later) in calls.iter().zip(calls.iter().skip(1)) {
            confirmed += call.confirmed;
            report.resumed += usize::from(confirmed > 0);
            report.repeated += usize::from(call.delivered > call.confirmed && later.delivered > 0);
        }
        match case.judge() {
            Ok(Kept::Sent) => report.delivered += 1,
            Ok(Kept::Failed) => report.failed += 1,
            Ok(Kept::Unknown) => report.unknown += 1,
            Err((broken, why)) => {
                match broken {
                    Broken::Lost => report.lost += 1,
                    Broken::Duplicated => report.duplicated += 1,
                    Broken::Unlisted | Broken::NeedlesslyUnknown => report.otherwise_broken += 1,
                }
                report
                    .violations
                    .push(story_of(errand, &why, status, calls));
            }
        }
    }
    let ours: HashSet<_> = errands.iter().map(|errand| &errand.number).collect();
    for number in log.calls.keys().filter(|number| !ours.contains(number)) {
        report.duplicated += 1;
        report
            .violations
            .push(format!("{number} was called, and nobody asked for it"));
    }
    Ok(report)
}

fn name(plan: &Plan) -> String {
    let database = match plan.database {
        Database::Sqlite => "SQLite",
        Database::OwnPostgres(_) | Database::Shared(_) => "PostgreSQL",
    };
    format!("{database}, {} gateway(s)", plan.nodes)
}

fn story_of(errand: &Errand, why: &str, status: &Value, calls: &[Call]) -> String {
    let mut story = format!(
        "fax {} to {} ({}): {why}\n",
        status["uuid"].as_str().unwrap_or("?"),
        errand.number,
        errand.plot
    );
    for entry in status["timeline"].as_array().into_iter().flatten() {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        story += &format!(
            "    {}  {:<26} {}\n",
            text("at"),
            text("kind"),
            text("text")
        );
    }
    for call in calls {
        story += &format!(
            "    {}  call {}: {} confirmed, {} delivered, {}\n",
            call.time,
            call.uuid,
            call.confirmed,
            call.delivered,
            call.outcome.as_deref().unwrap_or("cut off")
        );
    }
    story
}
