//! What the engine would leave out in silence is refused by name.

use faxgate_imaging::{CageError, Reason, Refusal};

use crate::make::{cage, pdf_of, stream};

/// A page with the annotations given, and further objects from number 7 on.
fn with(form: &str, annotations: &[&str], more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << {form} >> >>"),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Annots 5 0 R >>"
            .to_owned(),
        stream("", "10 10 20 20 re f"),
        format!("[{}]", annotations.join(" ")),
        "<< /T (patient) /FT /Tx /V (Inherited) >>".to_owned(),
    ];
    objects.extend_from_slice(more);
    pdf_of(&objects)
}

async fn check(document: Vec<u8>) -> Option<Refusal> {
    match cage().inspect(document.into()).await {
        Ok(_) => None,
        Err(CageError::Refused(refusal)) => Some(refusal),
        Err(other) => panic!("{other}"),
    }
}

const RECT: &str = "/Rect [50 50 150 70]";

#[tokio::test]
async fn a_field_with_a_value_and_no_appearance_is_refused_by_its_full_name() {
    let direct = format!("<< /Subtype /Widget {RECT} /FT /Tx /T (surname) /V (Doe) >>");
    let child = format!("<< /Subtype /Widget {RECT} /Parent 6 0 R /T (name) >>");
    let wide = format!("<< /Subtype /Widget {RECT} /FT /Tx /T <FEFF00D6> /V (x) >>");
    let refusal = check(with("", &[&direct, &child, &wide], &[]))
        .await
        .unwrap();
    assert_eq!(refusal.reason, Reason::FormFields);
    for name in ["surname", "patient.name", "\u{d6}"] {
        assert!(refusal.message.contains(name), "{}", refusal.message);
    }
}

#[tokio::test]
async fn a_stale_appearance_counts_as_none_when_the_form_says_so() {
    let field =
        format!("<< /Subtype /Widget {RECT} /FT /Tx /T (dose) /V (5 mg) /AP << /N 7 0 R >> >>");
    let bare = stream("/Subtype /Form /BBox [0 0 100 20]", "/Tx BMC EMC");
    let shown = stream("/Subtype /Form /BBox [0 0 100 20]", "BT (5 mg) Tj ET");
    let stale = with(
        "/NeedAppearances true",
        &[&field],
        std::slice::from_ref(&bare),
    );
    assert_eq!(check(stale).await.unwrap().reason, Reason::FormFields);
    let fresh = with("/NeedAppearances true", &[&field], &[shown]);
    assert_eq!(check(fresh).await, None);
    let static_form = with("", &[&field], &[bare]);
    assert_eq!(check(static_form).await, None);
}

#[tokio::test]
async fn drawn_annotations_without_appearance_are_refused_by_type() {
    let ink = format!("<< /Subtype /Ink {RECT} /InkList [[0 0 9 9]] >>");
    let free = format!("<< /Subtype /FreeText {RECT} /Contents (Approved) >>");
    let refusal = check(with("", &[&ink, &free], &[])).await.unwrap();
    assert_eq!(refusal.reason, Reason::Annotations);
    assert!(
        refusal.message.contains("FreeText, Ink"),
        "{}",
        refusal.message
    );
}

#[tokio::test]
async fn what_is_not_seen_on_paper_is_no_reason_to_refuse() {
    let harmless = [
        format!("<< /Subtype /Link {RECT} >>"),
        format!("<< /Subtype /Text {RECT} /Contents (a note) >>"),
        format!("<< /Subtype /Popup {RECT} >>"),
        format!("<< /Subtype /Widget {RECT} /FT /Tx /T (empty) /V () >>"),
        format!("<< /Subtype /Widget {RECT} /FT /Btn /T (box) /V /Off >>"),
        format!("<< /Subtype /Square {RECT} /F 2 >>"),
        format!("<< /Subtype /Widget {RECT} /FT /Tx /T (hidden) /V (x) /F 2 >>"),
    ];
    let harmless: Vec<&str> = harmless.iter().map(String::as_str).collect();
    assert_eq!(check(with("", &harmless, &[])).await, None);
}
