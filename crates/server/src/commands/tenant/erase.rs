//! `faxgate tenant erase`

use faxgate_core::{App, Asker, Erasure, Once};

/// Has a tenant erased when the grace is over.
pub(super) async fn erase(app: &App, slug: &str, yes: bool) -> anyhow::Result<()> {
    anyhow::ensure!(
        yes,
        "this removes tenant {slug} with all that it has, for ever; say --yes if you mean it (`faxgate tenant export` first, perhaps)"
    );
    let erasure = app.erase_tenant(&Asker::Console, slug, slug, Once::default());
    tell(&erasure.await?);
    Ok(())
}

pub(super) async fn call_off(app: &App, slug: &str) -> anyhow::Result<()> {
    let erasure = app.call_erasure_off(&Asker::Console, slug).await?;
    println!(
        "{}\tis not erased; it stays suspended until `faxgate tenant resume`",
        erasure.slug
    );
    Ok(())
}

pub(super) async fn show(app: &App, tenant: &str) -> anyhow::Result<()> {
    tell(&app.erasure(&Asker::Console, tenant).await?);
    Ok(())
}

fn tell(erasure: &Erasure) {
    let when = match erasure.erased_at {
        Some(at) => format!("gone since {}", at.to_seconds()),
        None => format!("from {} on", erasure.due_at.to_seconds()),
    };
    println!(
        "{}\t{}\t{}\t{when}\tasked for by {}\t{}",
        erasure.slug, erasure.tenant, erasure.state, erasure.asked_by, erasure.counts
    );
}
