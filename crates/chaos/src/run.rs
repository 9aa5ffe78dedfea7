//! One run: faxes go in, everything goes wrong, and in the end the judge sits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::cluster::Cluster;
use crate::faults;
use crate::line::Line;
use crate::report::Report;
use crate::stage::Stage;
use crate::story::{self, Errand, PAGES};
use crate::sum::add_up;

/// Faxes are sent by so many at a time.
const SENDERS: usize = 4;
/// After the last fault, this long without any fax ending means that those left never will.
const STILL: Duration = Duration::from_secs(90);

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program `faxgate`, built with debug assertions: without them there are no failpoints.
    pub program: PathBuf,
    /// Where everything of the run lies; new and empty.
    pub folder: PathBuf,
    /// Which database.
    pub database: Database,
    /// Gateways that share it.
    pub nodes: usize,
    /// Faxes to send.
    pub faxes: usize,
    /// How long faults go on.
    pub length: Length,
    /// Decides scenarios, faults and their order.
    pub seed: u64,
    /// How many times as fast as a real line.
    pub pace: String,
}

/// Where the gateways keep what they know.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file in the run's folder.
    Sqlite,
    /// A new database of the throw-away PostgreSQL at this URL (its superuser's), which is stopped and started.
    OwnPostgres(String),
    /// This database, which others use as well and nobody stops.
    Shared(String),
}

/// How long faults go on.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// Every kind of fault once, and so many kills at random.
    Short(usize),
    /// Until so many gateways were killed.
    Kills(usize),
    /// For so long.
    Time(Duration),
}

/// Makes it happen, and judges.
///
/// # Errors
/// When the programs cannot be run, or do not answer any more: that is not a promise broken, but nothing can be said then.
pub async fn run(plan: &Plan) -> Result<Report> {
    let began = Instant::now();
    let mut random = StdRng::seed_from_u64(plan.seed);
    let (errands, scenarios) = story::errands(plan.faxes, &mut random);
    std::fs::create_dir_all(&plan.folder)?;
    std::fs::write(Line::scenarios(&plan.folder), scenarios.to_string())?;
    let (url, cluster) = database(plan).await?;
    let mut stage = Stage::set(
        &plan.program,
        &plan.folder,
        &plan.pace,
        &url,
        plan.nodes,
        cluster,
    )
    .await?;
    let addresses = stage.nodes.iter().map(|node| node.address).collect();
    let client = Client::log_in(addresses).await?;
    let errands = Arc::new(errands);
    let (allowed, sending) = send_all(&client, &errands).await?;
    misfortunes(plan, &mut stage, &mut random, &allowed).await?;
    allowed.send_replace(errands.len());
    stage.line.order("clear").await?;
    stage.calm().await?;
    let faxes = accepted(sending).await?;
    let statuses = wait_for_ends(&client, &faxes, &mut stage).await?;
    let known = client.count().await?;
    let mut report = add_up(plan, &stage, &errands, &statuses)?;
    if known != statuses.len() as u64 {
        let accepted = statuses.len();
        report.lost += usize::from(known < accepted as u64);
        report.duplicated += usize::from(known > accepted as u64);
        report.violations.push(format!(
            "{accepted} faxes were accepted, and the gateway lists {known}"
        ));
    }
    report.took = began.elapsed();
    Ok(report)
}

async fn database(plan: &Plan) -> Result<(String, Option<Cluster>)> {
    Ok(match &plan.database {
        Database::Sqlite => {
            let file = plan.folder.join("faxgate.db");
            (format!("sqlite://{}", file.display()), None)
        }
        Database::Shared(url) => (url.clone(), None),
        Database::OwnPostgres(url) => {
            let cluster = Cluster::at(url).await?;
            let name = format!("faxgate_chaos_{}_{}", std::process::id(), plan.seed);
            (cluster.create(&name).await?, Some(cluster))
        }
    })
}

type Sending = JoinSet<Result<Vec<(usize, String)>>>;

