//! The page before the fax: who sends it to whom, and what about.
//!
//! A cover is made as a PDF, with the fonts that every reader has, and becomes a fax page as any other document does: in the cage.

mod logo;
mod metrics;
mod sheet;
mod text;

use serde::{Deserialize, Serialize};

pub use logo::{Logo, MOST_LOGO_BYTES};

/// The paper of a cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    /// 210 mm by 297 mm.
    A4,
    /// 8.5 inches by 11 inches.
    #[default]
    Letter,
}

/// A cover: what stands on it, from top to bottom. What is empty leaves no gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The paper.
    pub paper: Paper,
    /// The picture at the top.
    pub logo: Option<Logo>,
    /// Who sends: the organization's name.
    pub heading: String,
    /// Its address, a line each.
    pub address: Vec<String>,
    /// The word at the right of the heading: `FAX`.
    pub title: String,
    /// Pairs of a label and a text, two in a row: `To` and `Dr. Miller`.
    pub facts: Vec<(String, String)>,
    /// Label and text of the subject, over the whole width.
    pub subject: (String, String),
    /// Free text; lines that are empty stay.
    pub message: String,
    /// Small print at the bottom: whom it is not meant for.
    pub note: String,
}

impl Cover {
    /// The cover as a PDF of one page. The same cover gives the same bytes. Text that does not fit is cut, and ends with an ellipsis;
    /// letters that the fonts do not have are written in plain ones.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        sheet::draw(self)
    }
}
