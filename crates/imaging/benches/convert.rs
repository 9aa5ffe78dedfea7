//! Pages a second: whole conversions in process-sized steps, and the encoder
//! beside the one of the crate `fax`, in the same run. Where Ghostscript is
//! installed it converts the same text document, as a process, beside ours.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on has failed"
)]

use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use faxgate_imaging::{
    Bitmap, Cage, CageConfig, FaxPage, Halftone, RenderOptions, Resolution, ccitt, fax_tiff, pdf,
    sample,
};

const FINE: RenderOptions = RenderOptions {
    resolution: Resolution::Fine,
    halftone: Halftone::Auto,
    max_pages: None,
};

fn worker() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_faxgate-imaging-worker"))
}

fn cage() -> Cage {
    Cage::new(CageConfig {
        program: worker(),
        arguments: Vec::new(),
        ..CageConfig::default()
    })
}

/// A real page that came over a line, as a scan.
const RECEIVED: &[u8] = include_bytes!("../tests/data/received-1.tif");

fn photo() -> Vec<u8> {
    let image = image::RgbImage::from_fn(1654, 2339, |x, y| {
        let (u, v) = (f64::from(x) / 97.0, f64::from(y) / 131.0);
        let level = 127.0 + 60.0 * (u.sin() + (v * 1.3).cos()) + 20.0 * (u * v / 7.0).sin();
        image::Rgb([level.clamp(0.0, 255.0) as u8; 3])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
    file.into_inner()
}

fn whole_conversions(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let scan = pdf::from_pages(&fax_tiff::read(RECEIVED).unwrap());
    let cage = cage();
    let mut group = criterion.benchmark_group("conversion in the cage");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(5));
    for (name, document, pages) in [
        (
            "text, drawing and greys (PDF, 3 pages)",
            sample::document(),
            3,
        ),
        ("scan (PDF of Group 4, 3 pages)", scan, 3),
        ("fax (G3 2-D TIFF, 3 pages)", RECEIVED.to_vec(), 3),
        ("photo (JPEG, 1 page)", photo(), 1),
    ] {
        group.throughput(Throughput::Elements(pages));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let rendered = cage.render(document.clone().into(), &FINE);
                black_box(runtime.block_on(rendered).unwrap())
            });
        });
    }
    group.finish();
}

/// Ghostscript as a process of its own, its file to and fro through pipes.
fn ghostscript(document: &[u8]) -> Option<Vec<u8>> {
    let mut gs = Command::new("gs")
        .args([
            "-q",
            "-dSAFER",
            "-dBATCH",
            "-dNOPAUSE",
            "-sDEVICE=tiffg4",
            "-r204x196",
        ])
        .args(["-dAdjustWidth=1", "-sOutputFile=%stdout", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = gs.stdin.take()?;
    stdin.write_all(document).ok()?;
    drop(stdin);
    let output = gs.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn beside_ghostscript(criterion: &mut Criterion) {
    let document = sample::document();
    if ghostscript(&document).is_none() {
        eprintln!(
            "SKIPPED: Ghostscript (gs) is not installed, so there is no peer to compare with"
        );
        return;
    }
    let mut group = criterion.benchmark_group("sample PDF, process start to end");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(5));
    group.throughput(Throughput::Elements(3));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cage = cage();
    group.bench_function("faxgate", |bencher| {
        bencher.iter(|| {
            let rendered = cage.render(document.clone().into(), &FINE);
            black_box(runtime.block_on(rendered).unwrap())
        });
    });
    group.bench_function("ghostscript tiffg4", |bencher| {
        bencher.iter(|| black_box(ghostscript(&document).unwrap()));
    });
    group.finish();
}

fn other_encoder(bitmap: &Bitmap) -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in bitmap.rows() {
        let pixels = (0..bitmap.width()).map(|x| {
            if row[x as usize / 8] & (0x80 >> (x % 8)) == 0 {
                Color::White
            } else {
                Color::Black
            }
        });
        let _ = encoder.encode_line(pixels, bitmap.width());
    }
    encoder.finish().unwrap().finish()
}

fn encoders(criterion: &mut Criterion) {
    let pages: Vec<FaxPage> = fax_tiff::read(RECEIVED).unwrap();
    for page in &pages {
        assert_eq!(ccitt::encode_g4(&page.bitmap), other_encoder(&page.bitmap));
    }
    let mut group = criterion.benchmark_group("Group 4, three dense pages");
    group.sample_size(20).throughput(Throughput::Elements(3));
    group.bench_function("faxgate", |bencher| {
        bencher.iter(|| {
            pages
                .iter()
                .map(|page| ccitt::encode_g4(black_box(&page.bitmap)).len())
                .sum::<usize>()
        });
    });
    group.bench_function("crate fax", |bencher| {
        bencher.iter(|| {
            pages
                .iter()
                .map(|page| other_encoder(black_box(&page.bitmap)).len())
                .sum::<usize>()
        });
    });
    group.bench_function("faxgate, Group 3 2-D", |bencher| {
        bencher.iter(|| {
            pages
                .iter()
                .map(|page| ccitt::encode_g3_2d(black_box(&page.bitmap), page.resolution).len())
                .sum::<usize>()
        });
    });
    group.bench_function("decode G3 2-D TIFF", |bencher| {
        bencher.iter(|| fax_tiff::read(black_box(RECEIVED)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, encoders, whole_conversions, beside_ghostscript);
criterion_main!(benches);
