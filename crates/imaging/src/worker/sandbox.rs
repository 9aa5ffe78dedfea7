//! Linux: resource limits, Landlock, seccomp.

use std::collections::BTreeMap;
use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{SeccompAction, SeccompFilter, TargetArch, apply_filter};

use crate::cage::Limits;

/// System calls that computing and answering need; any other ends the process.
const NEEDED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that libraries try and can live without: refused, not fatal.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_readlinkat,
    libc::SYS_faccessat,
    libc::SYS_prlimit64,
    libc::SYS_ioctl,
    libc::SYS_fcntl,
    libc::SYS_uname,
];

/// Locks this process in for good.
pub(super) fn lock_in(limits: &Limits) -> io::Result<()> {
    // First, since it needs a file descriptor for a moment.
    no_files().map_err(io::Error::other)?;
    for (resource, limit) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 3),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::As, limits.memory_bytes),
    ] {
        // A second between soft and hard, so that SIGXCPU tells why.
        let hard = if resource == Resource::Cpu {
            limit + 1
        } else {
            limit
        };
        setrlimit(
            resource,
            Rlimit {
                current: Some(limit),
                maximum: Some(hard),
            },
        )?;
    }
    no_calls().map_err(io::Error::other)
}

/// Landlock as far as the kernel knows it: no rule grants anything. Kernels
/// without it still have the seccomp filter, which lets nothing be opened.
fn no_files() -> Result<(), landlock::RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .restrict_self()?;
    Ok(())
}

fn no_calls() -> Result<(), seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let rules = |calls: &[libc::c_long]| {
        calls
            .iter()
            .map(|&call| (call, Vec::new()))
            .collect::<BTreeMap<_, _>>()
    };
    // Where filters disagree the kernel takes the stricter: killed, refused, allowed.
    let known: Vec<_> = NEEDED.iter().chain(REFUSED).copied().collect();
    let refuse = SeccompFilter::new(
        rules(REFUSED),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EACCES as u32),
        arch,
    )?;
    let allow = SeccompFilter::new(
        rules(&known),
        SeccompAction::KillProcess,
        SeccompAction::Allow,
        arch,
    )?;
    apply_filter(&seccompiler::BpfProgram::try_from(refuse)?)?;
    // Installing the second filter takes prctl or seccomp, which it then forbids.
    apply_filter(&seccompiler::BpfProgram::try_from(allow)?)
}
