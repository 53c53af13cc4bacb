//! KeePassXC as a desktop's keychain.

use std::fs;

use crate::{Desktop, process::Process};

/// The password of the test's database.
const PASSWORD: &str = "correct horse battery staple";

/// Serves secrets, and asks nobody before it does.
const SETTINGS: &str = "[General]\nConfigVersion=2\n\n[GUI]\nCheckForUpdates=false\nCheckForUpdatesIncludeBetas=false\n\n\
    [FdoSecrets]\nEnabled=true\nShowNotification=false\nConfirmAccessItem=false\nConfirmDeleteItem=false\n\
    NoConfirmDeleteItem=true\n";

/// A database of one group, which is shown to whoever asks for secrets.
const DATABASE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<KeePassFile>
  <Meta>
    <DatabaseName>Test</DatabaseName>
    <CustomData>
      <Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{00010203-0405-0607-0809-0a0b0c0d0e0f}</Value></Item>
    </CustomData>
  </Meta>
  <Root>
    <Group><UUID>AAECAwQFBgcICQoLDA0ODw==</UUID><Name>Root</Name></Group>
  </Root>
</KeePassFile>
"#;

/// Starts KeePassXC with its database open.
pub(crate) async fn start(desktop: &Desktop) -> Process {
    let root = desktop.home();
    let database = root.join("data/test.kdbx");
    if !database.exists() {
        let (settings, xml) = (root.join("config/keepassxc/keepassxc.ini"), root.join("tmp/test.xml"));
        fs::create_dir_all(settings.parent().expect("a folder")).expect("a folder");
        fs::write(&settings, SETTINGS).expect("the settings");
        fs::write(&xml, DATABASE).expect("the database's text");
        let mut import = desktop.command("keepassxc-cli");
        import.args(["import", "--quiet", "--set-password"]).arg(&xml).arg(&database);
        // The password, and once more to be sure.
        Process::start_and_tell(import, &format!("{PASSWORD}\n{PASSWORD}\n")).await.ends_well().await;
    }
    let mut program = desktop.command("keepassxc");
    program.arg("--pw-stdin").arg(&database);
    Process::start_and_tell(program, &format!("{PASSWORD}\n")).await
}

/// Has the one that runs lock its database.
pub(crate) async fn lock(desktop: &Desktop) {
    let mut program = desktop.command("keepassxc");
    program.arg("--lock");
    Process::start(program).ends_well().await;
}
