//! One worker process from start to end.

use std::process::{ExitStatus, Stdio};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};

use super::{CageConfig, CageError, verdict};
use crate::Refusal;
use crate::task::{self, Answer, Request, Task};

/// What is kept of the worker's standard error.
const MAX_COMPLAINT: u64 = 4 << 10;
/// What a frame needs beside its body.
const FRAME_OVERHEAD: u64 = 64 << 10;

/// Runs one task to its end, or to the end of its time.
pub(super) async fn run(
    config: &CageConfig,
    task: Task,
    document: Bytes,
) -> Result<(Answer, Bytes), CageError> {
    let mut child = Command::new(&config.program)
        .args(&config.arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| CageError::io("it could not be started", error))?;
    let ended = tokio::time::timeout(
        config.limits.wall,
        converse(&mut child, config, task, document),
    )
    .await;
    let Ok(ended) = ended else {
        // Reaped here, so that its memory is free before the slot is.
        if let Err(error) = child.kill().await {
            tracing::warn!(%error, "an imaging worker could not be killed");
        }
        return Err(Refusal::too_complex("the document takes too long to draw").into());
    };
    judge(config, ended?)
}

struct Ended {
    status: ExitStatus,
    output: Vec<u8>,
    complaint: Vec<u8>,
}

async fn converse(
    child: &mut Child,
    config: &CageConfig,
    task: Task,
    document: Bytes,
) -> Result<Ended, CageError> {
    let io = |error| CageError::io("its pipes broke", error);
    let request = Request {
        limits: config.limits.clone(),
        task,
    };
    let head = task::frame_head(&request, document.len()).map_err(io)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = (stdin, stdout, stderr) else {
        return Err(CageError::broken("it has no pipes"));
    };
    let bound = config.limits.output_bytes + FRAME_OVERHEAD;
    let ((), output, complaint) = tokio::join!(
        send(stdin, &head, &document),
        receive(stdout, bound),
        receive(stderr, MAX_COMPLAINT),
    );
    let status = child.wait().await.map_err(io)?;
    Ok(Ended {
        status,
        output: output.map_err(io)?,
        complaint: complaint.map_err(io)?,
    })
}

/// A worker that ends early closes its end; how it ended tells more than the
/// broken pipe does.
async fn send(mut stdin: ChildStdin, head: &[u8], document: &[u8]) {
    if stdin.write_all(head).await.is_ok() {
        let _ = stdin.write_all(document).await;
    }
    let _ = stdin.shutdown().await;
}

/// At most `bound` bytes and one; dropping the pipe then ends the writer.
async fn receive(pipe: impl AsyncRead + Unpin, bound: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pipe.take(bound + 1).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

fn judge(config: &CageConfig, ended: Ended) -> Result<(Answer, Bytes), CageError> {
    if ended.output.len() as u64 > config.limits.output_bytes + FRAME_OVERHEAD {
        return Err(Refusal::too_complex("the fax of the document would be too large").into());
    }
    if !ended.status.success() {
        return Err(verdict::of(ended.status, &ended.complaint));
    }
    let mut reader = ended.output.as_slice();
    let answer = task::read_head(&mut reader)
        .map_err(|error| CageError::io("its answer cannot be read", error))?;
    if let Answer::Refused(refusal) = answer {
        // The worker is not trusted with what the public reads either.
        return Err(Refusal::new(refusal.reason, refusal.message).into());
    }
    let body = task::read_body(&mut reader, config.limits.output_bytes)
        .map_err(|error| CageError::io("its answer cannot be read", error))?;
    Ok((answer, Bytes::from(body)))
}
