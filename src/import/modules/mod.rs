//! What each module becomes.

mod commands;
mod files;
mod services;
mod talk;
pub(super) mod waits;

use super::params::Params;
use super::step::Step;
use super::translator::Translator;
use super::value::Reason;

/// The modules that have a counterpart.
pub(super) fn translate(to: &mut Translator<'_>, module: &str, mut params: Params) -> Result<Vec<Step>, Reason> {
    let params = &mut params;
    let steps = match module {
        "command" | "shell" | "raw" => commands::command(to, module, params)?,
        "script" => commands::script(to, params)?,
        "copy" => files::copy(to, params)?,
        "template" => files::template(to, params)?,
        "file" => files::file(to, params)?,
        "stat" => files::stat(to, params)?,
        "slurp" => files::slurp(to, params)?,
        "systemd" | "systemd_service" | "service" => services::service(to, params)?,
        "mount" => services::mount(to, params)?,
        "apt" => services::apt(to, params)?,
        "wait_for" => waits::wait_for(to, params)?,
        "wait_for_connection" => waits::wait_for_connection(to, params)?,
        "pause" => waits::pause(params)?,
        "assert" => talk::assert(to, params)?,
        "fail" => talk::fail(to, params)?,
        "debug" => talk::debug(to, params)?,
        "set_fact" => talk::set_fact(to, params)?,
        "ping" => waits::ping(params),
        "include_vars" => talk::include_vars(to, params)?,
        "meta" => talk::meta(params)?,
        // Hosts are measured by themselves.
        "setup" | "gather_facts" => return Ok(Vec::new()),
        _ => return Err(without_counterpart(module)),
    };
    params.finish()?;
    Ok(steps)
}

/// What to write in the place of a module.
fn without_counterpart(module: &str) -> Reason {
    let hint = match module {
        "lineinfile" | "blockinfile" | "replace" | "ini_file" => "write the whole file by `write-file`, in an `ensure`",
        "package" | "dnf" | "yum" | "pip" => "write the package manager's command, in an `ensure`",
        "wakeonlan" => "`power.on()` of `use std/power` switches a host on as `power` of its inventory entry says",
        "reboot" => "write `sh \"reboot\"` and `wait-ssh()`, and be sure that the host has gone down in between",
        "git" | "get_url" | "unarchive" | "uri" => "write the `git`, `curl` or `tar` that does it, in an `ensure`",
        "user" | "group" | "cron" | "sysctl" | "modprobe" => "write the command that does it, in an `ensure`",
        "include_role" | "import_role" => "make a module of the role, and `use` it",
        "synchronize" | "fetch" => "write `upload`, `download`, or an `rsync` on the host",
        _ => return format!("the module `{module}` has no counterpart"),
    };
    format!("the module `{module}` has no counterpart: {hint}")
}
