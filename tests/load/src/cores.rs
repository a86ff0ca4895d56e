//! Who runs where: what is measured on one core, what measures it on another.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cores of this run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    /// Of the generator.
    pub(crate) generator: usize,
    /// Of what is measured; the same when the machine has only one.
    pub(crate) measured: usize,
}

impl Cores {
    /// The first and the last core that this process may use.
    pub(crate) fn choose() -> anyhow::Result<Self> {
        let allowed = sched_getaffinity(Pid::from_raw(0))?;
        let mut cores = (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false));
        let generator = cores.next().unwrap_or(0);
        Ok(Self { generator, measured: cores.next_back().unwrap_or(generator) })
    }
}

/// The calling thread, and those it starts from now on, run on this core only.
pub(crate) fn stay_on(core: usize) -> anyhow::Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &set)?)
}
