//! The page the browser shows at the end: who signed in, and that it can be closed.

use http::StatusCode;

/// Nothing is loaded, nothing runs.
pub(super) const CSP: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// A page for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    status: StatusCode,
    mark: Mark,
    title: String,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Good,
    Bad,
}

impl Page {
    /// The person is signed in.
    pub fn signed_in(person: &str, connection: &str) -> Self {
        Self {
            status: StatusCode::OK,
            mark: Mark::Good,
            title: format!("Signed in as {person}"),
            text: format!("You can close this tab. Keyward is open and signed in to {connection}."),
        }
    }

    /// The sign-in failed, for this reason.
    pub fn failed(reason: &str) -> Self {
        Self {
            status: StatusCode::OK,
            mark: Mark::Bad,
            title: "Not signed in".to_owned(),
            text: format!("{reason} You can close this tab and go back to Keyward."),
        }
    }

    pub(super) fn refused(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            mark: Mark::Bad,
            title: "Not the page you are looking for".to_owned(),
            text: text.to_owned(),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn html(&self) -> String {
        let (class, path) = match self.mark {
            Mark::Good => ("good", "M7 12.5l3.2 3.2L17 9"),
            Mark::Bad => ("bad", "M12 7v6M12 16.2v.1"),
        };
        let (title, text) = (escape(&self.title), escape(&self.text));
        format!(
            r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · Keyward</title><style>
:root{{color-scheme:light dark;--ink:#1b1d22;--ink2:#5b606b;--bg:#fbfbfc;--good:#137a4b;--bad:#b3342c}}
@media(prefers-color-scheme:dark){{:root{{--ink:#eceef2;--ink2:#a3a8b4;--bg:#15171b;--good:#5fd39a;--bad:#ff8d84}}}}
body{{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}}
main{{max-width:26rem;padding:2rem;text-align:center}}svg{{width:48px;height:48px}}.good{{color:var(--good)}}.bad{{color:var(--bad)}}
h1{{font-size:1.35rem;letter-spacing:-.01em;margin:1rem 0 .4rem}}p{{margin:0;color:var(--ink2)}}</style></head>
<body><main><svg class="{class}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="{path}"/></svg>
<h1>{title}</h1><p>{text}</p></main></body></html>
"#
        )
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_name_cannot_bring_markup() {
        let html = Page::signed_in("<img src=x onerror=alert(1)>", "C & Co").html();
        assert!(!html.contains("<img") && html.contains("C &amp; Co"));
    }
}
