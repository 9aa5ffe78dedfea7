//! What a fax page is: pixels and how dense they lie.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Bitmap;

/// Columns of every page that we send: 215 mm at 8 pixels a millimetre (T.4),
/// the only width that `txfax` takes for A4 and Letter.
pub const PAGE_WIDTH: u32 = 1728;

/// Pixels an inch across the page, at every resolution.
pub const X_DPI: u32 = 204;

/// The three vertical densities of Group 3 fax (T.30), all 204 dpi across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// 204 x 98 dpi, 3.85 lines a millimetre.
    Standard,
    /// 204 x 196 dpi, 7.7 lines a millimetre.
    #[default]
    Fine,
    /// 204 x 391 dpi, 15.4 lines a millimetre.
    Superfine,
}

impl Resolution {
    /// Every resolution, coarse to fine.
    pub const ALL: [Self; 3] = [Self::Standard, Self::Fine, Self::Superfine];

    /// Lines an inch down the page, as the TIFF and `txfax` name them.
    #[must_use]
    pub const fn y_dpi(self) -> u32 {
        match self {
            Self::Standard => 98,
            Self::Fine => 196,
            Self::Superfine => 391,
        }
    }

    /// The resolution whose vertical density is nearest to `dpi`.
    #[must_use]
    pub fn nearest(dpi: f64) -> Self {
        if dpi < 140.0 {
            Self::Standard
        } else if dpi < 280.0 {
            Self::Fine
        } else {
            Self::Superfine
        }
    }

    /// `standard`, `fine` or `superfine`: the word on the command line and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Fine => "fine",
            Self::Superfine => "superfine",
        }
    }
}

impl std::fmt::Display for Resolution {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected}")]
pub struct UnknownName {
    /// The words that would have been taken.
    pub expected: &'static str,
}

impl FromStr for Resolution {
    type Err = UnknownName;

    fn from_str(word: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|resolution| resolution.name() == word)
            .ok_or(UnknownName {
                expected: "standard, fine, superfine",
            })
    }
}

/// How grey becomes black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halftone {
    /// Crisp text; what is grey gets a clustered 8 x 8 screen, which the line
    /// codes three to four times shorter than error diffusion.
    #[default]
    Auto,
    /// Black or white at half grey: shortest on the line, photos lose their greys.
    Threshold,
    /// Floyd-Steinberg error diffusion: best photos, longest on the line.
    Diffusion,
}

impl Halftone {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Threshold, Self::Diffusion];

    /// `auto`, `threshold` or `diffusion`: the word on the command line and in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Threshold => "threshold",
            Self::Diffusion => "diffusion",
        }
    }
}

impl std::fmt::Display for Halftone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Halftone {
    type Err = UnknownName;

    fn from_str(word: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.name() == word)
            .ok_or(UnknownName {
                expected: "auto, threshold, diffusion",
            })
    }
}

/// One page of a fax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaxPage {
    /// The pixels.
    pub bitmap: Bitmap,
    /// How dense they lie.
    pub resolution: Resolution,
}
