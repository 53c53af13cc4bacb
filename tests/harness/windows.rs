//! Several windows of one app: which there are, going from one to another, and closing one as a person does.

use std::time::Duration;

use fantoccini::wd::WindowHandle;
use tokio::process::Command;

use crate::{PATIENCE, desktop::Desktop, process::Process, window::Window};

impl Window {
    /// The window that is looked at.
    pub async fn here(&self) -> WindowHandle {
        self.client.window().await.expect("a window")
    }

    /// Looks at another window from here on.
    pub async fn go_to(&self, window: &WindowHandle) {
        self.client.switch_to_window(window.clone()).await.expect("the window is there");
    }

    /// Waits until there are so many windows.
    pub async fn windows(&self, count: usize) -> Vec<WindowHandle> {
        let open = async || self.client.windows().await.expect("the app answers");
        let wanted = async {
            while open().await.len() != count {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        // What is there instead is said by the test that finds another number.
        let _ = tokio::time::timeout(Duration::from_secs(PATIENCE), wanted).await;
        let windows = open().await;
        assert_eq!(windows.len(), count, "windows");
        windows
    }

    /// Waits for a window beside these, and looks at it.
    pub async fn go_to_the_one_beside(&self, known: &[&WindowHandle]) -> WindowHandle {
        let windows = self.windows(known.len() + 1).await;
        let new = windows.into_iter().find(|window| !known.contains(&window)).expect("a new one");
        self.go_to(&new).await;
        new
    }
}

impl Desktop {
    /// Starts a window manager: what a person closes windows with.
    pub async fn manage_windows(&self) -> Process {
        let mut openbox = self.command("openbox");
        // It complains of menus that it is not asked for.
        openbox.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let manager = Process::start(openbox);
        // Until it is there, nobody can be asked for the windows.
        self.until("the windows are managed", async || wmctrl(self, &["-m"]).await.is_some()).await;
        manager
    }

    /// Waits until these are the windows: what the taskbar says of each begins so, in this order.
    pub async fn windows_are_called(&self, beginnings: &[&str]) {
        let fit = |titles: &[String]| {
            titles.len() == beginnings.len()
                && titles.iter().zip(beginnings).all(|(title, beginning)| title.starts_with(beginning))
        };
        let what = format!("the windows are called {beginnings:?}");
        self.until(&what, async || fit(&self.window_titles().await)).await;
    }

    async fn window_titles(&self) -> Vec<String> {
        let list = wmctrl(self, &["-l"]).await.unwrap_or_default();
        // `id  desktop  host  title`
        let behind_a_word = |rest: &str| Some(rest.trim_start().split_once(' ')?.1.to_owned());
        let title = |line: &str| behind_a_word(&behind_a_word(&behind_a_word(line)?)?);
        let mut titles: Vec<String> = list.lines().filter_map(title).collect();
        titles.sort();
        titles
    }

    /// Closes the window whose title begins like this, by the button in its frame.
    pub async fn close_window(&self, title: &str) {
        wmctrl(self, &["-c", title]).await.expect("the window is there");
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await;
        assert!(waited.is_ok(), "never: {what}");
    }
}

/// Asks the window manager; `None` where it does not do that.
async fn wmctrl(desktop: &Desktop, arguments: &[&str]) -> Option<String> {
    let mut wmctrl: Command = desktop.command("wmctrl");
    let answer = wmctrl.args(arguments).output().await.expect("wmctrl runs");
    answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).into_owned())
}
