//! One folder a line: where one node finds no record, another may not have it in a folder of its own.

use faxgate_db::lane_folder;

use crate::app::App;
use crate::error::Result;
use crate::operate::SIMULATOR;

impl App {
    /// Says that this node reads a line's records in the folder `path`, which has the mark `mark`. Answers which folder other
    /// nodes of the line use (`NODE:PATH`), when that is another one: then nothing may be concluded from a record that is
    /// not there.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn other_folder(&self, lane: &str, mark: &str, path: &str) -> Result<Option<String>> {
        // Every process has a simulator, and a folder, of its own.
        if lane == SIMULATOR {
            return Ok(None);
        }
        let mine = format!("{mark} {}:{path}", self.node());
        let mut tx = self.db.system_read("a line's folder").await?;
        let mut counts = lane_folder::find(&mut tx, lane).await?;
        tx.commit().await?;
        if counts.is_none() {
            let mut tx = self.db.system("name a line's folder").await?;
            counts = Some(lane_folder::say(&mut tx, lane, &mine, self.now()).await?);
            tx.commit().await?;
        }
        let other = counts.as_deref().and_then(|folder| folder.split_once(' '));
        Ok(other
            .filter(|(other, _)| *other != mark)
            .map(|(_, place)| place.to_owned()))
    }
}
