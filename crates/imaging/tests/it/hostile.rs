//! Documents made to break the reader: each is refused within its limits.

use std::time::Duration;

use faxgate_imaging::{
    Cage, CageConfig, CageError, Kind, Limits, Reason, Refusal, fax_tiff, sample,
};

use crate::make::{FINE, cage, config, encoded, pdf, pdf_of, pdf_with_picture, png, stream};
use crate::received::RECEIVED;

/// What `inspect` or, if that lets it pass, `render` says.
async fn refusal(cage: &Cage, document: Vec<u8>) -> Refusal {
    let outcome = match cage.inspect(document.clone().into()).await {
        Ok(_) => cage.render(document.into(), &FINE).await.map(|_| ()),
        Err(error) => Err(error),
    };
    match outcome {
        Err(CageError::Refused(refusal)) => {
            assert!(refusal.message.len() > 20 && !refusal.message.contains('\n'));
            refusal
        }
        other => panic!("not refused: {other:?}"),
    }
}

async fn reason(document: Vec<u8>) -> Reason {
    refusal(&cage(), document).await.reason
}

/// Short limits, so that hangs end soon.
fn impatient() -> Cage {
    Cage::new(CageConfig {
        limits: Limits {
            cpu_seconds: 2,
            memory_bytes: 512 << 20,
            ..Limits::default()
        },
        ..config()
    })
}

#[tokio::test]
async fn what_is_no_document_is_told_so() {
    assert_eq!(reason(Vec::new()).await, Reason::Empty);
    assert_eq!(
        reason(b"<!doctype html><p>not a %PDF-1.7".to_vec()).await,
        Reason::UnsupportedType
    );
    assert_eq!(
        reason(b"PK\x03\x04 a zip".to_vec()).await,
        Reason::UnsupportedType
    );
    assert_eq!(reason(vec![0x5a; 4096]).await, Reason::UnsupportedType);
}

#[tokio::test]
async fn damaged_and_empty_pdfs_are_refused() {
    assert_eq!(reason(b"%PDF-1.7\ngarbage".to_vec()).await, Reason::Corrupt);
    // Wherever an upload breaks off, no fax with fewer pages comes of it.
    let sound = sample::document();
    for eighth in 1..8 {
        let cut = sound[..sound.len() * eighth / 8].to_vec();
        assert!(matches!(reason(cut).await, Reason::Corrupt | Reason::Empty));
    }
    let none = pdf_of(&[
        "<< /Type /Catalog /Pages 2 0 R >>".into(),
        "<< /Type /Pages /Kids [] /Count 0 >>".into(),
    ]);
    assert!(matches!(
        reason(none).await,
        Reason::Empty | Reason::Corrupt
    ));
}

#[tokio::test]
async fn a_pdf_with_a_password_is_named_as_such() {
    // A standard security handler, revision 3, whose user password is not empty.
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>".to_owned(),
        format!(
            "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <{}> /U <{}> >>",
            "41".repeat(32),
            "42".repeat(32)
        ),
    ];
    let plain = String::from_utf8(pdf_of(&objects)).unwrap();
    let id = "61".repeat(16);
    let locked = plain.replace(
        "/Root 1 0 R",
        &format!("/Root 1 0 R /Encrypt 4 0 R /ID [<{id}> <{id}>]"),
    );
    let refusal = refusal(&cage(), locked.into_bytes()).await;
    assert_eq!(refusal.reason, Reason::Encrypted);
    assert!(refusal.message.contains("password"));
}

#[tokio::test]
async fn a_picture_that_claims_sixty_thousand_squared_does_not_take_the_machine() {
    let huge = pdf_with_picture(60_000, 60_000, &[0x55; 64]);
    assert_eq!(refusal(&impatient(), huge).await.reason, Reason::TooComplex);
}

#[tokio::test]
async fn ten_billion_nested_forms_end_with_the_processor_time() {
    // Ten forms, each drawing the next one ten times.
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >> >>".to_owned(),
        stream("", "/F Do"),
    ];
    for depth in 0..10 {
        let next = 6 + depth;
        objects.push(stream(
            &format!("/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /XObject << /F {next} 0 R >> >>"),
            &"/F Do ".repeat(10),
        ));
    }
    objects.push(stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 612 792]",
        "0 0 1 1 re f",
    ));
    assert_eq!(
        refusal(&impatient(), pdf_of(&objects)).await.reason,
        Reason::TooComplex
    );
}

