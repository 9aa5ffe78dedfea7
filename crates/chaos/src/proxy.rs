//! A wire between a gateway and the line that can be cut, held up, made deaf, or made to betray an `originate`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What the wire does to the bytes on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// They pass.
    Passes,
    /// They wait, in both directions; nothing is lost.
    Stalls,
    /// They pass until a call is ordered. The order passes, and then the wire stalls: its answer does not come.
    BetraysAnswer,
    /// They pass until a call is ordered. The order is held until it is released, whether or not the gateway still lives.
    HoldsOrder,
}

/// How the client's library begins an order.
const ORDER: &[u8] = b"bgapi originate";

/// The wire of one gateway.
pub(crate) struct Proxy {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    /// Counted up to end every connection there is.
    cuts: watch::Sender<u64>,
    /// Counted up to make every connection there is deaf for ever.
    deaf: watch::Sender<u64>,
    /// Counted up to let go the orders that are held.
    releases: watch::Sender<u64>,
    ordered: Arc<Notify>,
}

#[derive(Clone)]
struct Ways {
    wire: watch::Sender<Wire>,
    releases: watch::Receiver<u64>,
    cuts: watch::Receiver<u64>,
    deaf: watch::Receiver<u64>,
    ordered: Arc<Notify>,
}

impl Proxy {
    pub(crate) async fn start(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (wire, _) = watch::channel(Wire::Passes);
        let (releases, released) = watch::channel(0);
        let (cuts, cut) = watch::channel(0);
        let (deaf, deafened) = watch::channel(0);
        let ordered = Arc::new(Notify::new());
        let ways = Ways {
            wire: wire.clone(),
            releases: released,
            cuts: cut,
            deaf: deafened,
            ordered: Arc::clone(&ordered),
        };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let mut ways = ways.clone();
                // What happened before this connection is not for it.
                ways.cuts.mark_unchanged();
                ways.deaf.mark_unchanged();
                ways.releases.mark_unchanged();
                tokio::spawn(carry(near, to, ways));
            }
        });
        Ok(Self {
            address,
            wire,
            cuts,
            deaf,
            releases,
            ordered,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Lets the orders go that were held.
    pub(crate) fn release(&self) {
        self.releases.send_modify(|times| *times += 1);
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Nothing comes through on the connections that are there now, and nobody is told. New ones work.
    pub(crate) fn deafen(&self) {
        self.deaf.send_modify(|times| *times += 1);
    }

    /// Waits until a gateway orders a call, while the wire watches for that; false if none does in time.
    pub(crate) async fn ordered_within(&self, span: Duration) -> bool {
        tokio::time::timeout(span, self.ordered.notified())
            .await
            .is_ok()
    }
}

async fn carry(near: TcpStream, to: SocketAddr, ways: Ways) {
    let Ok(far) = TcpStream::connect(to).await else {
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (mut cuts, mut deaf) = (ways.cuts.clone(), ways.deaf.clone());
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let both = async {
        tokio::join!(
            orders(near_in, far_out, ways.clone()),
            answers(far_in, near_out, ways.clone())
        );
    };
    tokio::select! {
        () = both => {}
        _ = cuts.changed() => {}
        _ = deaf.changed() => {
            // The sockets stay open for longer than the gateway can wait.
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
}

/// From the gateway to the line. What a gateway said before it was killed still arrives.
async fn orders(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut ways: Ways) {
    let mut buffer = vec![0; 16 * 1024];
    // An order's first words may come in two pieces.
    let mut recent = Vec::new();
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..read];
        recent.extend_from_slice(bytes);
        let is_order = recent.windows(ORDER.len()).any(|words| words == ORDER);
        let keep = recent.len().min(ORDER.len() - 1);
        recent.drain(..recent.len() - keep);
        let wire = *ways.wire.borrow();
        match wire {
            Wire::BetraysAnswer if is_order => {
                // First the silence, then the order: no answer can slip through.
                ways.wire.send_replace(Wire::Stalls);
                ways.ordered.notify_one();
            }
            Wire::HoldsOrder if is_order => {
                ways.wire.send_replace(Wire::Passes);
                ways.ordered.notify_one();
                let _ = ways.releases.changed().await;
            }
            Wire::Stalls => ways.passes_again().await,
            Wire::Passes | Wire::BetraysAnswer | Wire::HoldsOrder => {}
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// From the line to the gateway.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, ways: Ways) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if *ways.wire.borrow() == Wire::Stalls {
            ways.passes_again().await;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

impl Ways {
    async fn passes_again(&self) {
        let mut wire = self.wire.subscribe();
        let _ = wire.wait_for(|wire| *wire == Wire::Passes).await;
    }
}
