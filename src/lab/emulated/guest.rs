//! The emulated machine while it runs: QEMU's arguments, what it shares with the lab, and what it does when it boots.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::image::{EMULATOR, Image};
use crate::lab::layout::{Host, HostLayout, Layout, MARKER};
use crate::lab::{Lab, LabError, Settings, machine, sshd, write};

/// Processors of a Compute Module 3+.
pub(in crate::lab) const CORES: usize = 4;

/// Memory for which Linux finds what it finds on a Compute Module 3+, 914 MiB: the rest of its 1 GiB is the firmware's.
const MEMORY: &str = "960M";

/// The guest's part of its boot, below the assignments that [`write_boot`] puts above it.
const BOOT: &str = include_str!("guest-boot");

/// Starts the emulated machine in the foreground.
///
/// # Errors
/// When QEMU, or a directory that the guest shares, cannot be had.
pub(in crate::lab) fn start(lab: &Lab, host: &Host) -> Result<Child, LabError> {
    let paths = lab.layout.host(host);
    let image = lab.settings.image_of(host).ok_or_else(|| LabError::new(format!("{} has no image", host.name)))?;
    let qemu = machine::require_program(EMULATOR.0, EMULATOR.1)?;
    make_mirror(&mirror(&paths))?;
    Command::new(&qemu)
        .args(arguments(lab, host, &paths, image))
        .env_clear()
        // What the guest writes to its disk goes into a file there that has no name, and so ends with it.
        .env("TMPDIR", paths.tmp())
        .env(MARKER, paths.dir())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(sshd::append(&paths.log("qemu"))?)
        .spawn()
        .map_err(|why| LabError::io("run", &qemu, why))
}

fn arguments(lab: &Lab, host: &Host, paths: &HostLayout, image: &Image) -> Vec<String> {
    let Settings { subnet, port, .. } = lab.settings;
    let address = host.address(subnet);
    let mut arguments: Vec<String> = ["-M", "virt", "-cpu", "cortex-a53", "-smp", &CORES.to_string(), "-m", MEMORY]
        .iter()
        .chain(&["-display", "none", "-monitor", "none", "-no-reboot", "-append", "console=ttyAMA0 quiet panic=-1"])
        .chain(&["-device", "virtio-blk-device,drive=disk", "-device", "virtio-net-device,netdev=net"])
        .chain(&["-device", "virtio-rng-device"])
        .map(ToString::to_string)
        .collect();
    let mut more = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
    more("-kernel", image.kernel().display().to_string());
    more("-initrd", image.initrd().display().to_string());
    more("-serial", "chardev:console".to_owned());
    more("-chardev", format!("file,id=console,append=on,path={}", value(&paths.log("console"))));
    more("-drive", format!("if=none,id=disk,format=raw,snapshot=on,file={}", value(&image.disk())));
    // Nothing of the network is reachable from inside, and from outside its sshd alone.
    more("-netdev", format!("user,id=net,restrict=on,hostfwd=tcp:{address}:{port}-:{port}"));
    for (tag, dir, rights) in [
        ("host", paths.dir(), ",readonly=on"),
        ("lab", lab.dir(), ""),
        ("srv", &lab.dir().join("srv"), ",readonly=on"),
        ("mirror", &mirror(paths), ""),
    ] {
        let dir = value(dir);
        more("-fsdev", format!("local,id={tag},security_model=none,multidevs=remap,path={dir}{rights}"));
        more("-device", format!("virtio-9p-device,fsdev={tag},mount_tag={tag}"));
    }
    arguments
}

/// A path as a value among QEMU's options, which end at a comma.
fn value(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// Writes what the guest does at boot: the image is the same for all labs.
///
/// # Errors
/// When it cannot be written, or a path of the lab cannot be said in shell.
pub(in crate::lab) fn write_boot(settings: &Settings, layout: &Layout, host: &Host) -> Result<(), LabError> {
    let paths = layout.host(host);
    let (uid, gid) = (rustix::process::getuid().as_raw().to_string(), rustix::process::getgid().as_raw().to_string());
    let text = |path: &Path| path.display().to_string();
    let assignments = [
        ("lab", text(layout.dir())),
        ("host", text(paths.dir())),
        ("home", text(&paths.home())),
        ("mirror", text(&mirror(&paths))),
        ("user", settings.user.clone()),
        ("uid", uid),
        ("gid", gid),
    ];
    let mut script = String::from("# Made by flowrun: how the emulated host of this lab boots.\n");
    for (name, value) in assignments {
        let quoted = shlex::try_quote(&value)
            .map_err(|why| LabError::new(format!("cannot quote `{value}` for a shell: {why}")))?;
        script += &format!("{name}={quoted}\n");
    }
    write(&paths.dir().join("boot"), &(script + BOOT))
}

/// Asks the guest whether it answers ssh, by a whole login: QEMU takes connections before anything listens inside.
///
/// # Errors
/// When its answer cannot be noted.
pub(in crate::lab) fn note_answer(layout: &Layout, host: &Host) -> Result<(), LabError> {
    let asked = Command::new("ssh")
        .arg("-F")
        .arg(layout.ssh_config())
        .args([host.name, "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if asked.is_ok_and(|status| status.success()) { write(&layout.host(host).answered(), "") } else { Ok(()) }
}

/// Where the include server mirrors the sources: under the same path inside and outside, of no more than two levels, as
/// distcc wants it.
pub(in crate::lab) fn mirror(paths: &HostLayout) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    paths.dir().hash(&mut hasher);
    PathBuf::from(format!("/tmp/flowrun-lab-{:016x}", hasher.finish()))
}

fn make_mirror(dir: &Path) -> Result<(), LabError> {
    // Its name can be guessed and its parent is everyone's: whatever is there is not to be trusted.
    let _ = fs::remove_dir_all(dir);
    fs::DirBuilder::new().mode(0o700).create(dir).map_err(|why| LabError::io("make", dir, why))
}

/// Removes what an emulated host keeps outside the lab's directory; there is nothing of others.
pub(in crate::lab) fn clean_up(paths: &HostLayout) {
    let _ = fs::remove_dir_all(mirror(paths));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_does_not_end_a_path() {
        assert_eq!(value(Path::new("/a,b/c=d")), "/a,,b/c=d");
    }

    #[test]
    fn the_mirror_is_not_too_deep_for_distcc() {
        let layout = Layout::new("/var/tmp/lab".into());
        let dir = mirror(&layout.host(&crate::lab::layout::HOSTS[0]));
        assert_eq!(dir.components().count(), 3, "the root and two levels: {}", dir.display());
    }
}
