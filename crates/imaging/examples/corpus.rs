//! Opens and renders every file named on standard input in the cage, one line of
//! outcome each: for runs over a collection of foreign documents.
//!
//! `find DIR -name '*.pdf' | cargo run --release -p faxgate-imaging --example corpus -- WORKER [OUT]`
//! where WORKER is the built `faxgate-imaging-worker`; with OUT the faxes are kept there.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::time::Instant;

use faxgate_imaging::{Cage, CageConfig, CageError, RenderOptions};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let program = arguments.next().unwrap_or_default();
    let out = arguments.next();
    let cage = Cage::new(CageConfig {
        program,
        arguments: Vec::new(),
        ..CageConfig::default()
    });
    for line in std::io::stdin().lock().lines() {
        let path = PathBuf::from(line?);
        let document = std::fs::read(&path)?;
        let started = Instant::now();
        let outcome = cage
            .render(document.into(), &RenderOptions::default())
            .await;
        let millis = started.elapsed().as_millis();
        let path = path.display();
        match outcome {
            Ok(fax) => {
                println!(
                    "ok\t{millis}\t{} pages, {} s\t{path}",
                    fax.pages, fax.line_seconds
                );
                if let Some(out) = &out {
                    let name = path.to_string().replace('/', "_");
                    std::fs::write(out.join(name + ".tif"), &fax.tiff)?;
                }
            }
            Err(CageError::Refused(refusal)) => {
                println!("{}\t{millis}\t{}\t{path}", refusal.reason, refusal.message);
            }
            Err(broken) => println!("BROKEN\t{millis}\t{broken}\t{path}"),
        }
    }
    Ok(())
}
