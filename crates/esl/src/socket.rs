//! Socket options.

use std::io;

use tokio::net::TcpStream;

use crate::liveness::Liveness;

/// No Nagle; and the kernel gives up on a peer that acknowledges nothing for as long as `liveness` allows silence.
pub(crate) fn tune(socket: &TcpStream, liveness: &Liveness) -> io::Result<()> {
    socket.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::net::sockopt;
        use std::time::Duration;

        let second = Duration::from_secs(1);
        let gone = liveness.idle.saturating_add(liveness.answer);
        sockopt::set_socket_keepalive(socket, true)?;
        sockopt::set_tcp_keepidle(socket, liveness.idle.max(second))?;
        sockopt::set_tcp_keepintvl(socket, second)?;
        let millis = u32::try_from(gone.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(socket, millis)?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = liveness;
    Ok(())
}
