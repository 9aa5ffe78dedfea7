//! What happens in the demo, and whether it went as it should.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use faxgate_core::{App, Asker, NewTenant, Once};
use faxgate_imaging::{FaxPage, fax_tiff, header, sample};
use faxgate_types::{Role, TimeZone};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::client::{Client, text};
use super::table::{Row, Table};

const CLINIC_DID: &str = "+15551230001";
const LAB_DID: &str = "+15551230002";
const DELIVERED: &str = "5550001111";
const BUSY: &str = "5550002222";
const PATIENCE: Duration = Duration::from_secs(120);

/// Plays the demo; `true` if all went as it should.
pub(super) async fn tell(address: SocketAddr, password: &str, dir: &Path) -> anyhow::Result<bool> {
    let clinic = Client::sign_in(address, "clinic", password).await?;
    let lab = Client::sign_in(address, "lab", password).await?;

    let document = dir.join("sample.pdf");
    tokio::fs::write(&document, sample::document()).await?;
    let uploaded = clinic
        .upload("sample.pdf", &tokio::fs::read(&document).await?)
        .await?;
    let filename = text(&uploaded, "filename")?;
    println!(
        "1. the clinic uploads sample.pdf: {} pages",
        uploaded["pages"]
    );
    let fax = clinic
        .send(CLINIC_DID, &filename, &[DELIVERED, BUSY, LAB_DID])
        .await?;
    println!(
        "2. it sends them to {DELIVERED}, to {BUSY} (always busy) and to the lab's number {LAB_DID}: fax {fax}"
    );
    println!(
        "3. the line at work, {} times as fast as a real one:",
        super::PACE
    );
    let status = watch(&clinic, &fax).await?;
    let received = wait_for_inbox(&lab).await?;
    let (pages, same) = compare(&clinic, &fax, &lab, &received, dir).await?;

    let mut table = Table::new();
    let mut well = same;
    for item in status["queue_items"].as_array().into_iter().flatten() {
        let row = Row::of(item);
        let expected = if row.recipient == BUSY {
            "failed"
        } else {
            "sent"
        };
        well &= row.status == expected;
        table.add(row, expected);
    }
    println!("\n{table}");
    println!("The lab received {} pages:", received["pages"]);
    for page in &pages {
        println!("  {}", page.display());
    }
    println!(
        "Received pages equal the previewed ones, pixel for pixel, after undoing the header line: {}",
        if same { "yes" } else { "NO" }
    );
    println!("\nSign in as `clinic` or `lab` with the password {password}");
    println!(
        "{}",
        if well {
            "All went as it should."
        } else {
            "Something did NOT go as it should."
        }
    );
    Ok(well)
}

/// Two tenants with a number and a user each; answers the password of both.
pub(super) async fn people(app: &App) -> anyhow::Result<String> {
    let password: String = app
        .ambient()
        .bytes::<6>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for (slug, name, did) in [
        ("clinic", "Harbour Clinic", CLINIC_DID),
        ("lab", "Hillside Laboratory", LAB_DID),
    ] {
        let time_zone: TimeZone = "America/New_York".parse()?;
        let tenant = NewTenant {
            slug: slug.to_owned(),
            name: Some(name.to_owned()),
            country: "US".parse()?,
            time_zone,
        };
        app.create_tenant(&Asker::Console, tenant, Once::default())
            .await?;
        app.create_user(slug, &password, slug, Role::Admin).await?;
        app.add_did(did, slug).await?;
    }
    Ok(password)
}

/// Prints the timeline as it grows, until every recipient is done.
async fn watch(client: &Client, fax: &str) -> anyhow::Result<Value> {
    let give_up = Instant::now() + PATIENCE;
    let mut told = 0;
    loop {
        let status = client.status(fax).await?;
        let timeline = status["timeline"]
            .as_array()
            .context("the status has no timeline")?;
        for entry in &timeline[told..] {
            let of = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            println!("   {:<13} {}", of("recipient"), of("text"));
        }
        told = timeline.len();
        if matches!(
            status["status"].as_str(),
            Some("sent" | "failed" | "canceled")
        ) {
            return Ok(status);
        }
        anyhow::ensure!(
            Instant::now() < give_up,
            "the fax has not ended after {} s",
            PATIENCE.as_secs()
        );
        sleep(Duration::from_millis(100)).await;
    }
}

async fn wait_for_inbox(client: &Client) -> anyhow::Result<Value> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Some(fax) = client.inbox().await?.into_iter().next() {
            return Ok(fax);
        }
        anyhow::ensure!(
            Instant::now() < give_up,
            "nothing was received after {} s",
            PATIENCE.as_secs()
        );
        sleep(Duration::from_millis(100)).await;
    }
}

/// Fetches the received pages, writes them down, and holds them against the previewed ones.
async fn compare(
    sender: &Client,
    sent: &str,
    receiver: &Client,
    received: &Value,
    dir: &Path,
) -> anyhow::Result<(Vec<PathBuf>, bool)> {
    let inbound = text(received, "uuid")?;
    let folder = dir.join("received");
    tokio::fs::create_dir_all(&folder).await?;
    let pdf = folder.join("fax.pdf");
    tokio::fs::write(&pdf, receiver.document(&inbound, "").await?).await?;
    let mut paths = vec![pdf];
    for page in 1..=received["pages"].as_u64().unwrap_or(0) {
        let path = folder.join(format!("page-{page}.png"));
        tokio::fs::write(
            &path,
            receiver
                .document(&inbound, &format!("?format=png&page={page}"))
                .await?,
        )
        .await?;
        paths.push(path);
    }
    let previewed = pages(&sender.document(sent, "?format=tiff").await?)?;
    let arrived = pages(&receiver.document(&inbound, "?format=tiff").await?)?;
    let arrived: Vec<FaxPage> = arrived.iter().map(header::unstamp).collect();
    Ok((paths, !previewed.is_empty() && previewed == arrived))
}

fn pages(tiff: &[u8]) -> anyhow::Result<Vec<FaxPage>> {
    fax_tiff::read(tiff).map_err(|refusal| anyhow::anyhow!("{refusal}"))
}
