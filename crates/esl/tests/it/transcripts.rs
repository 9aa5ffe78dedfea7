//! The recorded conversations.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use bytes::BytesMut;
use faxgate_esl::{EslCodec, Frame};
use tokio_util::codec::Decoder;

pub(crate) struct Transcript {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/transcripts")
}

/// What FreeSWITCH said, in all conversations whose file ends like that (`.plain.raw`).
pub(crate) fn all(ending: &str) -> Vec<Transcript> {
    let mut found: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter_map(|entry| {
            let file = entry.file_name().into_string().unwrap();
            let name = file.strip_suffix(ending)?.to_owned();
            let bytes = fs::read(entry.path()).unwrap();
            Some(Transcript { name, bytes })
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!found.is_empty(), "no transcript ends in {ending}");
    found
}

pub(crate) fn one(file: &str) -> Vec<u8> {
    fs::read(folder().join(file)).unwrap()
}

/// All frames of a whole conversation; nothing may be left over.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut codec = EslCodec::default();
    let mut buffer = BytesMut::from(bytes);
    let mut frames = Vec::new();
    while let Some(frame) = codec.decode(&mut buffer).unwrap() {
        frames.push(frame);
    }
    assert!(buffer.is_empty(), "left over: {buffer:?}");
    frames
}

/// A frame as it was on the wire.
pub(crate) fn wire(frame: &Frame) -> Vec<u8> {
    [frame.head(), &b"\n\n"[..], frame.body()].concat()
}

/// The rows of INDEX.tsv by name, each a map from column to value; empty cells are left out.
pub(crate) fn index() -> HashMap<String, HashMap<String, String>> {
    let text = String::from_utf8(one("INDEX.tsv")).unwrap();
    let mut lines = text.lines();
    let columns: Vec<_> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| {
            let cells: HashMap<_, _> = columns
                .iter()
                .zip(line.split('\t'))
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(column, cell)| ((*column).to_owned(), cell.to_owned()))
                .collect();
            (cells["name"].clone(), cells)
        })
        .collect()
}
