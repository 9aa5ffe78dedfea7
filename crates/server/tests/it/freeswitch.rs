//! FreeSWITCH as a line, against the simulator: what is asked and what may be concluded when replies and records are lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{App, CallOrder, Fence, HeaderLine, Placed, Probe, Transport as _};
use faxgate_dispatch::Switchboard;
use faxgate_dispatch::freeswitch::{Config, DialFormat, FreeSwitch, Spool, T38};
use faxgate_esl::Credentials;
use faxgate_lifecycle::{Core, Evidence};
use faxgate_simulator::{Options, Pace, Simulator};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use faxgate_types::{
    Ambient, AttemptId, CallUuid, LineSettings, Resolution, SinceBoot, TenantId, TimeZone, Witness,
};
use tempfile::TempDir;

use crate::under_test::app;

on_both_databases![
    a_fence_whose_reply_is_lost_is_not_taken_for_the_call,
    a_record_that_can_never_be_read_is_evidence_and_kept_aside,
    a_node_with_another_folder_for_the_line_does_not_use_it,
];

/// A simulated FreeSWITCH, and the database of those who use it.
struct Town {
    db: TestDb,
    simulator: Simulator,
    folder: TempDir,
}

impl Town {
    async fn new(db: TestDb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut options = Options::new(listen, folder.path().join("line"));
        // So that a fence stands for as long as it should.
        options.pace = Pace::Real;
        Self {
            db,
            simulator: Simulator::start(options).await.unwrap(),
            folder,
        }
    }

    fn cdr_dir(&self) -> PathBuf {
        self.folder.path().join("line/cdr")
    }

    async fn app(&self, node: &str) -> App {
        app(&self.db, node, &Ambient::system(), self.folder.path()).await
    }

    fn line(&self, app: &App, cdr_dir: &Path) -> Arc<FreeSwitch> {
        let config = Config {
            name: "line".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: self.simulator.addr().port(),
            credentials: Credentials::password("ClueCon").unwrap(),
            gateway: "carrier".to_owned(),
            spool: Spool::Shared {
                spool_dir: self.folder.path().join("line"),
                cdr_dir: cdr_dir.to_owned(),
            },
            originate_timeout: Duration::from_secs(60),
            t38: T38::Request,
            ecm: true,
            dial_format: DialFormat::Digits,
        };
        FreeSwitch::start(config, app.clone(), Switchboard::default()).unwrap()
    }
}

async fn core(line: &FreeSwitch) -> String {
    eventually("the line is used", DEADLINE, async || line.core()).await
}

fn call() -> CallUuid {
    CallUuid::generate(&Ambient::system())
}

/// A call to place within ten seconds.
async fn order(app: &App) -> CallOrder {
    let ambient = Ambient::system();
    let did = "+12125550100".parse().unwrap();
    let zone: TimeZone = "UTC".parse().unwrap();
    CallOrder {
        call: call(),
        attempt: AttemptId::generate(&ambient),
        destination: "+15550001111".parse().unwrap(),
        header: HeaderLine::new("Acme", &did, zone, ambient.now()),
        sender: did,
        caller_name: None,
        tenant: TenantId::generate(&ambient),
        total_pages: 1,
        resolution: Resolution::Fine,
        pages_key: app.test_pages().await.unwrap(),
        file_name: "pages.tif".to_owned(),
        start_page: 0,
        settings: LineSettings::default(),
        longest: Duration::from_secs(60),
        send_by: SinceBoot(ambient.since_boot().0 + Duration::from_secs(10)),
    }
}

async fn a_fence_whose_reply_is_lost_is_not_taken_for_the_call(db: TestDb) {
    let town = Town::new(db).await;
    let app = town.app("here").await;
    let line = town.line(&app, &town.cdr_dir());
    let core = core(&line).await;
    let order = order(&app).await;
    let call = order.call;
    // The command is taken, and no call comes of it.
    town.simulator.set_gateway_down("carrier", true);
    assert_eq!(line.place(&order).await, Placed::Accepted);
    assert_eq!(line.probe(call, &core).await, Probe::Absent(Core::Same));
    town.simulator.lose_replies(1, Some("tomb"));
    let fence = async { line.fence(call, &core).await };
    let cut = async {
        eventually("the UUID is taken", DEADLINE, async || {
            let channels = town.simulator.channels();
            channels.contains(&call.to_string()).then_some(())
        })
        .await;
        town.simulator.cut();
    };
    tokio::pin!(fence);
    tokio::select! {
        early = &mut fence => panic!("the fence was answered: {early:?}"),
        () = cut => {}
    }
    assert_eq!(fence.await, Fence::Unreachable);
    let found = eventually("FreeSWITCH can be asked again", DEADLINE, async || {
        let found = line.probe(call, &core).await;
        (found != Probe::Unreachable).then_some(found)
    })
    .await;
    assert_eq!(found, Probe::Absent(Core::Same));
    assert!(line.kill(call).await, "a fence has to stand");
    assert!(town.simulator.channels().contains(&call.to_string()));
    assert_eq!(line.fence(call, &core).await, Fence::Taken(Core::Same));
}

async fn a_record_that_can_never_be_read_is_evidence_and_kept_aside(db: TestDb) {
    let town = Town::new(db).await;
    let app = town.app("here").await;
    let line = town.line(&app, &town.cdr_dir());
    let core = core(&line).await;
    let call = call();
    let half = town.cdr_dir().join(format!("{call}.cdr.json"));
    std::fs::write(&half, br#"{"core-uuid":"x","variables":{"uu"#).unwrap();
    assert_eq!(line.probe(call, &core).await, Probe::Unreachable);
    assert_eq!(line.fence(call, &core).await, Fence::Unreachable);
    let illegible = |probe| match probe {
        Probe::Record(event) => {
            event.evidence == Evidence::Illegible && event.by == Witness::CdrFile
        }
        _ => false,
    };
    assert!(
        illegible(line.probe(call, "the one before").await),
        "its writer is gone"
    );
    line.forget(call).await;
    assert!(half.exists(), "it may still be being written");
    let file = std::fs::File::options().write(true).open(&half).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    file.set_modified(written - Duration::from_secs(700))
        .unwrap();
    assert!(illegible(line.probe(call, &core).await));
    line.forget(call).await;
    assert!(!half.exists());
    let aside = town.cdr_dir().join(format!("{call}.cdr.json.unreadable"));
    assert!(aside.exists());
}

async fn a_node_with_another_folder_for_the_line_does_not_use_it(db: TestDb) {
    let town = Town::new(db).await;
    let (here, there) = (town.app("here").await, town.app("there").await);
    let first = town.line(&here, &town.cdr_dir());
    core(&first).await;
    let elsewhere = town.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let second = town.line(&there, &elsewhere);
    let (_, why) = eventually("the line is refused", DEADLINE, async || {
        there.lines_in_trouble().into_iter().next()
    })
    .await;
    let both = [
        elsewhere.display().to_string(),
        format!("here:{}", town.cdr_dir().display()),
    ];
    assert!(both.iter().all(|folder| why.contains(folder)), "{why}");
    assert_eq!(second.core(), None);
    // A third node, with the folder of the first.
    let third = town.line(&town.app("yonder").await, &town.cdr_dir());
    core(&third).await;
    // The operator moved it on purpose.
    drop((first, third));
    here.resume_line("line").await.unwrap();
    core(&second).await;
    eventually("it is in no trouble any more", DEADLINE, async || {
        there.lines_in_trouble().is_empty().then_some(())
    })
    .await;
}
