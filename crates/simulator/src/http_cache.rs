//! mod_http_cache: files fetched over HTTP into a folder of the switch's own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::switch::{Switch, lock};

/// `default-max-age`: a day.
const MAX_AGE_SECONDS: i64 = 86_400;
/// Nothing bigger is kept.
const MAX_BYTES: usize = 256 << 20;

/// What was fetched, by URL. Whoever asks while a file is on its way waits for it.
#[derive(Debug)]
pub(crate) struct HttpCache {
    folder: PathBuf,
    entries: Mutex<HashMap<String, Arc<OnceCell<Entry>>>>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// Microseconds since 1970.
    stale: i64,
}

/// How a URL is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    pub(crate) url: &'a str,
    /// `{refresh=true}`: what is there is thrown away.
    pub(crate) refresh: bool,
}

impl<'a> Asked<'a> {
    /// Reads `{param=value,…}URL`; `None` without a URL. Profiles are not known here.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (params, url) = match text.strip_prefix('{') {
            None => ("", text),
            Some(rest) => rest.split_once('}').unwrap_or(("", text)),
        };
        let refresh = params.split(',').any(|param| {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            name == "refresh" && matches!(value, "true" | "yes" | "on" | "1")
        });
        (!url.is_empty()).then_some(Self { url, refresh })
    }
}

impl HttpCache {
    /// An empty cache in a folder of its own.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            entries: Mutex::default(),
        }
    }

    /// What a URL was fetched to, fetching it when needed; `None` when that fails.
    pub(crate) async fn get(&self, switch: &Switch, asked: Asked<'_>) -> Option<PathBuf> {
        let cell = self.cell(switch.now(), asked);
        let entry = cell.get_or_try_init(|| async {
            let fetched = self.fetch(switch, asked.url).await;
            fetched
                .inspect_err(|reason| tracing::warn!(url = asked.url, %reason, "nothing fetched"))
        });
        match entry.await {
            Ok(entry) => Some(entry.path.clone()),
            Err(_) => {
                self.remove(asked.url);
                None
            }
        }
    }

    /// What is already there.
    pub(crate) fn peek(&self, now: i64, asked: Asked<'_>) -> Option<PathBuf> {
        self.cell(now, asked).get().map(|entry| entry.path.clone())
    }

    /// Forgets a URL; the file stays until the cache is emptied.
    pub(crate) fn remove(&self, url: &str) {
        lock(&self.entries).remove(url);
    }

    /// Forgets everything and deletes the files.
    pub(crate) fn clear(&self) {
        lock(&self.entries).clear();
        // Nothing was fetched yet, or somebody else has cleaned up.
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    fn cell(&self, now: i64, asked: Asked<'_>) -> Arc<OnceCell<Entry>> {
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get(asked.url).and_then(|cell| cell.get())
            && (asked.refresh || now >= entry.stale || !entry.path.is_file())
        {
            entries.remove(asked.url);
        }
        Arc::clone(entries.entry(asked.url.to_owned()).or_default())
    }

    async fn fetch(&self, switch: &Switch, url: &str) -> Result<Entry, String> {
        let client = switch.http.fetching().ok_or("no client")?;
        let request = client
            .get(url)
            .header("User-Agent", "freeswitch-http-cache/1.0");
        let answer = request
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(|error| error.to_string())?;
        let header = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let age = header("Cache-Control").and_then(|control| max_age(&control));
        let content_type = header("Content-Type");
        let path = self.name(switch, url, content_type.as_deref());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(format!("more than {MAX_BYTES} bytes"));
            }
        }
        if switch.faults.disk_is_full() {
            return Err("the disk is full".to_owned());
        }
        write(&path, &bytes)
            .await
            .map_err(|error| error.to_string())?;
        let age = age.unwrap_or(MAX_AGE_SECONDS).saturating_mul(1_000_000);
        Ok(Entry {
            path,
            stale: switch.now().saturating_add(age),
        })
    }

    /// A name made of a UUID, its first two digits a folder, with the extension that the URL or the content type says.
    fn name(&self, switch: &Switch, url: &str, content_type: Option<&str>) -> PathBuf {
        let uuid = switch.options.ambient.uuid().to_string();
        let (folder, name) = uuid.split_at(2);
        let extension = extension_of(url).or_else(|| {
            let content_type = content_type?.split(';').next()?.trim();
            // As `mime.types` has it.
            (content_type == "image/tiff").then_some("tiff")
        });
        let name = extension.map_or_else(|| name.to_owned(), |of| format!("{name}.{of}"));
        self.folder.join(folder).join(name)
    }
}

async fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    tokio::fs::write(path, bytes).await
}

/// `max-age=` of a Cache-Control header, in seconds.
fn max_age(header: &str) -> Option<i64> {
    let header = header.to_ascii_lowercase();
    let (_, rest) = header.split_once("max-age=")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The extension at the end of a URL, as the module finds it: a dot in the query is taken for one, too.
fn extension_of(url: &str) -> Option<&str> {
    let (before, after) = url.rsplit_once(['.', '/', '\\'])?;
    let dot = url.as_bytes().get(before.len()) == Some(&b'.');
    let extension = after.split(['?', '#']).next()?;
    (dot && !before.is_empty() && !extension.is_empty()).then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_found_as_the_module_finds_it() {
        for (url, extension) in [
            ("http://h/a/doc.tif", Some("tif")),
            ("http://h/a/doc.tif?sig=1", Some("tif")),
            ("http://h/a/doc.tif?sig=a.b", Some("b")),
            ("http://h/a/doc", None),
            ("http://h.example/doc", None),
            ("http://h/a/doc.", None),
        ] {
            assert_eq!(extension_of(url), extension, "{url}");
        }
    }

    #[test]
    fn parameters_stand_in_braces_before_the_url() {
        let asked = Asked::parse("{profile=x,refresh=true}http://h/a").unwrap();
        assert_eq!((asked.url, asked.refresh), ("http://h/a", true));
        assert!(!Asked::parse("http://h/a").unwrap().refresh);
        assert_eq!(Asked::parse("{refresh=true}"), None);
        assert_eq!(max_age("private, max-age=60, x"), Some(60));
    }
}