#[tokio::test]
async fn a_document_that_outlasts_the_clock_is_ended_by_it() {
    let cage = Cage::new(CageConfig {
        // A worker that never answers.
        program: "/bin/sleep".into(),
        arguments: vec!["1000".into()],
        concurrency: 1,
        limits: Limits {
            wall: Duration::from_millis(50),
            ..Limits::default()
        },
    });
    assert_eq!(
        refusal(&cage, sample::document()).await.reason,
        Reason::TooComplex
    );
    // The only slot is free again.
    assert_eq!(
        refusal(&cage, sample::document()).await.reason,
        Reason::TooComplex
    );
}

#[tokio::test]
async fn a_zip_bomb_of_a_png_is_refused_by_its_size() {
    // One bit a pixel in the file, eight in memory: 600 MB from less than one.
    let mut bomb = Vec::new();
    let mut encoder = png::Encoder::new(&mut bomb, 30_000, 20_000);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![0; 3750 * 20_000]).unwrap();
    writer.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert_eq!(reason(bomb).await, Reason::TooLarge);
}

#[tokio::test]
async fn truncated_files_are_refused_before_half_a_page_is_sent() {
    let received = RECEIVED[2];
    assert_eq!(
        reason(received[..received.len() / 2].to_vec()).await,
        Reason::Corrupt
    );
    let ours = fax_tiff::write(&fax_tiff::read(received).unwrap());
    // The directory lies behind the strip: keep it, and spoil the strip.
    let mut spoiled = ours.clone();
    spoiled[2000..20_000].fill(0);
    assert_eq!(reason(spoiled).await, Reason::Corrupt);
    let picture = png(400, 400, |x, y| (x ^ y) as u8);
    assert_eq!(
        reason(picture[..picture.len() / 2].to_vec()).await,
        Reason::Corrupt
    );
    let rgb = image::DynamicImage::ImageRgb8(crate::make::photo(300, 300));
    let bmp = encoded(&rgb, image::ImageFormat::Bmp);
    assert_eq!(reason(bmp[..bmp.len() / 2].to_vec()).await, Reason::Corrupt);
}

#[tokio::test]
async fn more_pages_or_bytes_than_allowed_are_refused() {
    let options = faxgate_imaging::RenderOptions {
        max_pages: Some(2),
        ..FINE
    };
    let error = cage()
        .render(sample::document().into(), &options)
        .await
        .unwrap_err();
    assert_eq!(error.refusal().unwrap().reason, Reason::TooManyPages);
    let small = Cage::new(CageConfig {
        limits: Limits {
            input_bytes: 100,
            ..Limits::default()
        },
        ..config()
    });
    assert_eq!(
        refusal(&small, sample::document()).await.reason,
        Reason::TooLarge
    );
}

#[tokio::test]
async fn a_page_of_a_billion_points_is_drawn_or_refused_but_never_hangs_the_parent() {
    let document = pdf(1e9, 1e9, |content| {
        content.rect(0.0, 0.0, 5e8, 5e8).fill_nonzero();
    });
    match impatient().render(document.into(), &FINE).await {
        Ok(fax) => assert_eq!(fax.pages, 1),
        Err(error) => assert!(error.refusal().is_some(), "{error:?}"),
    }
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_our_fault_not_the_documents() {
    for (program, arguments) in [
        ("/bin/true", vec![]),
        ("/bin/false", vec![]),
        ("/no/such/program", vec![]),
        ("/bin/echo", vec!["FGI1".into()]),
    ] {
        let cage = Cage::new(CageConfig {
            program: program.into(),
            arguments,
            ..config()
        });
        let error = cage.inspect(sample::document().into()).await.unwrap_err();
        assert!(
            matches!(error, CageError::Broken { .. }),
            "{program}: {error:?}"
        );
    }
}

#[tokio::test]
async fn many_conversions_share_few_workers_and_all_end() {
    let cage = Cage::new(CageConfig {
        concurrency: 2,
        ..config()
    });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let cage = cage.clone();
        running.spawn(async move { cage.inspect(sample::document().into()).await });
    }
    for outcome in running.join_all().await {
        let inspection = outcome.unwrap();
        assert_eq!((inspection.kind, inspection.pages), (Kind::Pdf, 3));
    }
}
