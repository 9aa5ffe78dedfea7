//! `faxgate convert`

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use faxgate_imaging::{Cage, CageConfig, CageError, Kind, RenderOptions, sniff};

use crate::cli::Convert;

pub(super) async fn run(convert: &Convert) -> anyhow::Result<ExitCode> {
    let shown = convert.input.display();
    let document = tokio::fs::read(&convert.input)
        .await
        .with_context(|| format!("{shown} cannot be read"))?;
    let document = Bytes::from(document);
    let cage = Cage::new(CageConfig::default());
    let made = match extension(&convert.output).as_str() {
        "tif" | "tiff" => {
            let options = RenderOptions {
                resolution: convert.resolution,
                halftone: convert.halftone,
                max_pages: None,
            };
            cage.render(document, &options)
                .await
                .map(|rendered| rendered.tiff)
        }
        "pdf" if sniff(&document) != Some(Kind::Tiff) => {
            bail!("{shown} is no fax TIFF; only fax pages are turned into a PDF")
        }
        "pdf" => cage.to_pdf(document).await,
        _ => bail!("the name of the output must end in .tif or .pdf"),
    };
    let made = match made {
        Ok(made) => made,
        Err(CageError::Refused(refusal)) => bail!("{refusal}"),
        Err(broken) => return Err(broken.into()),
    };
    tokio::fs::write(&convert.output, made)
        .await
        .with_context(|| format!("{} cannot be written", convert.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn extension(path: &Path) -> String {
    path.extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase()
}
