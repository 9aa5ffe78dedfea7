//! Looking names up, and taking only the addresses that may be reached.
//!
//! The guard stands where the connection is made: the addresses that pass are the ones connected to, so a name that
//! answers with another address the second time (DNS rebinding) gains nothing.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::Guard;
use crate::error::Refused;

/// The addresses of a name, on their way.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Where names are looked up. The guard judges what it finds.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of `name`.
    fn lookup(&self, name: String) -> Lookup;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn lookup(&self, name: String) -> Lookup {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A resolver behind the guard, as the HTTP client takes it.
pub(crate) struct Guarded {
    pub(crate) resolver: Arc<dyn Resolver>,
    pub(crate) guard: Guard,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.resolver.lookup(name.as_str().to_owned());
        let guard = self.guard.clone();
        Box::pin(async move {
            let mut found = lookup.await?;
            found.retain(|address| guard.admits(*address));
            if found.is_empty() {
                return Err(Refused::Name(name.as_str().to_owned()).into());
            }
            // Port 0: the HTTP client puts the address's own.
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
