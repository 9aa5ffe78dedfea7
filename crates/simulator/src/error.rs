//! What can go wrong at start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a simulator did not start or a scenario could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The control channel knows no password: it is for this machine alone.
    #[error("the control channel listens on loopback only, not on {address}")]
    ControlInTheOpen {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The spool folder or the call log cannot be made or opened.
    #[error("cannot prepare {}", path.display())]
    Prepare {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The scenario file cannot be read.
    #[error("cannot read the scenario file {}", path.display())]
    ReadScenario {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The scenario file is not what `README.md` describes.
    #[error("scenario: {reason}")]
    Scenario {
        /// What is wrong, and where.
        reason: String,
    },
}
