//! What each module becomes.

mod commands;
mod files;
mod services;
mod talk;
mod waits;

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
        "meta" => talk::meta(params)?,
        // Hosts are measured by themselves.
        "setup" | "gather_facts" => return Ok(Vec::new()),
        _ => return Err(format!("the module `{module}` has no counterpart")),
    };
    params.finish()?;
    Ok(steps)
}
