//! PostgreSQL on a disk that is full: said so, nothing half-written, and all well once there is room again.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use keyward_directory::Directory;
use keyward_model::{Change, ErrorCode, SystemClock};

use crate::{
    cluster::Cluster,
    company::{company, member, person, role},
    house::{House, wish},
};

/// A small disk of a test's own, in memory.
struct Disk(PathBuf);

impl Disk {
    /// None where this user may not mount one, which is said.
    fn mount(cluster: &Cluster) -> Option<Self> {
        // The server has to be able to enter it; a temporary folder of ours it cannot.
        let folder = cluster.folder.join("small-disk");
        fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        let done = mount.args(["-t", "tmpfs", "-o", "size=48m", "keyward-test"]).arg(&folder).output();
        match done {
            Ok(output) if output.status.success() => {}
            other => {
                let why = other.map_or_else(|e| e.to_string(), |o| String::from_utf8_lossy(&o.stderr).into());
                let _ =
                    writeln!(std::io::stderr(), "skipped, because no small disk can be mounted here: {why}");
                return None;
            }
        }
        let owner = fs::metadata(cluster.folder.join("data")).unwrap();
        chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
        Some(Self(folder))
    }

    /// Fills it up to its last byte.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 16, 1 << 9, 1] {
            while file.write_all(&vec![0_u8; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_under_postgresql_is_named_and_nothing_is_half_written() {
    let Some(cluster) = Cluster::start() else { return };
    let Some(disk) = Disk::mount(&cluster) else { return };
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    cluster.administer(&format!("CREATE TABLESPACE small LOCATION '{}'", at(&disk.0)));
    let name = cluster.name();
    cluster.administer(&format!("CREATE DATABASE {name} OWNER keyward TABLESPACE small"));
    let directory = Directory::open(&cluster.at("keyward", &name), Arc::new(SystemClock)).unwrap();
    let mut crowd = company();
    let names: Vec<String> = (0..1000).map(|n| format!("p{n}")).collect();
    crowd.people.extend(names.iter().map(|id| member(id, id, &[("acme", "viewer")])));
    directory.found(&crowd).unwrap();
    let ada = House::caller("ada", "acme");
    let give = |what: &str| names.iter().map(|id| Change::give(person(id), role(what))).collect::<Vec<_>>();
    let plan = directory.plan(&ada, wish(give("support"))).unwrap();

    let filler = disk.fill();
    let error = directory.apply(&ada, &plan.id).unwrap_err();
    assert_eq!(error.code, ErrorCode::StorageFull, "{error}");
    assert!(error.message.contains(&name) && error.message.contains("Make room"), "{error}");
    assert_eq!(directory.audit(&ada, None, None).unwrap().entries, [], "it can be read still");
    let holds = || {
        let row = directory.person(&ada, &person("p0")).unwrap().row;
        (row.version, row.roles.contains(&role("support")))
    };
    assert_eq!(holds(), (1, false));

    fs::remove_file(filler).unwrap();
    directory.apply(&ada, &plan.id).unwrap();
    assert_eq!(holds(), (2, true), "the same plan, once there is room");
    assert_eq!(directory.check().unwrap().wrong, [""; 0]);
    drop(directory);
    cluster.administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
    cluster.administer("DROP TABLESPACE small");
}
