//! Storing and reading documents, encrypted and in clear, in the same run: the same bytes into the same directory, on the disk that
//! `target` is on, with keys in SQLite (`synchronous=FULL`).
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot start has nothing to handle"
)]

use bytes::Bytes;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use faxgate_core::{MasterKeys, Vault};
use faxgate_db::{Db, Options};
use faxgate_files::{Files, StorageKey};
use faxgate_types::Ambient;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The pages of a short fax, and a long document.
const SIZES: [usize; 2] = [40 * 1024, 4 * 1024 * 1024];

fn vaults(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let ambient = Ambient::system();
    let (db, files) = runtime.block_on(async {
        let url = format!("sqlite://{}", folder.path().join("faxgate.db").display());
        let options = Options {
            url,
            max_connections: 4,
        };
        let db = Db::connect(&options).unwrap();
        db.migrate().await.unwrap();
        let url = format!("file://{}", folder.path().join("files").display());
        let files = Files::open(&url, faxgate_files::Options::default());
        (db, files.await.unwrap())
    });
    let masters = MasterKeys::new(&ambient.bytes::<32>().to_vec().into(), &[]).unwrap();
    let vaults = [("in clear", MasterKeys::default()), ("encrypted", masters)];
    let place = || StorageKey::new("inbound", "bench", &ambient.uuid().to_string()).unwrap();
    for size in SIZES {
        let bytes = Bytes::from(ambient.bytes::<1024>().repeat(size / 1024));
        for doing in ["put", "get"] {
            let mut group = criterion.benchmark_group(format!("{doing} {} KiB", size / 1024));
            group.sampling_mode(SamplingMode::Flat).sample_size(30);
            group.throughput(Throughput::Bytes(size as u64));
            for (name, masters) in &vaults {
                let vault = Vault::new(files.clone(), db.clone(), masters.clone(), ambient.clone());
                let kept = place();
                runtime.block_on(vault.put(&kept, bytes.clone())).unwrap();
                group.bench_function(*name, |bencher| match doing {
                    "put" => bencher
                        .to_async(&runtime)
                        .iter(async || vault.put(&place(), bytes.clone()).await.unwrap()),
                    _ => bencher
                        .to_async(&runtime)
                        .iter(async || vault.get(&kept).await.unwrap().unwrap()),
                });
            }
        }
    }
}

criterion_group!(benches, vaults);
criterion_main!(benches);
