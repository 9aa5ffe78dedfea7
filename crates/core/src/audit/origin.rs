//! From where a request came: known to whoever takes it in, and written by whoever audits, far below.

use std::net::IpAddr;

tokio::task_local! {
    static ADDRESS: IpAddr;
}

/// Runs what a request from this address asks for: what it writes to the audit log bears the address.
pub async fn coming_from<T>(address: Option<IpAddr>, work: impl Future<Output = T>) -> T {
    with_address(address, work).await
}

/// As [`coming_from`], for work that goes on in another task.
pub(crate) async fn with_address<T>(address: Option<IpAddr>, work: impl Future<Output = T>) -> T {
    match address {
        Some(address) => ADDRESS.scope(address, work).await,
        None => work.await,
    }
}

/// From where the request came that the running task works for; `None`: it works for none.
pub(crate) fn address() -> Option<IpAddr> {
    ADDRESS.try_with(|address| *address).ok()
}
