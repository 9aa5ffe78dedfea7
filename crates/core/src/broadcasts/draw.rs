//! Drawing the covers of a broadcast's faxes.

use std::collections::HashMap;

use faxgate_db::broadcasts::Broadcast;
use faxgate_db::renditions::Rendition;

use crate::app::App;
use crate::error::Result;
use crate::work::covered::Covering;

/// The cover of a recipient.
#[derive(Debug)]
pub(super) struct ToDraw {
    /// The recipient's place in the broadcast.
    pub(super) position: i64,
    /// What it says.
    pub(super) cover: Covering,
}

/// By recipients' places: the pages behind their covers, and what those say; or why they cannot be drawn. The pages are in the store, and
/// nothing tells of them yet.
pub(super) type Drawn = HashMap<i64, std::result::Result<(Rendition, String), String>>;

impl App {
    /// Draws covers, and puts them before the pages of the document.
    pub(super) async fn draw(
        &self,
        broadcast: &Broadcast,
        pages: &Rendition,
        covers: &[ToDraw],
    ) -> Result<Drawn> {
        let how = (broadcast.tenant_id, broadcast.resolution);
        let mut drawn = Drawn::with_capacity(covers.len());
        for ToDraw { position, cover } in covers {
            let made = match self.put_before(how, cover, pages).await? {
                Ok(made) => Ok((made, cover.written.json()?)),
                Err(reason) => Err(reason),
            };
            drawn.insert(*position, made);
        }
        Ok(drawn)
    }
}