/// Sends every errand, but no more at any time than are allowed so far.
async fn send_all(
    client: &Client,
    errands: &Arc<Vec<Errand>>,
) -> Result<(watch::Sender<usize>, Sending)> {
    let mut files = Vec::new();
    for pages in PAGES {
        files.push(client.upload(&story::document(pages)).await?);
    }
    let files = Arc::new(files);
    let (allowed, allowance) = watch::channel(0);
    let mut sending = JoinSet::new();
    for sender in 0..SENDERS {
        let (client, errands, files) = (client.clone(), Arc::clone(errands), Arc::clone(&files));
        let mut allowance = allowance.clone();
        sending.spawn(async move {
            let mut sent = Vec::new();
            for (n, errand) in errands.iter().enumerate().skip(sender).step_by(SENDERS) {
                allowance.wait_for(|allowed| *allowed > n).await?;
                let (number, key) = (format!("+1{}", errand.number), format!("errand-{n}"));
                let uuid = client.send(&files[errand.document], &number, &key).await;
                sent.push((n, uuid.with_context(|| format!("errand {n}"))?));
            }
            Ok(sent)
        });
    }
    Ok((allowed, sending))
}

async fn accepted(mut sending: Sending) -> Result<BTreeMap<usize, String>> {
    let mut faxes = BTreeMap::new();
    while let Some(sent) = sending.join_next().await {
        faxes.extend(sent??);
    }
    Ok(faxes)
}

/// One fault after the other, while faxes are let in at a pace that makes them last as long.
async fn misfortunes(
    plan: &Plan,
    stage: &mut Stage,
    random: &mut StdRng,
    allowed: &watch::Sender<usize>,
) -> Result<()> {
    let began = Instant::now();
    let can_stop_database = stage.has_cluster();
    let mut planned = match plan.length {
        Length::Short(kills) => faults::short(kills, can_stop_database, random),
        Length::Kills(_) | Length::Time(_) => Vec::new(),
    };
    let all = planned.len();
    loop {
        let (done, of) = match plan.length {
            Length::Short(_) => (all - planned.len(), all),
            Length::Kills(kills) => (stage.kills, kills),
            Length::Time(span) => (
                usize::try_from(began.elapsed().as_millis()).unwrap_or(usize::MAX),
                usize::try_from(span.as_millis()).unwrap_or(usize::MAX),
            ),
        };
        if done >= of {
            return Ok(());
        }
        // Some at once, so that the first faults meet something.
        let share = plan.faxes / 20 + plan.faxes.saturating_mul(done + 1) / of;
        allowed.send_replace(share.min(plan.faxes));
        let fault = match plan.length {
            Length::Short(_) => planned.pop().context("no fault is left")?,
            Length::Kills(_) | Length::Time(_) => faults::next(can_stop_database, random),
        };
        eprintln!(
            "{:>5.0} s  {} kills  {} faxes let in: {}",
            began.elapsed().as_secs_f64(),
            stage.kills,
            share.min(plan.faxes),
            fault.name()
        );
        stage.suffer(&fault, random).await?;
        stage.calm().await?;
    }
}

/// Waits until every fax has ended or is held, and tells what the gateway says of each.
async fn wait_for_ends(
    client: &Client,
    faxes: &BTreeMap<usize, String>,
    stage: &mut Stage,
) -> Result<BTreeMap<usize, Value>> {
    let mut ended = BTreeMap::new();
    let mut open: Vec<_> = faxes.iter().collect();
    let mut last_end = Instant::now();
    loop {
        let mut left = Vec::new();
        for (n, uuid) in open {
            let status = client.status(uuid).await?;
            let word = status["queue_items"][0]["status"].as_str().unwrap_or("");
            if !matches!(word, "sent" | "failed" | "canceled" | "held") {
                left.push((n, uuid));
            } else {
                last_end = Instant::now();
            }
            ended.insert(*n, status);
        }
        open = left;
        if open.is_empty() || last_end.elapsed() > STILL {
            return Ok(ended);
        }
        eprintln!("        {} faxes are still under way", open.len());
        stage.calm().await?;
        sleep(Duration::from_secs(1)).await;
    }
}

/// A folder of that name for a run, new and empty.
///
/// # Errors
/// When it cannot be made.
pub fn new_folder(within: &Path, name: &str) -> Result<PathBuf> {
    let folder = within.join(name);
    let exists = std::fs::create_dir_all(within).and_then(|()| std::fs::create_dir(&folder));
    exists.with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
